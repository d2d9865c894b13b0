//! What a payload is in this play: its variables looked up.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Flow, Halt, Player, Stage};
use crate::check::mismatch::{Mismatch, Then};
use crate::script::{
    Action, Count, Expected, Law, PAYLOAD_LIMIT, PREDEFINED, Payload, Piece, Place, Step,
    parse_count,
};

/// Numbers the plays of this process that ask for a name, from 1.
static PLAYS: AtomicU64 = AtomicU64::new(1);

impl Player<'_> {
    /// The step with what was captured inlined; what every play names anew stays a variable.
    pub(super) fn resolved(&self, step: &Step) -> Step {
        let payload = |payload: &Payload| {
            let mut resolved = Payload::default();
            payload.pieces.iter().for_each(|piece| self.resolve(piece, &mut resolved.pieces));
            resolved
        };
        let action = match &step.action {
            Action::Send { payload: sent, ending } => {
                Action::Send { payload: payload(sent), ending: *ending }
            }
            Action::Expect { what: Expected::Exact(bytes), within } => {
                Action::Expect { what: Expected::Exact(payload(bytes)), within: *within }
            }
            Action::Expect { what: Expected::Bytes(Count::Variable(slot), also), within } => {
                let count = Count::Fixed(self.value_of(*slot).unwrap_or(0));
                Action::Expect { what: Expected::Bytes(count, also.clone()), within: *within }
            }
            other => other.clone(),
        };
        Step { action, ..step.clone() }
    }

    fn resolve(&self, piece: &Piece, resolved: &mut Vec<Piece>) {
        match piece {
            Piece::Variable(slot) if *slot < PREDEFINED.len() => resolved.push(piece.clone()),
            Piece::Pin => resolved.push(Piece::Pin),
            piece => {
                let mut bytes = Vec::new();
                self.append_piece(piece, &mut bytes);
                resolved.push(Piece::Bytes(bytes.into()));
            }
        }
    }

    /// Appends what a payload is in this play; `pin` is told the offsets of its pins.
    pub(super) fn append(
        &self,
        payload: &Payload,
        bytes: &mut Vec<u8>,
        mut pin: impl FnMut(usize),
    ) {
        for piece in &payload.pieces {
            match piece {
                Piece::Pin => pin(bytes.len()),
                piece => self.append_piece(piece, bytes),
            }
            if bytes.len() > PAYLOAD_LIMIT {
                bytes.truncate(PAYLOAD_LIMIT);
                self.overflow.set(true);
            }
        }
    }

    fn append_piece(&self, piece: &Piece, bytes: &mut Vec<u8>) {
        match piece {
            Piece::Bytes(known) => bytes.extend_from_slice(known),
            Piece::Variable(slot) => self.append_variable(*slot, bytes),
            Piece::Pin => {}
            Piece::Repeated(piece, times) => {
                let times = match times {
                    Count::Fixed(times) => *times,
                    Count::Variable(slot) => self.value_of(*slot).unwrap_or(0),
                };
                if times == 0 {
                    return;
                }
                let start = bytes.len();
                self.append_piece(piece, bytes);
                let once = start..bytes.len();
                for _ in 1..times {
                    if once.is_empty() || bytes.len() > PAYLOAD_LIMIT {
                        break;
                    }
                    bytes.extend_from_within(once.clone());
                }
            }
        }
    }

    fn append_variable(&self, slot: usize, bytes: &mut Vec<u8>) {
        match PREDEFINED.get(slot) {
            None => bytes.extend_from_slice(&self.variables[slot]),
            Some(&"play") => bytes.extend(self.play_name().bytes()),
            Some(&"host") => bytes.extend(self.server.host_and_port().0.bytes()),
            Some(_) => bytes.extend(self.server.host_and_port().1.bytes()),
        }
    }

    fn value_of(&self, slot: usize) -> Option<u64> {
        let mut value = Vec::new();
        self.append_variable(slot, &mut value);
        parse_count(&value)
    }

    /// A count; a captured one that is no number is a mismatch.
    pub(super) fn count(
        &self,
        stage: &Stage<'_>,
        count: Count,
        place: Place,
        connection: usize,
    ) -> Flow<u64> {
        let slot = match count {
            Count::Fixed(count) => return Ok(count),
            Count::Variable(slot) => slot,
        };
        self.value_of(slot).ok_or_else(|| {
            let name = &stage.conversation.variables[slot];
            let mut actual = Vec::new();
            self.append_variable(slot, &mut actual);
            Halt::Mismatch(Box::new(Mismatch {
                law: Law::Differs,
                place,
                connection,
                expected: format!("a number in ${name}"),
                actual,
                then: Then::Went,
                output: Vec::new(),
            }))
        })
    }

    pub(super) fn set(&mut self, slot: usize, value: &[u8]) {
        self.variables[slot].clear();
        self.variables[slot].extend_from_slice(value);
    }

    /// The value of `$play`: differs in every play, in every process, and has a fixed length.
    fn play_name(&self) -> String {
        let number = match self.play_number.get() {
            0 => PLAYS.fetch_add(1, Ordering::Relaxed),
            number => number,
        };
        self.play_number.set(number);
        format!("p{:05x}n{number:07}", std::process::id() & 0xF_FFFF)
    }

    /// How long the values of the predefined variables are, in bytes.
    pub fn predefined_lengths(&self) -> [usize; 3] {
        let (host, port) = self.server.host_and_port();
        [host.len(), port.len(), self.play_name().len()]
    }

    /// Gives a variable what a payload is now.
    pub(super) fn assign(&mut self, slot: usize, payload: &Payload) {
        // It may speak of what it held before.
        let mut value = Vec::new();
        self.append(payload, &mut value, |_| {});
        self.variables[slot] = value;
    }
}
