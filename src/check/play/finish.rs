//! The end of a play: what may still come, and what the delivery did not reach.

use std::time::{Duration, Instant};

use super::{Flow, Player, Stage, Then, Waits};
use crate::check::replay::asks_for_an_answer;
use crate::delivery::{Cut, Cuts, Delivery, Ending};
use crate::script::Place;
use crate::target::Arrival;

/// How long the search looks for what nothing has expected, behind the last of several segments.
const SHORT_LOOK: Duration = Duration::from_millis(5);

impl Player<'_> {
    /// At the end nothing may be there that was not expected. An end is no mismatch.
    pub(super) fn finish(&mut self, stage: &mut Stage<'_>) -> Flow {
        if stage.vanished.is_some() {
            return Ok(());
        }
        self.flush(stage, None)?;
        if stage.vanished.is_some() {
            return Ok(());
        }
        self.wait_for_some_answer(stage);
        for connection in 0..self.lines.len() {
            if self.lines[connection].link.is_none() {
                continue;
            }
            if stage.delivery.ending == Ending::HalfClose || stage.wanted.learn {
                continue;
            }
            let until = self.last_look(stage);
            let is_empty = |player: &Self| player.unread(connection) == 0;
            while is_empty(self) && self.listen(stage, connection, until) == Arrival::Bytes {}
            let line = &self.lines[connection];
            if line.read < line.inbox.len() {
                let last = stage.conversation.steps().filter(|step| step.connection == connection);
                let place = last.last().map_or(Place::default(), |step| step.place);
                let expected = "nothing more".to_owned();
                return Err(self.mismatch(connection, place, expected, line.read, Then::Went));
            }
        }
        Ok(())
    }

    /// Until when to look for what nothing has expected: behind a cut a wrong answer may still be
    /// on its way, and where a finding is confirmed it is waited for.
    fn last_look(&self, stage: &Stage<'_>) -> Option<Instant> {
        let wait = match (stage.wanted.waits, &stage.delivery.cuts) {
            (Waits::Full, _) => self.limits.quiet_for,
            (_, Cuts::None) if !self.server.shows_quiet() => return None,
            _ => self.limits.gap.min(SHORT_LOOK),
        };
        stage.anchor.map(|_| Instant::now() + wait)
    }

    /// Where an answer is asked for and none has come, the end of the script is no end of the
    /// wait for it.
    fn wait_for_some_answer(&mut self, stage: &Stage<'_>) {
        let Some(anchor) = stage.anchor else { return };
        let answered = self.answered || self.lines.iter().any(|line| !line.inbox.is_empty());
        let last = self.lines.iter().rposition(|line| line.link.is_some());
        if let Some(connection) = last.filter(|_| !answered)
            && asks_for_an_answer(stage.conversation)
        {
            self.arrive(stage, connection, Some(anchor + stage.timeout));
        }
    }

    /// How many places of the delivery lie in bursts that were never sent.
    pub(super) fn places_not_reached(&self, delivery: &Delivery) -> u64 {
        let is_missing =
            |at: &Cut| self.lines.get(at.connection).is_none_or(|line| line.bursts < at.burst);
        let cuts = match &delivery.cuts {
            Cuts::At(cuts) => cuts.iter().filter(|cut| is_missing(cut)).count() as u64,
            _ => 0,
        };
        cuts + match &delivery.ending {
            Ending::Vanish { at, .. } => u64::from(is_missing(at)),
            _ => 0,
        }
    }
}
