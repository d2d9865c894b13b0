//! The waits of a play: for a connection, for an answer, for time to pass.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::connection::Connection;
use super::judge::INBOX_LIMIT;
use super::steps::{Halt, Play};
use crate::check::finding::{Then, TranscriptEvent};
use crate::peer::{Arrival, Deadline, Wait};

/// How often cores may be woken while the client does nothing, before one is taken for a core that
/// never rests.
const WAKES: u32 = 1_000_000;

/// Until when a play waits.
#[derive(Clone, Copy)]
pub(super) enum Until {
    Real(Deadline),
    /// In the time of cores in memory, which passes only while a play waits: since its start.
    Virtual(Duration),
}

impl Until {
    /// The earlier one of two in the same time.
    pub(super) fn earlier(self, other: Self) -> Self {
        match (self, other) {
            (Until::Real(one), Until::Real(other)) => Until::Real(one.earlier(other)),
            (Until::Virtual(one), Until::Virtual(other)) => Until::Virtual(one.min(other)),
            (Until::Real(_), _) => self,
            (_, Until::Real(_)) => other,
        }
    }

    /// Whether it has come; virtual time waits for nobody.
    pub(super) fn is_over(self) -> bool {
        matches!(self, Until::Real(deadline) if deadline.is_over())
    }
}

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
            self.let_pass(self.clock.saturating_add(duration));
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
                self.wait(index, Some(self.now_plus(Duration::from_millis(1))), false);
            }
        }
    }

    /// Timeouts count from now.
    pub(super) fn restart_clock(&mut self) {
        self.virtual_anchor = self.clock;
        if let Some(anchor) = &mut self.anchor {
            *anchor = Instant::now();
        }
    }

    /// The end of a wait that begins now.
    pub(super) fn now_plus(&self, duration: Duration) -> Until {
        match self.anchor {
            Some(_) => Until::Real(Deadline::after(duration)),
            None => Until::Virtual(self.clock.saturating_add(duration)),
        }
    }

    /// The end of a wait that began when the clock was restarted.
    pub(super) fn anchor_plus(&self, duration: Duration) -> Until {
        match self.anchor {
            Some(anchor) => Until::Real(Deadline::after(duration.saturating_sub(anchor.elapsed()))),
            None => Until::Virtual(self.virtual_anchor.saturating_add(duration)),
        }
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
            self.note_timer(index);
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
            let until = limit.earlier(self.now_plus(quiet_for));
            match self.listen(index, Some(until)) {
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
    pub(super) fn arrive(&mut self, index: usize, until: Option<Until>) -> Arrival {
        self.wait(index, until, false)
    }

    /// Waits at a place at which no expectation says what comes.
    pub(super) fn listen(&mut self, index: usize, until: Option<Until>) -> Arrival {
        self.wait(index, until, !self.wanted.waits.is_full())
    }

    /// Waits for the server.
    pub(super) fn wait(&mut self, index: usize, until: Option<Until>, or_quiet: bool) -> Arrival {
        let arrival = match until {
            Some(Until::Virtual(limit)) => self.wait_virtually(index, limit),
            Some(Until::Real(until)) => self.look(index, Some(until), or_quiet),
            None => self.look(index, None, or_quiet),
        };
        self.tick();
        self.connections[index].note_received(index, self.recording);
        arrival
    }

    fn look(&mut self, index: usize, until: Option<Deadline>, or_quiet: bool) -> Arrival {
        self.connections[index].arrive(Wait { until, or_quiet, stop: self.stop })
    }

    /// Lets virtual time pass until something arrives, at most up to `limit`.
    fn wait_virtually(&mut self, index: usize, limit: Duration) -> Arrival {
        let arrived = self.connections[index].inbox.len();
        let mut is_over = false;
        loop {
            let arrival = self.look(index, None, false);
            if self.connections[index].inbox.len() > arrived {
                return Arrival::Bytes;
            }
            if arrival != Arrival::Nothing || is_over {
                return arrival;
            }
            is_over = !self.wake_next(limit);
        }
    }

    /// Lets virtual time pass up to a moment, with all that cores do meanwhile.
    pub(super) fn let_pass(&mut self, moment: Duration) {
        while self.wake_next(moment) {}
        self.clock = self.clock.max(moment);
    }

    /// Wakes the core that is to be woken next, if that is up to `limit`; otherwise the time until
    /// then has passed.
    fn wake_next(&mut self, limit: Duration) -> bool {
        let left = limit.saturating_sub(self.clock);
        if let Some(passed) = self.server.let_pass(left, self.stop) {
            return self.note_passed(passed, limit);
        }
        let next = self.connections.iter().enumerate();
        let next = next.filter_map(|(index, connection)| Some((connection.due?, index))).min();
        let Some((due, index)) = next.filter(|(due, _)| *due <= limit) else {
            self.clock = self.clock.max(limit);
            return false;
        };
        if self.stop.load(Ordering::Relaxed) {
            return false;
        }
        self.wakes += 1;
        self.clock = self.clock.max(due);
        let Connection { link, inbox, .. } = &mut self.connections[index];
        if let Some(link) = link {
            link.wake(inbox, self.wakes <= WAKES && inbox.len() <= INBOX_LIMIT);
        }
        self.set_timer(index);
        true
    }

    /// A server with a clock of its own has let time pass: whether it stopped before `limit`.
    fn note_passed(&mut self, passed: Duration, limit: Duration) -> bool {
        self.wakes += 1;
        self.clock = self.clock.saturating_add(passed);
        self.clock < limit && self.wakes <= WAKES && !self.stop.load(Ordering::Relaxed)
    }

    /// Notes when the core of a connection wants to be woken, after the client has done something.
    pub(super) fn note_timer(&mut self, index: usize) {
        self.wakes = 0;
        self.set_timer(index);
    }

    fn set_timer(&mut self, index: usize) {
        let connection = &mut self.connections[index];
        let timeout = connection.link.as_ref().and_then(|link| link.timeout());
        connection.due = timeout.map(|timeout| self.clock.saturating_add(timeout));
    }
}
