//! The expecting side of a play: it waits until an expectation can be judged.

use std::ops::Range;
use std::time::Duration;

use super::judge::{Claim, INBOX_LIMIT, Judgement, holds_so_far, judge};
use super::recording::Learned;
use super::steps::{Halt, Play};
use super::wait::Until;
use crate::check::finding::{Demand, Then, TranscriptEvent};
use crate::delivery::{Ending, Order};
use crate::peer::Arrival;
use crate::script::{Expected, Pattern, Place, Step, expected_text};

impl Play<'_, '_> {
    /// Waits until the expectation is met, or can't be.
    pub(super) fn expect(
        &mut self,
        step: &Step,
        what: &Expected,
        within: Option<Duration>,
    ) -> Result<(), Halt> {
        let until = Some(self.anchor_plus(within.unwrap_or(self.timeout)));
        match what {
            Expected::Exact(_) if self.wanted.learn => self.learn(step.connection)?,
            Expected::Answer(None) => self.learn(step.connection)?,
            Expected::Eof | Expected::CleanEof | Expected::Reset | Expected::Closed => {
                self.expect_end(step, what, until)?;
            }
            Expected::Silence(duration) => self.expect_silence(step, *duration)?,
            what => self.expect_bytes(step, what, until)?,
        }
        self.restart_clock();
        Ok(())
    }

    /// The exact bytes that an expectation speaks of, if it does.
    fn exact_bytes(&mut self, what: &Expected) -> Vec<u8> {
        let mut bytes = std::mem::take(self.scratch);
        bytes.clear();
        if let Expected::Exact(payload) = what {
            self.values.append(self.server, payload, &mut bytes, |_| {});
        }
        bytes
    }

    /// The claim that an expectation makes in this play.
    fn claim<'a>(
        &'a self,
        what: &'a Expected,
        exact: &'a [u8],
        step: &Step,
    ) -> Result<Claim<'a>, Halt> {
        Ok(match what {
            Expected::Exact(_) => Claim::Exact(exact),
            Expected::Bytes(count, matching) => {
                let count = self.count(*count, step.place, step.connection)?;
                Claim::Bytes(usize::try_from(count).unwrap_or(usize::MAX), matching.as_ref())
            }
            Expected::Line(matching) => Claim::Line(matching.as_ref()),
            Expected::Lines { until, matching } => Claim::Lines(until, matching.as_ref()),
            Expected::Rest(matching) => Claim::Rest(matching.as_ref()),
            Expected::Answer(Some(answer)) => Claim::Answer(answer, &self.limits.ignore),
            Expected::Answer(None)
            | Expected::Eof
            | Expected::CleanEof
            | Expected::Reset
            | Expected::Closed
            | Expected::Silence(_) => Claim::Nothing,
        })
    }

    fn expect_bytes(
        &mut self,
        step: &Step,
        what: &Expected,
        until: Option<Until>,
    ) -> Result<(), Halt> {
        let index = step.connection;
        let (mut examined, mut over) = (0, None);
        let exact = self.exact_bytes(what);
        let (taken, unit, last) = loop {
            let judgement = {
                let claim = self.claim(what, &exact, step)?;
                let unread = self.connections[index].unread();
                judge(&claim, unread, over.is_some(), &mut examined)
            };
            let unread = self.connections[index].unread().len();
            let then = match (judgement, over.take()) {
                (Judgement::Open, None) if unread <= INBOX_LIMIT => {
                    over = self.more(index, what, until);
                    continue;
                }
                (Judgement::Open, None) => {
                    return Err(self.limit(&format!("an answer of more than {INBOX_LIMIT} bytes")));
                }
                (Judgement::Open, Some(then)) => then,
                // Silence does not end what must end by a close.
                (_, Some(Then::Silence)) if asks_for_eof(what) => Then::Silence,
                (Judgement::Met { taken, unit, last }, _) => break (taken, unit, last),
                // If nothing came at all, the rest is missing and not wrong.
                (Judgement::Wrong, Some(then @ (Then::Eof | Then::Reset)))
                    if matches!(what, Expected::Rest(_)) && unread == 0 =>
                {
                    then
                }
                // What has ended is wrong by its bytes, not because more of them are missing.
                (Judgement::Wrong, _) => Then::WrongBytes,
            };
            return Err(self.unmet(step.place, index, what, then));
        };
        *self.scratch = exact;
        let connection = &mut self.connections[index];
        let from = connection.read;
        connection.read += taken;
        let shift = |range: Range<usize>| from + range.start..from + range.end;
        match what {
            Expected::Lines { until, matching } => {
                self.capture(Some(until), index, shift(last));
                self.capture(matching.as_ref(), index, shift(unit));
            }
            Expected::Bytes(_, matching) | Expected::Line(matching) | Expected::Rest(matching) => {
                self.capture(matching.as_ref(), index, shift(unit));
            }
            _ => {}
        }
        Ok(())
    }

    /// Waits for more bytes; what it means for this expectation if none come.
    fn more(&mut self, index: usize, what: &Expected, until: Option<Until>) -> Option<Then> {
        let arrival = match what {
            // All that the baseline was answered has come: only quiet tells that no more comes.
            Expected::Answer(Some(answer))
                if !answer.closed
                    && self.connections[index].unread().len() >= answer.bytes.len() =>
            {
                self.listen(index, Some(self.now_plus(self.limits.quiet_for)))
            }
            _ => self.arrive(index, until),
        };
        match arrival {
            Arrival::Bytes => None,
            Arrival::Nothing | Arrival::Quiet => Some(Then::Silence),
            Arrival::Eof => {
                self.note_end(index, TranscriptEvent::Eof(index));
                Some(Then::Eof)
            }
            Arrival::Reset => {
                self.note_end(index, TranscriptEvent::Reset(index));
                Some(Then::Reset)
            }
            Arrival::Crashed(message) => Some(Then::Crashed(message)),
        }
    }

    /// The mismatch of an expectation that is not met.
    fn unmet(&self, place: Place, index: usize, what: &Expected, then: Then) -> Halt {
        let demand = match what {
            Expected::Exact(payload) => {
                let mut bytes = Vec::new();
                self.values.append(self.server, payload, &mut bytes, |_| {});
                Demand::Bytes(bytes)
            }
            Expected::Answer(Some(answer)) if answer.closed => {
                Demand::BytesThenClose(answer.bytes.to_vec())
            }
            Expected::Answer(Some(answer)) => Demand::Bytes(answer.bytes.to_vec()),
            what => Demand::Stated(expected_text(self.conversation, what)),
        };
        self.mismatch(index, place, demand, then)
    }

    fn expect_end(
        &mut self,
        step: &Step,
        what: &Expected,
        until: Option<Until>,
    ) -> Result<(), Halt> {
        let index = step.connection;
        let connection = &mut self.connections[index];
        let was_read = match &mut connection.link {
            Some(link) => matches!(what, Expected::Eof) && link.was_read(),
            None => false,
        };
        let then = if connection.unread().is_empty() {
            match self.arrive(index, until) {
                Arrival::Bytes => Then::WrongBytes,
                Arrival::Nothing | Arrival::Quiet => Then::Silence,
                Arrival::Eof => Then::Eof,
                Arrival::Reset => Then::Reset,
                Arrival::Crashed(message) => Then::Crashed(message),
            }
        } else {
            Then::WrongBytes
        };
        match (what, &then) {
            (Expected::Eof | Expected::CleanEof | Expected::Closed, Then::Eof) => {
                self.note_end(index, TranscriptEvent::Eof(index));
            }
            // Here a reset is what the script speaks against: it may overtake the answer.
            (Expected::CleanEof, _) => return Err(self.unmet(step.place, index, what, then)),
            // The kernel makes a close a RST if sent bytes were left unread: a server that was not
            // seen to have read them all is not to blame.
            (_, Then::Reset) if !was_read => self.note_end(index, TranscriptEvent::Reset(index)),
            _ => return Err(self.unmet(step.place, index, what, then)),
        }
        Ok(())
    }

    fn expect_silence(&mut self, step: &Step, duration: Duration) -> Result<(), Halt> {
        // In a joined delivery the answers to what was sent ahead come now; after a half-close the
        // end may come.
        if self.delivery.order == Order::Joined || self.delivery.ending == Ending::HalfClose {
            return Ok(());
        }
        let index = step.connection;
        let then = if self.connections[index].unread().is_empty() {
            match self.wait(index, Some(self.now_plus(duration)), false) {
                Arrival::Nothing | Arrival::Quiet => return Ok(()),
                Arrival::Bytes => Then::WrongBytes,
                Arrival::Eof => Then::Eof,
                Arrival::Reset => Then::Reset,
                Arrival::Crashed(message) => Then::Crashed(message),
            }
        } else {
            Then::WrongBytes
        };
        Err(self.unmet(step.place, index, &Expected::Silence(duration), then))
    }

    /// Takes all that comes until the server is quiet, and remembers it.
    fn learn(&mut self, index: usize) -> Result<(), Halt> {
        let is_full = self.wanted.waits.is_full();
        let quiet_for = if is_full { self.timeout } else { self.limits.quiet_for };
        let then = self.collect_until_quiet(index, quiet_for);
        if self.connections[index].unread().len() > INBOX_LIMIT {
            return Err(self.limit(&format!("an answer of more than {INBOX_LIMIT} bytes")));
        }
        match then {
            Some(Then::Eof) => self.note_end(index, TranscriptEvent::Eof(index)),
            Some(Then::Reset) => self.note_end(index, TranscriptEvent::Reset(index)),
            Some(Then::Crashed(ref message)) => {
                let then = Then::Crashed(message.clone());
                return Err(self.mismatch(index, self.place(), Demand::LivesOn, then));
            }
            _ => {}
        }
        let connection = &mut self.connections[index];
        let bytes = connection.unread().to_vec();
        connection.read = connection.inbox.len();
        let closed = matches!(then, Some(Then::Eof | Then::Reset));
        self.recording.learned.push(Learned { op: self.op, bytes, closed });
        Ok(())
    }

    /// Judges what was taken before the client vanished, as far as it goes.
    pub(super) fn expect_so_far(&mut self, step: &Step, what: &Expected) -> Result<(), Halt> {
        let index = step.connection;
        let exact = self.exact_bytes(what);
        let (holds, judgement) = {
            let claim = self.claim(what, &exact, step)?;
            let unread = self.connections[index].unread();
            (holds_so_far(&claim, unread), judge(&claim, unread, false, &mut 0))
        };
        match judgement {
            _ if !holds => Err(self.unmet(step.place, index, what, Then::WrongBytes)),
            Judgement::Met { taken, .. } => {
                self.connections[index].read += taken;
                Ok(())
            }
            Judgement::Open | Judgement::Wrong => Err(Halt::Done),
        }
    }

    fn note_end(&mut self, index: usize, event: TranscriptEvent) {
        self.connections[index].note_end(index, self.recording, event);
    }

    /// Sets the variables that a pattern's groups name.
    fn capture(&mut self, pattern: Option<&Pattern>, index: usize, unit: Range<usize>) {
        let Some(pattern) = pattern.filter(|pattern| !pattern.captures.is_empty()) else { return };
        if let Some(groups) = pattern.match_groups(&self.connections[index].inbox[unit]) {
            for (name, slot) in &pattern.captures {
                let value = groups.name(name).map_or(&b""[..], |group| group.as_bytes());
                self.values.set(*slot, value);
            }
        }
    }
}

/// Whether silence does not end what is expected: the server must close.
fn asks_for_eof(what: &Expected) -> bool {
    match what {
        Expected::Rest(_) => true,
        Expected::Answer(Some(answer)) => answer.closed,
        _ => false,
    }
}
