//! A process a connection, spoken to over its stdin and stdout.

use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::{Arc, Weak};
use std::time::Instant;

use super::channel::Channel;
use super::process::{GRACE, Process, Supervisor};
use super::spawn::split;
use super::stream::Link;
use super::watch::Watch;

/// The most processes that may still be ending while others are started.
const ENDING: usize = 32;

/// A command that speaks over its stdin and stdout; `cat` is an echo server.
///
/// # Examples
///
/// ```
/// use recut::target::Stdio;
///
/// let stdio = Stdio::new("sed -u 's/a/b/'").unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Stdio {
    text: String,
    words: Vec<String>,
    supervisor: Supervisor,
}

impl Stdio {
    /// A process of this command for each connection.
    ///
    /// # Errors
    ///
    /// Where the command has no word, or a quote that is not closed.
    pub fn new(command: &str) -> Result<Self, String> {
        let (words, supervisor) = (split(command)?, Supervisor::default());
        Ok(Self { text: command.to_owned(), words, supervisor })
    }

    /// Starts them by a program that ends them whatever happens.
    pub fn supervised(mut self, supervisor: Supervisor) -> Self {
        self.supervisor = supervisor;
        self
    }
}

impl fmt::Display for Stdio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The processes of one player.
#[derive(Default)]
pub(super) struct Processes {
    all: Vec<Connected>,
    /// How the last that crashed ended, and what it had written.
    crashed: Option<(ExitStatus, Vec<String>)>,
}

struct Connected {
    process: Process,
    /// Gone once the connection is.
    watch: Weak<Watch>,
    closed: Option<Instant>,
}

impl Processes {
    /// Starts a process for a connection.
    pub(super) fn open(&mut self, stdio: &Stdio) -> io::Result<Link> {
        self.reap();
        let mut process = Process::start(&stdio.words, &stdio.supervisor, true, |_| {})?;
        let (to, from) = process.pipes().ok_or(io::ErrorKind::BrokenPipe)?;
        process.read_output(None);
        let watch = Arc::new(Watch::of_pipes(process.tree));
        let link = Link::new(Channel::pipes(to, from)?, Arc::clone(&watch));
        let watch = Arc::downgrade(&watch);
        self.all.push(Connected { process, watch, closed: None });
        Ok(link)
    }

    /// Ends those that had time to end by themselves behind their connection.
    fn reap(&mut self) {
        let mut left = self.all.len();
        let mut crashed = None;
        self.all.retain_mut(|connected| {
            left -= 1;
            if let Some(status) = connected.process.ended() {
                if is_crash(status) {
                    crashed = Some((status, connected.process.output.tail()));
                }
                return false;
            }
            if connected.watch.strong_count() > 0 {
                return true;
            }
            let closed = *connected.closed.get_or_insert_with(Instant::now);
            closed.elapsed() < GRACE && left < ENDING
        });
        self.crashed = crashed.or(self.crashed.take());
    }

    /// How a process crashed, if one did, and what it wrote.
    pub(super) fn take_crashed(&mut self) -> Option<(ExitStatus, Vec<String>)> {
        for connected in &mut self.all {
            connected.process.ended_just_now();
        }
        self.reap();
        self.crashed.take()
    }

    /// What the processes that still run wrote last.
    pub(super) fn tail(&self) -> Vec<String> {
        self.all.last().map(|connected| connected.process.output.tail()).unwrap_or_default()
    }
}

/// Whether a process was ended by a fault of its own: an abort, a bad access. What it says by its
/// status is its own business, and a pipe that breaks is ours.
fn is_crash(status: ExitStatus) -> bool {
    use rustix::process::Signal;
    let faults = [Signal::SEGV, Signal::ABORT, Signal::BUS, Signal::ILL, Signal::FPE, Signal::TRAP];
    let signal = status.signal();
    faults.into_iter().any(|fault| Some(fault.as_raw()) == signal)
}
