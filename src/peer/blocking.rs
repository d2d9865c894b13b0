//! A handler in blocking style, `fn(impl Read + Write)`: each connection runs in a thread of ours.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::backend::{Abilities, Backend, Instance};
use super::panicked::message;
use super::pipe::{Habits, Pipe, PipeLink, Pipes};
use super::{Link, TargetError};
use crate::wire::Deadline;

/// How long it is waited for a handler to end, before it is looked whether to go on.
const LOOK: Duration = Duration::from_millis(5);

/// What serves a connection.
type Handler = Arc<dyn Fn(Pipe) + Send + Sync>;

/// Handlers in threads of ours.
pub(super) struct BlockingBackend {
    name: String,
    handler: Handler,
    habits: Arc<Habits>,
}

impl BlockingBackend {
    pub(super) fn new<R, H>(name: String, handler: H) -> Self
    where
        H: Fn(Pipe) -> R + Send + Sync + 'static,
    {
        let handler = Arc::new(move |pipe| drop(handler(pipe)));
        Self { name, handler, habits: Arc::default() }
    }
}

impl Backend for BlockingBackend {
    fn abilities(&self) -> Abilities {
        Abilities {
            virtual_time: false,
            restart: true,
            resets: true,
            processes: false,
            quiet: true,
            shared: false,
            clone: false,
            connects: false,
            exits: false,
            accepts: false,
        }
    }

    fn start(&self) -> Box<dyn Instance + '_> {
        Box::new(BlockingInstance { backend: self, pipes: self.pipes() })
    }
}

impl BlockingBackend {
    fn pipes(&self) -> Arc<Pipes> {
        Arc::new(Pipes::new(Arc::clone(&self.habits)))
    }
}

/// The connections of one job.
struct BlockingInstance<'t> {
    backend: &'t BlockingBackend,
    pipes: Arc<Pipes>,
}

impl BlockingInstance<'_> {
    /// Waits until not too many handlers are left that should have ended.
    fn wait_for_the_lost(&self, timeout: Duration, stop: &AtomicBool) -> Result<(), TargetError> {
        let BlockingBackend { name, habits, .. } = self.backend;
        let until = Deadline::after(timeout);
        while habits.are_too_many_lost() {
            if until.is_over() || stop.load(Ordering::Relaxed) {
                let limit = "64 handlers that do not end after their client has gone; a read that \
                             returns 0, or any error, must end a handler";
                return Err(TargetError::limit(name, limit));
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }
}

impl Instance for BlockingInstance<'_> {
    fn open(
        &mut self,
        _: &mut Vec<u8>,
        timeout: Duration,
        stop: &AtomicBool,
    ) -> Result<Link, TargetError> {
        self.wait_for_the_lost(timeout, stop)?;
        let BlockingBackend { name, handler, .. } = self.backend;
        let id = self.pipes.open();
        let link = PipeLink::new(Arc::clone(&self.pipes), id);
        let pipe = Pipe::new(Arc::clone(&self.pipes), id);
        let (pipes, handler) = (Arc::clone(&self.pipes), Arc::clone(handler));
        let serve = move || {
            pipes.begin(id);
            let outcome = catch_unwind(AssertUnwindSafe(|| handler(pipe)));
            pipes.end(id, outcome.err().map(message));
        };
        let started = thread::Builder::new().name(format!("a connection to {name}")).spawn(serve);
        match started {
            Ok(_) => Ok(Link::Pipe(link)),
            Err(error) => {
                // Nobody will ever serve it.
                self.pipes.end(id, None);
                let what = format!("no thread for its handler: {error}");
                Err(TargetError::start(name, io::Error::new(error.kind(), what)))
            }
        }
    }

    fn restart(&mut self) {
        self.pipes = self.backend.pipes();
    }
}
