//! A byte stream in memory that behaves as badly as a network may.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};

use rustix::io::Errno;

use crate::text::stable_hash;

/// The client's side of a connection: gives its stream in pieces, takes the answer in pieces,
/// interrupts, and breaks at a given place. What the server does wrong on it is noted.
#[derive(Debug)]
pub struct Wire<'a> {
    stream: &'a [u8],
    plan: Behavior,
    /// After how many bytes the client has said its last word.
    quits_at: Option<usize>,
    state: RefCell<WireState>,
}

/// How badly it behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Behavior {
    /// How much a read gives.
    pub(super) reads: Portion,
    /// How much a write takes.
    pub(super) writes: Portion,
    /// How many signals come in before each operation.
    pub(super) signals: usize,
    /// The place at which it breaks.
    pub(super) fault: Option<Fault>,
}

/// How large the pieces are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Portion {
    /// As large as can be.
    Whole,
    /// One byte.
    Bytes,
    /// 1 to 7 bytes, as a hash of the place says.
    Mixed,
}

/// The place at which a connection breaks, and the system's error for it: a reset, a time-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A read after that many bytes of the stream.
    Read(usize, Errno),
    /// A write after that many bytes of the answer.
    Write(usize, Errno),
    /// A write there takes nothing, which is an error of `write_all`.
    Full(usize),
    /// The first flush after that many bytes of the answer.
    Flush(usize, Errno),
}

impl Fault {
    /// What the server's loop must say of it.
    pub(super) fn error(self) -> io::Error {
        match self {
            Fault::Read(_, error) | Fault::Write(_, error) | Fault::Flush(_, error) => error.into(),
            Fault::Full(_) => ErrorKind::WriteZero.into(),
        }
    }
}

/// How far a connection has come.
#[derive(Debug, Default)]
pub(super) struct WireState {
    /// Bytes that were read.
    pub(super) read: usize,
    /// What was written.
    pub(super) written: Vec<u8>,
    /// Whether more was read, or the connection is over, while an answer was not flushed.
    pub(super) kept: bool,
    /// Whether the fault has shown.
    pub(super) broken: bool,
    /// Whether the wire was used when it was over: after a fault, the end of the stream, or the
    /// last word of the client.
    pub(super) disturbed: bool,
    /// Operations so far.
    pub(super) steps: usize,
    ended: bool,
    signals: usize,
    flushed: usize,
}

/// More operations than any behavior needs: a loop that spins is stopped here.
const PATIENCE: usize = 1 << 20;

impl<'a> Wire<'a> {
    pub(super) fn new(stream: &'a [u8], plan: Behavior, quits_at: Option<usize>) -> Self {
        Self { stream, plan, quits_at, state: RefCell::default() }
    }

    pub(super) fn into_state(self) -> WireState {
        let mut state = self.state.into_inner();
        state.kept |= !state.broken && state.flushed < state.written.len();
        state
    }

    /// One operation begins: a signal may come in first.
    fn step(&self, state: &mut WireState) -> io::Result<()> {
        state.steps += 1;
        if state.steps > PATIENCE {
            return Err(io::Error::other("far too many operations"));
        }
        state.disturbed |= state.broken;
        if state.signals < self.plan.signals {
            state.signals += 1;
            return Err(ErrorKind::Interrupted.into());
        }
        state.signals = 0;
        Ok(())
    }
}

impl Portion {
    /// How large a piece is at that place, if at most `most` bytes are possible.
    fn at(self, place: usize, most: usize) -> usize {
        match self {
            Portion::Whole => most,
            Portion::Bytes => most.min(1),
            Portion::Mixed => most.min(1 + stable_hash(&place.to_le_bytes()) as usize % 7),
        }
    }

    /// The most pieces that this number of bytes makes.
    pub(super) fn of(self, bytes: usize) -> usize {
        if self == Portion::Whole { bytes.min(1) } else { bytes }
    }
}

fn break_off(state: &mut WireState, error: Errno) -> io::Result<usize> {
    state.broken = true;
    Err(error.into())
}

impl Read for &Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let state = &mut *self.state.borrow_mut();
        self.step(state)?;
        state.kept |= state.flushed < state.written.len();
        if state.ended || self.quits_at.is_some_and(|at| at <= state.read) {
            state.disturbed = true;
            return Ok(0);
        }
        let mut most = self.stream.len() - state.read;
        if let Some(Fault::Read(place, error)) = self.plan.fault {
            if state.read == place {
                return break_off(state, error);
            }
            most = most.min(place - state.read);
        }
        let length = self.plan.reads.at(state.read, most.min(buffer.len()));
        buffer[..length].copy_from_slice(&self.stream[state.read..state.read + length]);
        state.read += length;
        state.ended = length == 0 && !buffer.is_empty();
        Ok(length)
    }
}

impl Write for &Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let state = &mut *self.state.borrow_mut();
        self.step(state)?;
        let mut most = bytes.len();
        match self.plan.fault {
            Some(Fault::Write(place, error)) if state.written.len() == place => {
                return break_off(state, error);
            }
            Some(Fault::Full(place)) if state.written.len() == place && most > 0 => {
                state.broken = true;
                return Ok(0);
            }
            Some(Fault::Write(place, _) | Fault::Full(place)) => {
                most = most.min(place - state.written.len());
            }
            Some(Fault::Read(..) | Fault::Flush(..)) | None => {}
        }
        let length = self.plan.writes.at(state.written.len(), most);
        state.written.extend_from_slice(&bytes[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        let state = &mut *self.state.borrow_mut();
        self.step(state)?;
        match self.plan.fault {
            Some(Fault::Flush(place, error)) if place <= state.written.len() => {
                break_off(state, error).map(drop)
            }
            _ => {
                state.flushed = state.written.len();
                Ok(())
            }
        }
    }
}
