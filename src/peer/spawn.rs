//! A server that is ours: started on a free port, watched, stopped.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use regex::bytes::Regex;

use super::backend::{Abilities, Backend, Instance};
use super::idle::Idle;
use super::incoming::{Accepted, Incoming};
use super::ports::UsedPorts;
use super::process::Supervisor;
use super::start::{StartedServer, start};
use super::{CommandError, Death, Link, TargetError};
use crate::text::{escape, print_duration};
use crate::wire::{Deadline, ProcessTree, StreamLink};

/// How long a server has until it must be ready, if nothing else is said.
pub const START_TIMEOUT: Duration = Duration::from_secs(10);

/// How long it is waited for a connection before it is looked whether to stop.
const LOOK: Duration = Duration::from_millis(50);

/// A server to start: its command, and how to tell that it is ready.
///
/// In the words of the command `{port}` stands for a free port, `{host}` for 127.0.0.1, `{dir}`
/// for a folder; the environment has the port as `PORT`. Words are split as a shell does it, but no
/// shell is started.
///
/// # Examples
///
/// ```
/// use recut::Spawn;
///
/// let spawn = Spawn::new("redis-server --port {port} --save ''").unwrap();
/// assert!(Spawn::new("unclosed 'quote").is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Spawn {
    text: String,
    words: Vec<String>,
    pub(super) ready: Option<Regex>,
    pub(super) start_timeout: Duration,
    dir: PathBuf,
    pub(super) supervisor: Supervisor,
}

impl Spawn {
    /// A server that is ready once it listens on its port.
    ///
    /// # Errors
    ///
    /// If the command has no word, or a quote that is not closed.
    pub fn new(command: &str) -> Result<Self, CommandError> {
        let words = split(command)?;
        let (dir, supervisor) = (PathBuf::from("."), Supervisor::default());
        let (text, start_timeout) = (command.to_owned(), START_TIMEOUT);
        Ok(Self { text, words, ready: None, start_timeout, dir, supervisor })
    }

    /// Ready once a line of its output matches this regular expression instead.
    ///
    /// # Errors
    ///
    /// If it is not one.
    pub fn ready(self, line: &str) -> Result<Self, CommandError> {
        match Regex::new(line) {
            Ok(line) => Ok(self.ready_line(line)),
            Err(error) => Err(CommandError::BadPattern(error.to_string())),
        }
    }

    /// The same with a pattern that was compiled before.
    #[doc(hidden)]
    pub fn ready_line(mut self, line: Regex) -> Self {
        self.ready = Some(line);
        self
    }

    /// Ready within this time, instead of 10 s; else its start has failed.
    pub fn start_timeout(mut self, limit: Duration) -> Self {
        self.start_timeout = limit;
        self
    }

    /// The folder that `{dir}` stands for.
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = dir.into();
        self
    }

    /// Starts it by a program that ends it, whatever happens to this one.
    #[doc(hidden)]
    pub fn supervised(mut self, supervisor: Supervisor) -> Self {
        self.supervisor = supervisor;
        self
    }

    /// Whether the command has a place for the port.
    pub(super) fn has_port_place(&self) -> bool {
        self.text.contains("{port}")
    }

    /// The command, its folder filled in.
    fn in_dir(&self) -> String {
        self.text.replace("{dir}", &self.dir.display().to_string())
    }

    /// The statements of a script that start it.
    pub(super) fn statements(&self) -> String {
        let spawn = format!("spawn \"{}\"\n", escape(self.in_dir().as_bytes()));
        match &self.ready {
            // A pattern has its own escapes: only a quote needs one.
            Some(ready) => {
                format!("{spawn}ready re\"{}\"\n", ready.as_str().replace('"', "\\\""))
            }
            None => spawn,
        }
    }

    /// The options of the command line for it, which can be used in any folder.
    pub(super) fn options(&self) -> String {
        let mut options = format!("--spawn {}", shell_words::quote(&self.in_dir()));
        if let Some(ready) = &self.ready {
            options.push_str(&format!(" --ready {}", shell_words::quote(ready.as_str())));
        }
        if self.start_timeout != START_TIMEOUT {
            let limit = print_duration(self.start_timeout);
            options.push_str(&format!(" --start-timeout {limit}"));
        }
        options
    }

    /// The words of the command, its places filled in.
    pub(super) fn command(&self, port: u16) -> Vec<String> {
        let port = port.to_string();
        let dir = self.dir.display().to_string();
        let places = [("{port}", port.as_str()), ("{host}", "127.0.0.1"), ("{dir}", &dir)];
        let fill = |word: &String| {
            places.iter().fold(word.clone(), |word, (place, value)| word.replace(place, value))
        };
        self.words.iter().map(fill).collect()
    }
}

impl fmt::Display for Spawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The words of a command, as a shell splits them.
pub(super) fn split(command: &str) -> Result<Vec<String>, CommandError> {
    let words =
        shell_words::split(command).map_err(|_| CommandError::UnclosedQuote(command.to_owned()))?;
    if words.is_empty() {
        return Err(CommandError::Empty);
    }
    Ok(words)
}

/// Servers of one command: those that run and that nobody uses at the moment are kept.
pub(super) struct SpawnBackend {
    spawn: Spawn,
    used: UsedPorts,
    idle: Idle<StartedServer>,
}

impl Backend for SpawnBackend {
    fn abilities(&self) -> Abilities {
        Abilities {
            restart: true,
            resets: true,
            processes: true,
            quiet: true,
            shared: true,
            accepts: true,
            ..Abilities::NONE
        }
    }

    fn option(&self, _: &str) -> String {
        self.spawn.options()
    }

    fn statements(&self) -> String {
        self.spawn.statements()
    }

    fn start(&self) -> Box<dyn Instance + '_> {
        let (running, ports) = (None, Vec::new());
        Box::new(SpawnInstance { backend: self, running, ports, must_be_new: false })
    }

    fn stop(&self) {
        self.idle.end();
    }
}

/// A server of ours, if it runs.
struct SpawnInstance<'t> {
    backend: &'t SpawnBackend,
    running: Option<StartedServer>,
    /// The names of the ports on which recut listens for it.
    ports: Vec<String>,
    /// Whether the next one must have had no client before.
    must_be_new: bool,
}

impl SpawnInstance<'_> {
    /// The server, which runs then.
    fn running(&mut self, stop: &AtomicBool) -> Result<&StartedServer, TargetError> {
        let names: Vec<_> = self.ports.iter().map(String::as_str).collect();
        let running = match self.running.take().filter(|running| running.ports.have(&names)) {
            Some(running) => running,
            None if self.must_be_new => self.backend.started(&names, stop)?,
            None => self.backend.running(&names, stop)?,
        };
        self.must_be_new = false;
        Ok(self.running.insert(running))
    }
}

impl Incoming for SpawnInstance<'_> {
    fn port(&self, index: usize) -> u16 {
        self.running.as_ref().map_or(0, |running| running.ports.number(index))
    }

    fn accept(
        &mut self,
        port: usize,
        until: Deadline,
        stop: &AtomicBool,
    ) -> Result<Accepted, TargetError> {
        let name = self.backend.spawn.to_string();
        let failed = |error| TargetError::start(&name, error);
        let running = self.running(stop)?;
        loop {
            if let Some(stream) =
                running.ports.accept(port, LOOK.min(until.left())).map_err(failed)?
            {
                let link = StreamLink::new(stream, running.observer.clone());
                return Ok(Accepted::Link(Link::Stream(link)));
            }
            if until.is_over() || stop.load(Ordering::Relaxed) {
                return Ok(Accepted::Nobody);
            }
        }
    }

    fn clear_backlog(&mut self) -> usize {
        self.running.as_ref().map_or(0, |running| running.ports.clear())
    }
}

impl Instance for SpawnInstance<'_> {
    fn begin(&mut self, ports: &[&str], stop: &AtomicBool) -> Result<(), TargetError> {
        if !ports.iter().eq(&self.ports) {
            self.ports = ports.iter().map(|name| (*name).to_owned()).collect();
        }
        self.running(stop)?;
        // What came between plays belongs to none of them.
        self.clear_backlog();
        Ok(())
    }

    fn incoming(&mut self) -> Option<&mut dyn Incoming> {
        Some(self)
    }

    fn open(
        &mut self,
        _: &mut Vec<u8>,
        timeout: Duration,
        stop: &AtomicBool,
    ) -> Result<Link, TargetError> {
        let running = self.running(stop)?;
        running.address.open(&running.observer, timeout, stop)
    }

    fn restart(&mut self) {
        self.running = None;
        self.must_be_new = true;
        // One that nobody uses may hold what the next one needs: a lock, a second port.
        self.backend.stop();
    }

    fn host_and_port(&self) -> (String, String) {
        match &self.running {
            Some(running) => running.address.host_and_port(),
            // Ports that the system hands out have five digits.
            None => ("127.0.0.1".to_owned(), "00000".to_owned()),
        }
    }

    fn death(&mut self) -> Option<Death> {
        let process = &mut self.running.as_mut()?.process;
        let status = process.ended_just_now()?;
        Some(Death::new(status, process.output.tail()))
    }

    fn is_dead(&mut self) -> bool {
        self.running.as_mut().is_some_and(|running| running.process.ended().is_some())
    }

    fn begin_output(&mut self) {
        if let Some(running) = &self.running {
            running.process.output.begin();
        }
    }

    fn output(&mut self) -> Vec<String> {
        self.running.as_ref().map(|running| running.process.output.tail()).unwrap_or_default()
    }

    fn tree(&self) -> Option<ProcessTree> {
        self.running.as_ref().map(|running| running.process.tree)
    }

    fn give_back(&mut self) {
        self.backend.idle.keep(self.running.take());
    }
}

impl SpawnBackend {
    pub(super) fn new(spawn: Spawn) -> Self {
        Self { spawn, used: UsedPorts::default(), idle: Idle::new() }
    }

    /// One that runs already and is still there, or a new one.
    fn running(&self, ports: &[&str], stop: &AtomicBool) -> Result<StartedServer, TargetError> {
        // Those that have ended, or are for another conversation, are dropped.
        let still_there = |mut running: StartedServer| {
            (running.ports.have(ports) && running.process.ended().is_none()).then_some(running)
        };
        match std::iter::from_fn(|| self.idle.take()).find_map(still_there) {
            Some(running) => Ok(running),
            None => self.started(ports, stop),
        }
    }

    /// A new one.
    fn started(&self, ports: &[&str], stop: &AtomicBool) -> Result<StartedServer, TargetError> {
        start(&self.spawn, ports, &self.used, stop)
            .map_err(|error| TargetError::start(&self.spawn.to_string(), error))
    }
}
