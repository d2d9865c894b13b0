//! What a server tells while it works.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::Ending;

/// What a server tells while it works, from the threads of its connections.
///
/// Who hears it must not block: the connection waits.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A client has come.
    Opened {
        /// Its address.
        peer: SocketAddr,
    },
    /// A client has said something.
    Heard {
        /// Its address.
        peer: SocketAddr,
        /// What was read at once.
        bytes: &'a [u8],
    },
    /// A client was told something.
    Told {
        /// Its address.
        peer: SocketAddr,
        /// What was written at once.
        bytes: &'a [u8],
    },
    /// A connection is over.
    Closed {
        /// The client's address.
        peer: SocketAddr,
        /// How many bytes were read; not those that were thrown away behind the last answer.
        heard: u64,
        /// How many bytes were written.
        told: u64,
        /// How long it was open.
        lasted: Duration,
        /// Why it is over.
        ending: Ending,
    },
    /// As many clients are served as may be; others wait. Told once until it is better.
    Full {
        /// How many.
        limit: usize,
    },
    /// No client can be accepted, as where there is no descriptor left; it is tried again. Told
    /// once until it is better.
    CannotAccept(&'a io::Error),
    /// There is no thread left for a client, who waits. Told once until it is better.
    NoThread(&'a io::Error),
    /// A datagram was answered, or not.
    Datagram {
        /// Where it says that it is from.
        peer: SocketAddr,
        /// What it has.
        bytes: &'a [u8],
        /// How long the answer is, in bytes, where there is one.
        answered: Option<usize>,
    },
}
