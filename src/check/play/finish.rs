//! The end of a play: what nothing has expected, and what the delivery did not reach.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::judge::INBOX_LIMIT;
use super::steps::{Halt, Play};
use super::wait::Until;
use crate::check::finding::{Demand, Mismatch, Then};
use crate::delivery::{Cut, Cuts, Ending, Order};
use crate::peer::{Arrival, Quality};
use crate::script::Place;

/// How long the search looks for unexpected bytes after the last of several segments.
const SHORT_LOOK: Duration = Duration::from_millis(5);

/// How long a server has that is sent something and of which nothing is expected.
const NO_ANSWER: Duration = Duration::from_secs(1);

/// How much a server may say after our FIN, beyond what the uncut conversation was answered: a
/// farewell, or the rest of a long answer.
const FAREWELL: usize = 64 * 1024;

/// How many times what the uncut conversation was answered it may say beside that.
const TIMES_THE_ANSWER: usize = 4;

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
        if self.is_with_client() {
            return self.end_with_client();
        }
        if self.delivery.order == Order::Interleaved && self.delivery.has_cut_at_start() {
            self.interleave()?;
        }
        if self.conversation.one_way {
            self.await_reading()?;
        }
        self.wait_for_some_answer();
        if self.wanted.learn {
            return Ok(());
        }
        if self.delivery.ending == Ending::HalfClose {
            return (0..self.connections.len()).try_for_each(|index| self.await_an_end(index));
        }
        for index in 0..self.connections.len() {
            if self.connections[index].link.is_none() {
                continue;
            }
            let until = self.end_of_last_look();
            let mut last = Arrival::Bytes;
            while self.connections[index].unread().is_empty() && last == Arrival::Bytes {
                last = self.listen(index, until);
            }
            if !self.connections[index].unread().is_empty() {
                let place = self.last_place(index);
                return Err(self.mismatch(index, place, Demand::NothingMore, Then::WrongBytes));
            }
            self.lives_on(index, last)?;
        }
        Ok(())
    }

    /// What is served in memory may panic after its last answer.
    fn lives_on(&self, index: usize, last: Arrival) -> Result<(), Halt> {
        let Arrival::Crashed(message) = last else { return Ok(()) };
        let place = self.last_place(index);
        Err(self.mismatch(index, place, Demand::LivesOn, Then::Crashed(message)))
    }

    /// After our FIN a server may say more than the script knows, but not for ever. It is accused
    /// if it has said far too much, and still goes on when the time is up, or beyond our limit.
    fn await_an_end(&mut self, index: usize) -> Result<(), Halt> {
        // In virtual time all that a core says has come, and no more can.
        if self.anchor.is_none() || !self.connections[index].ended {
            return Ok(());
        }
        let is_full = self.wanted.waits.is_full();
        let most = TIMES_THE_ANSWER.saturating_mul(self.shape.answered()).saturating_add(FAREWELL);
        let times = if self.wanted.waits.is_hurried() { 1 } else { 2 };
        let over = self.now_plus(self.timeout.saturating_mul(times));
        let mut arrived = self.connections[index].unread().len();
        while arrived <= INBOX_LIMIT && !over.is_over() {
            let before = self.connections[index].unread().len();
            let patience = match is_full && arrived > most {
                true => self.timeout,
                false => self.limits.quiet_for,
            };
            let arrival = self.listen(index, Some(self.now_plus(patience)));
            if arrival != Arrival::Bytes {
                return self.lives_on(index, arrival);
            }
            let connection = &mut self.connections[index];
            arrived += connection.unread().len() - before;
            // What is too much is counted and not kept.
            connection.inbox.truncate(connection.read.saturating_add(most).saturating_add(1));
        }
        if arrived <= most || self.stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        let place = self.last_place(index);
        let kept = self.connections[index].unread();
        let endless = Mismatch::of_answer(place, index, Demand::AnEnd, kept, Then::WrongBytes);
        Err(Halt::Mismatch(Box::new(Mismatch { arrived, ..*endless })))
    }

    /// A server that answers nothing must still read what it is sent, as the kernel says.
    fn await_reading(&mut self) -> Result<(), Halt> {
        for index in 0..self.connections.len() {
            let mut quality = Quality::Confirmed;
            for patience in [self.gap, self.timeout] {
                let connection = &mut self.connections[index];
                let Some(link) = connection.link.as_mut() else { break };
                quality = link.settle(patience, &mut connection.inbox, self.stop);
                if quality != Quality::Held {
                    break;
                }
            }
            if quality == Quality::Held {
                let (place, demand) = (self.last_place(index), Demand::ReadsWhatIsSent);
                return Err(self.mismatch(index, place, demand, Then::Silence));
            }
            self.quality = self.quality.max(quality);
            self.await_death(index)?;
        }
        Ok(())
    }

    /// A server of ours may die of what it has just read.
    fn await_death(&mut self, index: usize) -> Result<(), Halt> {
        if !self.server.abilities().quiet || self.connections[index].link.is_none() {
            return Ok(());
        }
        let arrival = self.listen(index, Some(self.now_plus(self.limits.quiet_for)));
        if !matches!(arrival, Arrival::Eof | Arrival::Reset) {
            return Ok(());
        }
        match self.server.death() {
            Some(death) if !(death.clean && self.fresh) => {
                let (place, then) = (self.last_place(index), Then::Crashed(death.how));
                Err(self.mismatch(index, place, Demand::LivesOn, then))
            }
            _ => Ok(()),
        }
    }

    /// Where the last statement of a connection stands.
    fn last_place(&self, connection: usize) -> Place {
        let last = self.conversation.steps().filter(|step| step.connection == connection).last();
        last.map_or(Place::default(), |step| step.place)
    }

    /// Until when to look for unexpected bytes: after a cut a wrong answer may still be on its
    /// way, and while a finding is confirmed the play waits for it.
    fn end_of_last_look(&self) -> Option<Until> {
        // In virtual time all that was said has come; what time would bring is not asked.
        self.anchor?;
        let wait = match &self.delivery.cuts {
            _ if self.wanted.waits.is_generous() => self.limits.quiet_for,
            Cuts::None if !self.server.abilities().quiet => return None,
            _ => self.gap.min(SHORT_LOOK),
        };
        Some(self.now_plus(wait))
    }

    /// If the conversation asks for an answer and none has come, the end of the script does not
    /// end the wait for it.
    fn wait_for_some_answer(&mut self) {
        if self.is_answered() || !self.conversation.asks_for_an_answer() {
            return;
        }
        let last = self.connections.iter().rposition(|connection| connection.link.is_some());
        // A script that expects nothing is told so soon.
        let most = if self.conversation.expects_nothing() { NO_ANSWER } else { Duration::MAX };
        if let Some(index) = last {
            let until = self.anchor_plus(self.timeout.min(most));
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
