//! What can be seen of the peer from outside, and by whom.
//!
//! On Linux the kernel is asked ([`Kernel`]). Where nobody can be asked ([`Blind`]), every cut is
//! paced, and nothing is ever seen to be quiet.

mod blind;
mod linux;
mod quiet;

use std::net::SocketAddr;

pub(crate) use self::blind::Blind;
pub(crate) use self::linux::{Diag, Kernel, ListeningPlaces, ProcessHandle, ProcessTree};
pub(crate) use self::quiet::{Activity, Calm, Sleep};
use super::stream::Stream;

/// How far the peer has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// All that was sent.
    Done,
    /// Not all of it.
    Unread,
    /// It has closed.
    Gone,
    /// No end of it is on this machine: the peer has closed, or is on another host.
    Absent,
    /// Nobody can be asked.
    Unknown,
}

/// Sees what can be seen of a peer. One observer serves all connections to it.
pub(crate) trait Observe: Send + Sync {
    /// Hears of a connection before anything is asked about it.
    fn opened(&self, stream: &Stream);

    /// Hears that a connection is over.
    fn closed(&self, stream: &Stream);

    /// How far the peer has read what was sent: so many bytes, a FIN counted as one.
    fn reading(&self, stream: &Stream, sent: u64) -> Reading;

    /// Whether the peer's end of a TCP connection that we have closed knows of it, by the addresses
    /// of the peer's end and of ours; none if nobody can be asked.
    fn knows_of_end(&self, far: SocketAddr, near: SocketAddr) -> Option<bool>;

    /// Whether the peer's processes can be looked at.
    fn sees_processes(&self) -> bool;

    /// What the peer's processes are doing now; none if they can't be looked at.
    fn activity(&self) -> Option<Activity>;

    /// Whether nothing is on its way on any of the connections, and the peer holds no socket to
    /// anybody else who could make it say more.
    fn has_no_other_business(&self) -> bool;
}
