//! One connection to a peer, whatever it is made of.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::memory::MemoryLink;
use super::pipe::PipeLink;
#[cfg(feature = "tokio")]
use super::task::TaskLink;
use crate::protocol::every::CoreState;
use crate::wire::{Arrival, Quality, Sending, StreamLink, Wait};

/// One connection to a peer.
pub enum Link {
    /// To a core in memory.
    Memory(MemoryLink),
    /// To a handler in a thread of ours.
    Pipe(PipeLink),
    /// To a task of tokio.
    #[cfg(feature = "tokio")]
    Task(TaskLink),
    /// To a process, here or elsewhere.
    Stream(StreamLink),
}

impl Link {
    /// Sends a segment, and a FIN right after it if `fin` says so. What arrives meanwhile is
    /// appended to `inbox`. That a peer has gone shows when its answer is read; one that takes
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
            Link::Pipe(link) => {
                link.send(segment, fin);
                Sending::Done
            }
            #[cfg(feature = "tokio")]
            Link::Task(link) => {
                link.send(segment, fin, inbox, stop);
                Sending::Done
            }
            Link::Stream(link) => link.send(segment, fin, inbox, patience, stop),
        }
    }

    /// Makes the end of the last segment a real cut: gives the peer what it needs to read up to
    /// there before more is sent. What arrives meanwhile is appended to `inbox`.
    pub fn settle(&mut self, gap: Duration, inbox: &mut Vec<u8>, stop: &AtomicBool) -> Quality {
        match self {
            Link::Memory(_) => Quality::Confirmed,
            Link::Pipe(link) => link.settle(gap, inbox, stop),
            #[cfg(feature = "tokio")]
            Link::Task(_) => Quality::Confirmed,
            Link::Stream(link) => link.settle(gap, inbox, stop),
        }
    }

    /// Waits until the peer has read all that was sent, if somebody can be asked.
    pub fn catch_up(&mut self, gap: Duration, inbox: &mut Vec<u8>, stop: &AtomicBool) {
        match self {
            Link::Memory(_) => {}
            Link::Pipe(link) => {
                link.settle(gap, inbox, stop);
            }
            #[cfg(feature = "tokio")]
            Link::Task(_) => {}
            Link::Stream(link) => link.catch_up(gap, inbox, stop),
        }
    }

    /// Half-closes: FIN, still reading.
    pub fn end(&mut self, inbox: &mut Vec<u8>) {
        match self {
            Link::Memory(link) => link.end(inbox),
            Link::Pipe(link) => link.end(),
            #[cfg(feature = "tokio")]
            Link::Task(link) => link.end(inbox),
            Link::Stream(link) => link.end(),
        }
    }

    /// Closes a link that has turned away, and waits at most so long until the peer knows of it.
    pub fn leave(self, patience: Duration, stop: &AtomicBool) {
        if let Link::Stream(link) = self {
            link.leave(patience, stop);
        }
    }

    /// Turns away for good: what the peer still says is lost. Leaving is then a FIN, or a RST if
    /// `reset` says so.
    pub fn vanish(&mut self, reset: bool) {
        match self {
            // A core knows no resets: it is dropped without being told anything.
            Link::Memory(_) if reset => {}
            Link::Memory(link) => link.end(&mut Vec::new()),
            Link::Pipe(link) => link.vanish(reset),
            #[cfg(feature = "tokio")]
            Link::Task(link) => link.vanish(reset),
            Link::Stream(link) if reset => link.reset(),
            Link::Stream(_) => {}
        }
    }

    /// How long from now a core in memory wants to wait before it is woken.
    pub fn timeout(&self) -> Option<Duration> {
        match self {
            Link::Memory(link) => link.timeout(),
            _ => None,
        }
    }

    /// The time has come for which a core in memory waited. One that never rests is given up.
    pub fn wake(&mut self, inbox: &mut Vec<u8>, rests: bool) {
        match self {
            Link::Memory(link) if rests => link.wake(inbox),
            Link::Memory(link) => link.give_up(),
            _ => {}
        }
    }

    /// Waits for the peer; bytes are appended to `inbox`.
    pub fn arrive(&mut self, inbox: &mut Vec<u8>, wait: Wait<'_>) -> Arrival {
        match self {
            Link::Memory(link) => link.arrive(),
            Link::Pipe(link) => link.arrive(inbox, wait),
            #[cfg(feature = "tokio")]
            Link::Task(link) => link.arrive(inbox, wait.stop),
            Link::Stream(link) => link.arrive(inbox, wait),
        }
    }

    /// Whether the peer was seen to have read every byte that was sent: then it chose itself how it
    /// ended the connection, not the kernel.
    pub fn was_read(&mut self) -> bool {
        match self {
            Link::Memory(_) => true,
            Link::Pipe(link) => link.was_read(),
            #[cfg(feature = "tokio")]
            Link::Task(link) => link.was_read(),
            Link::Stream(link) => link.was_read(),
        }
    }

    /// The state of a core in memory that has not ended, if it can be copied and compared.
    pub fn state(&self) -> Option<&dyn CoreState> {
        match self {
            Link::Memory(link) => link.state(),
            _ => None,
        }
    }

    /// Whether a core in memory, or a handler, was seen to panic on this connection.
    pub fn has_crashed(&self) -> bool {
        match self {
            Link::Memory(link) => link.has_crashed(),
            Link::Pipe(link) => link.has_crashed(),
            #[cfg(feature = "tokio")]
            Link::Task(link) => link.has_crashed(),
            Link::Stream(_) => false,
        }
    }
}
