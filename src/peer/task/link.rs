//! Our end of a connection to a task.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::pipe::TaskPipe;
use super::worker::{Lost, Worker};
use crate::peer::pipe::{INBOX, SideEnd};
use crate::wire::Arrival;

/// Nobody stops what takes no time, or ends within the worker's patience.
static GOES_ON: AtomicBool = AtomicBool::new(false);

/// Our end of a connection to a task.
pub struct TaskLink {
    pipe: Arc<TaskPipe>,
    worker: Arc<Worker>,
}

impl TaskLink {
    /// Opens a connection; what the task says first is appended to `inbox`.
    pub(in crate::peer) fn open(
        worker: Arc<Worker>,
        inbox: &mut Vec<u8>,
        stop: &AtomicBool,
    ) -> Self {
        let pipe = TaskPipe::new(Arc::clone(&worker.bell));
        let link = Self { pipe, worker };
        // If it does not come to rest, that is a crash: see below.
        let _ = link.worker.attend(&link.pipe, stop);
        link.collect(inbox, stop);
        link
    }

    /// Sends a segment, and a FIN after it if `fin` says so.
    pub(in crate::peer) fn send(
        &self,
        segment: &[u8],
        fin: bool,
        inbox: &mut Vec<u8>,
        stop: &AtomicBool,
    ) {
        self.pipe.change(|duct| {
            duct.push(segment);
            if fin {
                duct.end(SideEnd::Half);
            }
        });
        self.go_on(inbox, stop);
    }

    /// Half-closes.
    pub(in crate::peer) fn end(&self, inbox: &mut Vec<u8>) {
        self.pipe.change(|duct| duct.end(SideEnd::Half));
        self.go_on(inbox, &GOES_ON);
    }

    /// Closes or resets.
    pub(in crate::peer) fn vanish(&self, reset: bool) {
        self.pipe.change(|duct| duct.end(if reset { SideEnd::Reset } else { SideEnd::Closed }));
        self.go_on(&mut Vec::new(), &GOES_ON);
    }

    /// What has come since; no time passes.
    pub(in crate::peer) fn arrive(&self, inbox: &mut Vec<u8>, stop: &AtomicBool) -> Arrival {
        if self.collect(inbox, stop) {
            return Arrival::Bytes;
        }
        match self.crash() {
            Some(message) => Arrival::Crashed(message),
            None if self.pipe.lock().is_closed() => Arrival::Eof,
            None => Arrival::Nothing,
        }
    }

    /// Whether the task has read all that was sent.
    pub(in crate::peer) fn was_read(&self) -> bool {
        !self.pipe.lock().duct.has_unread()
    }

    /// Whether the task has panicked, or goes on and on.
    pub(in crate::peer) fn has_crashed(&self) -> bool {
        self.crash().is_some()
    }

    /// What the task panicked with, or why no task comes to rest.
    fn crash(&self) -> Option<String> {
        let panic = self.pipe.lock().crash.clone();
        panic.or_else(|| self.worker.lost().and_then(Lost::message))
    }

    /// Lets all tasks go on until each waits.
    fn go_on(&self, inbox: &mut Vec<u8>, stop: &AtomicBool) {
        self.rest(stop);
        self.collect(inbox, stop);
    }

    fn rest(&self, stop: &AtomicBool) {
        let _ = self.worker.pass(Duration::ZERO, stop);
    }

    /// Takes what the task wrote, and what it writes after there is room again; whether that is
    /// anything.
    fn collect(&self, inbox: &mut Vec<u8>, stop: &AtomicBool) -> bool {
        let before = inbox.len();
        loop {
            let had = inbox.len();
            self.pipe.change(|duct| inbox.append(&mut duct.outgoing));
            if inbox.len() == had || inbox.len() > INBOX {
                return inbox.len() > before;
            }
            self.rest(stop);
        }
    }
}

impl Drop for TaskLink {
    fn drop(&mut self) {
        self.pipe.change(|duct| duct.end(SideEnd::Closed));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::channel;

    use tokio::time::sleep;

    use super::super::{AsyncPipe, Attendant};
    use super::*;

    #[test]
    fn a_task_that_blocks_after_a_while_is_told_too() {
        let (release, released) = channel::<()>();
        let released = Arc::new(Mutex::new(released));
        let start = move || -> Attendant {
            let released = Arc::clone(&released);
            Box::new(move |pipe: AsyncPipe| {
                let released = Arc::clone(&released);
                Box::pin(async move {
                    sleep(Duration::from_secs(1)).await;
                    assert!(released.lock().unwrap().recv().is_err());
                    drop(pipe);
                })
            })
        };
        let patience = Duration::from_millis(500);
        let worker = Worker::start("test", Arc::new(start), Arc::default(), patience).unwrap();
        let link = TaskLink::open(Arc::new(worker), &mut Vec::new(), &GOES_ON);
        assert_eq!(link.arrive(&mut Vec::new(), &GOES_ON), Arrival::Nothing);
        assert!(link.worker.pass(Duration::from_secs(2), &GOES_ON).is_err());
        let told = link.arrive(&mut Vec::new(), &GOES_ON);
        assert!(matches!(&told, Arrival::Crashed(why) if why.contains("without waiting")));
        assert!(link.has_crashed());
        drop(release);
    }
}
