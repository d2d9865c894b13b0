//! The player's waits: for a connection, for what an expectation speaks of, for time to pass.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{Event, Flow, Halt, INBOX_LIMIT, Player, Stage, Then, Waits};
use crate::target::{Arrival, Link, Wait};

impl Player<'_> {
    /// Lets time pass; what arrives meanwhile waits in the inboxes.
    pub(super) fn rest(&mut self, stage: &mut Stage<'_>, duration: Duration) -> Flow {
        self.note(|| Event::Paused(duration));
        if stage.anchor.is_some() {
            let until = Instant::now() + duration;
            while !self.stop.load(Ordering::Relaxed) {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                std::thread::sleep(left.min(Duration::from_millis(50)));
            }
            stage.anchor = Some(Instant::now());
        }
        Ok(())
    }

    pub(super) fn delivered(&mut self, stage: &mut Stage<'_>) {
        if let Some(anchor) = &mut stage.anchor {
            *anchor = Instant::now();
        }
    }

    pub(super) fn open(&mut self, stage: &mut Stage<'_>, connection: usize) -> Flow {
        let line = &mut self.lines[connection];
        if line.link.is_none() && !line.ended {
            let link = self
                .server
                .open(&mut line.inbox, stage.timeout, self.stop)
                .map_err(|error| Halt::Failed(Box::new(error)))?;
            line.link = Some(link);
            self.delivered(stage);
            self.check_crash(stage, connection)?;
        }
        Ok(())
    }

    /// Takes what comes until the server is quiet or has ended; how it ended, if it did.
    pub(super) fn collect_until_quiet(
        &mut self,
        stage: &Stage<'_>,
        connection: usize,
    ) -> Option<Then> {
        let full = stage.wanted.waits == Waits::Full;
        let quiet_for = if full { stage.timeout } else { self.limits.quiet_for };
        let limit = stage.anchor.map(|_| Instant::now() + stage.timeout + quiet_for);
        loop {
            let until = limit.map(|limit| limit.min(Instant::now() + quiet_for));
            match self.listen(stage, connection, until) {
                Arrival::Bytes if self.unread(connection) > INBOX_LIMIT => return None,
                Arrival::Bytes => {}
                Arrival::Nothing | Arrival::Quiet => return None,
                Arrival::Eof => return Some(Then::Eof),
                Arrival::Reset => return Some(Then::Reset),
                Arrival::Crashed(message) => return Some(Then::Crashed(message)),
            }
        }
    }

    /// Waits for what an expectation speaks of.
    pub(super) fn arrive(
        &mut self,
        stage: &Stage<'_>,
        connection: usize,
        until: Option<Instant>,
    ) -> Arrival {
        let arrival = self.wait(connection, until, stage.wanted.waits == Waits::Hasty);
        if arrival == Arrival::Quiet {
            self.by_quiet = true;
            return Arrival::Nothing;
        }
        arrival
    }

    /// Waits where no expectation says what comes.
    pub(super) fn listen(
        &mut self,
        stage: &Stage<'_>,
        connection: usize,
        until: Option<Instant>,
    ) -> Arrival {
        self.wait(connection, until, stage.wanted.waits != Waits::Full)
    }

    pub(super) fn wait(
        &mut self,
        connection: usize,
        until: Option<Instant>,
        or_quiet: bool,
    ) -> Arrival {
        let stop = self.stop;
        let line = &mut self.lines[connection];
        match &mut line.link {
            Some(link) => link.arrive(&mut line.inbox, Wait { until, or_quiet, stop }),
            None => Arrival::Eof,
        }
    }

    pub(super) fn unread(&self, connection: usize) -> usize {
        self.lines[connection].inbox.len() - self.lines[connection].read
    }

    /// A client that connects and says nothing.
    pub(in crate::check) fn silent_client(&mut self) -> Option<Link> {
        self.server.open(&mut Vec::new(), self.limits.timeout, self.stop).ok()
    }
}
