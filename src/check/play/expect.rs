//! The player's side of an expectation: waits until it can be judged.

use std::time::{Duration, Instant};

use super::judge::{Claim, Judgement, holds_so_far, judge};
use super::{Event, Flow, Halt, INBOX_LIMIT, Player, Stage, Then};
use crate::delivery::{Ending, Order};
use crate::script::{Expected, Pattern, Place, Step, expected_text};
use crate::target::Arrival;

impl Player<'_> {
    /// Waits until the expectation is met, or can't be.
    pub(super) fn expect(
        &mut self,
        stage: &mut Stage<'_>,
        step: &Step,
        what: &Expected,
        within: Option<Duration>,
    ) -> Flow {
        let patience = within.unwrap_or(stage.timeout);
        let deadline = stage.anchor.map(|anchor| anchor + patience);
        match what {
            Expected::Exact(_) if stage.wanted.learn => self.learn(stage, step.connection)?,
            Expected::Answer(None) => self.learn(stage, step.connection)?,
            Expected::Eof | Expected::Reset | Expected::Closed => {
                self.expect_end(stage, step, what, deadline)?;
            }
            Expected::Silence(duration) => self.expect_silence(stage, step, *duration)?,
            what => self.expect_bytes(stage, step, what, deadline)?,
        }
        self.delivered(stage);
        Ok(())
    }

    /// The exact bytes that an expectation speaks of, if it does.
    fn exact_bytes(&mut self, what: &Expected) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.scratch);
        bytes.clear();
        if let Expected::Exact(payload) = what {
            self.append(payload, &mut bytes, |_| {});
        }
        bytes
    }

    /// The claim that an expectation makes in this play.
    fn claim<'a>(
        &'a self,
        stage: &Stage<'_>,
        what: &'a Expected,
        exact: &'a [u8],
        step: &Step,
    ) -> Flow<Claim<'a>> {
        Ok(match what {
            Expected::Exact(_) => Claim::Exact(exact),
            Expected::Bytes(count, matching) => {
                let count = self.count(stage, *count, step.place, step.connection)?;
                Claim::Bytes(usize::try_from(count).unwrap_or(usize::MAX), matching.as_ref())
            }
            Expected::Line(matching) => Claim::Line(matching.as_ref()),
            Expected::Lines { until, matching } => Claim::Lines(until, matching.as_ref()),
            Expected::Rest(matching) => Claim::Rest(matching.as_ref()),
            Expected::Answer(Some(answer)) => Claim::Answer(answer, &self.limits.ignore),
            Expected::Answer(None)
            | Expected::Eof
            | Expected::Reset
            | Expected::Closed
            | Expected::Silence(_) => Claim::Nothing,
        })
    }

    fn expect_bytes(
        &mut self,
        stage: &mut Stage<'_>,
        step: &Step,
        what: &Expected,
        deadline: Option<Instant>,
    ) -> Flow {
        let connection = step.connection;
        let (mut examined, mut over) = (0, None);
        let exact = self.exact_bytes(what);
        let met = loop {
            let from = self.lines[connection].read;
            let judgement = {
                let claim = self.claim(stage, what, &exact, step)?;
                let unread = &self.lines[connection].inbox[from..];
                judge(&claim, unread, over.is_some(), &mut examined)
            };
            match (judgement, over) {
                (Judgement::Met { .. } | Judgement::Wrong, Some(Then::Silence))
                    if asks_for_eof(what) =>
                {
                    return Err(self.wrong(stage, step.place, connection, what, Then::Silence));
                }
                (Judgement::Met { taken, unit, last }, _) => break (from, taken, unit, last),
                // Where nothing came at all it is not wrong, it is missing.
                (Judgement::Wrong, Some(then @ (Then::Eof | Then::Reset)))
                    if matches!(what, Expected::Rest(_)) && self.unread(connection) == 0 =>
                {
                    return Err(self.wrong(stage, step.place, connection, what, then));
                }
                // A rest or an answer that has ended is wrong as it is, not for want of more.
                (Judgement::Wrong, _) => {
                    return Err(self.wrong(stage, step.place, connection, what, Then::Went));
                }
                (Judgement::Open, Some(then)) => {
                    return Err(self.wrong(stage, step.place, connection, what, then));
                }
                (Judgement::Open, None) if self.unread(connection) > INBOX_LIMIT => {
                    return Err(self.wrong(stage, step.place, connection, what, Then::Went));
                }
                (Judgement::Open, None) => {
                    over = self.more(stage, connection, what, deadline);
                }
            }
        };
        self.scratch = exact;
        let (from, taken, unit, last) = met;
        self.lines[connection].read = from + taken;
        let shift = |range: std::ops::Range<usize>| from + range.start..from + range.end;
        match what {
            Expected::Lines { until, matching } => {
                self.capture(Some(until), connection, shift(last));
                self.capture(matching.as_ref(), connection, shift(unit));
            }
            Expected::Bytes(_, matching) | Expected::Line(matching) | Expected::Rest(matching) => {
                self.capture(matching.as_ref(), connection, shift(unit));
            }
            _ => {}
        }
        Ok(())
    }

    /// Waits for more bytes; what it means for this expectation where none come.
    fn more(
        &mut self,
        stage: &Stage<'_>,
        connection: usize,
        what: &Expected,
        deadline: Option<Instant>,
    ) -> Option<Then> {
        let arrival = match what {
            // All that was there in the baseline has come: only quiet tells that no more does.
            Expected::Answer(Some(answer))
                if !answer.closed && self.unread(connection) >= answer.bytes.len() =>
            {
                let until = deadline.map(|_| Instant::now() + self.limits.quiet_for);
                self.listen(stage, connection, until)
            }
            _ => self.arrive(stage, connection, deadline),
        };
        match arrival {
            Arrival::Bytes => None,
            Arrival::Nothing | Arrival::Quiet => Some(Then::Silence),
            Arrival::Eof => {
                self.note_end(connection, Event::Eof(connection));
                Some(Then::Eof)
            }
            Arrival::Reset => {
                self.note_end(connection, Event::Reset(connection));
                Some(Then::Reset)
            }
            Arrival::Crashed(message) => Some(Then::Crashed(message)),
        }
    }

    fn wrong(
        &self,
        stage: &Stage<'_>,
        place: Place,
        connection: usize,
        what: &Expected,
        then: Then,
    ) -> Halt {
        let mut expected = match what {
            Expected::Exact(payload) => {
                let mut bytes = Vec::new();
                self.append(payload, &mut bytes, |_| {});
                crate::script::literal(&bytes)
            }
            what => expected_text(stage.conversation, what),
        };
        if closes(what) {
            expected.push_str(" eof");
        }
        self.mismatch(connection, place, expected, self.lines[connection].read, then)
    }

    fn expect_end(
        &mut self,
        stage: &mut Stage<'_>,
        step: &Step,
        what: &Expected,
        deadline: Option<Instant>,
    ) -> Flow {
        let connection = step.connection;
        let was_read = match &mut self.lines[connection].link {
            Some(link) => matches!(what, Expected::Eof) && link.was_read(),
            None => false,
        };
        let then = if self.unread(connection) > 0 {
            Then::Went
        } else {
            match self.arrive(stage, connection, deadline) {
                Arrival::Bytes => Then::Went,
                Arrival::Nothing | Arrival::Quiet => Then::Silence,
                Arrival::Eof => Then::Eof,
                Arrival::Reset => Then::Reset,
                Arrival::Crashed(message) => Then::Crashed(message),
            }
        };
        match (what, &then) {
            (Expected::Eof | Expected::Closed, Then::Eof) => {
                self.note_end(connection, Event::Eof(connection));
            }
            // Whether a close is a FIN or a RST is the kernel's choice where sent bytes were left
            // unread: a server that was not seen to have read them all is not to blame.
            (_, Then::Reset) if !was_read => self.note_end(connection, Event::Reset(connection)),
            _ => return Err(self.wrong(stage, step.place, connection, what, then)),
        }
        Ok(())
    }

    fn expect_silence(&mut self, stage: &mut Stage<'_>, step: &Step, duration: Duration) -> Flow {
        // Joined, the answers to what was sent ahead come now; half-closed, the end may.
        if stage.delivery.order == Order::Joined || stage.delivery.ending == Ending::HalfClose {
            return Ok(());
        }
        let connection = step.connection;
        let then = if self.unread(connection) > 0 {
            Then::Went
        } else {
            let until = stage.anchor.map(|_| Instant::now() + duration);
            match self.wait(connection, until, false) {
                Arrival::Nothing | Arrival::Quiet => return Ok(()),
                Arrival::Bytes => Then::Went,
                Arrival::Eof => Then::Eof,
                Arrival::Reset => Then::Reset,
                Arrival::Crashed(message) => Then::Crashed(message),
            }
        };
        let what = Expected::Silence(duration);
        Err(self.wrong(stage, step.place, connection, &what, then))
    }

    /// Takes all that comes until the server is quiet, and remembers it.
    fn learn(&mut self, stage: &mut Stage<'_>, connection: usize) -> Flow {
        let then = self.collect_until_quiet(stage, connection);
        match then {
            Some(Then::Eof) => self.note_end(connection, Event::Eof(connection)),
            Some(Then::Reset) => self.note_end(connection, Event::Reset(connection)),
            _ => {}
        }
        let line = &mut self.lines[connection];
        let bytes = line.inbox[line.read..].to_vec();
        line.read = line.inbox.len();
        self.recording.learned.push((
            stage.op,
            bytes,
            matches!(then, Some(Then::Eof | Then::Reset)),
        ));
        Ok(())
    }

    /// Judges what was taken before the client vanished, as far as it goes.
    pub(super) fn expect_so_far(
        &mut self,
        stage: &mut Stage<'_>,
        step: &Step,
        what: &Expected,
    ) -> Flow {
        let connection = step.connection;
        let from = self.lines[connection].read;
        let exact = self.exact_bytes(what);
        let (holds, judgement) = {
            let claim = self.claim(stage, what, &exact, step)?;
            let unread = &self.lines[connection].inbox[from..];
            (holds_so_far(&claim, unread), judge(&claim, unread, false, &mut 0))
        };
        if !holds {
            return Err(self.wrong(stage, step.place, connection, what, Then::Went));
        }
        match judgement {
            Judgement::Met { taken, .. } => {
                self.lines[connection].read = from + taken;
                Ok(())
            }
            _ => Err(Halt::Done),
        }
    }

    /// Sets the variables that a pattern's groups name.
    fn capture(
        &mut self,
        pattern: Option<&Pattern>,
        connection: usize,
        unit: std::ops::Range<usize>,
    ) {
        let Some(pattern) = pattern.filter(|pattern| !pattern.captures.is_empty()) else { return };
        let inbox = std::mem::take(&mut self.lines[connection].inbox);
        if let Some(groups) = pattern.match_groups(&inbox[unit]) {
            for (name, slot) in &pattern.captures {
                let value = groups.name(name).map_or(&b""[..], |group| group.as_bytes());
                self.set(*slot, value);
            }
        }
        self.lines[connection].inbox = inbox;
    }
}

/// Whether the answer to a raw stream ended with a close.
fn closes(what: &Expected) -> bool {
    matches!(what, Expected::Answer(Some(answer)) if answer.closed)
}

/// Whether silence is no end of what is expected: the server must close.
fn asks_for_eof(what: &Expected) -> bool {
    matches!(what, Expected::Rest(_)) || closes(what)
}
