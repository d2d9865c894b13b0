//! A server at an address, over `std::net`.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use socket2::SockRef;

use super::{Arrival, Quality, Sending, Wait};

/// How much is read at once, in bytes.
const READ: usize = 32 * 1024;

/// How long a write may block before it is looked whether the server waits for us to read.
const WRITE_SLICE: Duration = Duration::from_millis(20);

/// Where a server is: all addresses that its name has.
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
    addresses: Vec<SocketAddr>,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Address {
    pub(super) fn resolve(address: &str) -> io::Result<Self> {
        let bad = |what| io::Error::new(ErrorKind::InvalidInput, what);
        let (host, port) = address.rsplit_once(':').ok_or(bad("expected HOST:PORT"))?;
        let port = port.parse().map_err(|_| bad("expected a port, 1 to 65535, behind `:`"))?;
        if port == 0 {
            return Err(bad("expected a port, 1 to 65535, behind `:`"));
        }
        let addresses: Vec<_> = address.to_socket_addrs()?.collect();
        if addresses.is_empty() {
            return Err(bad("the name has no address"));
        }
        Ok(Self { host: host.to_owned(), port, addresses })
    }
}

/// One connection over TCP.
pub struct Link {
    stream: TcpStream,
    read_timeout: Duration,
    /// What its end was, once it was read.
    ended: Option<Arrival>,
    /// Whether writing has failed: the server is gone, as reading will show.
    gone: bool,
    buffer: Box<[u8]>,
}

impl Link {
    pub(super) fn open(address: &Address, timeout: Duration) -> io::Result<Self> {
        let mut error = io::Error::from(ErrorKind::AddrNotAvailable);
        for socket in &address.addresses {
            match TcpStream::connect_timeout(socket, timeout.max(Duration::from_millis(1))) {
                Ok(stream) => return Self::new(stream),
                Err(failed) => error = failed,
            }
        }
        Err(error)
    }

    fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(WRITE_SLICE))?;
        let buffer = vec![0; READ].into_boxed_slice();
        Ok(Self { stream, read_timeout: Duration::ZERO, ended: None, gone: false, buffer })
    }

    pub(super) fn send(
        &mut self,
        segment: &[u8],
        fin: bool,
        inbox: &mut Vec<u8>,
        patience: Duration,
        stop: &AtomicBool,
    ) -> Sending {
        // Corked, the FIN goes out in the same packet as the last byte.
        let socket = SockRef::from(&self.stream);
        let corked = fin && socket.set_tcp_cork(true).is_ok();
        let sending = self.write(segment, inbox, patience, stop);
        if fin {
            self.end();
        }
        if corked {
            // Best effort: after a shutdown the data is on its way all the same.
            let _ = SockRef::from(&self.stream).set_tcp_cork(false);
        }
        sending
    }

    /// Writes as long as the server takes something now and then.
    fn write(
        &mut self,
        mut segment: &[u8],
        inbox: &mut Vec<u8>,
        patience: Duration,
        stop: &AtomicBool,
    ) -> Sending {
        let mut until = Instant::now() + patience;
        while !segment.is_empty() && !self.gone {
            match self.stream.write(segment) {
                Ok(written) => {
                    segment = &segment[written..];
                    until = Instant::now() + patience;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => {
                    if (Wait { until: Some(until), stop }).slice().is_none() {
                        return Sending::Stuck;
                    }
                    // The server may itself wait for us to read.
                    self.arrive(inbox, Wait { until: None, stop });
                }
                Err(_) => self.gone = true,
            }
        }
        Sending::Done
    }

    pub(super) fn end(&mut self) {
        // It fails where the server has reset the connection, which reading will show.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    pub(super) fn reset(&self) {
        // Without the option the close is a FIN: the best that can be had then.
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }

    pub(super) fn settle(
        &mut self,
        gap: Duration,
        inbox: &mut Vec<u8>,
        stop: &AtomicBool,
    ) -> Quality {
        let wait = Wait { until: Some(Instant::now() + gap), stop };
        while self.ended.is_none() && self.arrive(inbox, wait) == Arrival::Bytes {}
        Quality::Paced
    }

    pub(super) fn arrive(&mut self, inbox: &mut Vec<u8>, wait: Wait<'_>) -> Arrival {
        if let Some(ended) = &self.ended {
            return ended.clone();
        }
        loop {
            let read = match (wait.slice(), wait.until) {
                (Some(slice), _) => self.read_within(slice),
                (None, None) => self.read_now(),
                // A server that never stops must not keep us beyond the end of the wait.
                (None, Some(_)) => return Arrival::Nothing,
            };
            match read {
                Ok(0) => return self.ended.insert(Arrival::Eof).clone(),
                Ok(length) => {
                    inbox.extend_from_slice(&self.buffer[..length]);
                    // Else a server under Nagle's algorithm withholds its second answer.
                    let _ = SockRef::from(&self.stream).set_tcp_quickack(true);
                    return Arrival::Bytes;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) && wait.until.is_some() => {}
                Err(error) if is_timeout(&error) => return Arrival::Nothing,
                Err(_) => return self.ended.insert(Arrival::Reset).clone(),
            }
        }
    }

    fn read_within(&mut self, timeout: Duration) -> io::Result<usize> {
        if self.read_timeout != timeout {
            self.stream.set_read_timeout(Some(timeout))?;
            self.read_timeout = timeout;
        }
        self.stream.read(&mut self.buffer)
    }

    fn read_now(&mut self) -> io::Result<usize> {
        self.stream.set_nonblocking(true)?;
        let read = self.stream.read(&mut self.buffer);
        self.stream.set_nonblocking(false)?;
        read
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
