//! Our end of a connection to a task.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::pipe::TaskPipe;
use super::worker::{Lost, Rest, Worker};
use crate::peer::pipe::{INBOX, SideEnd};
use crate::wire::Arrival;

/// Nobody stops what takes no time, or ends within the worker's patience.
static GOES_ON: AtomicBool = AtomicBool::new(false);

/// Our end of a connection to a task.
pub struct TaskLink {
    pipe: Arc<TaskPipe>,
    worker: Arc<Worker>,
    /// What the task panicked with, as far as it was seen.
    crash: Option<String>,
}

impl TaskLink {
    /// Opens a connection; what the task says first is appended to `inbox`.
    pub(in crate::peer) fn open(
        worker: Arc<Worker>,
        inbox: &mut Vec<u8>,
        stop: &AtomicBool,
    ) -> Self {
        let pipe = TaskPipe::new(Arc::clone(&worker.bell));
        let mut link = Self { pipe, worker, crash: None };
        let rest = link.worker.attend(&link.pipe, stop);
        link.note(rest);
        link.collect(inbox, stop);
        link
    }

    /// Sends a segment, and a FIN after it if `fin` says so.
    pub(in crate::peer) fn send(
        &mut self,
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
    pub(in crate::peer) fn end(&mut self, inbox: &mut Vec<u8>) {
        self.pipe.change(|duct| duct.end(SideEnd::Half));
        self.go_on(inbox, &GOES_ON);
    }

    /// Closes or resets.
    pub(in crate::peer) fn vanish(&mut self, reset: bool) {
        self.pipe.change(|duct| duct.end(if reset { SideEnd::Reset } else { SideEnd::Closed }));
        self.go_on(&mut Vec::new(), &GOES_ON);
    }

    /// What has come since; no time passes.
    pub(in crate::peer) fn arrive(&mut self, inbox: &mut Vec<u8>, stop: &AtomicBool) -> Arrival {
        if self.collect(inbox, stop) {
            return Arrival::Bytes;
        }
        match &self.crash {
            Some(message) => Arrival::Crashed(message.clone()),
            None if self.pipe.lock().is_closed() => Arrival::Eof,
            None => Arrival::Nothing,
        }
    }

    /// Whether the task has read all that was sent.
    pub(in crate::peer) fn was_read(&self) -> bool {
        !self.pipe.lock().duct.has_unread()
    }

    /// Whether the task was seen to have panicked.
    pub(in crate::peer) fn has_crashed(&self) -> bool {
        self.crash.is_some()
    }

    /// Lets all tasks go on until each waits.
    fn go_on(&mut self, inbox: &mut Vec<u8>, stop: &AtomicBool) {
        self.rest(stop);
        self.collect(inbox, stop);
    }

    fn rest(&mut self, stop: &AtomicBool) {
        let rest = self.worker.pass(Duration::ZERO, stop);
        self.note(rest);
    }

    /// Notes a panic, or that the tasks did not come to rest.
    fn note(&mut self, rest: Result<Rest, Lost>) {
        if self.crash.is_none() {
            let message = self.pipe.lock().crash.clone();
            self.crash = message.or_else(|| rest.err().and_then(Lost::message));
        }
    }

    /// Takes what the task wrote, and what it writes after there is room again; whether that is
    /// anything.
    fn collect(&mut self, inbox: &mut Vec<u8>, stop: &AtomicBool) -> bool {
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
