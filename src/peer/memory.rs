//! A core in memory: cuts are exact, nothing waits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::backend::{Abilities, Backend, Instance};
use super::panicked::message;
use super::{Link, TargetError};
use crate::protocol::every::CoreState;
use crate::protocol::{Flow, Protocol};
use crate::wire::Arrival;

/// Makes the server's side of a connection.
type Connect = Arc<dyn Fn() -> Core + Send + Sync>;

/// The server's side of a connection.
pub(super) enum Core {
    Opaque(Box<dyn Protocol + Send>),
    /// Its state can be copied and compared.
    Open(Box<dyn CoreState>),
}

impl Core {
    fn protocol(&mut self) -> &mut dyn Protocol {
        match self {
            Core::Opaque(protocol) => protocol.as_mut(),
            Core::Open(state) => state.as_mut(),
        }
    }
}

/// Cores in memory.
pub(super) struct MemoryBackend {
    /// Makes a server: what its connections share is new.
    start: Box<dyn Fn() -> Connect + Send + Sync>,
    clone: bool,
    /// Whether the connections of a server share anything.
    shared: bool,
}

impl MemoryBackend {
    /// Cores whose connections share nothing.
    pub(super) fn stateless<P, C>(connect: C) -> Self
    where
        P: Protocol + Send + 'static,
        C: Fn() -> P + Send + Sync + 'static,
    {
        let connect: Connect = Arc::new(move || Core::Opaque(Box::new(connect())));
        Self { start: Box::new(move || Arc::clone(&connect)), clone: false, shared: false }
    }

    /// The same, and their states can be copied and compared.
    pub(super) fn cloneable<P, C>(connect: C) -> Self
    where
        P: Protocol + Clone + Eq + Send + 'static,
        C: Fn() -> P + Send + Sync + 'static,
    {
        let connect: Connect = Arc::new(move || Core::Open(Box::new(connect())));
        Self { start: Box::new(move || Arc::clone(&connect)), clone: true, shared: false }
    }

    /// Cores whose connections share what `start` makes.
    pub(super) fn stateful<P, C, S>(start: S) -> Self
    where
        P: Protocol + Send + 'static,
        C: Fn() -> P + Send + Sync + 'static,
        S: Fn() -> C + Send + Sync + 'static,
    {
        let start = move || -> Connect {
            let connect = start();
            Arc::new(move || Core::Opaque(Box::new(connect())))
        };
        Self { start: Box::new(start), clone: false, shared: true }
    }
}

impl Backend for MemoryBackend {
    fn abilities(&self) -> Abilities {
        Abilities { clone: self.clone, shared: self.shared, ..Abilities::IN_MEMORY }
    }

    fn start(&self) -> Box<dyn Instance + '_> {
        Box::new(MemoryInstance { backend: self, connect: (self.start)() })
    }
}

/// A server in memory.
struct MemoryInstance<'t> {
    backend: &'t MemoryBackend,
    connect: Connect,
}

impl Instance for MemoryInstance<'_> {
    fn open(
        &mut self,
        inbox: &mut Vec<u8>,
        _: Duration,
        _: &AtomicBool,
    ) -> Result<Link, TargetError> {
        Ok(Link::Memory(MemoryLink::open(&self.connect, inbox)))
    }

    fn restart(&mut self) {
        self.connect = (self.backend.start)();
    }
}

/// One connection to a core, which it drives by the contract of [`Protocol`].
pub struct MemoryLink {
    /// None once it has ended.
    core: Option<Core>,
    /// Whether our FIN has been told.
    ended: bool,
    /// What it panicked with.
    crash: Option<String>,
    /// What it replies to one call: it is never given what it replied before, so that it can't
    /// take anything back.
    reply: Vec<u8>,
}

impl MemoryLink {
    pub(super) fn open(connect: &Connect, inbox: &mut Vec<u8>) -> Self {
        let mut link = Self { core: None, ended: false, crash: None, reply: Vec::new() };
        match catch_unwind(AssertUnwindSafe(|| connect())) {
            Ok(core) => link.core = Some(core),
            Err(panic) => link.crash = Some(message(panic)),
        }
        link.tell(inbox, |protocol, reply| protocol.open(reply));
        link
    }

    pub(super) fn send(&mut self, segment: &[u8], fin: bool, inbox: &mut Vec<u8>) {
        assert!(!segment.is_empty() && !self.ended, "segments are not empty and precede the FIN");
        self.tell(inbox, |protocol, reply| protocol.receive(segment, reply));
        if fin {
            self.end(inbox);
        }
    }

    pub(super) fn end(&mut self, inbox: &mut Vec<u8>) {
        if !self.ended {
            self.ended = true;
            self.tell(inbox, |protocol, reply| protocol.end(reply));
        }
    }

    pub(super) fn timeout(&self) -> Option<Duration> {
        match self.core.as_ref()? {
            Core::Opaque(protocol) => protocol.timeout(),
            Core::Open(state) => state.timeout(),
        }
    }

    pub(super) fn wake(&mut self, inbox: &mut Vec<u8>) {
        self.tell(inbox, |protocol, reply| protocol.wake(reply));
    }

    /// It asks to be woken again and again, and never rests.
    pub(super) fn give_up(&mut self) {
        self.discard();
        self.crash = Some("it asks to be woken again and again, and never rests".to_owned());
    }

    pub(super) fn arrive(&self) -> Arrival {
        match (&self.crash, &self.core) {
            (Some(message), _) => Arrival::Crashed(message.clone()),
            (None, None) => Arrival::Eof,
            (None, Some(_)) => Arrival::Nothing,
        }
    }

    /// The state of the core, if it has not ended and can be copied and compared.
    pub(super) fn state(&self) -> Option<&dyn CoreState> {
        match &self.core {
            Some(Core::Open(state)) => Some(state.as_ref()),
            Some(Core::Opaque(_)) | None => None,
        }
    }

    pub(super) fn has_crashed(&self) -> bool {
        self.crash.is_some()
    }

    /// Drops the protocol; a panic meanwhile harms nobody.
    fn discard(&mut self) {
        if let Some(core) = self.core.take() {
            let _ = catch_unwind(AssertUnwindSafe(|| drop(core)));
        }
    }

    /// Calls the protocol, if it has not ended; a panic ends it.
    fn tell(
        &mut self,
        inbox: &mut Vec<u8>,
        call: impl FnOnce(&mut dyn Protocol, &mut Vec<u8>) -> Flow,
    ) {
        let Some(core) = &mut self.core else { return };
        let reply = &mut self.reply;
        let outcome = catch_unwind(AssertUnwindSafe(|| call(core.protocol(), reply)));
        inbox.append(reply);
        match outcome {
            Ok(Flow::Continue) => {}
            Ok(Flow::Quit | Flow::Close) => self.discard(),
            Err(panic) => {
                self.discard();
                self.crash = Some(message(panic));
            }
        }
    }
}

impl Drop for MemoryLink {
    fn drop(&mut self) {
        self.discard();
    }
}
