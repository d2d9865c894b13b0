//! A server that is ours: started on a free port, watched, stopped.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use regex::bytes::Regex;

use super::address::Address;
use super::process::{NOT_STARTED, Process, Supervisor};
use crate::wire::{Diag, Kernel, Observe};

/// How long a server has until it must be ready.
const READY: Duration = Duration::from_secs(10);

/// How often another port is tried where one turns out to be taken.
const PORTS: usize = 5;

/// How often it is looked whether the server is ready, at first and at most.
const LOOKS: (Duration, Duration) = (Duration::from_micros(500), Duration::from_millis(10));

/// A server to start: its command, and how to tell that it is ready.
///
/// In the words of the command `{port}` stands for a free port, `{host}` for 127.0.0.1, `{dir}`
/// for a folder; the environment has the port as `PORT`. Words are split as a shell does, but no
/// shell is asked.
///
/// # Examples
///
/// ```
/// use recut::peer::Spawn;
///
/// let spawn = Spawn::new("redis-server --port {port} --save ''").unwrap();
/// assert!(Spawn::new("unclosed 'quote").is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Spawn {
    text: String,
    words: Vec<String>,
    ready: Option<Regex>,
    dir: PathBuf,
    supervisor: Supervisor,
}

impl Spawn {
    /// A server that is ready once it listens on its port.
    ///
    /// # Errors
    ///
    /// Where the command has no word, or a quote that is not closed.
    pub fn new(command: &str) -> Result<Self, String> {
        let words = split(command)?;
        let (dir, supervisor) = (PathBuf::from("."), Supervisor::default());
        Ok(Self { text: command.to_owned(), words, ready: None, dir, supervisor })
    }

    /// Ready once a line of its output matches instead.
    pub fn ready(mut self, line: Regex) -> Self {
        self.ready = Some(line);
        self
    }

    /// The folder that `{dir}` stands for.
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = dir.into();
        self
    }

    /// Starts it by a program that ends it whatever happens.
    pub fn supervised(mut self, supervisor: Supervisor) -> Self {
        self.supervisor = supervisor;
        self
    }

    /// The command, its folder filled in.
    fn in_dir(&self) -> String {
        self.text.replace("{dir}", &self.dir.display().to_string())
    }

    /// The statements of a script that start it.
    pub(super) fn statements(&self) -> String {
        let literal = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let spawn = format!("spawn \"{}\"\n", literal(&self.in_dir()));
        match &self.ready {
            // A pattern has its own escapes: only a quote needs one.
            Some(ready) => {
                format!("{spawn}ready re\"{}\"\n", ready.as_str().replace('"', "\\\""))
            }
            None => spawn,
        }
    }

    /// The options of the command line for it, which hold in any folder.
    pub(super) fn options(&self) -> String {
        let command = shell_words::quote(&self.in_dir()).into_owned();
        match &self.ready {
            Some(ready) => {
                format!("--spawn {command} --ready {}", shell_words::quote(ready.as_str()))
            }
            None => format!("--spawn {command}"),
        }
    }

    fn command(&self, port: u16) -> Vec<String> {
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
pub(super) fn split(command: &str) -> Result<Vec<String>, String> {
    let words = shell_words::split(command)
        .map_err(|_| format!("`{command}` has a quote that is not closed"))?;
    if words.is_empty() {
        return Err("expected a command".to_owned());
    }
    Ok(words)
}

/// Folder of a script, as `{dir}` has it.
pub fn folder_of(script: &Path) -> PathBuf {
    match script.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// A server that was started and listens.
pub(super) struct Running {
    pub(super) process: Process,
    pub(super) address: Address,
    pub(super) observer: Arc<dyn Observe>,
}

/// Servers of one command: those that run and are nobody's at the moment are kept for the next.
pub(super) struct Spawned {
    pub(super) spawn: Spawn,
    idle: Mutex<Vec<Running>>,
}

impl Spawned {
    pub(super) fn new(spawn: Spawn) -> Self {
        Self { spawn, idle: Mutex::new(Vec::new()) }
    }

    /// One that runs already, if it is still there.
    pub(super) fn take_idle(&self) -> Option<Running> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop())
            .find_map(|mut running| running.process.ended().is_none().then_some(running))
    }

    pub(super) fn give_back(&self, running: Running) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(running);
    }

    /// Starts one on a free port, on another where that turns out to be taken.
    ///
    /// # Errors
    ///
    /// Where it can't be started, ends, or is not ready in time: with the tail of its output.
    pub(super) fn start(&self, stop: &AtomicBool) -> io::Result<Running> {
        let mut last = io::Error::other("no port is free");
        for _ in 0..PORTS {
            match self.start_on(free_port()?, stop) {
                Ok(running) => return Ok(running),
                Err(NotReady::Taken(error)) => last = error,
                Err(NotReady::Failed(error)) => return Err(error),
            }
        }
        Err(last)
    }

    fn start_on(&self, port: u16, stop: &AtomicBool) -> Result<Running, NotReady> {
        let words = self.spawn.command(port);
        let mut process = Process::start(&words, &self.spawn.supervisor, false, |command| {
            command.env("PORT", port.to_string());
        })?;
        process.read_output(self.spawn.ready.as_ref());
        let mut diag = Diag::open()?;
        let until = Instant::now() + READY;
        let mut rest = LOOKS.0;
        loop {
            let ended = process.ended();
            let listens = listeners(&mut diag, port)?;
            let by_others = || {
                // Where nobody lets us look, it is taken for its own.
                let own = process.tree.sockets();
                own.is_some_and(|own| listens.iter().all(|(_, inode)| !own.contains(inode)))
            };
            let failed = |what: String| io::Error::other(with_tail(what, &process));
            if let Some(status) = ended {
                if status.code() == Some(NOT_STARTED) && self.spawn.supervisor.is_some() {
                    let said = process.output.settled_tail();
                    return Err(io::Error::other(said.join("; ")).into());
                }
                process.output.settled_tail();
                let error = failed(format!("it ended before it was ready: {status}"));
                let is_taken = !listens.is_empty();
                return Err(if is_taken { NotReady::Taken(error) } else { error.into() });
            }
            let is_ready = match &self.spawn.ready {
                Some(_) => process.output.is_ready(),
                None => !listens.is_empty(),
            };
            if is_ready && !listens.is_empty() && by_others() {
                let what = format!("somebody else listens on port {port}");
                return Err(NotReady::Taken(failed(what)));
            }
            if is_ready {
                let addresses: Vec<_> = match listens.is_empty() {
                    true => hosts(port).to_vec(),
                    false => listens.iter().map(|(address, _)| *address).collect(),
                };
                let host = "127.0.0.1".to_owned();
                let observer = Arc::new(Kernel::of_sockets(Some(process.tree)));
                let address = Address::Tcp { host, port, addresses };
                return Ok(Running { process, address, observer });
            }
            if stop.load(Ordering::Relaxed) {
                return Err(io::Error::from(io::ErrorKind::Interrupted).into());
            }
            if Instant::now() >= until {
                let what = match &self.spawn.ready {
                    Some(ready) => format!("no line of its output matched `{ready}`"),
                    None => format!("it did not listen on 127.0.0.1:{port}"),
                };
                let hint = match self.spawn.text.contains("{port}") {
                    true => "",
                    false => " (the command has no {port}: it must take its port from $PORT)",
                };
                return Err(failed(format!("{what} within {} s{hint}", READY.as_secs())).into());
            }
            std::thread::sleep(rest);
            rest = (rest * 2).min(LOOKS.1);
        }
    }
}

/// Why a server did not come up.
enum NotReady {
    /// Somebody else has the port.
    Taken(io::Error),
    Failed(io::Error),
}

impl From<io::Error> for NotReady {
    fn from(error: io::Error) -> Self {
        NotReady::Failed(error)
    }
}

/// A port that nobody has at this moment.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn hosts(port: u16) -> [SocketAddr; 2] {
    [(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]
}

/// The sockets that listen on a port of this host, seen without connecting: that would hurt
/// servers that serve one client, or that don't like one that leaves at once.
fn listeners(diag: &mut Diag, port: u16) -> io::Result<Vec<(SocketAddr, u64)>> {
    let mut listeners = Vec::new();
    for address in hosts(port) {
        // A machine without IPv6 refuses to look.
        if let Ok(Some(inode)) = diag.listener(address) {
            listeners.push((address, u64::from(inode)));
        }
    }
    Ok(listeners)
}

/// What went wrong, and what the process said.
fn with_tail(what: String, process: &Process) -> String {
    let tail = process.output.tail();
    if tail.is_empty() {
        return format!("{what}; it wrote nothing");
    }
    let lines: String = tail.iter().map(|line| format!("\n    {line}")).collect();
    format!("{what}; the end of its output:{lines}")
}
