//! What the user names: who is at the other end.

use std::fmt;

use super::TargetError;
use super::address::Address;
use super::memory;
use super::server::Server;
use super::spawn::{Spawn, Spawned};
use super::stdio::Stdio;
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
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    Memory(memory::Start),
    Address { address: Address, is_blind: bool },
    Spawn(Spawned),
    Stdio(Stdio),
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

    /// A server that is running at `HOST:PORT` or `unix:PATH`. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// Where the address is none, or its name does not resolve.
    pub fn connect(address: &str) -> Result<Self, TargetError> {
        Self::at(address, false)
    }

    /// A server that is running, of which nothing is seen: as on a system where the kernel can't be
    /// asked how far it has read. Every cut is paced.
    ///
    /// # Errors
    ///
    /// Those of [`Target::connect`].
    #[doc(hidden)]
    pub fn connect_blind(address: &str) -> Result<Self, TargetError> {
        Self::at(address, true)
    }

    fn at(name: &str, is_blind: bool) -> Result<Self, TargetError> {
        let address =
            Address::resolve(name).map_err(|error| TargetError::new("resolve", name, error))?;
        Ok(Self { name: name.to_owned(), kind: Kind::Address { address, is_blind } })
    }

    /// A server that is started when it is needed, one for each job, and stopped with the target.
    pub fn spawn(spawn: Spawn) -> Self {
        Self { name: spawn.to_string(), kind: Kind::Spawn(Spawned::new(spawn)) }
    }

    /// A process for each connection, spoken to over its stdin and stdout.
    pub fn stdio(stdio: Stdio) -> Self {
        Self { name: stdio.to_string(), kind: Kind::Stdio(stdio) }
    }

    /// Whether it lives in memory: cuts are exact, time is virtual, plays can run side by side.
    pub fn is_virtual(&self) -> bool {
        matches!(self.kind, Kind::Memory(_))
    }

    /// Whether a server that is lost can be had anew.
    pub fn can_restart(&self) -> bool {
        !matches!(self.kind, Kind::Address { .. })
    }

    /// Whether it knows resets: pipes and Unix sockets have none.
    pub fn has_resets(&self) -> bool {
        !matches!(self.kind, Kind::Stdio(_) | Kind::Address { address: Address::Unix(_), .. })
    }

    /// The option of the command line that names this target.
    pub fn option(&self) -> String {
        match &self.kind {
            Kind::Memory(_) => format!("--target {}", self.name),
            Kind::Address { .. } => format!("--connect {}", self.name),
            Kind::Spawn(spawned) => spawned.spawn.options(),
            Kind::Stdio(_) => format!("--stdio {}", shell_words::quote(&self.name)),
        }
    }

    /// The statements of a script that start this target, where there are such.
    pub fn statements(&self) -> String {
        match &self.kind {
            Kind::Spawn(spawned) => spawned.spawn.statements(),
            _ => String::new(),
        }
    }

    /// A server to play against; each job has its own where that is possible. One that is ours is
    /// started when it is first played against.
    pub fn start(&self) -> Server<'_> {
        Server::new(self)
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
