//! What variables hold in this play, and what a payload is with them.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::peer::Peer;
use crate::script::{
    Action, Count, Expected, PAYLOAD_LIMIT, PREDEFINED, Payload, Piece, Step, parse_count,
};

/// Numbers the plays of this process that ask for a name, from 1.
static PLAYS: AtomicU64 = AtomicU64::new(1);

/// What variables hold in this play.
#[derive(Default)]
pub(super) struct Values {
    /// What was captured or assigned, by slot.
    variables: Vec<Vec<u8>>,
    /// The number that makes `$play`; 0 until this play asks for it.
    play_number: Cell<u64>,
    /// Whether a payload was larger than any may be.
    overflow: Cell<bool>,
}

impl Values {
    /// Forgets the play before, and makes room for so many variables. `$play` keeps its value if
    /// `same_play` says so.
    pub(super) fn clear(&mut self, variables: usize, same_play: bool) {
        self.variables.resize_with(variables, Vec::new);
        self.variables.iter_mut().for_each(Vec::clear);
        if !same_play {
            self.play_number.set(0);
        }
        self.overflow.set(false);
    }

    /// Whether a payload was larger than any may be.
    pub(super) fn has_overflowed(&self) -> bool {
        self.overflow.get()
    }

    /// What was captured or assigned, by slot.
    pub(super) fn variables(&self) -> &[Vec<u8>] {
        &self.variables
    }

    /// Gives a variable these bytes.
    pub(super) fn set(&mut self, slot: usize, value: &[u8]) {
        self.variables[slot].clear();
        self.variables[slot].extend_from_slice(value);
    }

    /// Gives a variable what a payload is now.
    pub(super) fn assign(&mut self, server: &Peer<'_>, slot: usize, payload: &Payload) {
        // The payload may contain what the variable held before.
        let mut value = Vec::new();
        self.append(server, payload, &mut value, |_| {});
        self.variables[slot] = value;
    }

    /// Appends what a payload is in this play; `pin` is told the offsets of its pins.
    pub(super) fn append(
        &self,
        server: &Peer<'_>,
        payload: &Payload,
        bytes: &mut Vec<u8>,
        mut pin: impl FnMut(usize),
    ) {
        for piece in &payload.pieces {
            match piece {
                Piece::Pin => pin(bytes.len()),
                piece => self.append_piece(server, piece, bytes),
            }
            if bytes.len() > PAYLOAD_LIMIT {
                bytes.truncate(PAYLOAD_LIMIT);
                self.overflow.set(true);
            }
        }
    }

    fn append_piece(&self, server: &Peer<'_>, piece: &Piece, bytes: &mut Vec<u8>) {
        match piece {
            Piece::Bytes(known) => bytes.extend_from_slice(known),
            Piece::Variable(slot) => self.append_variable(server, *slot, bytes),
            Piece::Pin => {}
            Piece::Repeated(piece, times) => {
                let times = self.count(server, *times).unwrap_or(0);
                if times == 0 {
                    return;
                }
                let start = bytes.len();
                self.append_piece(server, piece, bytes);
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

    /// Appends what a variable holds.
    pub(super) fn append_variable(&self, server: &Peer<'_>, slot: usize, bytes: &mut Vec<u8>) {
        match PREDEFINED.get(slot) {
            None => bytes.extend_from_slice(&self.variables[slot]),
            Some(&"play") => bytes.extend(self.play_name().bytes()),
            Some(&"host") => bytes.extend(server.host_and_port().0.bytes()),
            Some(_) => bytes.extend(server.host_and_port().1.bytes()),
        }
    }

    /// A count; none if it stands in a variable that holds no number.
    pub(super) fn count(&self, server: &Peer<'_>, count: Count) -> Option<u64> {
        match count {
            Count::Fixed(count) => Some(count),
            Count::Variable(slot) => {
                let mut value = Vec::new();
                self.append_variable(server, slot, &mut value);
                parse_count(&value)
            }
        }
    }

    /// The value of `$play`: it differs in every play and every process, and has a fixed length.
    fn play_name(&self) -> String {
        let number = match self.play_number.get() {
            0 => PLAYS.fetch_add(1, Ordering::Relaxed),
            number => number,
        };
        self.play_number.set(number);
        format!("p{:05x}n{number:07}", std::process::id() & 0xF_FFFF)
    }

    /// How long the values of the predefined variables are, in bytes.
    pub(super) fn predefined_lengths(&self, server: &Peer<'_>) -> [usize; 3] {
        let (host, port) = server.host_and_port();
        [host.len(), port.len(), self.play_name().len()]
    }

    /// The step with captured values inlined; a predefined variable, which has another value in
    /// every play, stays a variable.
    pub(super) fn resolved(&self, server: &Peer<'_>, step: &Step) -> Step {
        let payload = |payload: &Payload| {
            let pieces = payload.pieces.iter();
            Payload { pieces: pieces.map(|piece| self.resolved_piece(server, piece)).collect() }
        };
        let action = match &step.action {
            Action::Send { payload: sent, ending } => {
                Action::Send { payload: payload(sent), ending: *ending }
            }
            Action::Expect { what: Expected::Exact(bytes), within } => {
                Action::Expect { what: Expected::Exact(payload(bytes)), within: *within }
            }
            Action::Expect { what: Expected::Bytes(count, matching), within } => {
                let count = Count::Fixed(self.count(server, *count).unwrap_or(0));
                Action::Expect { what: Expected::Bytes(count, matching.clone()), within: *within }
            }
            other => other.clone(),
        };
        Step { action, ..step.clone() }
    }

    fn resolved_piece(&self, server: &Peer<'_>, piece: &Piece) -> Piece {
        match piece {
            Piece::Variable(slot) if *slot < PREDEFINED.len() => piece.clone(),
            Piece::Pin => Piece::Pin,
            piece => {
                let mut bytes = Vec::new();
                self.append_piece(server, piece, &mut bytes);
                Piece::Bytes(bytes.into())
            }
        }
    }
}
