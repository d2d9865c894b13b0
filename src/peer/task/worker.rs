//! The thread in which the tasks of a server run. A task that never waits, or that blocks its
//! thread, can't be ended from outside: then the thread is left to itself.

use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::Instant;

use super::bell::Bell;
use super::elsewhere::Elsewhere;
use super::handle::AsyncPipe;
use super::pass::pass;
use super::pipe::TaskPipe;
use crate::peer::panicked::message;
use crate::wire::Deadline;

/// How long tasks may go on without waiting for anything.
pub(in crate::peer) const AT_WORK: Duration = Duration::from_secs(10);

/// How long it is waited for them before it is looked whether to stop, and whether time passes.
const LOOK: Duration = Duration::from_millis(10);

/// How much virtual time passes between two looks at what it costs.
const STRETCH: Duration = Duration::from_secs(60);

/// What serves a connection, and what makes it for a server.
pub(in crate::peer) type Attendant =
    Box<dyn Fn(AsyncPipe) -> Pin<Box<dyn Future<Output = ()> + Send>>>;
pub(in crate::peer) type Start = Arc<dyn Fn() -> Attendant + Send + Sync>;

/// The thread, as the play has it.
pub(in crate::peer) struct Worker {
    channels: Mutex<(Sender<WorkerOrder>, Receiver<Rest>)>,
    /// How long tasks may go on without waiting for anything.
    patience: Duration,
    lost: OnceLock<Lost>,
    pub(super) bell: Arc<Bell>,
}

/// All tasks wait: how much time has passed until then, and whether the bell has rung.
#[derive(Clone, Copy)]
pub(in crate::peer) struct Rest {
    pub(in crate::peer) passed: Duration,
    has_rung: bool,
}

/// Why the thread does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::peer) enum Lost {
    /// Its tasks go on and on, or one blocks it.
    Busy,
    /// Nobody wants to know any more.
    Stopped,
    /// It has ended.
    Gone,
}

/// What the thread is to do. After each order it goes on until every task waits.
enum WorkerOrder {
    /// Ends the server with all its tasks, and starts another one.
    Restart,
    /// Lets a task serve this connection.
    Attend(Arc<TaskPipe>),
    /// Lets at most so much time pass, and stops as soon as the bell rings; how long that was
    /// waited for in real time already.
    Pass { at_most: Duration, waited: Duration },
}

impl Lost {
    /// What that says of the server.
    pub(super) fn message(self) -> Option<String> {
        match self {
            Lost::Stopped => None,
            Lost::Busy => Some(format!(
                "its tasks went on for {} s without waiting for anything: one of them blocks the \
                 thread, or asks to be polled again and again",
                AT_WORK.as_secs()
            )),
            Lost::Gone => Some("the thread in which its tasks ran has ended".to_owned()),
        }
    }
}

impl Worker {
    /// Starts the thread, and a server in it.
    pub(in crate::peer) fn start(
        name: &str,
        start: Start,
        elsewhere: Arc<Elsewhere>,
        patience: Duration,
    ) -> io::Result<Self> {
        let (orders, incoming) = channel();
        let (outgoing, answers) = channel();
        let bell = Arc::new(Bell::default());
        let inside = Arc::clone(&bell);
        let work = move || while serve(&start, &inside, &elsewhere, &incoming, &outgoing) {};
        thread::Builder::new().name(format!("tasks of {name}")).spawn(work)?;
        let channels = Mutex::new((orders, answers));
        Ok(Self { channels, patience, lost: OnceLock::new(), bell })
    }

    /// Why nothing can be done with it any more, if so.
    pub(in crate::peer) fn lost(&self) -> Option<Lost> {
        self.lost.get().copied()
    }

    /// Ends the server with all its tasks, and starts another one.
    pub(in crate::peer) fn restart(&self) -> Result<Rest, Lost> {
        self.give(WorkerOrder::Restart, &AtomicBool::new(false))
    }

    /// Lets a task serve a connection.
    pub(super) fn attend(&self, pipe: &Arc<TaskPipe>, stop: &AtomicBool) -> Result<Rest, Lost> {
        self.give(WorkerOrder::Attend(Arc::clone(pipe)), stop)
    }

    /// Lets at most so much time pass, until the bell rings.
    pub(in crate::peer) fn pass(&self, at_most: Duration, stop: &AtomicBool) -> Result<Rest, Lost> {
        let (mut passed, began) = (Duration::ZERO, std::time::Instant::now());
        loop {
            let (stretch, waited) = (STRETCH.min(at_most - passed), began.elapsed());
            let rest = self.give(WorkerOrder::Pass { at_most: stretch, waited }, stop)?;
            passed += rest.passed;
            if passed >= at_most || rest.has_rung {
                return Ok(Rest { passed, ..rest });
            }
        }
    }

    fn give(&self, order: WorkerOrder, stop: &AtomicBool) -> Result<Rest, Lost> {
        if let Some(lost) = self.lost() {
            return Err(lost);
        }
        let channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = match channels.0.send(order) {
            Ok(()) => self.wait_for(&channels.1, stop),
            Err(_) => Err(Lost::Gone),
        };
        outcome.inspect_err(|lost| {
            let _ = self.lost.set(*lost);
        })
    }

    fn wait_for(&self, answers: &Receiver<Rest>, stop: &AtomicBool) -> Result<Rest, Lost> {
        let until = Deadline::after(self.patience);
        loop {
            match answers.recv_timeout(LOOK) {
                Ok(rest) => return Ok(rest),
                Err(RecvTimeoutError::Disconnected) => return Err(Lost::Gone),
                Err(RecvTimeoutError::Timeout) if stop.load(Ordering::Relaxed) => {
                    return Err(Lost::Stopped);
                }
                Err(RecvTimeoutError::Timeout) if until.is_over() => return Err(Lost::Busy),
                Err(RecvTimeoutError::Timeout) => self.bell.knock(),
            }
        }
    }
}

/// One server, from its start to its end; whether there is to be another one.
fn serve(
    start: &Start,
    bell: &Arc<Bell>,
    elsewhere: &Elsewhere,
    orders: &Receiver<WorkerOrder>,
    answers: &Sender<Rest>,
) -> bool {
    let hook = Arc::clone(bell);
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .on_thread_park(move || hook.be_idle())
        .build();
    let Ok(runtime) = runtime else { return false };
    let handler = runtime.block_on(async { catch_unwind(AssertUnwindSafe(|| start())) });
    let handler = handler.map_err(message);
    let mut is_over = false;
    while !is_over && let Ok(order) = orders.recv() {
        bell.silence();
        let passed = runtime.block_on(async {
            let before = Instant::now();
            match (order, &handler) {
                (WorkerOrder::Restart, _) => {
                    is_over = true;
                    return Duration::ZERO;
                }
                (WorkerOrder::Attend(pipe), Ok(handler)) => attend(handler, pipe),
                (WorkerOrder::Attend(pipe), Err(panic)) => {
                    pipe.tell(|state| state.crash = Some(panic.clone()));
                }
                (WorkerOrder::Pass { at_most, waited }, _) => {
                    pass(bell, elsewhere, at_most, waited).await;
                }
            }
            bell.idle().await;
            before.elapsed()
        });
        let has_rung = bell.has_rung();
        if answers.send(Rest { passed, has_rung }).is_err() {
            break;
        }
    }
    // A thread of tokio that still computes is not waited for.
    runtime.shutdown_background();
    is_over
}

/// Lets a task serve a connection, and another one see how it ends.
fn attend(handler: &Attendant, pipe: Arc<TaskPipe>) {
    let handle = AsyncPipe::new(Arc::clone(&pipe));
    let served = catch_unwind(AssertUnwindSafe(|| handler(handle))).map(tokio::spawn);
    tokio::spawn(async move {
        let panic = match served {
            Ok(served) => served.await.err().and_then(|error| error.try_into_panic().ok()),
            Err(panic) => Some(panic),
        };
        if let Some(panic) = panic {
            pipe.tell(|state| state.crash = Some(message(panic)));
        }
    });
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    /// A server with one connection, which does this.
    fn serving<F: Future<Output = ()> + Send + 'static>(
        handler: impl Fn() -> F + Clone + Send + Sync + 'static,
        elsewhere: Elsewhere,
        patience: Duration,
    ) -> Result<Worker, Lost> {
        let start: Start = Arc::new(move || {
            let handler = handler.clone();
            Box::new(move |_| Box::pin(handler()))
        });
        let worker = Worker::start("test", start, Arc::new(elsewhere), patience)?;
        worker.attend(&TaskPipe::new(Arc::clone(&worker.bell)), &AtomicBool::new(false))?;
        Ok(worker)
    }

    /// How much time passes in it, or why none does.
    fn lost<F: Future<Output = ()> + Send + 'static>(
        handler: impl Fn() -> F + Clone + Send + Sync + 'static,
    ) -> Result<Duration, Lost> {
        let worker = serving(handler, Elsewhere::default(), Duration::from_millis(500))?;
        let passed = worker.pass(Duration::from_secs(1), &AtomicBool::new(false))?.passed;
        worker.restart()?;
        Ok(passed)
    }

    impl From<io::Error> for Lost {
        fn from(_: io::Error) -> Self {
            Lost::Gone
        }
    }

    #[test]
    fn tasks_that_never_rest_are_left_to_themselves() {
        assert_eq!(lost(|| sleep(Duration::MAX)), Ok(Duration::from_secs(1)));
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let restless = move || {
            let over = Arc::clone(&over);
            async move {
                while !over.load(Ordering::Relaxed) {
                    tokio::task::yield_now().await;
                }
            }
        };
        assert_eq!(lost(restless), Err(Lost::Busy));
        is_over.store(true, Ordering::Relaxed);
        let (release, released) = channel::<()>();
        let released = Arc::new(Mutex::new(released));
        let blocks = move || {
            let released = Arc::clone(&released);
            async move { assert!(released.lock().unwrap().recv().is_err()) }
        };
        assert_eq!(lost(blocks), Err(Lost::Busy));
        drop(release);
    }

    #[test]
    fn time_passes_in_the_end_although_a_blocking_task_runs() {
        let (release, released) = channel::<()>();
        let released = Arc::new(Mutex::new(released));
        let waits = move || {
            let released = Arc::clone(&released);
            async move {
                let wait = move || released.lock().unwrap().recv().is_err();
                tokio::task::spawn_blocking(wait).await.map(drop).unwrap();
            }
        };
        // Nothing has ever come of it.
        let elsewhere = Elsewhere::default();
        (0..10).for_each(|_| elsewhere.note_wait(Duration::from_secs(5), false));
        let worker = serving(waits, elsewhere, AT_WORK).unwrap();
        for time in [Duration::from_millis(20), Duration::from_secs(3600)] {
            let passed = worker.pass(time, &AtomicBool::new(false)).map(|rest| rest.passed);
            assert_eq!(passed, Ok(time));
        }
        drop(release);
    }
}
