//! A handler in blocking style, on a thread for each connection, over a pipe in memory.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use super::TargetError;
use super::backend::{Abilities, Backend, Instance};
use super::link::Link;
use super::memory::message;
use super::pipe::{Pipe, PipeShared};
use super::pipe_link::BlockingLink;

/// What serves a connection.
type Handler = Arc<dyn Fn(Pipe) + Send + Sync>;

/// Handlers in blocking style.
pub(super) struct BlockingBackend {
    handler: Handler,
}

impl BlockingBackend {
    pub(super) fn new<R>(handler: impl Fn(Pipe) -> R + Send + Sync + 'static) -> Self {
        Self {
            handler: Arc::new(move |pipe| {
                let _ = handler(pipe);
            }),
        }
    }
}

impl Backend for BlockingBackend {
    fn abilities(&self) -> Abilities {
        Abilities {
            virtual_time: true,
            restart: true,
            resets: true,
            processes: false,
            quiet: false,
            shared: false,
            clone: false,
        }
    }

    fn option(&self, name: &str) -> String {
        format!("--target {name}")
    }

    fn start(&self) -> Box<dyn Instance + '_> {
        Box::new(BlockingInstance { handler: &self.handler })
    }
}

/// A server whose connections are handlers.
struct BlockingInstance<'t> {
    handler: &'t Handler,
}

impl Instance for BlockingInstance<'_> {
    fn open(&mut self, _: &mut Vec<u8>, _: Duration, _: &AtomicBool) -> Result<Link, TargetError> {
        let shared = Arc::new(PipeShared::default());
        let (handler, kept) = (Arc::clone(self.handler), Arc::clone(&shared));
        let pipe = Pipe::new(&shared);
        let serve = move || {
            let served = catch_unwind(AssertUnwindSafe(|| handler(pipe)));
            kept.change(|state| {
                state.returned = true;
                state.panic = served.err().filter(|_| !state.abandoned).map(message);
            });
        };
        let started = thread::Builder::new().name("handler".to_owned()).spawn(serve);
        started.map_err(|error| TargetError::limit("threads", &error.to_string()))?;
        Ok(Link::Blocking(BlockingLink { shared }))
    }

    fn restart(&mut self) {}

    fn host_and_port(&self) -> (String, String) {
        ("memory".to_owned(), "0".to_owned())
    }
}
