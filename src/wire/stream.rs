//! What a connection is made of: a TCP or Unix socket, or a pair of pipes.

use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::process::{ChildStdin, ChildStdout};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::SockRef;

/// How many bytes a read has room for, at least.
const READ: usize = 32 * 1024;

/// What a connection is made of. Nothing here blocks but [`Stream::wait`].
pub(crate) enum Stream {
    /// The addresses are those of the peer's end and of ours.
    Tcp {
        stream: TcpStream,
        far: SocketAddr,
        near: SocketAddr,
    },
    Unix {
        stream: UnixStream,
        inode: u64,
    },
    Pipes {
        to: Option<ChildStdin>,
        from: ChildStdout,
    },
}

/// What a wait ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ready {
    pub(crate) read: bool,
    pub(crate) write: bool,
}

impl Stream {
    /// The addresses of the peer's end and of ours, if it has addresses.
    pub(crate) fn ends(&self) -> Option<(SocketAddr, SocketAddr)> {
        match self {
            Stream::Tcp { far, near, .. } => Some((*far, *near)),
            Stream::Unix { .. } | Stream::Pipes { .. } => None,
        }
    }

    pub(crate) fn tcp(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let (far, near) = (stream.peer_addr()?, stream.local_addr()?);
        Ok(Stream::Tcp { stream, far, near })
    }

    pub(crate) fn unix(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        let inode = rustix::fs::fstat(&stream)?.st_ino;
        Ok(Stream::Unix { stream, inode })
    }

    pub(crate) fn pipes(to: ChildStdin, from: ChildStdout) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&to, true)?;
        rustix::io::ioctl_fionbio(&from, true)?;
        Ok(Stream::Pipes { to: Some(to), from })
    }

    /// Appends what is there to `inbox`; how many bytes that was, zero at the end.
    pub(crate) fn read(&self, inbox: &mut Vec<u8>) -> io::Result<usize> {
        inbox.reserve(READ);
        let length = rustix::io::read(self.reader(), spare_capacity(inbox))?;
        if let Stream::Tcp { stream, .. } = self {
            // Without it a peer under Nagle's algorithm withholds its second answer.
            let _ = SockRef::from(stream).set_tcp_quickack(true);
        }
        Ok(length)
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp { stream, .. } => stream.write(bytes),
            Stream::Unix { stream, .. } => stream.write(bytes),
            Stream::Pipes { to: Some(to), .. } => to.write(bytes),
            Stream::Pipes { to: None, .. } => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Half-closes. That fails if the peer has reset the connection, which reading shows.
    pub(crate) fn end(&mut self) {
        let _ = match self {
            Stream::Tcp { stream, .. } => stream.shutdown(Shutdown::Write),
            Stream::Unix { stream, .. } => stream.shutdown(Shutdown::Write),
            Stream::Pipes { to, .. } => {
                *to = None;
                Ok(())
            }
        };
    }

    /// Whether the connection can be reset.
    pub(crate) fn has_resets(&self) -> bool {
        matches!(self, Stream::Tcp { .. })
    }

    /// Whether both ends are on this machine, as far as addresses tell.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Stream::Tcp { far, near, .. } => {
                far.ip().to_canonical().is_loopback() || far.ip() == near.ip()
            }
            Stream::Unix { .. } | Stream::Pipes { .. } => true,
        }
    }

    /// Makes the close a RST, if the connection can be reset.
    pub(crate) fn reset(&self) {
        if let Stream::Tcp { stream, .. } = self {
            // If it fails, the close is a FIN: there is nothing better then.
            let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
        }
    }

    /// Holds back what does not fill a packet, so that a FIN goes out with the last byte.
    pub(crate) fn cork(&self, corked: bool) {
        if let Stream::Tcp { stream, .. } = self {
            // If it fails, the FIN comes in a packet of its own: no harm.
            let _ = SockRef::from(stream).set_tcp_cork(corked);
        }
    }

    /// Waits until something can be read, or written if `write` asks for that, too.
    pub(crate) fn wait(&self, write: bool, timeout: Duration) -> Ready {
        let (reads, writes) = (PollFlags::IN, PollFlags::OUT);
        // A time that the clock can't count is no limit; an interrupted wait is a short one.
        let timeout = Timespec::try_from(timeout).ok();
        let (read, written) = match self {
            Stream::Pipes { to: Some(to), .. } if write => {
                let reader = PollFd::from_borrowed_fd(self.reader(), reads);
                let mut both = [reader, PollFd::new(to, writes)];
                let _ = poll(&mut both, timeout.as_ref());
                (both[0].revents(), both[1].revents())
            }
            _ => {
                let events = if write { reads | writes } else { reads };
                let mut one = [PollFd::from_borrowed_fd(self.reader(), events)];
                let _ = poll(&mut one, timeout.as_ref());
                (one[0].revents(), one[0].revents())
            }
        };
        Ready { read: read.intersects(!writes), write: written.intersects(writes | PollFlags::ERR) }
    }

    /// Whether nobody is left who could read what is written into a pipe.
    pub(crate) fn pipe_is_broken(&self) -> bool {
        let Stream::Pipes { to: Some(to), .. } = self else { return false };
        let mut watched = [PollFd::new(to, PollFlags::OUT)];
        let _ = poll(&mut watched, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
        watched[0].revents().contains(PollFlags::ERR)
    }

    fn reader(&self) -> BorrowedFd<'_> {
        match self {
            Stream::Tcp { stream, .. } => stream.as_fd(),
            Stream::Unix { stream, .. } => stream.as_fd(),
            Stream::Pipes { from, .. } => from.as_fd(),
        }
    }
}

/// Waits until one of them can be read.
pub(super) fn wait_for_any(streams: &[&Stream], timeout: Duration) {
    let mut all: Vec<_> = streams
        .iter()
        .map(|stream| PollFd::from_borrowed_fd(stream.reader(), PollFlags::IN))
        .collect();
    let _ = poll(&mut all, Timespec::try_from(timeout).ok().as_ref());
}
