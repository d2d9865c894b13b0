//! The end of a conversation with a client, and its result.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::judge::INBOX_LIMIT;
use super::steps::{Halt, Play};
use super::without_ignored;
use crate::check::finding::{Demand, Mismatch, Then, TranscriptEvent};
use crate::delivery::Delivery;
use crate::peer::{Arrival, ClientEnd, Deadline};
use crate::script::syntax::Close;
use crate::script::{Claimed, ClientResult, Conversation, Place};

/// How long it is looked at a connection before it is looked whether the result is there: at first
/// and at most.
const LOOKS: (Duration, Duration) = (Duration::from_micros(200), Duration::from_millis(5));

/// How long it is waited for a result before it is looked whether to stop.
const SLICE: Duration = Duration::from_millis(50);

impl Play<'_, '_> {
    /// Ends a conversation with a client: nothing more is sent, what it still says is taken, and
    /// its result is judged.
    pub(super) fn end_with_client(&mut self) -> Result<(), Halt> {
        for index in 0..self.connections.len() {
            let connection = &mut self.connections[index];
            if let Some(link) = connection.link.as_mut().filter(|_| !connection.ended) {
                // The FIN is not to come with the last bytes: that is another delivery.
                link.catch_up(self.gap, &mut connection.inbox, self.stop);
                link.end(&mut connection.inbox);
                connection.ended = true;
                self.recording.note(|| TranscriptEvent::Ended(index, Close::Eof));
            }
        }
        let start = Instant::now();
        let mut rest = LOOKS.0;
        let mut end = None;
        while end.is_none() && self.has_links() && start.elapsed() < self.timeout && !self.stopped()
        {
            self.drain(rest);
            rest = (rest * 2).min(LOOKS.1);
            end = self.result(Duration::ZERO)?;
        }
        self.connections.iter_mut().for_each(|connection| connection.link = None);
        let end = match end {
            Some(end) => Some(end),
            None => self.await_result()?,
        };
        self.waiting = self.server.clear_backlog();
        self.judge_result(end)
    }

    /// A driver that has answered uncut, with all connections open, before all was sent, has not
    /// waited for it. If something is cut, an early answer is what it came to.
    pub(super) fn check_that_it_is_not_early(&mut self) -> Result<(), Halt> {
        if *self.delivery != Delivery::UNCUT || !self.server.has_spoken() {
            return Ok(());
        }
        // It may close right after it has told what came of it.
        let soon = self.now_plus(self.limits.quiet_for);
        for index in 0..self.connections.len() {
            let has_ended = match self.connections[index].link {
                None => true,
                Some(_) => loop {
                    match self.wait(index, Some(soon), false) {
                        Arrival::Bytes if self.connections[index].inbox.len() <= INBOX_LIMIT => {}
                        Arrival::Eof | Arrival::Reset => break true,
                        _ => break false,
                    }
                },
            };
            if has_ended {
                return Ok(());
            }
        }
        match self.server.spoke_early() {
            Some(error) => Err(Halt::Failed(Box::new(error))),
            None => Ok(()),
        }
    }

    fn has_links(&self) -> bool {
        self.connections.iter().any(|connection| connection.link.is_some())
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Takes what the client still says; a connection that it has ended is closed.
    fn drain(&mut self, mut slice: Duration) {
        for index in 0..self.connections.len() {
            if self.connections[index].link.is_none() {
                continue;
            }
            let arrival = self.wait(index, Some(self.now_plus(slice)), false);
            slice = Duration::ZERO;
            let connection = &mut self.connections[index];
            if matches!(arrival, Arrival::Eof | Arrival::Reset) {
                connection.link = None;
            }
            // What nothing expects is not kept without end.
            connection.inbox.truncate(INBOX_LIMIT);
        }
    }

    fn result(&mut self, wait: Duration) -> Result<Option<ClientEnd>, Halt> {
        self.server.result(wait).map_err(|error| Halt::Failed(Box::new(error)))
    }

    /// Waits for the result; none if it does not come in time.
    fn await_result(&mut self) -> Result<Option<ClientEnd>, Halt> {
        let until = Deadline::after(self.timeout);
        loop {
            let end = self.result(SLICE.min(until.left()))?;
            if end.is_some() || until.is_over() {
                return Ok(end);
            }
            if self.stopped() {
                return Err(Halt::Done);
            }
        }
    }

    /// The client has lost its connections in the midst of the conversation. It must end in time,
    /// and not by a signal; what it says of it is its own affair.
    pub(super) fn end_after_vanishing(&mut self) -> Result<(), Halt> {
        self.server.refuse();
        let end = match self.await_result()? {
            Some(end) => Some(end),
            None => self.await_return()?,
        };
        match end {
            Some(ClientEnd::Result { end, output, .. }) => {
                self.recording.result = Some(self.result_of(end, &output));
                Ok(())
            }
            _ if self.reconnects => Ok(()),
            end => self.judge_result(end),
        }
    }

    /// One that has not ended may try to connect again: then it is not judged. It is waited for
    /// longer than before, so that one that tries as often as the time limit is met in between.
    fn await_return(&mut self) -> Result<Option<ClientEnd>, Halt> {
        self.server.listen_again();
        let until = Deadline::after(self.timeout.saturating_mul(3) / 2);
        while !until.is_over() && !self.stopped() {
            let end = self.result(LOOKS.1)?;
            self.reconnects = self.server.clear_backlog() > 0;
            if end.is_some() || self.reconnects {
                return Ok(end);
            }
        }
        if self.stopped() { Err(Halt::Done) } else { Ok(None) }
    }

    /// Whether what came of the conversation is what came of it uncut, and what is claimed.
    fn judge_result(&mut self, end: Option<ClientEnd>) -> Result<(), Halt> {
        let (end, code, output) = match end {
            Some(ClientEnd::Result { end, code, output }) => (end, code, output),
            Some(ClientEnd::Crashed(how)) => {
                return Err(self.unmet_result(None, Demand::ClientEnds, &[], Then::Crashed(how)));
            }
            None => return Err(self.unmet_result(None, Demand::ClientEnds, &[], Then::Silence)),
        };
        let how = match &end {
            Some(how) => format!("it ended ({how})"),
            None => "it answered".to_owned(),
        };
        let then = || Then::Ended(how.clone());
        for claim in &self.conversation.claims {
            let (holds, demand) = match &claim.what {
                Claimed::Exit(wanted) => (code == Some((*wanted).into()), format!("exit {wanted}")),
                Claimed::Output(pattern) => {
                    (pattern.is_match(&output), format!("output re\"{}\"", pattern.as_str()))
                }
            };
            if !holds {
                let demand = Demand::Stated(demand);
                return Err(self.unmet_result(Some(claim.place), demand, &output, then()));
            }
        }
        let result = self.result_of(end, &output);
        match &self.conversation.result {
            Some(uncut) if *uncut != result && !self.wanted.learn => {
                let demand = Demand::Result(uncut.clone());
                Err(self.unmet_result(None, demand, &result.output, then()))
            }
            _ => {
                self.recording.result = Some(result);
                Ok(())
            }
        }
    }

    /// What the uncut conversation is compared by.
    fn result_of(&self, end: Option<String>, output: &[u8]) -> ClientResult {
        let output = without_ignored(output, &self.limits.ignore).into();
        ClientResult { end, output }
    }

    /// The mismatch of a claim on the client's end; without a place it stands at the last step.
    fn unmet_result(
        &self,
        place: Option<Place>,
        demand: Demand,
        output: &[u8],
        then: Then,
    ) -> Halt {
        let (last, index) = last_step(self.conversation);
        Mismatch::of_answer(place.unwrap_or(last), index, demand, output, then).into()
    }
}

/// Where the last step of a conversation stands, and its connection.
fn last_step(conversation: &Conversation) -> (Place, usize) {
    let last = conversation.steps().last();
    last.map_or((Place::default(), 0), |step| (step.place, step.connection))
}
