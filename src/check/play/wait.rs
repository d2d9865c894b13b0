//! The waits of a play: for a connection, for an answer, for time to pass.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::judge::INBOX_LIMIT;
use super::steps::{Halt, Play};
use crate::check::finding::{Then, TranscriptEvent};
use crate::peer::{Arrival, Deadline, Wait};

/// How long a rest goes on before it is looked whether somebody has ended it.
const REST_SLICE: Duration = Duration::from_millis(50);

/// The same while it is recorded what arrives.
const WATCHED_SLICE: Duration = Duration::from_millis(10);

impl Play<'_, '_> {
    /// Lets time pass; what arrives meanwhile waits in the sockets, unless somebody wants to know
    /// when it came.
    pub(super) fn rest(&mut self, duration: Duration) {
        self.recording.note(|| TranscriptEvent::Paused(duration));
        if self.anchor.is_none() {
            return;
        }
        let start = Instant::now();
        while !self.stop.load(Ordering::Relaxed) {
            let left = duration.saturating_sub(start.elapsed());
            if left.is_zero() {
                break;
            }
            let slice = if self.recording.on { WATCHED_SLICE } else { REST_SLICE };
            std::thread::sleep(left.min(slice));
            if self.recording.on {
                self.look_around();
            }
        }
        self.tick();
        self.restart_clock();
    }

    /// Notes what has arrived on any connection.
    fn look_around(&mut self) {
        for index in 0..self.connections.len() {
            if self.connections[index].link.is_some() {
                self.wait(index, self.now_plus(Duration::from_millis(1)), false);
            }
        }
    }

    /// Timeouts count from now.
    pub(super) fn restart_clock(&mut self) {
        if let Some(anchor) = &mut self.anchor {
            *anchor = Instant::now();
        }
    }

    /// The end of a wait that begins now; none in virtual time.
    pub(super) fn now_plus(&self, duration: Duration) -> Option<Deadline> {
        self.anchor.map(|_| Deadline::after(duration))
    }

    /// The end of a wait that began when the clock was restarted; none in virtual time.
    pub(super) fn anchor_plus(&self, duration: Duration) -> Option<Deadline> {
        self.anchor.map(|anchor| Deadline::after(duration.saturating_sub(anchor.elapsed())))
    }

    /// Connects, if the connection is not open and its stream has not ended.
    pub(super) fn open(&mut self, index: usize) -> Result<(), Halt> {
        let connection = &mut self.connections[index];
        if connection.link.is_none() && !connection.ended {
            let link = self
                .server
                .open(&mut connection.inbox, self.timeout, self.stop)
                .map_err(|error| Halt::Failed(Box::new(error)))?;
            connection.link = Some(link);
            self.tick();
            self.restart_clock();
            self.check_crash(index)?;
        }
        Ok(())
    }

    /// Takes what comes until the server is quiet or has ended; how it ended, if it did.
    pub(super) fn collect_until_quiet(
        &mut self,
        index: usize,
        quiet_for: Duration,
    ) -> Option<Then> {
        let limit = self.now_plus(self.timeout.saturating_add(quiet_for));
        loop {
            let until = limit.zip(self.now_plus(quiet_for));
            let until = until.map(|(limit, quiet)| limit.earlier(quiet));
            match self.listen(index, until) {
                Arrival::Bytes if self.connections[index].unread().len() > INBOX_LIMIT => {
                    return None;
                }
                Arrival::Bytes => {}
                Arrival::Nothing | Arrival::Quiet => return None,
                Arrival::Eof => return Some(Then::Eof),
                Arrival::Reset => return Some(Then::Reset),
                Arrival::Crashed(message) => return Some(Then::Crashed(message)),
            }
        }
    }

    /// Waits for what an expectation speaks of.
    pub(super) fn arrive(&mut self, index: usize, until: Option<Deadline>) -> Arrival {
        self.wait(index, until, false)
    }

    /// Waits at a place at which no expectation says what comes.
    pub(super) fn listen(&mut self, index: usize, until: Option<Deadline>) -> Arrival {
        self.wait(index, until, !self.wanted.waits.is_full())
    }

    /// Waits for the server.
    pub(super) fn wait(
        &mut self,
        index: usize,
        until: Option<Deadline>,
        or_quiet: bool,
    ) -> Arrival {
        let arrival = self.connections[index].arrive(Wait { until, or_quiet, stop: self.stop });
        self.tick();
        self.connections[index].note_received(index, self.recording);
        arrival
    }
}
