//! One connection to a handler in blocking style.
//!
//! The pipe sees when the handler waits in a read: then all that was sent was read and all that
//! will be said was said. So cuts are exact, and nothing is waited for but the handler's own work.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use super::pipe::{PipeShared, PipeState};
use crate::wire::{Arrival, Quality};

/// How long a handler may work without a read, a write or a return before it is taken for silent.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a handler has to notice that its client has gone.
const FAREWELL: Duration = Duration::from_millis(500);

/// One connection to a handler.
pub struct BlockingLink {
    pub(super) shared: Arc<PipeShared>,
}

impl BlockingLink {
    pub(super) fn send(&mut self, segment: &[u8], fin: bool, inbox: &mut Vec<u8>) {
        // A segment is never joined with the one before.
        drop(self.shared.wait_until(PATIENCE, |state| state.is_read() || state.has_ended()));
        self.shared.change(|state| {
            state.segment.drain(..std::mem::take(&mut state.read));
            state.segment.extend_from_slice(segment);
            state.fin |= fin;
            inbox.append(&mut state.written);
        });
    }

    /// Waits until the handler has read all that was sent and waits for more.
    pub(super) fn settle(&mut self, inbox: &mut Vec<u8>) -> Quality {
        match self.until_still(inbox) {
            true => Quality::Confirmed,
            false => Quality::Held,
        }
    }

    pub(super) fn end(&mut self, inbox: &mut Vec<u8>) {
        self.shared.change(|state| {
            state.fin = true;
            inbox.append(&mut state.written);
        });
    }

    /// The client goes, and the handler has some time to notice it.
    pub(super) fn vanish(&mut self, reset: bool) {
        self.shared.change(|state| {
            state.fin = true;
            let kind = if reset { ErrorKind::ConnectionReset } else { ErrorKind::BrokenPipe };
            state.left = Some(kind);
            state.written.clear();
        });
        drop(self.shared.wait_until(FAREWELL, PipeState::is_still));
    }

    /// What the handler has said by now, once there is nothing more that it can say.
    pub(super) fn arrive(&mut self, inbox: &mut Vec<u8>) -> Arrival {
        let before = inbox.len();
        let is_still = self.until_still(inbox);
        let state = self.shared.lock();
        match &state.panic {
            _ if inbox.len() > before => Arrival::Bytes,
            Some(message) => Arrival::Crashed(message.clone()),
            None if is_still && state.has_ended() => Arrival::Eof,
            None => Arrival::Nothing,
        }
    }

    pub(super) fn was_read(&self) -> bool {
        self.shared.lock().is_read()
    }

    pub(super) fn has_crashed(&self) -> bool {
        self.shared.lock().panic.is_some()
    }

    /// Takes what the handler writes until it is still, or until it has worked for too long.
    fn until_still(&self, inbox: &mut Vec<u8>) -> bool {
        loop {
            let is_news = |state: &PipeState| state.is_still() || !state.written.is_empty();
            let mut state = self.shared.wait_until(PATIENCE, is_news);
            let (is_still, has_written) = (state.is_still(), !state.written.is_empty());
            inbox.append(&mut state.written);
            drop(state);
            if has_written {
                // A writer may wait for room.
                self.shared.change(|_| {});
            }
            if is_still || !has_written {
                return is_still;
            }
        }
    }
}

impl Drop for BlockingLink {
    fn drop(&mut self) {
        self.shared.change(|state| state.abandoned = true);
    }
}
