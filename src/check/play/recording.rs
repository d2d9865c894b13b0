//! What is recorded of a play if that is wanted.

use std::time::Duration;

use memchr::memchr_iter;

use crate::check::finding::{Transcript, TranscriptEvent};
use crate::delivery::{Burst, Cut, Cuts, Delivery, Ending, Order, Shape, telling_offsets};
use crate::script::{ClientResult, Step};

/// What was recorded of a play.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// Whether anything is recorded at all.
    pub(super) on: bool,
    /// How long the play has gone on; nothing in virtual time.
    pub(super) now: Duration,
    /// What was observed.
    pub transcript: Transcript,
    /// The bursts, in the order in which they were sent.
    pub sent: Vec<Sent>,
    /// Their bytes, one burst after the other.
    pub stream: Vec<u8>,
    /// Where segments ended inside bursts.
    pub borders: Vec<Cut>,
    /// The steps, one after the other: repeats are unrolled, captured values are inlined.
    pub steps: Vec<Step>,
    /// What was answered at each expectation that was learned and not judged.
    pub learned: Vec<Learned>,
    /// What came of it for the client, if there is one.
    pub result: Option<ClientResult>,
}

/// A burst as it was sent.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// Index of the connection.
    pub connection: usize,
    /// Which burst of that connection, from 1.
    pub number: usize,
    /// How many steps of the conversation had begun when it was sent.
    pub step: usize,
    /// Offset of its first byte in the recorded stream.
    pub start: usize,
    /// Offset after its last byte.
    pub end: usize,
}

/// What was answered at an expectation that was learned and not judged.
#[derive(Clone, Debug)]
pub struct Learned {
    /// Index of the op.
    pub op: usize,
    /// What was answered.
    pub bytes: Vec<u8>,
    /// Whether the server closed after it.
    pub closed: bool,
}

impl Recording {
    /// Forgets the play before.
    pub(super) fn clear(&mut self, on: bool) {
        self.on = on;
        self.now = Duration::ZERO;
        self.transcript.clear();
        self.sent.clear();
        self.stream.clear();
        self.borders.clear();
        self.steps.clear();
        self.learned.clear();
        self.result = None;
    }

    /// The shape of the conversation, as it was played.
    pub fn shape(&self) -> Shape {
        let burst = |sent: &Sent| {
            let bytes = &self.stream[sent.start..sent.end];
            Burst {
                connection: sent.connection,
                number: sent.number,
                length: bytes.len(),
                telling: telling_offsets(bytes),
                lines: memchr_iter(b'\n', bytes).map(|at| at + 1).collect(),
            }
        };
        let answered = |event: &TranscriptEvent| match event {
            TranscriptEvent::Received(_, bytes) => bytes.len(),
            _ => 0,
        };
        let answered = self.transcript.events.iter().map(answered).sum();
        Shape::new(self.sent.iter().map(burst).collect()).answered_with(answered)
    }

    /// How many steps had begun when a delivery first departs from the play that was recorded,
    /// which was uncut; none had if the delivery speaks of no burst of it.
    pub(in crate::check) fn departs(&self, delivery: &Delivery) -> usize {
        let is_cut = |sent: &&Sent| match &delivery.cuts {
            Cuts::None => false,
            Cuts::Written | Cuts::Every => true,
            Cuts::At(cuts) => {
                cuts.iter().any(|cut| (cut.connection, cut.burst) == (sent.connection, sent.number))
            }
        };
        let is_ended = |sent: &&Sent| match delivery.ending {
            Ending::Natural => false,
            Ending::HalfClose => !self
                .sent
                .iter()
                .any(|other| other.connection == sent.connection && other.number > sent.number),
            Ending::Vanish { at, .. } => {
                (at.connection, at.burst) == (sent.connection, sent.number)
            }
        };
        let departs =
            |sent: &&Sent| delivery.order == Order::Joined || is_cut(sent) || is_ended(sent);
        self.sent.iter().filter(departs).map(|sent| sent.step).min().unwrap_or(0)
    }

    /// An empty one of another client, which records if that one does.
    pub(super) fn watching(other: &Self) -> Self {
        Self { on: other.on, ..Self::default() }
    }

    /// Notes what happened to another client, whose connections count on after `ours`.
    pub(super) fn note_another(&mut self, other: &Self, ours: usize) {
        for (at, event) in other.transcript.times.iter().zip(&other.transcript.events) {
            self.transcript.push(*at, event.shifted(ours));
        }
    }

    pub(super) fn note(&mut self, event: impl FnOnce() -> TranscriptEvent) {
        if self.on {
            self.transcript.push(self.now, event());
        }
    }

    /// Notes a burst that is about to be sent.
    pub(super) fn note_burst(
        &mut self,
        connection: usize,
        number: usize,
        step: usize,
        bytes: &[u8],
    ) {
        if self.on {
            let start = self.stream.len();
            self.stream.extend_from_slice(bytes);
            self.sent.push(Sent { connection, number, step, start, end: self.stream.len() });
        }
    }

    /// Notes that a segment ended inside a burst.
    pub(super) fn note_border(&mut self, at: Cut) {
        if self.on {
            self.borders.push(at);
        }
    }
}
