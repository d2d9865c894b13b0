//! The sending side of a play: bursts are gathered, cut as the delivery says, and ended.

use std::time::Duration;

use super::burst::PendingBurst;
use super::steps::{Halt, Play};
use crate::check::finding::{Demand, Then, TranscriptEvent};
use crate::delivery::{Cut, Cuts, Ending, Order, Vanish};
use crate::peer::Sending;
use crate::script::syntax::Close;
use crate::script::{Action, Payload};

impl Play<'_, '_> {
    /// Gathers what is sent; it goes out when the burst is over.
    pub(super) fn send(
        &mut self,
        index: usize,
        payload: &Payload,
        ending: Option<Close>,
    ) -> Result<(), Halt> {
        if self.delivery.order == Order::Joined {
            return self.send_joined(index, ending);
        }
        let PendingBurst { bytes, marks, .. } = &mut *self.burst;
        let before = bytes.len();
        self.values.append(self.server, payload, bytes, |at| marks.push((at, Duration::ZERO)));
        // A payload without bytes has no effect, whether the script says so or a variable is empty.
        let has_bytes = bytes.len() > before;
        if has_bytes {
            self.burst.connection = Some(index);
            self.burst.line_end();
        }
        match ending {
            None => Ok(()),
            // On one line with bytes the FIN rides with the last of them.
            Some(Close::Eof) if has_bytes => self.flush(Some(Close::Eof)),
            Some(close) => {
                self.flush(None)?;
                if self.vanished.is_some() {
                    return Ok(());
                }
                self.open(index)?;
                self.end(index, close)
            }
        }
    }

    /// Sends all bursts of a connection in one write, when the first of them is sent.
    fn send_joined(&mut self, index: usize, ending: Option<Close>) -> Result<(), Halt> {
        if !std::mem::replace(&mut self.connections[index].joined, true) {
            let conversation = self.conversation;
            for step in conversation.steps_from(self.op) {
                match &step.action {
                    _ if step.connection != index => {}
                    Action::Send { payload, .. } => {
                        self.values.append(self.server, payload, &mut self.burst.bytes, |_| {});
                    }
                    // What stands after it is another stream.
                    Action::Open | Action::Listen(_) => break,
                    Action::Expect { .. } | Action::Pause(_) => {}
                }
            }
            self.burst.connection = (!self.burst.bytes.is_empty()).then_some(index);
            self.flush(None)?;
        }
        let Some(close) = ending else { return Ok(()) };
        self.open(index)?;
        self.end(index, close)
    }

    /// Ends our side of a connection; after a close or a reset nobody looks at what it still says.
    fn end(&mut self, index: usize, close: Close) -> Result<(), Halt> {
        let connection = &mut self.connections[index];
        connection.note_received(index, self.recording);
        if connection.ended && close == Close::Eof {
            return Ok(());
        }
        match (close, &mut connection.link) {
            (_, None) => {}
            (Close::Eof, Some(link)) => link.end(&mut connection.inbox),
            (Close::Close, Some(link)) => link.vanish(false),
            (Close::Reset, Some(link)) => link.vanish(true),
        }
        self.note_timer(index);
        self.check_crash(index)?;
        let connection = &mut self.connections[index];
        if close != Close::Eof {
            if let Some(link) = connection.link.take() {
                link.leave(self.gap, self.stop);
            }
            connection.read = connection.inbox.len();
        }
        connection.ended = true;
        self.restart_clock();
        self.recording.note(|| TranscriptEvent::Ended(index, close));
        Ok(())
    }

    /// Sends the burst that was gathered, under the delivery. Its FIN rides with the last byte if
    /// `ending` says so.
    pub(super) fn flush(&mut self, ending: Option<Close>) -> Result<(), Halt> {
        let Some(index) = self.burst.connection else { return Ok(()) };
        if self.burst.bytes.is_empty() {
            self.burst.clear();
            return Ok(());
        }
        self.open(index)?;
        self.check_that_it_is_not_early()?;
        let connection = &mut self.connections[index];
        connection.bursts += 1;
        let number = connection.bursts;
        let burst = std::mem::take(self.burst);
        self.recording.note_burst(index, number, self.begun, &burst.bytes);
        let (length, vanish) = self.end_of_burst(index, number, burst.bytes.len());
        let half_closes =
            self.delivery.ending == Ending::HalfClose && number == self.shape.bursts_of(index);
        let fin_rides = half_closes || ending == Some(Close::Eof);
        self.let_server_read(index, fin_rides && self.delivery.ending == Ending::HalfClose);
        let at = Cut { connection: index, burst: number, offset: 0 };
        let fin = fin_rides && vanish.is_none();
        let answered_before = self.connections[index].inbox.len();
        let sent = match self.follow(at, &burst.bytes[..length], fin) {
            Ok(()) => self.segments(&burst, at, length, fin),
            Err(is_known) => Err(is_known),
        };
        self.compare_with_copy(index, answered_before);
        let trailing_pause = burst.trailing_pause();
        *self.burst = burst.emptied();
        sent?;
        if let Some(how) = vanish {
            return self.vanish(index, how, length > 0);
        }
        if fin_rides {
            self.connections[index].ended = true;
            self.recording.note(|| TranscriptEvent::Ended(index, Close::Eof));
        }
        if let Some(pause) = trailing_pause {
            self.rest(pause);
        }
        Ok(())
    }

    /// How much of a burst is sent, and how the client vanishes after it, if it does.
    fn end_of_burst(
        &mut self,
        index: usize,
        number: usize,
        length: usize,
    ) -> (usize, Option<Vanish>) {
        match self.delivery.ending {
            Ending::Vanish { at, how } if (at.connection, at.burst) == (index, number) => {
                if at.offset <= length {
                    return (at.offset, Some(how));
                }
                self.skipped += 1;
                (length, None)
            }
            _ => (length, None),
        }
    }

    /// Lets the server read what was sent before, ahead of another burst.
    fn let_server_read(&mut self, index: usize, blocks_in_read: bool) {
        let connection = &mut self.connections[index];
        let Some(link) = &mut connection.link else { return };
        if blocks_in_read {
            // Before its `accept` any server would find data and FIN at once, which proves
            // nothing: wait until it blocks in a read.
            link.settle(self.gap, &mut connection.inbox, self.stop);
        } else {
            // A server that answers before it has read all must not get this burst glued to the
            // rest of the last one.
            link.catch_up(self.gap, &mut connection.inbox, self.stop);
        }
    }

    /// Sends the segments of a burst, up to `length`.
    fn segments(
        &mut self,
        burst: &PendingBurst,
        mut at: Cut,
        length: usize,
        fin: bool,
    ) -> Result<(), Halt> {
        let index = at.connection;
        let waits_before = match &self.delivery.cuts {
            Cuts::At(cuts) => cuts.contains(&at),
            _ => false,
        };
        if waits_before && self.delivery.order == Order::Interleaved {
            self.interleave()?;
        } else if waits_before {
            self.rest(self.delivery.pause);
        }
        while at.offset < length {
            let (end, pause) = burst.next_border(&self.delivery.cuts, at, length);
            let segment = &burst.bytes[at.offset..end];
            let is_last = end == length;
            let connection = &mut self.connections[index];
            connection.note_received(index, self.recording);
            if let Some(link) = connection.link.as_mut().filter(|_| !connection.ended) {
                let (fin, inbox) = (fin && is_last, &mut connection.inbox);
                if link.send(segment, fin, inbox, self.timeout, self.stop) == Sending::Stuck {
                    let demand = Demand::ReadsWhatIsSent;
                    return Err(self.mismatch(index, self.place(), demand, Then::Silence));
                }
            }
            self.note_timer(index);
            self.tick();
            self.recording.note(|| TranscriptEvent::Sent(index, segment.to_vec()));
            at.offset = end;
            if !is_last {
                // Also if the server has crashed: it was cut here from what was to follow.
                self.recording.note_border(at);
            }
            self.check_crash(index)?;
            if !is_last {
                self.settle(index);
                if self.delivery.order == Order::Interleaved {
                    self.interleave()?;
                }
                let pause = pause.max(self.delivery.pause);
                if !pause.is_zero() {
                    self.rest(pause);
                }
            }
        }
        self.skipped += burst.skipped(&self.delivery.cuts, at);
        self.restart_clock();
        Ok(())
    }

    /// Makes the end of the last segment a real cut.
    fn settle(&mut self, index: usize) {
        let connection = &mut self.connections[index];
        if let Some(link) = &mut connection.link {
            let quality = link.settle(self.gap, &mut connection.inbox, self.stop);
            self.quality = self.quality.max(quality);
            self.tick();
            self.recording.note(|| TranscriptEvent::Cut(index, quality));
            self.connections[index].note_received(index, self.recording);
        }
    }

    /// The client vanishes: it takes what has come, and reads no more.
    fn vanish(&mut self, index: usize, how: Vanish, has_sent: bool) -> Result<(), Halt> {
        if has_sent {
            self.settle(index);
        }
        if self.wanted.waits.is_full() || self.server.abilities().quiet {
            self.collect_until_quiet(index, self.limits.quiet_for);
        }
        let close = if how == Vanish::Rst { Close::Reset } else { Close::Close };
        let read = self.connections[index].read;
        self.end(index, close)?;
        // What it took is still to be judged.
        self.connections[index].read = read;
        self.vanished = Some(index);
        if self.is_with_client() || !self.conversation.listens() {
            self.connections.iter_mut().for_each(|connection| connection.link = None);
        }
        Ok(())
    }
}
