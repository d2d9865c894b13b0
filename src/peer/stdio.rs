//! One process for each connection, spoken to over its stdin and stdout.

use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::backend::{Abilities, Backend, Instance};
use super::process::{GRACE, NOT_STARTED, Process, Role, Supervisor};
use super::spawn::split;
use super::{CommandError, Death, Link, TargetError};
use crate::wire::{Kernel, Stream, StreamLink};

/// The most processes that may still be ending while others are started.
const ENDING: usize = 32;

/// A command that speaks over its stdin and stdout: `cat` is an echo server.
///
/// # Examples
///
/// ```
/// use recut::Stdio;
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
    /// If the command has no word, or a quote that is not closed.
    pub fn new(command: &str) -> Result<Self, CommandError> {
        let (words, supervisor) = (split(command)?, Supervisor::default());
        Ok(Self { text: command.to_owned(), words, supervisor })
    }

    /// Starts them by a program that ends them, whatever happens to this one.
    #[doc(hidden)]
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

/// Processes of one command.
pub(super) struct StdioBackend(Stdio);

impl StdioBackend {
    pub(super) fn new(stdio: Stdio) -> Self {
        Self(stdio)
    }
}

impl Backend for StdioBackend {
    fn abilities(&self) -> Abilities {
        Abilities { restart: true, quiet: true, ..Abilities::NONE }
    }

    fn option(&self, name: &str) -> String {
        format!("--stdio {}", shell_words::quote(name))
    }

    fn start(&self) -> Box<dyn Instance + '_> {
        Box::new(StdioInstance { stdio: &self.0, processes: Processes::default() })
    }
}

/// The processes of one job.
struct StdioInstance<'t> {
    stdio: &'t Stdio,
    processes: Processes,
}

impl Instance for StdioInstance<'_> {
    fn open(&mut self, _: &mut Vec<u8>, _: Duration, _: &AtomicBool) -> Result<Link, TargetError> {
        match self.processes.open(self.stdio) {
            Ok(link) => Ok(Link::Stream(link)),
            Err(error) => Err(TargetError::start(&self.stdio.to_string(), error)),
        }
    }

    fn restart(&mut self) {
        self.processes = Processes::default();
    }

    fn host_and_port(&self) -> (String, String) {
        ("stdio".to_owned(), "0".to_owned())
    }

    fn death(&mut self) -> Option<Death> {
        let (status, output) = self.processes.take_ended()?;
        let is_death = is_crash(status) || status.code() == Some(NOT_STARTED);
        is_death.then(|| Death::new(status, output))
    }

    fn output(&mut self) -> Vec<String> {
        self.processes.tail()
    }
}

/// The processes of one job, one for each connection.
#[derive(Default)]
struct Processes {
    all: Vec<Connected>,
    /// How the last of those ended that ended before their connection, and what it had written.
    ended: Option<(ExitStatus, Vec<String>)>,
}

struct Connected {
    process: Process,
    /// Knows whether the connection is open.
    observer: Arc<Kernel>,
    /// Since when it was seen to be closed.
    closed: Option<Instant>,
}

impl Processes {
    /// Starts a process for a connection.
    fn open(&mut self, stdio: &Stdio) -> io::Result<StreamLink> {
        self.reap();
        let mut process = Process::start(&stdio.words, &stdio.supervisor, Role::Stdio, |_| {})?;
        let (to, from) = process.pipes().ok_or(io::ErrorKind::BrokenPipe)?;
        process.read_output(None)?;
        let observer = Arc::new(Kernel::of_pipes(process.tree));
        let link = StreamLink::new(Stream::pipes(to, from)?, observer.clone());
        self.all.push(Connected { process, observer, closed: None });
        self.ended = None;
        Ok(link)
    }

    /// Ends those that had time to end by themselves after their connection.
    fn reap(&mut self) {
        let mut left = self.all.len();
        let ended = &mut self.ended;
        self.all.retain_mut(|connected| {
            left -= 1;
            if let Some(status) = connected.process.ended() {
                if connected.closed.is_none() {
                    *ended = Some((status, connected.process.output.settled_tail()));
                }
                return false;
            }
            if connected.observer.has_connections() {
                return true;
            }
            let closed = connected.closed.get_or_insert_with(Instant::now).elapsed();
            if closed >= GRACE || left >= ENDING {
                // All that are late are asked at once; the drop kills those that do not obey.
                return connected.process.ask_to_end().elapsed() < GRACE * 2;
            }
            true
        });
        // However many do not obey, their number is bounded.
        let over = self.all.len().saturating_sub(2 * ENDING);
        self.all.drain(..over);
    }

    /// How a process ended before its connection did, and what it wrote.
    fn take_ended(&mut self) -> Option<(ExitStatus, Vec<String>)> {
        for connected in &mut self.all {
            if connected.closed.is_none() {
                connected.process.ended_just_now();
            }
        }
        self.reap();
        self.ended.clone()
    }

    /// What the processes that still run wrote last.
    fn tail(&self) -> Vec<String> {
        match &self.ended {
            Some((_, output)) => output.clone(),
            None => self.all.last().map(|last| last.process.output.tail()).unwrap_or_default(),
        }
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        // All are asked at once: the time that they have is the same.
        for connected in &mut self.all {
            connected.process.ask_to_end();
        }
    }
}

/// Whether a process was ended by a fault of its own: an abort, a bad access. An exit code is its
/// own choice, and a pipe that breaks is our doing.
fn is_crash(status: ExitStatus) -> bool {
    use rustix::process::Signal;
    let faults = [Signal::SEGV, Signal::ABORT, Signal::BUS, Signal::ILL, Signal::FPE, Signal::TRAP];
    let signal = status.signal();
    faults.into_iter().any(|fault| Some(fault.as_raw()) == signal)
}
