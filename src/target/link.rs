//! One connection to a server, whatever it is made of.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::{memory, stream};

/// What is known of a cut: whether the server read up to there, and no further, at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    /// It did.
    Confirmed,
    /// It has the bytes and sleeps on them.
    Held,
    /// Nobody could be asked: there was time for it.
    Paced,
}

/// What came of sending a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// It is on its way, or there is nobody any more who could take it.
    Done,
    /// The server has not read for too long.
    Stuck,
}

/// What came of waiting for the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Bytes, which were appended.
    Bytes,
    /// Its FIN.
    Eof,
    /// Its RST.
    Reset,
    /// Nothing in that time.
    Nothing,
    /// Nothing, and it has nothing left to do or say, as far as can be seen.
    Quiet,
    /// It panicked, with this message.
    Crashed(String),
}

/// Until when to wait for the server, and who may end the wait sooner.
#[derive(Clone, Copy)]
pub struct Wait<'a> {
    /// The end of the wait; none takes what is there already.
    pub until: Option<Instant>,
    /// Whether the wait ends where the server is quiet, too.
    pub or_quiet: bool,
    /// Ends every wait when it becomes true.
    pub stop: &'a AtomicBool,
}

impl Wait<'_> {
    /// How long the next slice of the wait may be; none where it is over.
    pub(super) fn slice(&self) -> Option<Duration> {
        const SLICE: Duration = Duration::from_millis(50);
        let left = self.until?.saturating_duration_since(Instant::now());
        let over = left.is_zero() || self.stop.load(Ordering::Relaxed);
        (!over).then_some(left.min(SLICE))
    }
}

/// When something must be over; it may be never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// So long from now.
    pub fn after(duration: Duration) -> Self {
        Self(Instant::now().checked_add(duration))
    }

    /// How long it is until then.
    pub fn left(self) -> Duration {
        self.0.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()))
    }

    /// Whether it is over.
    pub fn is_over(self) -> bool {
        self.left().is_zero()
    }
}

/// One connection to a server, from the client's side.
pub enum Link {
    /// To a core in memory.
    Memory(memory::Link),
    /// To a process, here or elsewhere.
    Stream(Box<stream::Link>),
}

impl Link {
    /// Sends a segment, and a FIN right behind it where `fin` says so. What arrives meanwhile is
    /// appended to `inbox`. A server that is gone shows when its answer is read; one that takes
    /// nothing for as long as `patience` is stuck.
    pub fn send(
        &mut self,
        segment: &[u8],
        fin: bool,
        inbox: &mut Vec<u8>,
        patience: Duration,
        stop: &AtomicBool,
    ) -> Sending {
        match self {
            Link::Memory(link) => {
                link.send(segment, fin, inbox);
                Sending::Done
            }
            Link::Stream(link) => link.send(segment, fin, inbox, patience, stop),
        }
    }

    /// Makes the end of the last segment a real cut: gives the server what it needs to read up to
    /// there before more is sent. What arrives meanwhile is appended to `inbox`.
    pub fn settle(&mut self, gap: Duration, inbox: &mut Vec<u8>, stop: &AtomicBool) -> Quality {
        match self {
            Link::Memory(_) => Quality::Confirmed,
            Link::Stream(link) => link.settle(gap, inbox, stop),
        }
    }

    /// Waits until the server has read all that was sent, where that can be asked.
    pub fn catch_up(&mut self, gap: Duration, inbox: &mut Vec<u8>, stop: &AtomicBool) {
        if let Link::Stream(link) = self {
            link.catch_up(gap, inbox, stop);
        }
    }

    /// Half-closes: FIN, still reading.
    pub fn end(&mut self, inbox: &mut Vec<u8>) {
        match self {
            Link::Memory(link) => link.end(inbox),
            Link::Stream(link) => link.end(),
        }
    }

    /// Turns away for good: what the server still says is lost. Dropping the link is then a FIN,
    /// or a RST where `reset` says so.
    pub fn vanish(&mut self, reset: bool) {
        match self {
            // A core has no notion of a reset: it is dropped without being told anything.
            Link::Memory(_) if reset => {}
            Link::Memory(link) => link.end(&mut Vec::new()),
            Link::Stream(link) if reset => link.reset(),
            Link::Stream(_) => {}
        }
    }

    /// Waits for the server; bytes are appended to `inbox`.
    pub fn arrive(&mut self, inbox: &mut Vec<u8>, wait: Wait<'_>) -> Arrival {
        match self {
            Link::Memory(link) => link.arrive(),
            Link::Stream(link) => link.arrive(inbox, wait),
        }
    }

    /// Whether the server was seen to have read every byte that was sent: how it ended the
    /// connection then was its own choice, not the kernel's.
    pub fn was_read(&mut self) -> bool {
        match self {
            Link::Memory(_) => true,
            Link::Stream(link) => link.was_read(),
        }
    }

    /// Whether the server panicked on this connection.
    pub fn has_crashed(&self) -> bool {
        matches!(self, Link::Memory(link) if link.has_crashed())
    }
}
