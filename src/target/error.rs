//! Why a play could not take place.

use std::fmt;
use std::io;

use super::Death;

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
        Self::new("start", target, error)
    }

    /// The same, where the server is ours and has ended.
    pub fn by_death(self, death: &Death) -> Self {
        let advice = match death.clean {
            true => "; one that serves a single client is started for each play by --fresh",
            false => "",
        };
        let error = io::Error::other(format!("it has ended: {}{advice}", death.how));
        Self { error, ..self }
    }

    /// Whether nobody answered in time, as opposed to a refusal.
    pub fn is_timeout(&self) -> bool {
        matches!(self.error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
    }

    /// Whether a server of ours did not come up, as opposed to one that is gone.
    pub fn is_start(&self) -> bool {
        self.attempt == "start"
    }
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = if self.is_start() { "`" } else { "" };
        write!(f, "can't {} {quote}{}{quote}: {}", self.attempt, self.target, self.error)?;
        match self.error.kind() {
            io::ErrorKind::ConnectionRefused => f.write_str(" (does the server run there?)"),
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
