//! The end of a play: what nothing has expected, and what the delivery did not reach.

use std::time::Duration;

use super::steps::{Halt, Play};
use crate::check::finding::{Demand, Then};
use crate::delivery::{Cut, Cuts, Ending};
use crate::peer::{Arrival, Deadline};
use crate::script::Place;

/// How long the search looks for unexpected bytes after the last of several segments.
const SHORT_LOOK: Duration = Duration::from_millis(5);

impl Play<'_, '_> {
    /// Ends the play: nothing may be there that was not expected. An end of the stream is not a
    /// mismatch.
    pub(super) fn finish(&mut self) -> Result<(), Halt> {
        if self.vanished.is_some() {
            return Ok(());
        }
        self.flush(None)?;
        if self.vanished.is_some() {
            return Ok(());
        }
        self.wait_for_some_answer();
        if self.delivery.ending == Ending::HalfClose || self.wanted.learn {
            return Ok(());
        }
        for index in 0..self.connections.len() {
            if self.connections[index].link.is_none() {
                continue;
            }
            let until = self.end_of_last_look();
            while self.connections[index].unread().is_empty()
                && self.listen(index, until) == Arrival::Bytes
            {}
            if !self.connections[index].unread().is_empty() {
                let last = self.conversation.steps().filter(|step| step.connection == index).last();
                let place = last.map_or(Place::default(), |step| step.place);
                return Err(self.mismatch(index, place, Demand::NothingMore, Then::WrongBytes));
            }
        }
        Ok(())
    }

    /// Until when to look for unexpected bytes: after a cut a wrong answer may still be on its
    /// way, and while a finding is confirmed the play waits for it.
    fn end_of_last_look(&self) -> Option<Deadline> {
        let wait = match &self.delivery.cuts {
            _ if self.wanted.waits.is_generous() => self.limits.quiet_for,
            Cuts::None if !self.server.abilities().quiet => return None,
            _ => self.gap.min(SHORT_LOOK),
        };
        self.now_plus(wait)
    }

    /// If the conversation asks for an answer and none has come, the end of the script does not
    /// end the wait for it.
    fn wait_for_some_answer(&mut self) {
        if self.is_answered() || !self.conversation.asks_for_an_answer() {
            return;
        }
        let last = self.connections.iter().rposition(|connection| connection.link.is_some());
        if let Some((index, until)) = last.zip(self.anchor_plus(self.timeout)) {
            self.arrive(index, Some(until));
        }
    }

    /// How many places of the delivery lie in bursts that were never sent.
    pub(super) fn places_not_reached(&self) -> u64 {
        let is_missing = |at: &Cut| {
            let connection = self.connections.get(at.connection);
            connection.is_none_or(|connection| connection.bursts < at.burst)
        };
        let cuts = match &self.delivery.cuts {
            Cuts::At(cuts) => cuts.iter().filter(|cut| is_missing(cut)).count() as u64,
            _ => 0,
        };
        cuts + match &self.delivery.ending {
            Ending::Vanish { at, .. } => u64::from(is_missing(at)),
            _ => 0,
        }
    }
}
