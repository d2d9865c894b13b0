//! Why a connection has ended.

use std::fmt;
use std::io::{self, ErrorKind};

use super::connection::{ConnectionError, Over};
use crate::protocol::Flow;

/// Why a connection has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionEnd {
    /// The protocol ended it with [`Flow::Quit`].
    Quit,
    /// The server gave it up ([`Flow::Close`] before the client's FIN).
    GivenUp,
    /// The client's FIN.
    EndOfStream,
    /// The client has reset it.
    Reset,
    /// The client was silent for longer than [`ServerLimits::idle`](super::ServerLimits::idle).
    Idle,
    /// The client read nothing for longer than [`ServerLimits::write`](super::ServerLimits::write).
    NotReading,
    /// The client's host does not answer any more.
    DeadPeer,
    /// The server stops, and the time for connections to end is over.
    Stopped,
    /// The protocol's code has panicked.
    Panicked,
    /// Another error of the system.
    Failed(ErrorKind),
}

impl ConnectionEnd {
    pub(super) fn of(result: &Result<Over, ConnectionError>) -> Self {
        match result {
            Ok(Over { flow: Flow::Quit, .. }) => ConnectionEnd::Quit,
            Ok(Over { at_end: true, .. }) => ConnectionEnd::EndOfStream,
            Ok(Over { .. }) => ConnectionEnd::GivenUp,
            Err(ConnectionError::Reading(error)) if error.kind() == ErrorKind::WouldBlock => {
                ConnectionEnd::Idle
            }
            Err(ConnectionError::Writing(error)) if error.kind() == ErrorKind::WouldBlock => {
                ConnectionEnd::NotReading
            }
            Err(ConnectionError::Reading(error) | ConnectionError::Writing(error)) => {
                Self::of_error(error)
            }
        }
    }

    fn of_error(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted => {
                ConnectionEnd::Reset
            }
            // These mean that probes were not answered, or that a router reported why.
            ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
                ConnectionEnd::DeadPeer
            }
            kind => ConnectionEnd::Failed(kind),
        }
    }
}

impl fmt::Display for ConnectionEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConnectionEnd::Quit => "quit",
            ConnectionEnd::GivenUp => "given up by the server",
            ConnectionEnd::EndOfStream => "end of the stream",
            ConnectionEnd::Reset => "reset",
            ConnectionEnd::Idle => "idle",
            ConnectionEnd::NotReading => "does not read",
            ConnectionEnd::DeadPeer => "dead peer",
            ConnectionEnd::Stopped => "the server stops",
            ConnectionEnd::Panicked => "panicked",
            ConnectionEnd::Failed(kind) => return write!(f, "failed: {kind}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_has_its_name() {
        let over = |flow, at_end| Ok(Over { flow, at_end });
        let reading = |kind: ErrorKind| Err(ConnectionError::Reading(kind.into()));
        let writing = |kind: ErrorKind| Err(ConnectionError::Writing(kind.into()));
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
            assert_eq!(ConnectionEnd::of(&result).to_string(), name);
        }
    }
}
