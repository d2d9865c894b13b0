//! A handler in async style, `async fn(impl AsyncRead + AsyncWrite)`: each connection is a task of
//! tokio.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use super::backend::{Abilities, Backend, Instance};
use super::task::{AT_WORK, AsyncPipe, Attendant, Elsewhere, Start, TaskLink, Worker};
use super::{Link, TargetError};

/// How many threads may be left to themselves, because their tasks do not come to rest.
const MOST_LOST: u32 = 16;

/// Servers whose connections are tasks.
pub(super) struct TaskBackend {
    name: String,
    start: Start,
    elsewhere: Arc<Elsewhere>,
    /// Whether the connections of a server share anything.
    shared: bool,
    /// How many threads were left to themselves.
    lost: AtomicU32,
}

impl TaskBackend {
    /// Handlers that share what `start` makes, if they are `shared` at all.
    pub(super) fn new<F, H, S>(name: String, shared: bool, start: S) -> Self
    where
        F: Future + Send + 'static,
        H: Fn(AsyncPipe) -> F + 'static,
        S: Fn() -> H + Send + Sync + 'static,
    {
        let start = move || -> Attendant {
            let handler = start();
            Box::new(move |pipe| {
                let served = handler(pipe);
                Box::pin(async move { drop(served.await) })
            })
        };
        let (start, lost) = (Arc::new(start), AtomicU32::new(0));
        Self { name, start, elsewhere: Arc::default(), shared, lost }
    }
}

impl Backend for TaskBackend {
    fn abilities(&self) -> Abilities {
        Abilities { shared: self.shared, ..Abilities::IN_MEMORY }
    }

    fn start(&self) -> Box<dyn Instance + '_> {
        Box::new(TaskInstance { backend: self, worker: None })
    }
}

/// One server.
struct TaskInstance<'t> {
    backend: &'t TaskBackend,
    /// Its thread, once a connection was opened.
    worker: Option<Arc<Worker>>,
}

impl TaskInstance<'_> {
    /// The thread of the server; a new one if there is none.
    fn worker(&mut self) -> Result<Arc<Worker>, TargetError> {
        let TaskBackend { name, start, elsewhere, lost, .. } = self.backend;
        if let Some(worker) = &self.worker {
            return Ok(Arc::clone(worker));
        }
        if lost.load(Ordering::Relaxed) >= MOST_LOST {
            let limit = "16 threads whose tasks do not come to rest: each must await something";
            return Err(TargetError::limit(name, limit));
        }
        let worker = Worker::start(name, Arc::clone(start), Arc::clone(elsewhere), AT_WORK);
        let worker = Arc::new(worker.map_err(|error| TargetError::start(name, error))?);
        Ok(Arc::clone(self.worker.insert(worker)))
    }
}

impl Instance for TaskInstance<'_> {
    fn open(
        &mut self,
        inbox: &mut Vec<u8>,
        _: Duration,
        stop: &AtomicBool,
    ) -> Result<Link, TargetError> {
        Ok(Link::Task(TaskLink::open(self.worker()?, inbox, stop)))
    }

    fn restart(&mut self) {
        let Some(worker) = &self.worker else { return };
        if worker.restart().is_err() {
            self.backend.lost.fetch_add(1, Ordering::Relaxed);
            self.worker = None;
        }
    }

    fn let_pass(&mut self, at_most: Duration, stop: &AtomicBool) -> Option<Duration> {
        let worker = self.worker.as_ref()?;
        // If they do not come to rest, their links tell it: there is nothing more to wait for.
        Some(worker.pass(at_most, stop).map_or(at_most, |rest| rest.passed))
    }
}
