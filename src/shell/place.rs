//! Both ends of a relay: where clients come in, and where the server is. Each may be a port or a
//! Unix socket.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

/// How long to wait for the server to accept a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a server is.
#[derive(Clone, Debug)]
pub enum ServerPlace {
    /// All addresses that its name has.
    Tcp(Vec<SocketAddr>),
    /// The path of its socket.
    Unix(PathBuf),
}

impl ServerPlace {
    /// A connection to the first address that accepts one.
    pub(super) fn reach(&self) -> io::Result<Socket> {
        match self {
            Self::Unix(path) => {
                let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
                socket.connect(&SockAddr::unix(path)?)?;
                Ok(socket)
            }
            Self::Tcp(addresses) => {
                let mut reached = Err(ErrorKind::AddrNotAvailable.into());
                for address in addresses {
                    let socket = Socket::new(Domain::for_address(*address), Type::STREAM, None)?;
                    reached = socket.connect_timeout(&(*address).into(), PATIENCE).map(|()| socket);
                    if reached.is_ok() {
                        break;
                    }
                }
                reached
            }
        }
    }
}

impl From<Vec<SocketAddr>> for ServerPlace {
    fn from(addresses: Vec<SocketAddr>) -> Self {
        Self::Tcp(addresses)
    }
}

/// Where clients come in.
#[derive(Debug)]
pub struct Entrance {
    listener: Socket,
    /// The path of a Unix socket.
    path: Option<PathBuf>,
}

/// The file of a socket of ours, which is removed when this is dropped.
#[derive(Debug)]
pub struct SocketFile(PathBuf);

impl Entrance {
    /// A Unix socket at a path where nothing is, and its file.
    ///
    /// # Errors
    ///
    /// If the socket can't be made there.
    pub fn unix(path: &Path) -> io::Result<(Self, SocketFile)> {
        let listener = UnixListener::bind(path)?.into();
        Ok((Self { listener, path: Some(path.to_owned()) }, SocketFile(path.to_owned())))
    }

    /// The path of a Unix socket.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The next client.
    pub(super) fn accept(&self) -> io::Result<Socket> {
        self.listener.accept().map(|(client, _)| client)
    }

    /// The address at which clients come in, if it has a port.
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok().and_then(|address| address.as_socket())
    }
}

impl From<TcpListener> for Entrance {
    fn from(listener: TcpListener) -> Self {
        Self { listener: listener.into(), path: None }
    }
}

impl fmt::Display for Entrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.path, self.address()) {
            (Some(path), _) => write!(f, "unix:{}", path.display()),
            (None, Some(address)) => address.fmt(f),
            (None, None) => f.write_str("a socket"),
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = std::fs::remove_file(&self.0);
    }
}
