//! Stopping: nobody new, some time for those who are there, then an end.

use std::net::{Shutdown, TcpStream};
use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use socket2::SockRef;

use super::Server;

/// After how long a client counts as silent that has said nothing since the grace was over.
const PAUSE: Duration = Duration::from_millis(100);

/// How long those who are cut off have to take their last answer.
const NOTICE: Duration = Duration::from_secs(1);

impl Server {
    /// Stops: accepts nobody any more, gives those who are there some time to end by themselves,
    /// then reads nothing more from the others, but finishes the answers to what it has read; how
    /// many the others were.
    ///
    /// It returns when all have ended, at the latest two seconds after the grace.
    pub fn stop(&self, grace: Duration) -> usize {
        let listeners = {
            let mut state = self.lock();
            state.is_stopping = true;
            std::mem::take(&mut state.listeners)
        };
        self.left.notify_all();
        for listener in &listeners {
            // It wakes the thread that accepts there; who waits in the backlog is reset.
            let _ = SockRef::from(&**listener).shutdown(Shutdown::Both);
        }
        drop(listeners);
        if self.are_gone_within(grace) {
            return 0;
        }
        self.has_cut.store(true, Ordering::Release);
        let count = self.lock().open.len();
        // Who talks comes to an end behind its next answer. Who is silent is woken; not before,
        // since what comes to a socket that is shut is answered with a RST.
        if !self.are_gone_within(PAUSE) {
            self.shut_all(Shutdown::Read);
        }
        if !self.are_gone_within(NOTICE) {
            // Who does not take its answer.
            self.shut_all(Shutdown::Both);
            self.are_gone_within(PAUSE);
        }
        count
    }

    /// Wakes the threads that wait for their clients.
    fn shut_all(&self, how: Shutdown) {
        let open: Vec<_> = self.lock().open.values().filter_map(Weak::upgrade).collect();
        for stream in &open {
            // Gone already, else.
            let _ = TcpStream::shutdown(stream, how);
        }
    }

    fn are_gone_within(&self, time: Duration) -> bool {
        let since = Instant::now();
        let mut state = self.lock();
        while !state.open.is_empty() {
            let left = time.saturating_sub(since.elapsed());
            if left.is_zero() {
                return false;
            }
            state = self.wait(state, Some(left));
        }
        true
    }
}
