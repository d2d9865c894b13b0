//! What connects to recut, as one job plays with it.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::TargetError;
use super::incoming::{Accepted, Caller, ClientEnd, Incoming};
use super::running::Peer;
use crate::wire::Deadline;

impl Peer<'_> {
    /// The number of the port with that index.
    pub fn port(&mut self, index: usize) -> u16 {
        self.instance.incoming().map_or(0, |incoming| incoming.port(index))
    }

    /// Accepts the next connection on the port with that index.
    ///
    /// # Errors
    ///
    /// If none can come: the client has ended before it connected, or did not connect at all.
    pub fn accept(
        &mut self,
        port: usize,
        until: Deadline,
        stop: &AtomicBool,
    ) -> Result<Accepted, TargetError> {
        match self.instance.incoming() {
            Some(incoming) => incoming.accept(port, until, stop),
            None => Ok(Accepted::Nobody),
        }
    }

    /// Resets the connections that nobody has listened for; how many there were.
    pub fn clear_backlog(&mut self) -> usize {
        self.instance.incoming().map_or(0, Incoming::clear_backlog)
    }

    /// Whether a driver has written a line already.
    pub fn has_spoken(&mut self) -> bool {
        self.instance.caller().is_some_and(Caller::has_spoken)
    }

    /// Ends a driver that has written a line too early; what is to be said of it.
    pub fn spoke_early(&mut self) -> Option<TargetError> {
        self.instance.caller().map(Caller::spoke_early)
    }

    /// Waits at most so long for the result of a client; none if there is none yet.
    ///
    /// # Errors
    ///
    /// If it is not one that can be used.
    pub fn result(&mut self, wait: Duration) -> Result<Option<ClientEnd>, TargetError> {
        self.instance.caller().map_or(Ok(None), |caller| caller.result(wait))
    }

    /// Refuses whoever connects to the ports of this play from now on.
    pub fn refuse(&mut self) {
        self.instance.caller().into_iter().for_each(Caller::refuse);
    }

    /// Listens again after a refusal.
    pub fn listen_again(&mut self) {
        self.instance.caller().into_iter().for_each(Caller::listen_again);
    }
}
