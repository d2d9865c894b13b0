//! Why a play could not take place.

use std::fmt;
use std::io;

use super::Death;

/// Why a target can't be started or reached.
///
/// # Examples
///
/// ```
/// let error = recut::Target::connect("nowhere").unwrap_err();
/// assert!(error.to_string().starts_with("can't resolve nowhere: "));
/// ```
#[derive(Debug)]
pub struct TargetError {
    kind: TargetErrorKind,
    /// What was asked for.
    target: String,
    error: io::Error,
}

/// What could not be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetErrorKind {
    /// An address is not valid, or its name does not resolve.
    Resolve,
    /// A server of ours did not come up.
    Start,
    /// A server was not reached.
    Connect,
    /// A server of ours has ended.
    Ended,
    /// A client did what it must not do.
    Client,
    /// A play went beyond one of our own limits.
    Limit,
}

/// Whose fault it is that a play could not take place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// Ours, or that of this machine: it says nothing of a server that was there.
    Us,
    /// The server's: it has gone, or it takes no connections.
    Server,
}

impl TargetError {
    fn new(kind: TargetErrorKind, target: &str, error: io::Error) -> Self {
        Self { kind, target: target.to_owned(), error }
    }

    pub(super) fn resolve(address: &str, error: io::Error) -> Self {
        Self::new(TargetErrorKind::Resolve, address, error)
    }

    pub(super) fn start(target: &str, error: io::Error) -> Self {
        Self::new(TargetErrorKind::Start, target, error)
    }

    pub(super) fn connect(target: &str, error: io::Error) -> Self {
        Self::new(TargetErrorKind::Connect, target, error)
    }

    pub(super) fn client(target: &str, what: &str) -> Self {
        Self::new(TargetErrorKind::Client, target, io::Error::other(what))
    }

    /// A play that went beyond one of our own limits: it says nothing of the server.
    #[doc(hidden)]
    pub fn limit(target: &str, limit: &str) -> Self {
        Self::new(TargetErrorKind::Limit, target, io::Error::other(limit))
    }

    /// A command that can't be started, as its connection showed.
    #[doc(hidden)]
    pub fn not_started(target: &str, death: &Death) -> Self {
        Self::start(target, io::Error::other(death.output.join("; ")))
    }

    /// The same error, if the server is ours and has ended.
    #[doc(hidden)]
    pub fn by_death(self, death: &Death) -> Self {
        let advice = match death.clean {
            true => "; one that serves a single client is started for each play by --fresh",
            false => "",
        };
        let what = format!("it has ended: {}{advice}", death.how);
        let error = io::Error::new(io::ErrorKind::ConnectionRefused, what);
        Self { kind: TargetErrorKind::Ended, error, ..self }
    }

    /// What could not be done.
    #[doc(hidden)]
    pub fn kind(&self) -> TargetErrorKind {
        self.kind
    }

    /// Whether nobody answered in time, as opposed to a refusal.
    #[doc(hidden)]
    pub fn is_timeout(&self) -> bool {
        matches!(self.error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
    }

    /// Whose fault it is. That a server is gone, only a connection can say that is refused or not
    /// answered: a machine without a port or a descriptor left says nothing of the server.
    #[doc(hidden)]
    pub fn blame(&self) -> Blame {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, NotFound};
        let gone = [ConnectionRefused, ConnectionReset, ConnectionAborted, NotFound];
        let is_gone = gone.contains(&self.error.kind()) || self.is_timeout();
        match self.kind {
            TargetErrorKind::Connect if is_gone => Blame::Server,
            TargetErrorKind::Ended => Blame::Server,
            _ => Blame::Us,
        }
    }
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, target, error } = self;
        match kind {
            TargetErrorKind::Resolve => write!(f, "can't resolve {target}: {error}"),
            TargetErrorKind::Start => write!(f, "can't start `{target}`: {error}"),
            TargetErrorKind::Client => write!(f, "can't play against `{target}`: {error}"),
            TargetErrorKind::Ended => write!(f, "can't play against {target}: {error}"),
            TargetErrorKind::Limit => {
                write!(f, "a play against {target} goes beyond a limit of recut: {error}")
            }
            TargetErrorKind::Connect => {
                write!(f, "can't connect to {target}: {error}")?;
                match error.kind() {
                    // A Unix socket is not found if its file is not there.
                    io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => {
                        f.write_str(" (does the server run there?)")
                    }
                    _ => Ok(()),
                }
            }
        }
    }
}

impl std::error::Error for TargetError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// Why a server can't be started like that.
///
/// # Examples
///
/// ```
/// use recut::Spawn;
///
/// let error = Spawn::new("server 'quoted").unwrap_err();
/// assert_eq!(error.to_string(), "`server 'quoted` has a quote that is not closed");
/// let error = Spawn::new("server {port}").unwrap().ready("ready (").unwrap_err();
/// assert!(error.to_string().contains("unclosed group"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommandError {
    /// It has no word.
    Empty,
    /// It has a quote that is not closed.
    UnclosedQuote(String),
    /// The line that says that a server is ready is not a regular expression.
    BadPattern(String),
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommandError::Empty => f.write_str("expected a command"),
            CommandError::UnclosedQuote(command) => {
                write!(f, "`{command}` has a quote that is not closed")
            }
            CommandError::BadPattern(why) => {
                write!(f, "the pattern of the line that says that it is ready: {why}")
            }
        }
    }
}

impl std::error::Error for CommandError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_says_that_a_server_is_gone() {
        let blame = |kind: io::ErrorKind| TargetError::connect("server", kind.into()).blame();
        assert_eq!(blame(io::ErrorKind::ConnectionRefused), Blame::Server);
        assert_eq!(blame(io::ErrorKind::TimedOut), Blame::Server);
        // No port left, no permission, no descriptor.
        assert_eq!(blame(io::ErrorKind::AddrNotAvailable), Blame::Us);
        assert_eq!(blame(io::ErrorKind::PermissionDenied), Blame::Us);
        assert_eq!(blame(io::ErrorKind::Other), Blame::Us);
        let start = TargetError::start("server", io::ErrorKind::ConnectionRefused.into());
        assert_eq!(start.blame(), Blame::Us);
    }

    #[test]
    fn the_words_say_what_could_not_be_done() {
        let refused = || io::Error::new(io::ErrorKind::ConnectionRefused, "refused");
        let missing = io::Error::new(io::ErrorKind::NotFound, "no such file");
        let death = Death {
            how: "exit status: 0".to_owned(),
            clean: true,
            not_started: false,
            output: vec![],
        };
        let ended = TargetError::connect("127.0.0.1:1", refused()).by_death(&death);
        assert_eq!((ended.kind(), ended.blame()), (TargetErrorKind::Ended, Blame::Server));
        let words = [
            TargetError::resolve("nowhere:1", refused()),
            TargetError::start("server --port 1", refused()),
            TargetError::connect("127.0.0.1:1", refused()),
            TargetError::connect("unix:/socket", missing),
            ended,
        ]
        .map(|error| error.to_string());
        let expected = [
            "can't resolve nowhere:1: refused",
            "can't start `server --port 1`: refused",
            "can't connect to 127.0.0.1:1: refused (does the server run there?)",
            "can't connect to unix:/socket: no such file (does the server run there?)",
            "can't play against 127.0.0.1:1: it has ended: exit status: 0; one that serves a \
             single client is started for each play by --fresh",
        ];
        assert_eq!(words, expected);
    }
}
