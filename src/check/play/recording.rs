//! What is recorded of a play where it is wanted.

use super::Player;
use crate::check::transcript::{Event, Transcript};
use crate::delivery::{Burst, Cut, Shape, telling_offsets};
use crate::script::Step;

/// What was recorded of a play.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    pub(super) on: bool,
    /// What was observed.
    pub transcript: Transcript,
    /// The bursts, in the order in which they were sent.
    pub sent: Vec<Sent>,
    /// Their bytes, one behind the other.
    pub stream: Vec<u8>,
    /// Where segments ended inside bursts.
    pub borders: Vec<Cut>,
    /// The steps, one after the other: repeats unrolled, what was captured inlined.
    pub steps: Vec<Step>,
    /// What was answered where a play learned instead of judging: the index of the op, the bytes,
    /// and whether the server closed behind them.
    pub learned: Vec<(usize, Vec<u8>, bool)>,
}

/// A burst as it was sent.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// Index of the connection.
    pub connection: usize,
    /// Which burst of that connection, from 1.
    pub number: usize,
    /// Where its bytes stand in the recorded stream.
    pub start: usize,
    /// Behind them.
    pub end: usize,
}

impl Recording {
    pub(super) fn clear(&mut self, on: bool) {
        self.on = on;
        self.transcript.events.clear();
        self.sent.clear();
        self.stream.clear();
        self.borders.clear();
        self.steps.clear();
        self.learned.clear();
    }

    /// The shape of the conversation, as it was played.
    pub fn shape(&self) -> Shape {
        let burst = |sent: &Sent| Burst {
            connection: sent.connection,
            number: sent.number,
            length: sent.end - sent.start,
            telling: telling_offsets(&self.stream[sent.start..sent.end]),
        };
        Shape::new(self.sent.iter().map(burst).collect())
    }
}

impl Player<'_> {
    pub(super) fn note(&mut self, event: impl FnOnce() -> Event) {
        if self.recording.on {
            self.recording.transcript.push(event());
        }
    }

    /// Notes what has arrived since the last time.
    pub(super) fn note_received(&mut self, connection: usize) {
        let line = &mut self.lines[connection];
        if self.recording.on && line.noted < line.inbox.len() {
            let bytes = line.inbox[line.noted..].to_vec();
            line.noted = line.inbox.len();
            self.recording.transcript.push(Event::Received(connection, bytes));
        }
    }

    /// Notes what has arrived in the end, or at least that there was a connection.
    pub(super) fn note_rest(&mut self, connection: usize) {
        self.note_received(connection);
        let was_noted = |event: &Event| event.connection() == Some(connection);
        let is_open = self.lines[connection].link.is_some();
        if is_open && !self.recording.transcript.events.iter().any(was_noted) {
            self.note(|| Event::Opened(connection));
        }
    }

    /// Notes that the server has ended its side.
    pub(super) fn note_end(&mut self, connection: usize, event: Event) {
        self.note_received(connection);
        if !std::mem::replace(&mut self.lines[connection].end_noted, true) {
            self.note(|| event);
        }
    }
}
