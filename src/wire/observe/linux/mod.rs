//! What is seen of a server from outside: how far it has read, and whether it is quiet.
//!
//! Quiet is a shortcut, never evidence: nobody can see a timer that will go off.

mod diag;
mod tree;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(crate) use self::diag::Diag;
use self::diag::ServerEnd;
use self::tree::Look;
pub(crate) use self::tree::Tree;
use crate::wire::stream::Stream;

/// So many looks in a row must be the same for a server to be quiet.
const LOOKS: u32 = 3;

/// How long a server must sleep on unread bytes to be quiet.
const UNREAD: Duration = Duration::from_millis(50);

/// The most sockets of ended connections that are remembered.
const REMEMBERED: usize = 4096;

/// How far a server has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// All that was sent.
    Done,
    /// Not all of it.
    Unread,
    /// It has closed.
    Gone,
    /// Nobody can be asked: it is on another host, or the kernel refuses.
    Unknown,
}

/// How calm a server has been in the looks so far.
#[derive(Default)]
pub(crate) struct Calm {
    /// What was seen, and since when it has not changed.
    last: Option<(Instant, Look)>,
    looks: u32,
}

/// Watches a server, or nothing but its sockets.
pub(crate) struct Watch(Mutex<Inner>);

struct Inner {
    /// None where the kernel refuses.
    diag: Option<Diag>,
    /// None where its processes are not ours to look at.
    tree: Option<Tree>,
    /// Our connections, by the addresses of the server's and of the client's end.
    open: Vec<(SocketAddr, SocketAddr)>,
    /// The sockets that the server had when it was ready.
    own: BTreeSet<u64>,
    /// Its ends of our connections, as far as they were looked up.
    ours: BTreeSet<u64>,
    /// Whether the server's ends of our connections can be looked up: once one was.
    can_ask: bool,
}

impl Watch {
    /// Watches sockets, and the processes of a server that is ours.
    pub(crate) fn of_sockets(tree: Option<Tree>) -> Self {
        Self::new(Diag::open().ok(), tree)
    }

    /// Watches the processes behind pipes.
    pub(crate) fn of_pipes(tree: Tree) -> Self {
        Self::new(None, Some(tree))
    }

    fn new(diag: Option<Diag>, tree: Option<Tree>) -> Self {
        let own = tree.and_then(Tree::sockets).unwrap_or_default();
        let (open, ours) = (Vec::new(), BTreeSet::new());
        Self(Mutex::new(Inner { diag, tree, open, own, ours, can_ask: false }))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn opened(&self, stream: &Stream) {
        if let Stream::Tcp { server, client, .. } = stream {
            self.inner().open.push((*server, *client));
        }
    }

    pub(crate) fn closed(&self, stream: &Stream) {
        if let Stream::Tcp { server, client, .. } = stream {
            self.inner().open.retain(|pair| *pair != (*server, *client));
        }
    }

    /// How far the server has read what was sent: so many bytes, a FIN counted as one.
    pub(crate) fn reading(&self, stream: &Stream, sent: u64) -> Reading {
        let mut inner = self.inner();
        match stream {
            Stream::Tcp { server, client, .. } => match inner.server_end(*server, *client) {
                // One that was not accepted yet has read nothing, whatever there was to read.
                Ok(Some(end)) if end.received >= sent && end.unread == 0 && end.inode != 0 => {
                    Reading::Done
                }
                Ok(Some(_)) => Reading::Unread,
                Ok(None) if inner.can_ask => Reading::Gone,
                _ => Reading::Unknown,
            },
            Stream::Unix { inode, .. } => {
                match inner.diag.as_mut().map(|diag| diag.unix_unread(*inode)) {
                    Some(Ok(0)) => Reading::Done,
                    Some(Ok(_)) => Reading::Unread,
                    _ => Reading::Unknown,
                }
            }
            Stream::Pipes { to: None, .. } => Reading::Done,
            Stream::Pipes { to: Some(to), .. } => match rustix::io::ioctl_fionread(to) {
                Ok(0) => Reading::Done,
                _ if stream.pipe_is_broken() => Reading::Gone,
                Ok(_) => Reading::Unread,
                Err(_) => Reading::Unknown,
            },
        }
    }

    pub(crate) fn sees_processes(&self) -> bool {
        self.inner().tree.is_some()
    }

    /// Whether nothing in the server has run for as long as `span`; `still` remembers since when.
    pub(crate) fn has_slept(&self, still: &mut Option<(Instant, Look)>, span: Duration) -> bool {
        let Some(tree) = self.inner().tree else { return false };
        let look = tree.look();
        match still {
            Some((since, seen)) if *seen == look && look.asleep => since.elapsed() >= span,
            _ => {
                *still = Some((Instant::now(), look));
                false
            }
        }
    }

    /// Takes one more look. Quiet is a server whose whole tree sleeps and has not run from look to
    /// look, whose queues are empty both ways, and that has no business with anybody else. One that
    /// sleeps on unread bytes must do so for longer: it may only be slow to read.
    pub(crate) fn is_quiet(&self, calm: &mut Calm, stream: &Stream, sent: u64) -> bool {
        let Some(tree) = self.inner().tree else { return false };
        let look = tree.look();
        let reading = self.reading(stream, sent);
        match calm {
            Calm { last: Some((since, last)), looks } if look.asleep && *last == look => {
                *looks += 1;
                match reading {
                    Reading::Done | Reading::Gone => {
                        *looks >= LOOKS && self.inner().has_no_other_business(tree)
                    }
                    Reading::Unread => since.elapsed() >= UNREAD,
                    Reading::Unknown => false,
                }
            }
            _ => {
                *calm = Calm { last: Some((Instant::now(), look)), looks: 1 };
                false
            }
        }
    }
}

impl Inner {
    fn server_end(
        &mut self,
        server: SocketAddr,
        client: SocketAddr,
    ) -> std::io::Result<Option<ServerEnd>> {
        let Some(diag) = &mut self.diag else { return Err(std::io::ErrorKind::Unsupported.into()) };
        let end = diag.server_end(server, client)?;
        if let Some(end) = end {
            self.can_ask = true;
            if self.ours.len() > REMEMBERED {
                self.ours.clear();
            }
            self.ours.insert(u64::from(end.inode));
        }
        Ok(end)
    }

    /// Whether nothing is on its way between us and the server, and it holds no socket to anybody
    /// else: a backend that it has asked may still answer.
    fn has_no_other_business(&mut self, tree: Tree) -> bool {
        for (server, client) in self.open.clone() {
            match self.server_end(server, client) {
                Ok(Some(end)) if end.unread > 0 || end.unsent > 0 => return false,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
        let Some(sockets) = tree.sockets() else { return false };
        let is_known = |inode: &u64| self.own.contains(inode) || self.ours.contains(inode);
        sockets.iter().filter(|inode| !is_known(inode)).all(|inode| {
            // What its processes say to each other they say while they run.
            let peer = self.diag.as_mut().map(|diag| diag.unix_peer(*inode as u32));
            let Some(Ok(peer)) = peer else { return false };
            peer.is_none_or(|peer| sockets.contains(&u64::from(peer)))
        })
    }
}
