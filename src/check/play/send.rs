//! The player's sending side: bursts gathered, cut as the delivery says, and ended.

use std::time::Duration;

use super::burst::Pending;
use super::{Event, Flow, Halt, Player, Sent, Stage, Then, Waits};
use crate::delivery::{Cut, Ending, Order, Vanish};
use crate::script::syntax::Close;
use crate::script::{Action, Op, Payload, Place, Step};
use crate::target::Sending;

impl Player<'_> {
    /// Gathers what is sent; it goes out when the burst is over.
    pub(super) fn send(
        &mut self,
        stage: &mut Stage<'_>,
        step: &Step,
        payload: &Payload,
        ending: Option<Close>,
    ) -> Flow {
        let connection = step.connection;
        if stage.delivery.order == Order::Joined {
            return self.send_joined(stage, connection, ending);
        }
        let mut pending = std::mem::take(&mut self.pending);
        let Pending { bytes, marks, .. } = &mut pending;
        let before = bytes.len();
        self.append(payload, bytes, |offset| marks.push((offset, Duration::ZERO)));
        // No bytes are nothing that happens, whether the script says so or a variable is empty.
        let says_something = pending.bytes.len() > before;
        if says_something {
            pending.connection = Some(connection);
            pending.line_end();
        }
        self.pending = pending;
        match ending {
            None => Ok(()),
            // On one line with bytes the FIN rides along.
            Some(Close::Eof) if says_something => self.flush(stage, Some(Close::Eof)),
            Some(close) => {
                self.flush(stage, None)?;
                if stage.vanished.is_some() {
                    return Ok(());
                }
                self.open(stage, connection)?;
                self.end(stage, connection, close)
            }
        }
    }

    /// All bursts of a connection in one write, when the first of them is sent.
    fn send_joined(
        &mut self,
        stage: &mut Stage<'_>,
        connection: usize,
        ending: Option<Close>,
    ) -> Flow {
        if !self.lines[connection].joined {
            self.lines[connection].joined = true;
            let mut pending = std::mem::take(&mut self.pending);
            for step in stage.conversation.steps_from(stage.op) {
                match &step.action {
                    _ if step.connection != connection => {}
                    Action::Send { payload, .. } => {
                        self.append(payload, &mut pending.bytes, |_| {});
                    }
                    // What stands behind it is another stream.
                    Action::Open => break,
                    Action::Expect { .. } | Action::Pause(_) => {}
                }
            }
            pending.connection = (!pending.bytes.is_empty()).then_some(connection);
            self.pending = pending;
            self.flush(stage, None)?;
        }
        let Some(close) = ending else { return Ok(()) };
        self.open(stage, connection)?;
        self.end(stage, connection, close)
    }

    /// Ends our side of a connection; after a close or reset nobody looks at what it still says.
    pub(super) fn end(&mut self, stage: &mut Stage<'_>, connection: usize, close: Close) -> Flow {
        self.note_received(connection);
        let line = &mut self.lines[connection];
        if line.ended && close == Close::Eof {
            return Ok(());
        }
        match (close, &mut line.link) {
            (_, None) => {}
            (Close::Eof, Some(link)) => link.end(&mut line.inbox),
            (Close::Close, Some(link)) => link.vanish(false),
            (Close::Reset, Some(link)) => link.vanish(true),
        }
        self.check_crash(stage, connection)?;
        let line = &mut self.lines[connection];
        if close != Close::Eof {
            line.link = None;
            line.read = line.inbox.len();
        }
        line.ended = true;
        self.delivered(stage);
        self.note(|| Event::Ended(connection, close));
        Ok(())
    }

    /// Sends the pending burst under the delivery; its FIN rides along where `ending` says so.
    pub(super) fn flush(&mut self, stage: &mut Stage<'_>, ending: Option<Close>) -> Flow {
        let Some(connection) = self.pending.connection else { return Ok(()) };
        if self.pending.bytes.is_empty() {
            self.pending.clear();
            return Ok(());
        }
        self.open(stage, connection)?;
        let line = &mut self.lines[connection];
        line.bursts += 1;
        let number = line.bursts;
        let burst = std::mem::take(&mut self.pending);
        if self.recording.on {
            let start = self.recording.stream.len();
            self.recording.stream.extend_from_slice(&burst.bytes);
            self.recording.sent.push(Sent {
                connection,
                number,
                start,
                end: self.recording.stream.len(),
            });
        }
        let (mut length, mut vanish) = (burst.bytes.len(), None);
        if let Ending::Vanish { at, how } = stage.delivery.ending
            && (at.connection, at.burst) == (connection, number)
        {
            if at.offset <= length {
                length = at.offset;
                vanish = Some(how);
            } else {
                stage.skipped += 1;
            }
        }
        let rides = ending == Some(Close::Eof)
            || (stage.delivery.ending == Ending::HalfClose
                && number == stage.shape.bursts_of(connection));
        let line = &mut self.lines[connection];
        if let Some(link) = &mut line.link {
            let (gap, inbox) = (self.limits.gap, &mut line.inbox);
            if rides && stage.delivery.ending == Ending::HalfClose {
                // A server that is still to accept finds data and FIN at once in any case: what
                // counts is one that waits for data.
                link.settle(gap, inbox, self.stop);
            } else {
                // A server that answers before it has read all must not get the next burst glued
                // to the rest of this one.
                link.catch_up(gap, inbox, self.stop);
            }
        }
        let at = Cut { connection, burst: number, offset: 0 };
        let sent = self.segments(stage, &burst, at, length, rides && vanish.is_none());
        let trailing = burst.trailing_pause();
        self.pending = burst.emptied();
        sent?;
        if let Some(how) = vanish {
            return self.vanish(stage, connection, how, length > 0);
        }
        if rides {
            self.lines[connection].ended = true;
            self.note(|| Event::Ended(connection, Close::Eof));
        }
        if let Some(pause) = trailing {
            self.rest(stage, pause)?;
        }
        Ok(())
    }

    /// The segments of a burst, up to `length`.
    fn segments(
        &mut self,
        stage: &mut Stage<'_>,
        burst: &Pending,
        mut at: Cut,
        length: usize,
        fin: bool,
    ) -> Flow {
        let connection = at.connection;
        while at.offset < length {
            let (end, pause) = burst.next_border(&stage.delivery.cuts, at, length);
            let segment = &burst.bytes[at.offset..end];
            let last = end == length;
            self.note_received(connection);
            let line = &mut self.lines[connection];
            if let Some(link) = line.link.as_mut().filter(|_| !line.ended) {
                let (fin, inbox) = (fin && last, &mut line.inbox);
                if link.send(segment, fin, inbox, stage.timeout, self.stop) == Sending::Stuck {
                    return Err(self.stuck(stage, connection));
                }
            }
            self.note(|| Event::Sent(connection, segment.to_vec()));
            self.check_crash(stage, connection)?;
            at.offset = end;
            if !last {
                if self.recording.on {
                    self.recording.borders.push(at);
                }
                self.settle(stage, connection);
                if !pause.is_zero() {
                    self.rest(stage, pause)?;
                }
            }
        }
        stage.skipped += burst.skipped(&stage.delivery.cuts, at);
        self.delivered(stage);
        Ok(())
    }

    /// The server does not read what is sent.
    fn stuck(&self, stage: &Stage<'_>, connection: usize) -> Halt {
        let place = match stage.conversation.ops.get(stage.op) {
            Some(Op::Step(step)) => step.place,
            _ => Place::default(),
        };
        let expected = "a server that reads what is sent".to_owned();
        let read = self.lines[connection].read;
        self.mismatch(connection, place, expected, read, Then::Silence)
    }

    fn settle(&mut self, stage: &mut Stage<'_>, connection: usize) {
        let line = &mut self.lines[connection];
        if let Some(link) = &mut line.link {
            let quality = link.settle(self.limits.gap, &mut line.inbox, self.stop);
            stage.quality = stage.quality.max(quality);
        }
    }

    /// A client vanishes: it takes what has come, and reads no more.
    fn vanish(
        &mut self,
        stage: &mut Stage<'_>,
        connection: usize,
        how: Vanish,
        has_sent: bool,
    ) -> Flow {
        if has_sent {
            self.settle(stage, connection);
        }
        if stage.wanted.waits == Waits::Full || self.server.shows_quiet() {
            self.collect_until_quiet(stage, connection);
        }
        let close = if how == Vanish::Rst { Close::Reset } else { Close::Close };
        let read = self.lines[connection].read;
        self.end(stage, connection, close)?;
        self.lines[connection].read = read;
        stage.vanished = Some(connection);
        for line in &mut self.lines {
            line.link = None;
        }
        Ok(())
    }
}
