//! One connection to a process: what is sent, what arrives, how it ends.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::observe::{Calm, Observe, Reading, Sleep};
use super::stream::Stream;
use super::wait::{Deadline, Wait};

/// How much may pile up while we write, in bytes: no answer is expected to be larger.
const INBOX: usize = 80 << 20;

/// How long a write may wait before it is looked again whether to go on.
const WRITE_SLICE: Duration = Duration::from_millis(20);

/// For how long a cut is asked about without a rest. Most are read by then where the server has a
/// processor of its own; where it shares ours, it is time to let it have it.
const SPIN: Duration = Duration::from_micros(30);

/// The first rest between two questions.
const FIRST_REST: Duration = Duration::from_micros(20);

/// The shortest rest between looks for quiet, and the longest rest of all.
const RESTS: (Duration, Duration) = (Duration::from_micros(100), Duration::from_millis(2));

/// For how many gaps a server is asked about a cut where it can't be seen whether it sleeps.
const PATIENCE: u32 = 10;

/// For how long one is asked that can be seen to work, as it does while it starts.
const AT_WORK: Duration = Duration::from_secs(5);

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

/// One connection to a process.
pub struct StreamLink {
    stream: Stream,
    observer: Arc<dyn Observe>,
    /// How many bytes were sent; a FIN counts as one, as it does in the kernel.
    sent: u64,
    /// How many of them the server was seen to have read.
    read: u64,
    /// Whether the server has let a cut wait in vain: it is not waited for as long again.
    ignored: bool,
    /// What its end was, once it was read.
    ended: Option<Arrival>,
    /// Whether writing has failed: the server is gone, as reading will show.
    gone: bool,
}

impl StreamLink {
    pub(crate) fn new(stream: Stream, observer: Arc<dyn Observe>) -> Self {
        observer.opened(&stream);
        let (ended, gone) = (None, false);
        Self { stream, observer, sent: 0, read: 0, ignored: false, ended, gone }
    }

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

    /// Writes as long as the server takes something now and then.
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
                    // The server may itself wait for us to read.
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

    pub(crate) fn end(&mut self) {
        self.stream.end();
        self.sent += 1;
    }

    pub(crate) fn reset(&self) {
        self.stream.reset();
    }

    /// Waits until the server has read all that was sent.
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
                // It has closed, and reads no more: reading will show it.
                Reading::Gone => return Quality::Confirmed,
                Reading::Absent | Reading::Unknown if elapsed >= gap => return Quality::Paced,
                Reading::Absent | Reading::Unknown => None,
                // A server that sleeps for as long on unread bytes does so of its own will; one
                // that only works for long between two reads is waited for.
                Reading::Unread => sleep.has_lasted(&*self.observer, gap).then_some(Quality::Held),
            };
            let over = elapsed >= patience || self.is_stopped(stop);
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
                // It may itself wait for us to read.
                self.arrive(inbox, Wait { until: Some(until), or_quiet: false, stop });
            } else {
                self.stream.wait(false, rest);
            }
            rest = (rest * 2).min(RESTS.1);
        }
    }

    fn is_stopped(&self, stop: &AtomicBool) -> bool {
        stop.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Whether the server has read all that was sent.
    fn reading(&mut self) -> Reading {
        match self.observer.reading(&self.stream, self.sent) {
            Reading::Done => {
                self.read = self.sent;
                Reading::Done
            }
            // Closed before anybody asked: on this machine there is nobody left to be found.
            Reading::Absent if self.ended.is_some() && self.stream.is_local() => Reading::Gone,
            Reading::Absent | Reading::Unknown if self.gone => Reading::Gone,
            reading => reading,
        }
    }

    /// Waits until the server has read all that was sent, where that can be asked.
    pub(crate) fn catch_up(&mut self, gap: Duration, inbox: &mut Vec<u8>, stop: &AtomicBool) {
        if self.read < self.sent && self.reading() == Reading::Unread {
            self.settle(gap, inbox, stop);
        }
    }

    pub(crate) fn was_read(&mut self) -> bool {
        self.read == self.sent || self.reading() == Reading::Done
    }

    pub(crate) fn arrive(&mut self, inbox: &mut Vec<u8>, wait: Wait<'_>) -> Arrival {
        if let Some(ended) = &self.ended {
            return ended.clone();
        }
        let mut calm = (wait.or_quiet && self.observer.sees_processes()).then(Calm::default);
        let mut rest = RESTS.0;
        loop {
            let slice = wait.slice();
            if slice.is_none() && wait.until.is_some() {
                // A server that never stops must not keep us beyond the end of the wait.
                return Arrival::Nothing;
            }
            if let Some(slice) = slice {
                let slice = if calm.is_some() { slice.min(rest) } else { slice };
                if !self.stream.wait(false, slice).read {
                    rest = (rest * 2).min(RESTS.1);
                    let seen = calm.as_mut();
                    if seen
                        .is_some_and(|calm| calm.is_quiet(&*self.observer, &self.stream, self.sent))
                    {
                        return Arrival::Quiet;
                    }
                    continue;
                }
            }
            match self.stream.read(inbox) {
                // A write that failed has taken the error that told of a RST.
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

impl Drop for StreamLink {
    fn drop(&mut self) {
        self.observer.closed(&self.stream);
    }
}
