//! Why a play could not take place.

use std::fmt;
use std::io;

use super::Death;

/// What is tried where a server is ours, and where it is not.
const START: &str = "start";
const CONNECT: &str = "connect to";

/// Why a play could not take place.
#[derive(Debug)]
pub struct TargetError {
    /// What was tried: "connect to".
    attempt: &'static str,
    /// What was asked for.
    target: String,
    error: io::Error,
}

impl TargetError {
    pub(super) fn new(attempt: &'static str, target: &str, error: io::Error) -> Self {
        Self { attempt, target: target.to_owned(), error }
    }

    pub(super) fn start(target: &str, error: io::Error) -> Self {
        Self::new(START, target, error)
    }

    /// The same, where the server is ours and has ended.
    pub fn by_death(self, death: &Death) -> Self {
        let advice = match death.clean {
            true => "; one that serves a single client is started for each play by --fresh",
            false => "",
        };
        let what = format!("it has ended: {}{advice}", death.how);
        let error = io::Error::new(io::ErrorKind::ConnectionRefused, what);
        Self { error, attempt: "play against", ..self }
    }

    /// A command that can't be started, as its connection showed.
    pub fn not_started(target: &str, death: &Death) -> Self {
        Self::start(target, io::Error::other(death.output.join("; ")))
    }

    pub(super) fn connect(target: &str, error: io::Error) -> Self {
        Self::new(CONNECT, target, error)
    }

    /// Whether nobody answered in time, as opposed to a refusal.
    pub fn is_timeout(&self) -> bool {
        matches!(self.error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
    }

    /// Whether it says nothing of a server that was there: ours did not come up, or this machine
    /// has no port or descriptor left.
    pub fn is_no_fault_of_the_server(&self) -> bool {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, NotFound};
        let gone = [ConnectionRefused, ConnectionReset, ConnectionAborted, NotFound];
        let is_gone = gone.contains(&self.error.kind()) || self.is_timeout();
        self.attempt == START || !is_gone
    }
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = if self.attempt == START { "`" } else { "" };
        write!(f, "can't {} {quote}{}{quote}: {}", self.attempt, self.target, self.error)?;
        match self.error.kind() {
            io::ErrorKind::ConnectionRefused if self.attempt == CONNECT => {
                f.write_str(" (does the server run there?)")
            }
            io::ErrorKind::NotFound if self.target.starts_with("unix:") => {
                f.write_str(" (does the server run there?)")
            }
            _ => Ok(()),
        }
    }
}

impl std::error::Error for TargetError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_says_that_a_server_is_gone() {
        let is_ours = |kind: io::ErrorKind| {
            TargetError::connect("server", kind.into()).is_no_fault_of_the_server()
        };
        assert!(!is_ours(io::ErrorKind::ConnectionRefused));
        assert!(!is_ours(io::ErrorKind::TimedOut));
        // No port left, no permission, no descriptor.
        assert!(is_ours(io::ErrorKind::AddrNotAvailable));
        assert!(is_ours(io::ErrorKind::PermissionDenied));
        assert!(is_ours(io::ErrorKind::Other));
        let start = TargetError::start("server", io::ErrorKind::ConnectionRefused.into());
        assert!(start.is_no_fault_of_the_server());
    }
}
