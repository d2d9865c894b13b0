//! A server that runs: what one job plays against.

use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::address::Address;
use super::link::Link;
use super::process::NOT_STARTED;
use super::spawn::{Running, Spawned};
use super::stdio::{Processes, Stdio, is_crash};
use super::target::{Kind, Target};
use super::{TargetError, memory};
use crate::wire::{Blind, Kernel, Observe, ProcessTree, StreamLink};

/// A server that runs: what one job plays against.
pub struct Server<'t> {
    kind: ServerKind<'t>,
    /// Whether what was played may have left something behind in it.
    spoiled: bool,
}

enum ServerKind<'t> {
    Memory(&'t memory::Start, memory::Connect),
    Address(&'t Address, Arc<dyn Observe>),
    Spawned(&'t Spawned, Option<Box<Running>>),
    Stdio(&'t Stdio, Processes),
}

/// How a server of ours ended, although nobody had asked it to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Death {
    /// How, as the system words it: `signal: 6 (SIGABRT)`.
    pub how: String,
    /// Whether it ended of itself, with success.
    pub clean: bool,
    /// Whether it was never there: its command can't be started, as the output says.
    pub not_started: bool,
    /// The last lines that it wrote.
    pub output: Vec<String>,
}

impl Death {
    fn new(status: ExitStatus, output: Vec<String>) -> Self {
        let not_started = status.code() == Some(NOT_STARTED);
        Self { how: status.to_string(), clean: status.success(), not_started, output }
    }
}

impl<'t> Server<'t> {
    pub(super) fn new(target: &'t Target) -> Self {
        let kind = match &target.kind {
            Kind::Memory(start) => ServerKind::Memory(start, start.server()),
            Kind::Address { address, is_blind: true } => {
                ServerKind::Address(address, Arc::new(Blind))
            }
            Kind::Address { address, is_blind: false } => {
                ServerKind::Address(address, Arc::new(Kernel::of_sockets(None)))
            }
            Kind::Spawn(spawned) => ServerKind::Spawned(spawned, None),
            Kind::Stdio(stdio) => ServerKind::Stdio(stdio, Processes::default()),
        };
        Self { kind, spoiled: false }
    }

    /// Sees to it that it runs, where it is ours; `stop` ends the wait for it.
    ///
    /// # Errors
    ///
    /// Where it can't be started.
    pub fn ensure(&mut self, stop: &AtomicBool) -> Result<(), TargetError> {
        if let ServerKind::Spawned(spawned, running @ None) = &mut self.kind {
            let taken = match spawned.take_idle() {
                Some(idle) => idle,
                None => spawned
                    .start(stop)
                    .map_err(|error| TargetError::start(&spawned.spawn.to_string(), error))?,
            };
            *running = Some(Box::new(taken));
        }
        Ok(())
    }

    /// Opens a connection; what a server in memory says first is appended to `inbox`.
    ///
    /// # Errors
    ///
    /// Where no connection comes about within `timeout`.
    pub fn open(
        &mut self,
        inbox: &mut Vec<u8>,
        timeout: Duration,
        stop: &AtomicBool,
    ) -> Result<Link, TargetError> {
        self.ensure(stop)?;
        let (address, observer) = match &mut self.kind {
            ServerKind::Memory(_, connect) => {
                return Ok(Link::Memory(memory::MemoryLink::open(connect, inbox)));
            }
            ServerKind::Stdio(stdio, processes) => {
                let link = processes
                    .open(stdio)
                    .map_err(|error| TargetError::start(&stdio.to_string(), error))?;
                return Ok(Link::Stream(Box::new(link)));
            }
            ServerKind::Address(address, observer) => (*address, &*observer),
            ServerKind::Spawned(_, Some(running)) => (&running.address, &running.observer),
            ServerKind::Spawned(_, None) => unreachable!("it was started above"),
        };
        match address.connect(timeout, stop) {
            Ok(stream) => Ok(Link::Stream(Box::new(StreamLink::new(stream, Arc::clone(observer))))),
            Err(error) => Err(TargetError::connect(&address.to_string(), error)),
        }
    }

    /// Has it anew, where it is ours to start: a process ends now, and is started at its next use.
    pub fn restart(&mut self) {
        match &mut self.kind {
            ServerKind::Memory(start, connect) => *connect = start.server(),
            ServerKind::Address(..) => {}
            ServerKind::Spawned(_, running) => *running = None,
            ServerKind::Stdio(_, processes) => *processes = Processes::default(),
        }
        self.spoiled = false;
    }

    /// Has it anew where that costs nothing, or where something may have been left behind in it.
    pub fn refresh(&mut self) {
        let is_free = matches!(self.kind, ServerKind::Memory(..));
        if is_free || self.spoiled {
            self.restart();
        }
    }

    /// Notes whether what was played may have left something behind in it.
    pub fn set_spoiled(&mut self, spoiled: bool) {
        self.spoiled = spoiled;
    }

    /// The values of `$host` and `$port`.
    pub fn host_and_port(&self) -> (String, String) {
        match &self.kind {
            ServerKind::Address(address, _) => address.host_and_port(),
            ServerKind::Spawned(_, Some(running)) => running.address.host_and_port(),
            // Ports that the system hands out have five digits.
            ServerKind::Spawned(_, None) => ("127.0.0.1".to_owned(), "00000".to_owned()),
            ServerKind::Memory(..) => ("memory".to_owned(), "0".to_owned()),
            ServerKind::Stdio(..) => ("stdio".to_owned(), "0".to_owned()),
        }
    }

    /// How it died, if it is ours and has: asked where a connection has just broken.
    pub fn death(&mut self) -> Option<Death> {
        match &mut self.kind {
            ServerKind::Spawned(_, Some(running)) => {
                let status = running.process.ended_just_now()?;
                Some(Death::new(status, running.process.output.tail()))
            }
            ServerKind::Stdio(_, processes) => {
                let (status, output) = processes.take_ended()?;
                let is_death = is_crash(status) || status.code() == Some(NOT_STARTED);
                is_death.then(|| Death::new(status, output))
            }
            _ => None,
        }
    }

    /// Whether it is ours and has died.
    pub fn is_dead(&mut self) -> bool {
        match &mut self.kind {
            ServerKind::Spawned(_, Some(running)) => running.process.ended().is_some(),
            _ => false,
        }
    }

    /// The last lines that it wrote, where it is ours.
    pub fn output(&self) -> Vec<String> {
        match &self.kind {
            ServerKind::Spawned(_, Some(running)) => running.process.output.tail(),
            ServerKind::Stdio(_, processes) => processes.tail(),
            _ => Vec::new(),
        }
    }

    /// Whether its processes can be looked at between plays.
    pub fn has_processes(&self) -> bool {
        matches!(self.kind, ServerKind::Spawned(..))
    }

    /// Whether it can be seen to be quiet.
    pub fn shows_quiet(&self) -> bool {
        matches!(self.kind, ServerKind::Spawned(..) | ServerKind::Stdio(..))
    }

    /// Whether connections go to one server, which one client may keep from serving another.
    pub fn is_shared(&self) -> bool {
        matches!(self.kind, ServerKind::Spawned(..) | ServerKind::Address(..))
    }

    fn tree(&self) -> Option<ProcessTree> {
        match &self.kind {
            ServerKind::Spawned(_, Some(running)) => Some(running.process.tree),
            _ => None,
        }
    }

    /// Whether every thread of its processes sleeps, where they can be looked at.
    pub fn is_asleep(&self) -> Option<bool> {
        self.tree().map(|tree| tree.activity().asleep)
    }

    /// For how long the threads of its processes ran, or wanted to on a busy machine, where they
    /// can be looked at.
    pub fn runnable_time(&self) -> Option<Duration> {
        self.tree().map(ProcessTree::runnable_time)
    }

    /// How many descriptors and threads its processes have, where they can be looked at.
    pub fn holdings(&self) -> Option<usize> {
        self.tree().and_then(ProcessTree::holdings)
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        // Whoever comes next goes on with it, unless it may be broken.
        if let ServerKind::Spawned(spawned, running) = &mut self.kind
            && let Some(running) = running.take()
            && !self.spoiled
        {
            spawned.give_back(*running);
        }
    }
}
