//! Reaching a server that may have several addresses.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long to wait for the server to accept a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection to the first address that accepts one.
pub(super) fn reach(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut reached = Err(ErrorKind::AddrNotAvailable.into());
    for address in addresses {
        reached = TcpStream::connect_timeout(address, PATIENCE);
        if reached.is_ok() {
            break;
        }
    }
    reached
}
