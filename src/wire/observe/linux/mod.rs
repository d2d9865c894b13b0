//! The observer on Linux: asks the kernel's register of sockets, pipes, and `/proc`.

mod diag;
mod handle;
mod listening;
mod tree;

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(crate) use self::diag::Diag;
use self::diag::FarEnd;
pub(crate) use self::handle::ProcessHandle;
pub(crate) use self::listening::ListeningPlaces;
pub(crate) use self::tree::ProcessTree;
use super::{Activity, Observe, Reading};
use crate::wire::stream::Stream;
use crate::wire::wait::Deadline;

/// The most sockets of ended connections that are remembered.
const REMEMBERED: usize = 4096;

/// For how long a peer is given to return from a read of a Unix socket.
///
/// The kernel frees what was read, which is what a look-up sees, before the read looks whether
/// there is more: a byte that is sent in between is read with the one before. A look-up over TCP
/// waits for the lock that the read holds, and so does one of a pipe; here there is none to wait
/// for. Of 100,000 cuts to a reader that works for 20 µs after each read, 14 were merged without
/// this time, and 1 with it. What is left are reads that lose their processor at that moment.
const RETURNS: Duration = Duration::from_micros(20);

/// Asks the kernel about connections, and about the peer's processes.
pub(crate) struct Kernel {
    /// None if they are not ours to look at.
    tree: Option<ProcessTree>,
    /// How many connections are open.
    connections: AtomicUsize,
    sockets: Mutex<Sockets>,
}

/// What is known of the peer's sockets.
struct Sockets {
    /// Our TCP connections, by the addresses of the peer's end and of ours.
    open: Vec<(SocketAddr, SocketAddr)>,
    /// The sockets that the peer had when it was ready.
    own: BTreeSet<u64>,
    register: Register,
}

/// Looks up the peer's ends of our connections.
struct Register {
    /// None if the kernel refuses.
    diag: Option<Diag>,
    /// Those that were found, by their inodes.
    found: BTreeSet<u64>,
    /// Whether they can be found at all: once one was.
    can_ask: bool,
}

impl Kernel {
    /// Watches sockets, and the peer's processes if they are ours.
    pub(crate) fn of_sockets(tree: Option<ProcessTree>) -> Self {
        Self::new(Diag::open().ok(), tree)
    }

    /// Watches the processes at the other end of pipes.
    pub(crate) fn of_pipes(tree: ProcessTree) -> Self {
        Self::new(None, Some(tree))
    }

    fn new(diag: Option<Diag>, tree: Option<ProcessTree>) -> Self {
        let register = Register { diag, found: BTreeSet::new(), can_ask: false };
        let own = tree.and_then(ProcessTree::sockets).unwrap_or_default();
        let sockets = Mutex::new(Sockets { open: Vec::new(), own, register });
        Self { tree, connections: AtomicUsize::new(0), sockets }
    }

    /// Whether a connection is open.
    pub(crate) fn has_connections(&self) -> bool {
        self.connections.load(Ordering::Acquire) > 0
    }

    fn sockets(&self) -> MutexGuard<'_, Sockets> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observe for Kernel {
    fn opened(&self, stream: &Stream) {
        self.connections.fetch_add(1, Ordering::AcqRel);
        if let Stream::Tcp { far, near, .. } = stream {
            self.sockets().open.push((*far, *near));
        }
    }

    fn closed(&self, stream: &Stream) {
        self.connections.fetch_sub(1, Ordering::AcqRel);
        if let Stream::Tcp { far, near, .. } = stream {
            self.sockets().open.retain(|ends| *ends != (*far, *near));
        }
    }

    fn reading(&self, stream: &Stream, sent: u64) -> Reading {
        let register = &mut self.sockets().register;
        match stream {
            Stream::Tcp { far, near, .. } => match register.far_end(*far, *near) {
                // Whoever has not accepted the connection yet has not read.
                Ok(Some(end)) if end.received >= sent && end.unread == 0 && end.inode != 0 => {
                    Reading::Done
                }
                Ok(Some(_)) => Reading::Unread,
                Ok(None) if register.can_ask => Reading::Gone,
                Ok(None) => Reading::Absent,
                Err(_) => Reading::Unknown,
            },
            Stream::Unix { inode, .. } => match register.unix_unread(*inode) {
                Ok(0) => {
                    let until = Deadline::after(RETURNS);
                    while !until.is_over() {
                        std::thread::yield_now();
                    }
                    Reading::Done
                }
                Ok(_) => Reading::Unread,
                Err(_) => Reading::Unknown,
            },
            Stream::Pipes { to: None, .. } => Reading::Done,
            Stream::Pipes { to: Some(to), .. } => match rustix::io::ioctl_fionread(to) {
                Ok(0) => Reading::Done,
                _ if stream.pipe_is_broken() => Reading::Gone,
                Ok(_) => Reading::Unread,
                Err(_) => Reading::Unknown,
            },
        }
    }

    fn knows_of_end(&self, far: SocketAddr, near: SocketAddr) -> Option<bool> {
        let end = self.sockets().register.far_end(far, near).ok()?;
        // A FIN is unread until the program has seen it; one that sleeps has acted on it, too.
        let has_acted = |end: &FarEnd| match self.tree {
            Some(tree) => tree.activity().asleep,
            None => end.unread == 0,
        };
        Some(end.is_none_or(|end| end.was_ended && has_acted(&end)))
    }

    fn sees_processes(&self) -> bool {
        self.tree.is_some()
    }

    fn activity(&self) -> Option<Activity> {
        self.tree.map(ProcessTree::activity)
    }

    fn has_no_other_business(&self) -> bool {
        let Some(tree) = self.tree else { return false };
        self.sockets().have_no_other_business(tree)
    }
}

impl Sockets {
    fn have_no_other_business(&mut self, tree: ProcessTree) -> bool {
        for (far, near) in &self.open {
            match self.register.far_end(*far, *near) {
                Ok(Some(end)) if end.unread > 0 || end.unsent > 0 => return false,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
        let Some(sockets) = tree.sockets() else { return false };
        sockets.iter().all(|inode| {
            if self.own.contains(inode) || self.register.found.contains(inode) {
                return true;
            }
            // The peer's processes talk to each other only while they run.
            let Ok(peer) = self.register.unix_peer(*inode) else { return false };
            peer.is_none_or(|peer| sockets.contains(&peer))
        })
    }
}

impl Register {
    fn diag(&mut self) -> io::Result<&mut Diag> {
        self.diag.as_mut().ok_or(io::ErrorKind::Unsupported.into())
    }

    fn far_end(&mut self, far: SocketAddr, near: SocketAddr) -> io::Result<Option<FarEnd>> {
        let end = self.diag()?.far_end(far, near)?;
        if let Some(end) = end {
            self.can_ask = true;
            if self.found.len() > REMEMBERED {
                self.found.clear();
            }
            self.found.insert(u64::from(end.inode));
        }
        Ok(end)
    }

    fn unix_unread(&mut self, inode: u64) -> io::Result<u32> {
        self.diag()?.unix_unread(short(inode)?)
    }

    fn unix_peer(&mut self, inode: u64) -> io::Result<Option<u64>> {
        Ok(self.diag()?.unix_peer(short(inode)?)?.map(u64::from))
    }
}

/// The inode of a socket as the kernel's register has it, with 32 bits.
fn short(inode: u64) -> io::Result<u32> {
    u32::try_from(inode).map_err(|_| io::ErrorKind::Unsupported.into())
}
