//! A process by a descriptor of it, as pidfd_open(2) gives one.

use std::io;
use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::wire::Deadline;

/// A process by a descriptor of it: unlike its number, it never comes to mean another process.
#[derive(Debug)]
pub(crate) struct ProcessHandle(OwnedFd);

impl ProcessHandle {
    /// The process that has this number now.
    pub(crate) fn open(pid: Pid) -> io::Result<Self> {
        Ok(Self(pidfd_open(pid, PidfdFlags::empty())?))
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        // It fails if the process has ended meanwhile, which is what signals are sent for here.
        let _ = pidfd_send_signal(&self.0, signal);
    }

    /// Waits for its end; whether it has ended.
    pub(crate) fn wait(&self, until: Deadline) -> bool {
        loop {
            // A time that the clock can't count is no limit.
            let timeout = Timespec::try_from(until.left()).ok();
            let mut watched = [PollFd::new(&self.0, PollFlags::IN)];
            match poll(&mut watched, timeout.as_ref()) {
                Err(Errno::INTR) => {}
                result => return result.is_ok_and(|ready| ready > 0),
            }
        }
    }
}
