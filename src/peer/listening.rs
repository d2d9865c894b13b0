//! A server that the test starts itself, in a thread or a task of its own.

use std::any::Any;
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::address::Address;
use super::backend::{Abilities, Backend, Instance};
use super::elsewhere::reached;
use super::idle::Idle;
use super::panicked::message;
use super::{Link, TargetError};
use crate::wire::{Kernel, Observe};

/// What keeps a server running.
type Guard = Box<dyn Any + Send>;

/// Servers that a function starts. Those that run and that nobody uses at the moment are kept.
pub(super) struct ListeningBackend {
    name: String,
    start: Box<dyn Fn() -> io::Result<(SocketAddr, Guard)> + Send + Sync>,
    idle: Idle<Started>,
}

/// One that runs.
struct Started {
    address: Address,
    observer: Arc<dyn Observe>,
    /// The server ends when this is dropped.
    guard: Option<Guard>,
}

impl Drop for Started {
    fn drop(&mut self) {
        let guard = self.guard.take();
        // The panic was printed; what was found is not to be lost by it.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(guard)));
    }
}

impl ListeningBackend {
    pub(super) fn new<G, S>(name: String, start: S) -> Self
    where
        G: Send + 'static,
        S: Fn() -> io::Result<(SocketAddr, G)> + Send + Sync + 'static,
    {
        let start = move || start().map(|(address, guard)| (address, Box::new(guard) as Guard));
        Self { name, start: Box::new(start), idle: Idle::new() }
    }

    fn started(&self) -> Result<Started, TargetError> {
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.start)()));
        let outcome = outcome.unwrap_or_else(|panic| Err(io::Error::other(message(panic))));
        let (address, guard) = outcome.map_err(|error| TargetError::start(&self.name, error))?;
        let observer = Arc::new(Kernel::of_sockets(None));
        Ok(Started { address: Address::of(reached(&address)), observer, guard: Some(guard) })
    }
}

impl Backend for ListeningBackend {
    fn abilities(&self) -> Abilities {
        Abilities { restart: true, resets: true, shared: true, ..Abilities::NONE }
    }

    fn start(&self) -> Box<dyn Instance + '_> {
        Box::new(ListeningInstance { backend: self, running: None, must_be_new: false })
    }

    fn stop(&self) {
        self.idle.end();
    }
}

/// A server as one job uses it.
struct ListeningInstance<'t> {
    backend: &'t ListeningBackend,
    running: Option<Started>,
    /// Whether the next one must have had no client before.
    must_be_new: bool,
}

impl ListeningInstance<'_> {
    /// The server, which runs then.
    fn running(&mut self) -> Result<&Started, TargetError> {
        let running = match self.running.take() {
            Some(running) => running,
            None => match self.backend.idle.take().filter(|_| !self.must_be_new) {
                Some(kept) => kept,
                None => self.backend.started()?,
            },
        };
        self.must_be_new = false;
        Ok(self.running.insert(running))
    }
}

impl Instance for ListeningInstance<'_> {
    fn begin(&mut self, _: &[&str], _: &AtomicBool) -> Result<(), TargetError> {
        self.running().map(|_| ())
    }

    fn open(
        &mut self,
        _: &mut Vec<u8>,
        timeout: Duration,
        stop: &AtomicBool,
    ) -> Result<Link, TargetError> {
        let running = self.running()?;
        running.address.open(&running.observer, timeout, stop)
    }

    fn restart(&mut self) {
        self.running = None;
        self.must_be_new = true;
        self.backend.stop();
    }

    fn host_and_port(&self) -> (String, String) {
        match &self.running {
            Some(running) => running.address.host_and_port(),
            // Ports that the system hands out have five digits.
            None => ("127.0.0.1".to_owned(), "00000".to_owned()),
        }
    }

    fn give_back(&mut self) {
        self.backend.idle.keep(self.running.take());
    }
}
