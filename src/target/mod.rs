//! Who answers: a core in memory, or a server at an address.
//!
//! A [`Target`] is what the user names; a [`Server`] is one that runs, and what a job plays
//! against; a [`Link`] is one connection to it. Over a [`Link`] every target looks the same.

mod memory;
mod tcp;

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::protocol::{Echo, Protocol, Tutorial};

/// Who answers.
///
/// # Examples
///
/// ```
/// use recut::{Echo, Target};
///
/// let in_memory = Target::memory("echo", Echo::default);
/// let running = Target::connect("127.0.0.1:8888").unwrap();
/// assert_eq!(running.to_string(), "127.0.0.1:8888");
/// ```
pub struct Target {
    name: String,
    kind: Kind,
}

enum Kind {
    Memory(memory::Start),
    Tcp(tcp::Address),
}

/// A server that runs: what one job plays against.
pub struct Server<'t> {
    kind: ServerKind<'t>,
}

enum ServerKind<'t> {
    Memory(memory::Connect),
    Tcp(&'t tcp::Address),
}

/// Why a play could not take place.
#[derive(Debug)]
pub struct TargetError {
    /// What was asked for.
    target: String,
    /// What was tried: "connect to".
    attempt: &'static str,
    error: io::Error,
}

impl TargetError {
    /// Whether nobody answered in time, as opposed to a refusal.
    pub fn is_timeout(&self) -> bool {
        matches!(self.error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
    }
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "can't {} {}: {}", self.attempt, self.target, self.error)?;
        match self.error.kind() {
            io::ErrorKind::ConnectionRefused => f.write_str(" (does the server run there?)"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for TargetError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl Target {
    /// A core in memory: `connect` makes the server's side of each connection. Connections must
    /// share nothing, since plays run side by side; for those that do, see [`Target::server`].
    pub fn memory<P, C>(name: impl Into<String>, connect: C) -> Self
    where
        P: Protocol + Send + 'static,
        C: Fn() -> P + Send + Sync + 'static,
    {
        Self { name: name.into(), kind: Kind::Memory(memory::Start::stateless(connect)) }
    }

    /// A core in memory whose connections share state: each job calls `start` for a server of its
    /// own, and that once for each connection.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use recut::{Flow, Protocol, Target};
    ///
    /// struct Visitors(Arc<Mutex<u32>>);
    ///
    /// impl Protocol for Visitors {
    ///     fn open(&mut self, reply: &mut Vec<u8>) -> Flow {
    ///         let mut visitors = self.0.lock().unwrap();
    ///         *visitors += 1;
    ///         reply.extend(format!("you are number {visitors}\n").bytes());
    ///         Flow::Continue
    ///     }
    ///     fn receive(&mut self, _: &[u8], _: &mut Vec<u8>) -> Flow { Flow::Continue }
    ///     fn end(&mut self, _: &mut Vec<u8>) -> Flow { Flow::Close }
    /// }
    ///
    /// let target = Target::server("visitors", || {
    ///     let visitors = Arc::new(Mutex::new(0));
    ///     move || Visitors(Arc::clone(&visitors))
    /// });
    /// ```
    pub fn server<P, C, S>(name: impl Into<String>, start: S) -> Self
    where
        P: Protocol + Send + 'static,
        C: Fn() -> P + Send + Sync + 'static,
        S: Fn() -> C + Send + Sync + 'static,
    {
        Self { name: name.into(), kind: Kind::Memory(memory::Start::stateful(start)) }
    }

    /// The cores that recut brings along, by name: `echo`, `tutorial`.
    pub fn builtin(name: &str) -> Option<Self> {
        match name {
            "echo" => Some(Self::memory(name, Echo::default)),
            "tutorial" => Some(Self::memory(name, Tutorial::default)),
            _ => None,
        }
    }

    /// A server that is running at `HOST:PORT`. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// Where the address is none, or its name does not resolve.
    pub fn connect(address: &str) -> Result<Self, TargetError> {
        let resolved = tcp::Address::resolve(address).map_err(|error| TargetError {
            target: address.to_owned(),
            attempt: "resolve",
            error,
        })?;
        Ok(Self { name: address.to_owned(), kind: Kind::Tcp(resolved) })
    }

    /// Whether it lives in memory: cuts are exact, time is virtual, plays can run side by side.
    pub fn is_virtual(&self) -> bool {
        matches!(self.kind, Kind::Memory(_))
    }

    /// The values of `$host` and `$port`.
    pub fn host_and_port(&self) -> (String, String) {
        match &self.kind {
            Kind::Memory(_) => ("memory".to_owned(), "0".to_owned()),
            Kind::Tcp(address) => (address.host.clone(), address.port.to_string()),
        }
    }

    /// The option of the command line that names this target.
    pub fn option(&self) -> String {
        match &self.kind {
            Kind::Memory(_) => format!("--target {}", self.name),
            Kind::Tcp(_) => format!("--connect {}", self.name),
        }
    }

    /// A server to play against; each job has its own where that is possible.
    pub fn start(&self) -> Server<'_> {
        let kind = match &self.kind {
            Kind::Memory(start) => ServerKind::Memory(start.server()),
            Kind::Tcp(address) => ServerKind::Tcp(address),
        };
        Server { kind }
    }
}

/// How output names it.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Server<'_> {
    /// Opens a connection; what a server in memory says first is appended to `inbox`.
    ///
    /// # Errors
    ///
    /// Where no connection comes about within `timeout`.
    pub fn open(&self, inbox: &mut Vec<u8>, timeout: Duration) -> Result<Link, TargetError> {
        match &self.kind {
            ServerKind::Memory(connect) => Ok(Link::Memory(memory::Link::open(connect, inbox))),
            ServerKind::Tcp(address) => match tcp::Link::open(address, timeout) {
                Ok(link) => Ok(Link::Tcp(Box::new(link))),
                Err(error) => {
                    Err(TargetError { target: address.to_string(), attempt: "connect to", error })
                }
            },
        }
    }
}

/// What is known of a cut: whether the server read up to there, and no further, at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    /// It did.
    Confirmed,
    /// It has the bytes and sleeps on them.
    Held,
    /// Nobody could be asked: there was time for it.
    Paced,
}

/// What came of sending a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// It is on its way, or there is nobody any more who could take it.
    Done,
    /// The server has not read for too long.
    Stuck,
}

/// What came of waiting for the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Bytes, which were appended.
    Bytes,
    /// Its FIN.
    Eof,
    /// Its RST.
    Reset,
    /// Nothing in that time.
    Nothing,
    /// It panicked, with this message.
    Crashed(String),
}

/// Until when to wait for the server, and who may end the wait sooner.
#[derive(Clone, Copy)]
pub struct Wait<'a> {
    /// The end of the wait; none takes what is there already.
    pub until: Option<Instant>,
    /// Ends every wait when it becomes true.
    pub stop: &'a AtomicBool,
}

impl Wait<'_> {
    /// How long the next slice of the wait may be; none where it is over.
    fn slice(&self) -> Option<Duration> {
        const SLICE: Duration = Duration::from_millis(50);
        let left = self.until?.saturating_duration_since(Instant::now());
        let over = left.is_zero() || self.stop.load(Ordering::Relaxed);
        (!over).then_some(left.min(SLICE))
    }
}

/// One connection to a server, from the client's side.
pub enum Link {
    /// To a core in memory.
    Memory(memory::Link),
    /// Over TCP.
    Tcp(Box<tcp::Link>),
}

impl Link {
    /// Sends a segment, and a FIN right behind it where `fin` says so. What arrives meanwhile is
    /// appended to `inbox`. A server that is gone shows when its answer is read; one that takes
    /// nothing for as long as `patience` is stuck.
    pub fn send(
        &mut self,
        segment: &[u8],
        fin: bool,
        inbox: &mut Vec<u8>,
        patience: Duration,
        stop: &AtomicBool,
    ) -> Sending {
        match self {
            Link::Memory(link) => {
                link.send(segment, fin, inbox);
                Sending::Done
            }
            Link::Tcp(link) => link.send(segment, fin, inbox, patience, stop),
        }
    }

    /// Makes the end of the last segment a real cut: gives the server what it needs to read up to
    /// there before more is sent. What arrives meanwhile is appended to `inbox`.
    pub fn settle(&mut self, gap: Duration, inbox: &mut Vec<u8>, stop: &AtomicBool) -> Quality {
        match self {
            Link::Memory(_) => Quality::Confirmed,
            Link::Tcp(link) => link.settle(gap, inbox, stop),
        }
    }

    /// Half-closes: FIN, still reading.
    pub fn end(&mut self, inbox: &mut Vec<u8>) {
        match self {
            Link::Memory(link) => link.end(inbox),
            Link::Tcp(link) => link.end(),
        }
    }

    /// Turns away for good: what the server still says is lost. Dropping the link is then a FIN,
    /// or a RST where `reset` says so.
    pub fn vanish(&mut self, reset: bool) {
        match self {
            // A core has no notion of a reset: it is dropped without being told anything.
            Link::Memory(_) if reset => {}
            Link::Memory(link) => link.end(&mut Vec::new()),
            Link::Tcp(link) if reset => link.reset(),
            Link::Tcp(_) => {}
        }
    }

    /// Waits for the server; bytes are appended to `inbox`.
    pub fn arrive(&mut self, inbox: &mut Vec<u8>, wait: Wait<'_>) -> Arrival {
        match self {
            Link::Memory(link) => link.arrive(),
            Link::Tcp(link) => link.arrive(inbox, wait),
        }
    }

    /// Whether the server panicked on this connection.
    pub fn has_crashed(&self) -> bool {
        matches!(self, Link::Memory(link) if link.has_crashed())
    }
}
