//! One connection to a process: what is sent, what arrives, how it ends.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::observe::{Calm, Observe, Reading, Sleep};
use super::quality::Quality;
use super::stream::{Stream, wait_for_any};
use super::wait::{Deadline, Wait};

/// How many bytes may pile up while we write: no answer is expected to be larger.
const INBOX: usize = 80 << 20;

/// How long a write waits before it checks again whether to go on.
const WRITE_SLICE: Duration = Duration::from_millis(20);

/// For how long the observer is asked about a cut without a rest. A peer with a processor of its
/// own has mostly read by then; one that shares ours can only read while we rest.
const SPIN: Duration = Duration::from_micros(30);

/// The first rest between two questions.
const FIRST_REST: Duration = Duration::from_micros(20);

/// The shortest rest between two looks for quiet, and the longest rest of all.
const RESTS: (Duration, Duration) = (Duration::from_micros(100), Duration::from_millis(2));

/// For how many gaps a cut is asked about if it can't be seen whether the peer sleeps.
const PATIENCE: u32 = 10;

/// For how long a cut is asked about if the peer can be seen to work, as it does while it starts.
const AT_WORK: Duration = Duration::from_secs(5);

/// What came of sending a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// It was sent, or there is nobody left who could take it.
    Done,
    /// The peer has not read for too long.
    Stuck,
}

/// What came of waiting for the peer.
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

/// One connection to a process.
pub struct StreamLink {
    stream: Stream,
    observer: Arc<dyn Observe>,
    /// How many bytes were sent; a FIN counts as one, as it does in the kernel.
    sent: u64,
    /// How many of them the peer was seen to have read.
    read: u64,
    /// Whether the peer did not read up to the last cut: it is not waited for as long again.
    ignored: bool,
    /// How the peer ended the connection, once that was read.
    ended: Option<Arrival>,
    /// Whether a write has failed: the peer has gone, as reading will show.
    gone: bool,
}

impl StreamLink {
    /// A connection that was opened just now.
    pub(crate) fn new(stream: Stream, observer: Arc<dyn Observe>) -> Self {
        observer.opened(&stream);
        let (ended, gone) = (None, false);
        Self { stream, observer, sent: 0, read: 0, ignored: false, ended, gone }
    }

    /// Sends a segment, and a FIN right after it if `fin` says so. What arrives meanwhile is
    /// appended to `inbox`; a peer that takes nothing for as long as `patience` is stuck.
    pub(crate) fn send(
        &mut self,
        segment: &[u8],
        fin: bool,
        inbox: &mut Vec<u8>,
        patience: Duration,
        stop: &AtomicBool,
    ) -> Sending {
        if !fin {
            return self.write(segment, inbox, patience, stop);
        }
        // Corked, the FIN goes out in the same packet as the last byte.
        self.stream.cork(true);
        let sending = self.write(segment, inbox, patience, stop);
        self.end();
        self.stream.cork(false);
        sending
    }

    /// Writes as long as the peer takes something now and then.
    fn write(
        &mut self,
        mut segment: &[u8],
        inbox: &mut Vec<u8>,
        patience: Duration,
        stop: &AtomicBool,
    ) -> Sending {
        let mut until = Deadline::after(patience);
        while !segment.is_empty() && !self.gone {
            match self.stream.write(segment) {
                Ok(written) => {
                    segment = &segment[written..];
                    self.sent += written as u64;
                    until = Deadline::after(patience);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let wait = Wait { until: Some(until), or_quiet: false, stop };
                    let Some(slice) = wait.slice() else { return Sending::Stuck };
                    // The peer may itself wait for us to read.
                    let ready = self.stream.wait(true, slice.min(WRITE_SLICE));
                    if ready.read && self.ended.is_none() && inbox.len() < INBOX {
                        self.arrive(inbox, Wait { until: None, ..wait });
                    } else if !ready.write {
                        std::thread::sleep(RESTS.0);
                    }
                }
                Err(_) => self.gone = true,
            }
        }
        Sending::Done
    }

    /// Half-closes: FIN, still reading.
    pub(crate) fn end(&mut self) {
        self.stream.end();
        self.sent += 1;
    }

    /// Whether a write has failed, because the peer has gone.
    pub(crate) fn has_gone(&self) -> bool {
        self.gone
    }

    /// Whether the peer was heard to end the connection.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// Closes, and waits at most so long until the peer's end knows of it: whoever connects next is
    /// not to come before.
    pub(crate) fn leave(self, patience: Duration, stop: &AtomicBool) {
        let (observer, ends) = (Arc::clone(&self.observer), self.stream.ends());
        drop(self);
        let Some((far, near)) = ends else { return };
        let start = Instant::now();
        while observer.knows_of_end(far, near) == Some(false) {
            if start.elapsed() >= patience || stop.load(Ordering::Relaxed) {
                return;
            }
            std::thread::sleep(FIRST_REST);
        }
    }

    /// Makes the close, which comes with the drop, a RST.
    pub(crate) fn reset(&self) {
        self.stream.reset();
    }

    /// Waits until the peer has read all that was sent, so that a cut is where that ends. What
    /// arrives meanwhile is appended to `inbox`.
    pub(crate) fn settle(
        &mut self,
        gap: Duration,
        inbox: &mut Vec<u8>,
        stop: &AtomicBool,
    ) -> Quality {
        let start = Instant::now();
        let patience = match self.observer.sees_processes() {
            _ if self.ignored => gap,
            true => AT_WORK.max(gap),
            false => gap.saturating_mul(PATIENCE),
        };
        let mut rest = FIRST_REST;
        let mut sleep = Sleep::default();
        loop {
            let elapsed = start.elapsed();
            let quality = match self.reading() {
                Reading::Done => {
                    self.ignored = false;
                    return Quality::Confirmed;
                }
                // It has closed, and reads nothing more: our reading will show it.
                Reading::Gone => return Quality::Confirmed,
                Reading::Absent | Reading::Unknown if elapsed >= gap => return Quality::Paced,
                Reading::Absent | Reading::Unknown => None,
                // A peer that sleeps for a gap on unread bytes does so of its own will; one that
                // works for long between two reads is waited for.
                Reading::Unread => sleep.has_lasted(&*self.observer, gap).then_some(Quality::Held),
            };
            let over = elapsed >= patience || stop.load(Ordering::Relaxed);
            if let Some(quality) = quality.or(over.then_some(Quality::Paced)) {
                self.ignored = true;
                return quality;
            }
            if elapsed < SPIN {
                std::thread::yield_now();
                continue;
            }
            let until = Deadline::after(rest.min(patience));
            if self.ended.is_none() && inbox.len() < INBOX {
                // The peer may itself wait for us to read.
                self.arrive(inbox, Wait { until: Some(until), or_quiet: false, stop });
            } else {
                self.stream.wait(false, rest);
            }
            rest = (rest * 2).min(RESTS.1);
        }
    }

    /// How far the peer has read what was sent.
    fn reading(&mut self) -> Reading {
        match self.observer.reading(&self.stream, self.sent) {
            Reading::Done => {
                self.read = self.sent;
                Reading::Done
            }
            // It closed before anybody asked: on this machine there is nothing left to be found.
            Reading::Absent if self.ended.is_some() && self.stream.is_local() => Reading::Gone,
            Reading::Absent | Reading::Unknown if self.gone => Reading::Gone,
            reading => reading,
        }
    }

    /// Waits until the peer has read all that was sent, if somebody can be asked.
    pub(crate) fn catch_up(&mut self, gap: Duration, inbox: &mut Vec<u8>, stop: &AtomicBool) {
        if self.read < self.sent && self.reading() == Reading::Unread {
            self.settle(gap, inbox, stop);
        }
    }

    /// Whether the peer was seen to have read all that was sent.
    pub(crate) fn was_read(&mut self) -> bool {
        self.read == self.sent || self.reading() == Reading::Done
    }

    /// Waits for the peer; bytes are appended to `inbox`.
    pub(crate) fn arrive(&mut self, inbox: &mut Vec<u8>, wait: Wait<'_>) -> Arrival {
        if let Some(ended) = &self.ended {
            return ended.clone();
        }
        let mut calm = (wait.or_quiet && self.observer.sees_processes()).then(Calm::default);
        let mut rest = RESTS.0;
        loop {
            let slice = wait.slice();
            if slice.is_none() && wait.until.is_some() {
                // A peer that never stops must not keep us beyond the end of the wait.
                return Arrival::Nothing;
            }
            if let Some(slice) = slice {
                let slice = if calm.is_some() { slice.min(rest) } else { slice };
                if !self.stream.wait(false, slice).read {
                    rest = (rest * 2).min(RESTS.1);
                    if let Some(calm) = &mut calm
                        && calm.is_quiet(&*self.observer, &self.stream, self.sent)
                    {
                        return Arrival::Quiet;
                    }
                    continue;
                }
            }
            match self.stream.read(inbox) {
                // A RST is told once, and a write that failed was told.
                Ok(0) if self.gone && self.stream.has_resets() => {
                    return self.ended.insert(Arrival::Reset).clone();
                }
                Ok(0) => return self.ended.insert(Arrival::Eof).clone(),
                Ok(_) => return Arrival::Bytes,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if slice.is_none() {
                        return Arrival::Nothing;
                    }
                }
                Err(_) => return self.ended.insert(Arrival::Reset).clone(),
            }
        }
    }
}

/// Waits until one of two peers says something, or ends; not for one that was heard to end.
pub(crate) fn wait_for_either(one: &StreamLink, other: &StreamLink, timeout: Duration) {
    let speaks = |link: &&StreamLink| link.ended.is_none();
    let streams: Vec<_> =
        [one, other].into_iter().filter(speaks).map(|link| &link.stream).collect();
    wait_for_any(&streams, timeout);
}

impl Drop for StreamLink {
    fn drop(&mut self) {
        self.observer.closed(&self.stream);
    }
}
