//! Our end of a connection to a handler.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::duct::{INBOX, SideEnd};
use super::pipes::Pipes;
use crate::wire::{Arrival, Deadline, Quality, Wait};

/// For how long a handler may leave a segment unread before that is given up.
const AT_WORK: Duration = Duration::from_secs(5);

/// For how long at least it is waited until handlers have nothing left to do, at a place where no
/// expectation says what comes: a busy machine may not even have begun to run them.
const AT_REST: Duration = Duration::from_millis(250);

/// How long a handler has to end after its client has gone.
const TO_END: Duration = Duration::from_millis(250);

/// For how long a client that vanishes waits until the handler has noticed.
const TO_NOTICE: Duration = Duration::from_secs(1);

/// Our end of a connection to a handler.
pub struct PipeLink {
    pipes: Arc<Pipes>,
    id: u64,
    /// Whether the handler did not read up to the last cut: it is not waited for as long again.
    ignored: bool,
    /// Whether the handler was seen to have panicked.
    crashed: bool,
}

impl PipeLink {
    pub(in crate::peer) fn new(pipes: Arc<Pipes>, id: u64) -> Self {
        Self { pipes, id, ignored: false, crashed: false }
    }

    /// Sends a segment, and a FIN after it if `fin` says so.
    pub(in crate::peer) fn send(&mut self, segment: &[u8], fin: bool) {
        let mut ducts = self.pipes.lock();
        let served = ducts.of(self.id);
        served.duct.push(segment);
        if fin {
            served.duct.end(SideEnd::Half);
        }
        drop(ducts);
        self.pipes.notify();
    }

    /// Half-closes.
    pub(in crate::peer) fn end(&mut self) {
        self.end_with(SideEnd::Half);
    }

    fn end_with(&self, how: SideEnd) {
        self.pipes.lock().of(self.id).duct.end(how);
        self.pipes.notify();
    }

    /// Closes or resets, and waits until the handler has noticed.
    pub(in crate::peer) fn vanish(&mut self, reset: bool) {
        self.end_with(if reset { SideEnd::Reset } else { SideEnd::Closed });
        self.crashed |= self.wait_for_end(TO_NOTICE);
    }

    /// Waits until the handler has ended, or all wait in a read; whether it has panicked.
    fn wait_for_end(&self, at_most: Duration) -> bool {
        let until = Deadline::after(at_most);
        let mut ducts = self.pipes.lock();
        loop {
            let have_read = ducts.have_read();
            let served = ducts.of(self.id);
            if served.has_ended || have_read || until.is_over() {
                return served.crash.is_some();
            }
            ducts = self.pipes.wait(ducts, until.left());
        }
    }

    /// Waits until the handler has read all that was sent, and waits for more. What arrives
    /// meanwhile is appended to `inbox`.
    pub(in crate::peer) fn settle(
        &mut self,
        gap: Duration,
        inbox: &mut Vec<u8>,
        stop: &AtomicBool,
    ) -> Quality {
        let start = Instant::now();
        let patience = if self.ignored { gap } else { AT_WORK.max(gap) };
        let mut ducts = self.pipes.lock();
        loop {
            let have_read = ducts.have_read();
            let served = ducts.of(self.id);
            self.crashed |= served.crash.is_some();
            if inbox.len() < INBOX && !served.duct.outgoing.is_empty() {
                inbox.append(&mut served.duct.outgoing);
                self.pipes.notify();
            }
            // What no handler will ever read can't be cut otherwise.
            let is_over = served.has_ended || served.is_closed() || served.duct.is_given_up;
            let unread = served.duct.has_unread() && !is_over;
            let limit = if unread { patience } else { gap };
            let is_late = start.elapsed() >= limit || stop.load(Ordering::Relaxed);
            if is_over || have_read || is_late {
                self.ignored = unread;
                return if unread { Quality::Held } else { Quality::Confirmed };
            }
            ducts = self.pipes.wait(ducts, limit.saturating_sub(start.elapsed()));
        }
    }

    /// Waits for the handler; what it wrote is appended to `inbox`. If every handler waits in a
    /// read, nothing more can come, and the wait is over.
    pub(in crate::peer) fn arrive(&mut self, inbox: &mut Vec<u8>, wait: Wait<'_>) -> Arrival {
        let least = wait.or_quiet.then(|| Deadline::after(AT_REST));
        let until = match (wait.until, least) {
            (Some(until), Some(least)) if until.left() > least.left() => Some(until),
            (until, least) => least.or(until),
        };
        let wait = Wait { until, ..wait };
        let mut ducts = self.pipes.lock();
        loop {
            let at_rest = ducts.are_at_rest();
            let served = ducts.of(self.id);
            if !served.duct.outgoing.is_empty() {
                inbox.append(&mut served.duct.outgoing);
                self.pipes.notify();
                return Arrival::Bytes;
            }
            if let Some(message) = &served.crash {
                return Arrival::Crashed(message.clone());
            }
            if served.is_closed() {
                return Arrival::Eof;
            }
            if at_rest {
                return if wait.or_quiet { Arrival::Quiet } else { Arrival::Nothing };
            }
            let Some(slice) = wait.slice() else { return Arrival::Nothing };
            ducts = self.pipes.wait(ducts, slice);
        }
    }

    /// Whether the handler has read all that was sent.
    pub(in crate::peer) fn was_read(&self) -> bool {
        !self.pipes.lock().of(self.id).duct.has_unread()
    }

    /// Whether the handler was seen to have panicked.
    pub(in crate::peer) fn has_crashed(&self) -> bool {
        self.crashed
    }
}

impl Drop for PipeLink {
    fn drop(&mut self) {
        self.end_with(SideEnd::Closed);
        self.wait_for_end(TO_END);
        self.pipes.give_up(self.id);
        self.pipes.leave(self.id);
    }
}
