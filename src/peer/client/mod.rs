//! A client that connects to recut: a process for each play, or a driver for many.

mod instance;
mod running;
mod stdout;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use self::instance::ClientInstance;
use self::running::RunningClient;
use super::backend::{Abilities, Backend, Instance};
use super::idle::Idle;
use super::ports::{Ports, UsedPorts};
use super::process::Supervisor;
use super::spawn::split;
use super::{CommandError, START_TIMEOUT};
use crate::text::{escape, print_duration};

/// A client to start: its command, which connects to recut.
///
/// In the words of the command `{port}` stands for the port on which recut listens, `{NAME}` for
/// that of `listen … on NAME`, `{host}` for 127.0.0.1, and `{dir}` for a folder; the environment
/// has the ports as `PORT` and `PORT_NAME`. Words are split as a shell does it, but no shell is
/// started.
///
/// # Examples
///
/// ```
/// use recut::ClientCommand;
///
/// let curl = ClientCommand::new("curl -s http://127.0.0.1:{port}/").unwrap();
/// let driver = ClientCommand::driver("python3 fetch_driver.py").unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct ClientCommand {
    text: String,
    words: Vec<String>,
    /// Whether one process plays many conversations.
    is_driver: bool,
    start_timeout: Duration,
    dir: PathBuf,
    supervisor: Supervisor,
}

impl ClientCommand {
    /// A process for each play. Its exit code and what it writes on its stdout are its result.
    ///
    /// # Errors
    ///
    /// If the command has no word, or a quote that is not closed.
    pub fn new(command: &str) -> Result<Self, CommandError> {
        Self::of(command, false)
    }

    /// One process for many plays, which saves its start. For each play recut writes one line on
    /// its stdin, `127.0.0.1:PORT [NAME=PORT…]`, and it answers with one line on its stdout when
    /// that conversation is over: that line is its result.
    ///
    /// # Errors
    ///
    /// If the command has no word, or a quote that is not closed.
    pub fn driver(command: &str) -> Result<Self, CommandError> {
        Self::of(command, true)
    }

    fn of(command: &str, is_driver: bool) -> Result<Self, CommandError> {
        let words = split(command)?;
        let (dir, supervisor) = (PathBuf::from("."), Supervisor::default());
        let (text, start_timeout) = (command.to_owned(), START_TIMEOUT);
        Ok(Self { text, words, is_driver, start_timeout, dir, supervisor })
    }

    /// The first connection must come within this time, instead of 10 s.
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

    /// Whether the command has a place for a port, or is a driver, which is told of it.
    fn knows_port(&self, name: &str) -> bool {
        let place = if name.is_empty() { "port" } else { name };
        self.is_driver || self.text.contains(&format!("{{{place}}}"))
    }

    /// The command, its folder filled in.
    fn in_dir(&self) -> String {
        self.text.replace("{dir}", &self.dir.display().to_string())
    }

    /// The word that names it in scripts and options.
    fn word(&self) -> &'static str {
        if self.is_driver { "driver" } else { "client" }
    }

    /// The words of the command, its places filled in.
    fn command(&self, ports: &Ports) -> Vec<String> {
        let (port, dir) = (ports.common().to_string(), self.dir.display().to_string());
        let places = [("{port}", port.as_str()), ("{host}", "127.0.0.1"), ("{dir}", &dir)];
        let fill = |word: &String| {
            let word =
                places.iter().fold(word.clone(), |word, (place, it)| word.replace(place, it));
            ports.fill(&word)
        };
        self.words.iter().map(fill).collect()
    }
}

impl fmt::Display for ClientCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Clients of one command: drivers that run and that nobody uses at the moment are kept.
pub(super) struct ClientBackend {
    command: ClientCommand,
    used: UsedPorts,
    idle: Idle<RunningClient>,
}

impl ClientBackend {
    pub(super) fn new(command: ClientCommand) -> Self {
        Self { command, used: UsedPorts::default(), idle: Idle::new() }
    }
}

impl Backend for ClientBackend {
    fn abilities(&self) -> Abilities {
        Abilities {
            restart: true,
            resets: true,
            quiet: true,
            connects: true,
            exits: !self.command.is_driver,
            accepts: true,
            ..Abilities::NONE
        }
    }

    fn option(&self, _: &str) -> String {
        let command = &self.command;
        let mut option = format!("--{} {}", command.word(), shell_words::quote(&command.in_dir()));
        if command.start_timeout != START_TIMEOUT {
            let limit = print_duration(command.start_timeout);
            option.push_str(&format!(" --start-timeout {limit}"));
        }
        option
    }

    fn knows_port(&self, name: &str) -> bool {
        self.command.knows_port(name)
    }

    fn statements(&self) -> String {
        let command = self.command.in_dir();
        format!("{} \"{}\"\n", self.command.word(), escape(command.as_bytes()))
    }

    fn start(&self) -> Box<dyn Instance + '_> {
        Box::new(ClientInstance::new(self))
    }

    fn stop(&self) {
        self.idle.end();
    }
}
