//! The other direction: what connects to recut, and what comes of a play for it.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::{Link, TargetError};
use crate::wire::Deadline;

/// What came of waiting for a connection.
pub enum Accepted {
    /// It came.
    Link(Link),
    /// Nobody came in that time.
    Nobody,
    /// The client has ended, or has told its result, and has not connected.
    Ended(String),
}

/// What came of a play for a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientEnd {
    /// It ended like this, or a driver answered; and what it wrote on its stdout.
    Result {
        /// How the process ended, as the system words it; none for a driver, which goes on.
        end: Option<String>,
        /// Its exit code, if it has one.
        code: Option<i32>,
        /// What it wrote, or the line of a driver without its end.
        output: Vec<u8>,
    },
    /// It was ended by a signal, or it is a driver and has ended at all.
    Crashed(String),
}

/// Connections that recut accepts, from a client or from a server that stands between.
pub(super) trait Incoming {
    /// The number of the port with that index.
    fn port(&self, index: usize) -> u16;

    /// Accepts the next connection on the port with that index.
    fn accept(
        &mut self,
        port: usize,
        until: Deadline,
        stop: &AtomicBool,
    ) -> Result<Accepted, TargetError>;

    /// Resets the connections that nobody has listened for; how many there were.
    fn clear_backlog(&mut self) -> usize;
}

/// A client, which comes to a result.
pub(super) trait Caller {
    /// Whether a driver has written a line already.
    fn has_spoken(&mut self) -> bool;

    /// Ends a driver that has written a line too early; what is to be said of it.
    fn spoke_early(&mut self) -> TargetError;

    /// Waits at most so long for its result; none if there is none yet.
    fn result(&mut self, wait: Duration) -> Result<Option<ClientEnd>, TargetError>;

    /// Refuses whoever connects to the ports of this play from now on.
    fn refuse(&mut self);

    /// Listens again after a refusal.
    fn listen_again(&mut self);
}
