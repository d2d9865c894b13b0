//! One conversation, one delivery, one server: what happens, and whether every claim is met.
//!
//! A [`Player`] is used for many plays and keeps its buffers, so that a play in memory allocates
//! nothing but what the server does.

mod burst;
mod ends;
mod expect;
mod finish;
mod judge;
mod outcome;
mod recording;
mod send;
mod values;
mod wait;

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use self::burst::Pending;
pub(super) use self::judge::{less, pattern_of};
pub use self::outcome::{Limits, Outcome, Waits, Wanted};
pub use self::recording::{Recording, Sent};
use super::mismatch::{Mismatch, Then};
use super::transcript::Event;
use crate::delivery::{Delivery, Ending, Order, Shape};
use crate::script::{Action, Conversation, Op, PAYLOAD_LIMIT, Place, STATEMENT_LIMIT, Step};
use crate::target::{Link, Quality, Server, Target, TargetError};

/// Why a play ends before its conversation does.
enum Halt {
    Mismatch(Box<Mismatch>),
    /// Somebody vanished, and all that was taken has been judged.
    Done,
    Failed(Box<TargetError>),
}

type Flow<T = ()> = Result<T, Halt>;

/// How much may arrive that nothing has expected yet, in bytes: no claim needs more.
const INBOX_LIMIT: usize = PAYLOAD_LIMIT + (1 << 20);

/// One side of a connection, as far as the play has come.
#[derive(Default)]
struct Line {
    link: Option<Link>,
    /// What arrived, and how much of it was expected.
    inbox: Vec<u8>,
    read: usize,
    /// How much of the inbox the transcript has.
    noted: usize,
    /// How many bursts it has sent.
    bursts: usize,
    /// Whether our side has ended.
    ended: bool,
    /// Whether the end of its other side was noted.
    end_noted: bool,
    joined: bool,
}

/// Plays conversations against a server, one after the other.
pub struct Player<'t> {
    target: &'t Target,
    server: Server<'t>,
    stop: &'t AtomicBool,
    /// The waits of this player.
    pub limits: Limits,
    /// Whether each play has a server of its own, which may end with it.
    pub fresh: bool,
    /// The number that makes `$play`; 0 until this play asks for it.
    play_number: Cell<u64>,
    lines: Vec<Line>,
    variables: Vec<Vec<u8>>,
    pending: Pending,
    scratch: Vec<u8>,
    answered: bool,
    /// Whether a quiet server ended the wait for an expectation.
    by_quiet: bool,
    /// Whether a payload was larger than any may be.
    overflow: Cell<bool>,
    recording: Recording,
}

/// What one play needs to know; it lives as long as the play.
struct Stage<'p> {
    conversation: &'p Conversation,
    delivery: &'p Delivery,
    shape: &'p Shape,
    wanted: Wanted,
    timeout: Duration,
    /// The connection that vanished.
    vanished: Option<usize>,
    /// What `timeout` counts from; none in virtual time.
    anchor: Option<Instant>,
    quality: Quality,
    skipped: u64,
    steps: usize,
    /// The index of the op that is played, where it is a step.
    op: usize,
}

impl<'t> Player<'t> {
    /// A player against a server of its own; `stop` ends its waits when it becomes true.
    pub fn new(target: &'t Target, limits: Limits, stop: &'t AtomicBool) -> Self {
        Self {
            target,
            server: target.start(),
            stop,
            limits,
            fresh: false,
            play_number: Cell::new(0),
            lines: Vec::new(),
            variables: Vec::new(),
            pending: Pending::default(),
            scratch: Vec::new(),
            answered: false,
            by_quiet: false,
            overflow: Cell::new(false),
            recording: Recording::default(),
        }
    }

    /// Starts the server anew, where it is ours to start.
    pub fn restart(&mut self) {
        self.server.restart();
    }

    /// The server, as it is between plays.
    pub fn server(&mut self) -> &mut Server<'t> {
        &mut self.server
    }

    /// Whether somebody has ended all waits: what a play says then is worth nothing.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// What was recorded of the last play, where it wanted that.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// Plays a conversation; `shape` is that of its baseline.
    ///
    /// # Errors
    ///
    /// Where the play could not take place: the server can't be started, or reached. A claim that
    /// is not met is no error.
    pub fn play(
        &mut self,
        conversation: &Conversation,
        delivery: &Delivery,
        shape: &Shape,
        wanted: Wanted,
    ) -> Result<Outcome, TargetError> {
        self.server.ensure(self.stop)?;
        self.reset(conversation);
        self.recording.clear(wanted.transcript);
        let timeout = conversation.settings.timeout.unwrap_or(self.limits.timeout);
        let mut stage = Stage {
            conversation,
            delivery,
            shape,
            wanted,
            timeout,
            vanished: None,
            anchor: (!self.target.is_virtual()).then(Instant::now),
            quality: Quality::Confirmed,
            skipped: 0,
            steps: 0,
            op: 0,
        };
        let halt = match self.ops(&mut stage, &conversation.ops, true) {
            Ok(()) => self.finish(&mut stage),
            Err(halt) => Err(halt),
        };
        let answered = self.answered || self.lines.iter().any(|line| !line.inbox.is_empty());
        (0..self.lines.len()).for_each(|connection| self.note_rest(connection));
        if halt.is_ok() {
            stage.skipped += self.places_not_reached(delivery);
        }
        let halt = halt.map_err(|halt| self.with_death(halt));
        for line in &mut self.lines {
            line.link = None;
        }
        let is_uncut = *delivery == Delivery::UNCUT;
        let mismatch = match halt {
            Ok(()) | Err(Halt::Done) => None,
            Err(Halt::Mismatch(mismatch)) => Some(mismatch),
            Err(Halt::Failed(error)) => {
                self.server.set_spoiled(true);
                return Err(*error);
            }
        };
        // Only a play that went well from end to end shows that nothing is left behind.
        let vanishes = matches!(delivery.ending, Ending::Vanish { .. });
        if mismatch.is_some() || is_uncut || vanishes {
            self.server.set_spoiled(mismatch.is_some() || vanishes);
        }
        let (quality, skipped, by_quiet) = (stage.quality, stage.skipped, self.by_quiet);
        Ok(Outcome { mismatch, quality, skipped, answered, by_quiet })
    }

    fn reset(&mut self, conversation: &Conversation) {
        self.lines.resize_with(conversation.connections.len(), Line::default);
        for line in &mut self.lines {
            line.inbox.clear();
            let inbox = std::mem::take(&mut line.inbox);
            *line = Line { inbox, ..Line::default() };
        }
        self.variables.resize_with(conversation.variables.len(), Vec::new);
        self.pending.clear();
        self.play_number.set(0);
        self.answered = false;
        self.by_quiet = false;
        self.overflow.set(false);
    }

    fn ops(&mut self, stage: &mut Stage<'_>, ops: &[Op], top: bool) -> Flow {
        for (index, op) in ops.iter().enumerate() {
            if top {
                stage.op = index;
            }
            self.count_step(stage)?;
            match op {
                Op::Step(step) => self.step(stage, step)?,
                Op::Let { slot, payload } => self.assign(*slot, payload),
                Op::Repeat { times, index, body, place } => {
                    let times = self.count(stage, *times, *place, 0)?;
                    for number in 1..=times {
                        self.count_step(stage)?;
                        if let Some(slot) = index {
                            self.set(*slot, number.to_string().as_bytes());
                        }
                        self.ops(stage, body, false)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn step(&mut self, stage: &mut Stage<'_>, step: &Step) -> Flow {
        let connection = step.connection;
        if self.ends_burst(stage, step) {
            self.flush(stage, None)?;
        }
        if let Some(vanished) = stage.vanished {
            // What was taken before is judged by what stands behind the burst; nothing else.
            return match &step.action {
                Action::Expect { what, .. } if connection == vanished => {
                    self.expect_so_far(stage, step, what)
                }
                Action::Send { .. } | Action::Open if connection == vanished => Err(Halt::Done),
                _ => Ok(()),
            };
        }
        if self.recording.on {
            let step = self.resolved(step);
            self.recording.steps.push(step);
        }
        match &step.action {
            Action::Open => self.reopen(stage, connection),
            Action::Pause(duration) => self.pause(stage, *duration),
            Action::Send { payload, ending } => self.send(stage, step, payload, *ending),
            Action::Expect { what, within } => {
                self.open(stage, connection)?;
                self.expect(stage, step, what, *within)
            }
        }
    }

    /// Whether what was gathered goes out before the step.
    fn ends_burst(&self, stage: &Stage<'_>, step: &Step) -> bool {
        match &step.action {
            Action::Open | Action::Expect { .. } => true,
            Action::Pause(_) => stage.vanished.is_some(),
            Action::Send { .. } => {
                self.pending.connection.is_some_and(|other| other != step.connection)
            }
        }
    }

    fn reopen(&mut self, stage: &mut Stage<'_>, connection: usize) -> Flow {
        self.note_received(connection);
        let line = &mut self.lines[connection];
        self.answered |= !line.inbox.is_empty();
        *line = Line { bursts: line.bursts, ..Line::default() };
        self.note(|| Event::Opened(connection));
        self.open(stage, connection)
    }

    fn pause(&mut self, stage: &mut Stage<'_>, duration: Duration) -> Flow {
        if stage.delivery.order == Order::Joined {
            return Ok(());
        }
        if self.pending.connection.is_some() {
            self.pending.pause(duration);
            return Ok(());
        }
        self.rest(stage, duration)
    }

    /// What depends on an answer is bounded in the play: how long it goes on, how much it sends.
    fn count_step(&mut self, stage: &mut Stage<'_>) -> Flow {
        stage.steps += 1;
        if self.stop.load(Ordering::Relaxed) {
            return Err(Halt::Done);
        }
        if stage.steps <= STATEMENT_LIMIT && !self.overflow.get() {
            return Ok(());
        }
        let expected = match self.overflow.get() {
            true => format!("payloads of at most {PAYLOAD_LIMIT} bytes"),
            false => format!("at most {STATEMENT_LIMIT} statements"),
        };
        let read = self.lines.first().map_or(0, |line| line.read);
        Err(self.mismatch(0, Place::default(), expected, read, Then::Went))
    }
}
