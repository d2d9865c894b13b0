//! The events of a server.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::ConnectionEnd;

/// What happens in a server, reported from the threads of its connections.
///
/// The listener must not block, since the connection waits for it.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerEvent<'a> {
    /// A client has connected.
    Opened {
        /// Its address.
        peer: SocketAddr,
    },
    /// Bytes were read from a client.
    Heard {
        /// Its address.
        peer: SocketAddr,
        /// The bytes of one read.
        bytes: &'a [u8],
    },
    /// Bytes were written to a client.
    Told {
        /// Its address.
        peer: SocketAddr,
        /// The bytes of one write.
        bytes: &'a [u8],
    },
    /// A connection is over.
    Closed {
        /// The client's address.
        peer: SocketAddr,
        /// How many bytes were read, without those that were discarded after the last answer.
        heard: u64,
        /// How many bytes were written.
        told: u64,
        /// How long it was open.
        lasted: Duration,
        /// Why it is over.
        ending: ConnectionEnd,
    },
    /// The limit of connections is reached, and further clients wait. Reported once until it is
    /// better.
    Full {
        /// How many connections are allowed.
        limit: usize,
    },
    /// No client can be accepted, for example because no descriptor is left; the server tries
    /// again. Reported once until it is better.
    CannotAccept(&'a io::Error),
    /// No thread is left for a client, which waits. Reported once until it is better.
    NoThread(&'a io::Error),
    /// A datagram was answered, or not.
    Datagram {
        /// The source address that it states.
        peer: SocketAddr,
        /// Its bytes.
        bytes: &'a [u8],
        /// How long the answer is, in bytes, if there is one.
        answered: Option<usize>,
    },
}
