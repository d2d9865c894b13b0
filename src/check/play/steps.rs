//! One play while it goes on, step by step through its conversation.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::burst::PendingBurst;
use super::connection::Connection;
use super::outcome::{Limits, Outcome, Wanted};
use super::prover::Prover;
use super::recording::Recording;
use super::values::Values;
use crate::check::finding::{Demand, Mismatch, Then, TranscriptEvent};
use crate::delivery::{Delivery, Order, Shape};
use crate::peer::{Peer, Quality, Target, TargetError};
use crate::script::{Action, Conversation, Count, Op, PAYLOAD_LIMIT, Place, STATEMENT_LIMIT, Step};

/// Why a play ends before its conversation does.
pub(super) enum Halt {
    /// A claim was not met.
    Mismatch(Box<Mismatch>),
    /// A client vanished, and all that it had taken is judged; or somebody stopped the play.
    Done,
    /// The play could not take place.
    Failed(Box<TargetError>),
}

impl From<Box<Mismatch>> for Halt {
    fn from(mismatch: Box<Mismatch>) -> Self {
        Halt::Mismatch(mismatch)
    }
}

/// One play while it goes on.
pub(super) struct Play<'p, 't> {
    pub(super) conversation: &'p Conversation,
    pub(super) delivery: &'p Delivery,
    pub(super) shape: &'p Shape,
    pub(super) wanted: Wanted,
    /// How long an expectation without a `within` is waited for.
    pub(super) timeout: Duration,
    /// How long the server has at a cut that can't be confirmed.
    pub(super) gap: Duration,
    pub(super) limits: &'p Limits,
    /// Whether this play has a server of its own, which may end with it.
    pub(super) fresh: bool,
    pub(super) stop: &'p AtomicBool,
    pub(super) target: &'p Target,
    pub(super) server: &'p mut Peer<'t>,
    pub(super) values: &'p mut Values,
    pub(super) connections: &'p mut Vec<Connection>,
    pub(super) burst: &'p mut PendingBurst,
    pub(super) scratch: &'p mut Vec<u8>,
    pub(super) recording: &'p mut Recording,
    pub(super) prover: &'p mut Option<Prover>,
    /// The connection that vanished.
    pub(super) vanished: Option<usize>,
    /// When the play began; none in virtual time.
    pub(super) start: Option<Instant>,
    /// The moment from which `timeout` counts; none in virtual time.
    pub(super) anchor: Option<Instant>,
    /// How much virtual time has passed since the play began.
    pub(super) clock: Duration,
    /// The moment in it from which `timeout` counts.
    pub(super) virtual_anchor: Duration,
    /// How often cores were woken since the client has done something.
    pub(super) wakes: u32,
    /// The weakest of the cuts so far.
    pub(super) quality: Quality,
    /// How many places of the delivery the conversation did not reach.
    pub(super) skipped: u64,
    /// How many statements were played.
    pub(super) statements: usize,
    /// How many steps have begun.
    pub(super) begun: usize,
    /// The index of the op that is played.
    pub(super) op: usize,
    /// Whether any byte was answered on a connection that was opened anew since.
    pub(super) answered: bool,
    /// The connections that are listened for on one port, as long as more of them follow.
    pub(super) listening: Vec<usize>,
    /// How many connections came that nobody has listened for.
    pub(super) waiting: usize,
    /// Whether the client came again after its connections had vanished.
    pub(super) reconnects: bool,
}

impl Play<'_, '_> {
    /// Plays the conversation to its end, or to the first claim that is not met.
    pub(super) fn run(&mut self) -> Result<(), Halt> {
        let conversation = self.conversation;
        let end = self.ops(&conversation.ops, true).and_then(|()| self.finish());
        let end = match end {
            Ok(()) | Err(Halt::Done) if self.vanished.is_some() && self.is_with_client() => {
                self.end_after_vanishing()
            }
            end => end,
        };
        for (index, connection) in self.connections.iter_mut().enumerate() {
            connection.note_rest(index, self.recording);
        }
        if end.is_ok() {
            self.skipped += self.places_not_reached();
        }
        end.map_err(|halt| match self.with_death(halt) {
            Halt::Mismatch(mismatch) => {
                let law = self.blamed(mismatch.law);
                Halt::Mismatch(Box::new(Mismatch { step: self.begun, law, ..*mismatch }))
            }
            halt => halt,
        })
    }

    /// How it went, but for its mismatch.
    pub(super) fn outcome(&self) -> Outcome {
        Outcome {
            mismatch: None,
            quality: self.quality,
            skipped: self.skipped,
            answered: self.is_answered(),
            waiting: self.waiting,
            reconnects: self.reconnects,
        }
    }

    /// Whether a client has connected to us, and not we to a server.
    pub(super) fn is_with_client(&self) -> bool {
        self.server.abilities().connects
    }

    /// Whether any byte was answered.
    pub(super) fn is_answered(&self) -> bool {
        self.answered || self.connections.iter().any(|connection| !connection.inbox.is_empty())
    }

    fn ops(&mut self, ops: &[Op], top: bool) -> Result<(), Halt> {
        for (index, op) in ops.iter().enumerate() {
            if top {
                self.op = index;
            }
            self.count_statement()?;
            match op {
                Op::Step(step) => self.step(step)?,
                Op::Let { slot, payload } => self.values.assign(self.server, *slot, payload),
                Op::Repeat { times, index, body, place } => {
                    let times = self.count(*times, *place, 0)?;
                    for number in 1..=times {
                        self.count_statement()?;
                        if let Some(slot) = index {
                            self.values.set(*slot, number.to_string().as_bytes());
                        }
                        self.ops(body, false)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Sets the time of what is recorded next.
    pub(super) fn tick(&mut self) {
        if self.recording.on {
            self.recording.now = self.start.map_or(Duration::ZERO, |start| start.elapsed());
        }
    }

    fn step(&mut self, step: &Step) -> Result<(), Halt> {
        let connection = step.connection;
        self.tick();
        if self.ends_burst(step) {
            self.flush(None)?;
        }
        self.begun += 1;
        if let Some(vanished) = self.vanished {
            // The expectations right after the burst judge what the client took before it
            // vanished. Nothing else is played.
            return match &step.action {
                Action::Expect { what, .. } if connection == vanished => {
                    self.expect_so_far(step, what)
                }
                Action::Send { .. } | Action::Open | Action::Listen(_)
                    if connection == vanished =>
                {
                    Err(Halt::Done)
                }
                _ => Ok(()),
            };
        }
        if self.recording.on {
            let step = self.values.resolved(self.server, step);
            self.recording.steps.push(step);
        }
        match &step.action {
            Action::Open => self.open_anew(connection),
            Action::Listen(port) => self.listen_for(connection, *port),
            Action::Pause(duration) => self.pause(*duration),
            Action::Send { payload, ending } => self.send(connection, payload, *ending),
            Action::Expect { what, within } => {
                self.open(connection)?;
                self.expect(step, what, *within)
            }
        }
    }

    /// Whether the burst that is being gathered ends before the step.
    fn ends_burst(&self, step: &Step) -> bool {
        match &step.action {
            Action::Open | Action::Listen(_) | Action::Expect { .. } => true,
            Action::Pause(_) => self.vanished.is_some(),
            Action::Send { .. } => {
                self.burst.connection.is_some_and(|other| other != step.connection)
            }
        }
    }

    fn open_anew(&mut self, index: usize) -> Result<(), Halt> {
        let connection = &mut self.connections[index];
        connection.note_received(index, self.recording);
        self.answered |= !connection.inbox.is_empty();
        connection.open_anew();
        self.recording.note(|| TranscriptEvent::Opened(index));
        self.open(index)
    }

    fn pause(&mut self, duration: Duration) -> Result<(), Halt> {
        if self.delivery.order == Order::Joined {
            return Ok(());
        }
        if self.burst.connection.is_some() {
            self.burst.pause(duration);
        } else {
            self.rest(duration);
        }
        Ok(())
    }

    /// Counts a statement. What depends on an answer is bounded in the play: how many statements
    /// there are, and how much they send.
    fn count_statement(&mut self) -> Result<(), Halt> {
        self.statements += 1;
        if self.stop.load(Ordering::Relaxed) {
            return Err(Halt::Done);
        }
        if self.values.has_overflowed() {
            return Err(self.limit(&format!("a payload of more than {PAYLOAD_LIMIT} bytes")));
        }
        if self.statements > STATEMENT_LIMIT {
            return Err(self.limit(&format!("more than {STATEMENT_LIMIT} statements")));
        }
        Ok(())
    }

    /// Ends a play that goes beyond one of our own limits.
    pub(super) fn limit(&self, limit: &str) -> Halt {
        Halt::Failed(Box::new(TargetError::limit(&self.target.to_string(), limit)))
    }

    /// A count. It is a mismatch if a captured one is not a number.
    pub(super) fn count(&self, count: Count, place: Place, connection: usize) -> Result<u64, Halt> {
        let known = self.values.count(self.server, count);
        known.ok_or_else(|| {
            // After a client vanished nothing more is captured.
            let (Count::Variable(slot), None) = (count, self.vanished) else { return Halt::Done };
            let demand = Demand::NumberIn(self.conversation.variables[slot].clone());
            let mut held = Vec::new();
            self.values.append_variable(self.server, slot, &mut held);
            Mismatch::of_answer(place, connection, demand, &held, Then::WrongBytes).into()
        })
    }

    /// The mismatch of a claim on a connection: what has arrived there and was not taken is what
    /// came instead.
    pub(super) fn mismatch(
        &self,
        connection: usize,
        place: Place,
        demand: Demand,
        then: Then,
    ) -> Halt {
        let actual = self.connections[connection].unread();
        Mismatch::of_answer(place, connection, demand, actual, then).into()
    }

    /// Where the statement stands that is played.
    pub(super) fn place(&self) -> Place {
        match self.conversation.ops.get(self.op) {
            Some(Op::Step(step)) => step.place,
            _ => Place::default(),
        }
    }
}
