//! Why a connection has ended.

use std::fmt;
use std::io::{self, ErrorKind};

use super::connection::{Broken, Over};
use crate::protocol::Flow;

/// Why a connection has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// By the protocol's own word ([`Flow::Quit`]).
    Quit,
    /// The server had enough of it ([`Flow::Close`] before the client's FIN).
    GivenUp,
    /// The client's FIN.
    EndOfStream,
    /// The client has reset it.
    Reset,
    /// The client was silent for longer than [`Limits::idle`](super::Limits::idle).
    Idle,
    /// The client read nothing for longer than [`Limits::write`](super::Limits::write).
    NotReading,
    /// The client's host answers no more.
    DeadPeer,
    /// The server stops, and its patience is over.
    Stopped,
    /// The protocol's code has panicked.
    Panicked,
    /// Another error of the system.
    Failed(ErrorKind),
}

impl Ending {
    pub(super) fn of(result: &Result<Over, Broken>) -> Self {
        match result {
            Ok(Over { flow: Flow::Quit, .. }) => Ending::Quit,
            Ok(Over { at_end: true, .. }) => Ending::EndOfStream,
            Ok(Over { .. }) => Ending::GivenUp,
            Err(Broken::Reading(error)) if error.kind() == ErrorKind::WouldBlock => Ending::Idle,
            Err(Broken::Writing(error)) if error.kind() == ErrorKind::WouldBlock => {
                Ending::NotReading
            }
            Err(Broken::Reading(error) | Broken::Writing(error)) => Self::of_error(error),
        }
    }

    fn of_error(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted => {
                Ending::Reset
            }
            // What the system says when probes are not answered, or when a router says why.
            ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
                Ending::DeadPeer
            }
            kind => Ending::Failed(kind),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ending::Quit => "quit",
            Ending::GivenUp => "given up by the server",
            Ending::EndOfStream => "end of the stream",
            Ending::Reset => "reset",
            Ending::Idle => "idle",
            Ending::NotReading => "does not read",
            Ending::DeadPeer => "dead peer",
            Ending::Stopped => "the server stops",
            Ending::Panicked => "panicked",
            Ending::Failed(kind) => return write!(f, "failed: {kind}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_has_its_name() {
        let over = |flow, at_end| Ok(Over { flow, at_end });
        let reading = |kind: ErrorKind| Err(Broken::Reading(kind.into()));
        let writing = |kind: ErrorKind| Err(Broken::Writing(kind.into()));
        for (result, name) in [
            (over(Flow::Quit, false), "quit"),
            (over(Flow::Quit, true), "quit"),
            (over(Flow::Close, true), "end of the stream"),
            (over(Flow::Continue, true), "end of the stream"),
            (over(Flow::Close, false), "given up by the server"),
            (reading(ErrorKind::ConnectionReset), "reset"),
            (writing(ErrorKind::BrokenPipe), "reset"),
            (reading(ErrorKind::WouldBlock), "idle"),
            (writing(ErrorKind::WouldBlock), "does not read"),
            (reading(ErrorKind::TimedOut), "dead peer"),
            (writing(ErrorKind::HostUnreachable), "dead peer"),
            (reading(ErrorKind::OutOfMemory), "failed: out of memory"),
        ] {
            assert_eq!(Ending::of(&result).to_string(), name);
        }
    }
}
