//! A server around any [`Protocol`]: accepts, and gives each connection a thread.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol as Transport, Socket, Type};

use crate::protocol::{Flow, Protocol};

/// How much is read at once, in bytes.
const READ: usize = 16 * 1024;

/// The stack of a connection's thread, in bytes.
pub(super) const STACK: usize = 128 * 1024;

/// For how long what a client still sends is thrown away once it has its answer.
const LINGER: Duration = Duration::from_secs(2);

/// How long to wait when the system has no descriptor or thread left.
pub(super) const BREATH: Duration = Duration::from_millis(50);

/// Listens at an address; `reuse` takes it even while old connections to it linger.
///
/// # Errors
///
/// Where the address is taken, not ours, or needs a privilege.
pub fn bind(address: SocketAddr, backlog: i32, reuse: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Transport::TCP))?;
    socket.set_reuse_address(reuse)?;
    socket.bind(&address.into())?;
    socket.listen(backlog)?;
    Ok(socket.into())
}

/// Accepts for ever; `connect` makes the server's side of each connection.
pub fn serve<P, C>(listener: &TcpListener, connect: C)
where
    P: Protocol + Send + 'static,
    C: Fn() -> P,
{
    loop {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            // One client that gave up is no reason to stop; without descriptors, wait for some.
            Err(error) if is_momentary(&error) => continue,
            Err(_) => {
                std::thread::sleep(BREATH);
                continue;
            }
        };
        let protocol = connect();
        // Where there is no thread left, this client is turned away and the others stay.
        let _ = std::thread::Builder::new().stack_size(STACK).spawn(move || {
            // An error is the client's: it has gone, and there is nobody to tell.
            let _ = attend(protocol, stream);
        });
    }
}

pub(super) fn is_momentary(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted)
}

/// One connection from its first byte to its last: the answer goes out, then a FIN, then what the
/// client still sends is thrown away for a bounded time, so that no RST overtakes the answer.
fn attend(protocol: impl Protocol, stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    converse(protocol, &stream, &stream)?;
    stream.shutdown(Shutdown::Write)?;
    let deadline = Instant::now() + LINGER;
    let mut waste = [0; 4096];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        stream.set_read_timeout(Some(left))?;
        match (&stream).read(&mut waste) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Drives a protocol over a byte stream until one side ends; how it ended.
///
/// # Errors
///
/// What reading or writing fails with; interruptions are retried.
///
/// # Examples
///
/// ```
/// use recut::shell::server::converse;
/// use recut::{Echo, Flow};
///
/// let mut answer = Vec::new();
/// let flow = converse(Echo::default(), &b"hi\nq\nlost"[..], &mut answer).unwrap();
/// assert_eq!((answer.as_slice(), flow), (&b"hi\n"[..], Flow::Quit));
/// ```
pub fn converse(
    mut protocol: impl Protocol,
    mut from: impl Read,
    mut to: impl Write,
) -> io::Result<Flow> {
    let mut reply = Vec::new();
    let mut buffer = [0; READ];
    let mut flow = protocol.open(&mut reply);
    loop {
        to.write_all(&reply)?;
        to.flush()?;
        reply.clear();
        if flow != Flow::Continue {
            return Ok(flow);
        }
        flow = match from.read(&mut buffer) {
            Ok(0) => {
                let flow = protocol.end(&mut reply);
                to.write_all(&reply)?;
                to.flush()?;
                return Ok(flow);
            }
            Ok(length) => protocol.receive(&buffer[..length], &mut reply),
            Err(error) if error.kind() == ErrorKind::Interrupted => Flow::Continue,
            Err(error) => return Err(error),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Echo, respond};

    /// Gives one byte at a time, with an interruption before each.
    struct Haltingly<'a> {
        bytes: &'a [u8],
        interrupt: bool,
    }

    impl Read for Haltingly<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.interrupt = !self.interrupt;
            if self.interrupt {
                return Err(ErrorKind::Interrupted.into());
            }
            let length = self.bytes.len().min(1);
            buffer[..length].copy_from_slice(&self.bytes[..length]);
            self.bytes = &self.bytes[length..];
            Ok(length)
        }
    }

    #[test]
    fn short_reads_and_interruptions_change_nothing() {
        for stream in [&b"h\xc3\xa9llo\nq\nlost"[..], b"", b"\xff\xe2\x82", b"no newline q"] {
            let mut answer = Vec::new();
            let from = Haltingly { bytes: stream, interrupt: false };
            let flow = converse(Echo::default(), from, &mut answer).unwrap();
            assert_eq!((answer, flow == Flow::Quit), respond(stream));
        }
    }
}
