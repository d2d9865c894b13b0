//! A server at an address, which somebody else has started.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

use super::backend::{Abilities, Backend, Instance};
use super::{Link, TargetError};
use crate::wire::{Blind, Deadline, Kernel, Observe, Stream, StreamLink};

/// How long to wait before a connection is tried again.
const RETRY: Duration = Duration::from_millis(10);

/// The shortest time that a connection attempt is given.
const SHORTEST: Duration = Duration::from_millis(1);

/// What stands before the path of a Unix socket.
const UNIX: &str = "unix:";

/// Where a server is.
#[derive(Clone, Debug)]
pub(super) enum Address {
    /// All addresses that a name has, and their port.
    Tcp {
        host: String,
        port: u16,
        addresses: Vec<SocketAddr>,
    },
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp { host, port, .. } => write!(f, "{host}:{port}"),
            Address::Unix(path) => write!(f, "{UNIX}{}", path.display()),
        }
    }
}

impl Address {
    /// The address that a text names: `HOST:PORT`, or `unix:PATH`.
    fn resolve(address: &str) -> io::Result<Self> {
        let bad = |what| io::Error::new(ErrorKind::InvalidInput, what);
        if let Some(path) = address.strip_prefix(UNIX) {
            if path.is_empty() {
                return Err(bad("expected the path of a socket after `unix:`"));
            }
            return Ok(Address::Unix(PathBuf::from(path)));
        }
        let (host, port) =
            address.rsplit_once(':').ok_or(bad("expected HOST:PORT or unix:PATH"))?;
        let port = port.parse().map_err(|_| bad("expected a port from 1 to 65535 after `:`"))?;
        if port == 0 {
            return Err(bad("expected a port from 1 to 65535 after `:`"));
        }
        if host.is_empty() {
            return Err(bad("expected a host before `:`, as in 127.0.0.1:7777"));
        }
        let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        if host.contains(':') && inside.unwrap_or(host).parse::<Ipv6Addr>().is_err() {
            let expected = "expected HOST:PORT or unix:PATH, without a scheme: recut speaks over \
                            a plain byte stream";
            return Err(bad(expected));
        }
        let addresses: Vec<_> = address.to_socket_addrs()?.collect();
        if addresses.is_empty() {
            return Err(bad("the name has no address"));
        }
        Ok(Address::Tcp { host: host.to_owned(), port, addresses })
    }

    /// One address, which is known.
    pub(super) fn of(address: SocketAddr) -> Self {
        let (host, port) = (address.ip().to_string(), address.port());
        Address::Tcp { host, port, addresses: vec![address] }
    }

    /// The values of `$host` and `$port`.
    pub(super) fn host_and_port(&self) -> (String, String) {
        match self {
            Address::Tcp { host, port, .. } => (host.clone(), port.to_string()),
            Address::Unix(path) => (path.display().to_string(), "0".to_owned()),
        }
    }

    /// A link to it, over which `observer` watches.
    pub(super) fn open(
        &self,
        observer: &Arc<dyn Observe>,
        timeout: Duration,
        stop: &AtomicBool,
    ) -> Result<Link, TargetError> {
        match self.connect(timeout, stop) {
            Ok(stream) => Ok(Link::Stream(StreamLink::new(stream, Arc::clone(observer)))),
            Err(error) => Err(TargetError::connect(&self.to_string(), error)),
        }
    }

    /// Connects to the first address that accepts; `stop` ends the wait.
    fn connect(&self, timeout: Duration, stop: &AtomicBool) -> io::Result<Stream> {
        let until = Deadline::after(timeout);
        loop {
            let error = match self.try_to_connect(timeout) {
                Ok(stream) => return Ok(stream),
                Err(error) => error,
            };
            // The queue of a Unix socket is full, or our own ports are used up for a while.
            let may_change =
                matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::AddrNotAvailable);
            if !may_change || until.is_over() || stop.load(Ordering::Relaxed) {
                return Err(error);
            }
            std::thread::sleep(RETRY);
        }
    }

    fn try_to_connect(&self, timeout: Duration) -> io::Result<Stream> {
        match self {
            Address::Unix(path) => {
                let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
                // A full queue is no reason to block for ever.
                socket.set_nonblocking(true)?;
                socket.connect(&SockAddr::unix(path)?)?;
                Stream::unix(UnixStream::from(socket))
            }
            Address::Tcp { addresses, .. } => {
                let mut error = io::Error::from(ErrorKind::AddrNotAvailable);
                for address in addresses {
                    match connect(address, timeout.max(SHORTEST)) {
                        Ok(stream) => return Stream::tcp(stream),
                        Err(failed) => error = failed,
                    }
                }
                Err(error)
            }
        }
    }
}

/// A server that somebody else has started.
pub(super) struct AddressBackend {
    address: Address,
    /// Whether nobody is asked what is known of its connections.
    is_blind: bool,
}

impl AddressBackend {
    pub(super) fn new(address: &str, is_blind: bool) -> Result<Self, TargetError> {
        let resolved = Address::resolve(address);
        let address = resolved.map_err(|error| TargetError::resolve(address, error))?;
        Ok(Self { address, is_blind })
    }
}

impl Backend for AddressBackend {
    fn abilities(&self) -> Abilities {
        Abilities {
            resets: matches!(self.address, Address::Tcp { .. }),
            shared: true,
            ..Abilities::NONE
        }
    }

    fn option(&self, name: &str) -> String {
        format!("--connect {name}")
    }

    fn start(&self) -> Box<dyn Instance + '_> {
        let observer: Arc<dyn Observe> = match self.is_blind {
            true => Arc::new(Blind),
            false => Arc::new(Kernel::of_sockets(None)),
        };
        Box::new(AddressInstance { address: &self.address, observer })
    }
}

/// A server at an address, and what is seen of it.
struct AddressInstance<'t> {
    address: &'t Address,
    observer: Arc<dyn Observe>,
}

impl Instance for AddressInstance<'_> {
    fn open(
        &mut self,
        _: &mut Vec<u8>,
        timeout: Duration,
        stop: &AtomicBool,
    ) -> Result<Link, TargetError> {
        self.address.open(&self.observer, timeout, stop)
    }

    fn restart(&mut self) {}

    fn host_and_port(&self) -> (String, String) {
        self.address.host_and_port()
    }
}

/// A connection to an address, never to itself: if nobody listens at a port that the system hands
/// out to clients, both ends may turn out to be one socket.
fn connect(address: &SocketAddr, timeout: Duration) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(address, timeout)?;
    if stream.local_addr()? == stream.peer_addr()? {
        return Err(ErrorKind::ConnectionRefused.into());
    }
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_no_scheme() {
        for (bad, part) in [
            (":7777", "expected a host before `:`"),
            ("tls:localhost:7777", "without a scheme"),
            ("http://localhost:7777", "without a scheme"),
            ("localhost:0", "expected a port"),
            ("localhost", "expected HOST:PORT"),
            ("unix:", "the path of a socket"),
        ] {
            let error = Address::resolve(bad).unwrap_err();
            assert!(error.to_string().contains(part), "{bad}: {error}");
        }
        for good in ["127.0.0.1:1", "[::1]:1", "unix:/socket"] {
            assert!(Address::resolve(good).is_ok(), "{good}");
        }
    }
}
