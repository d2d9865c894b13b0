//! Our side of one connection, as far as the play has come.

use std::time::Duration;

use super::recording::Recording;
use crate::check::finding::TranscriptEvent;
use crate::peer::{Arrival, Link, Wait};

/// Our side of one connection, as far as the play has come.
#[derive(Default)]
pub(super) struct Connection {
    /// None before it is opened, and after our side has closed or reset it.
    pub(super) link: Option<Link>,
    /// All bytes that have arrived.
    pub(super) inbox: Vec<u8>,
    /// How many of them expectations have taken.
    pub(super) read: usize,
    /// How many bursts were sent.
    pub(super) bursts: usize,
    /// Whether our side has ended.
    pub(super) ended: bool,
    /// Whether all bursts were sent in one write.
    pub(super) joined: bool,
    /// When the core in memory wants to be woken, in the time of the play.
    pub(super) due: Option<Duration>,
    /// How many bytes of the inbox stand in the transcript.
    noted: usize,
    /// Whether the end of the server's side stands in the transcript.
    end_noted: bool,
}

impl Connection {
    /// Makes it as it was before the play; the inbox keeps its buffer.
    pub(super) fn clear(&mut self) {
        let mut inbox = std::mem::take(&mut self.inbox);
        inbox.clear();
        *self = Self { inbox, ..Self::default() };
    }

    /// Drops the link for another one; bursts are counted on.
    pub(super) fn open_anew(&mut self) {
        *self = Self { bursts: self.bursts, ..Self::default() };
    }

    /// What has arrived and was not taken.
    pub(super) fn unread(&self) -> &[u8] {
        &self.inbox[self.read..]
    }

    /// Waits for the server; one that is not connected any more has ended.
    pub(super) fn arrive(&mut self, wait: Wait<'_>) -> Arrival {
        match &mut self.link {
            Some(link) => link.arrive(&mut self.inbox, wait),
            None => Arrival::Eof,
        }
    }

    /// Records what has arrived since the last time.
    pub(super) fn note_received(&mut self, index: usize, recording: &mut Recording) {
        if recording.on && self.noted < self.inbox.len() {
            let bytes = self.inbox[self.noted..].to_vec();
            self.noted = self.inbox.len();
            recording.note(|| TranscriptEvent::Received(index, bytes));
        }
    }

    /// Records what has arrived in the end, or at least that there was a connection.
    pub(super) fn note_rest(&mut self, index: usize, recording: &mut Recording) {
        self.note_received(index, recording);
        let is_noted = |event: &TranscriptEvent| event.connection() == Some(index);
        if self.link.is_some() && !recording.transcript.events.iter().any(is_noted) {
            recording.note(|| TranscriptEvent::Opened(index));
        }
    }

    /// Records that the server has ended its side.
    pub(super) fn note_end(
        &mut self,
        index: usize,
        recording: &mut Recording,
        event: TranscriptEvent,
    ) {
        self.note_received(index, recording);
        if !std::mem::replace(&mut self.end_noted, true) {
            recording.note(|| event);
        }
    }
}
