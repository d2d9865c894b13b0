//! One conversation, one delivery, one server: what happens, and whether every claim is met.
//!
//! A [`Player`] is used for many plays and keeps its buffers, so that a play in memory allocates
//! nothing but what the server does.

mod burst;
mod expect;
mod finish;
mod judge;
mod outcome;
mod recording;
mod send;
mod values;

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use self::burst::Pending;
pub(super) use self::judge::{less, pattern_of};
pub use self::outcome::{Limits, Outcome, Wanted};
pub use self::recording::{Recording, Sent};
use super::mismatch::{Mismatch, Then};
use super::transcript::Event;
use crate::delivery::{Delivery, Order, Shape};
use crate::script::{Action, Conversation, Op, PAYLOAD_LIMIT, Place, STATEMENT_LIMIT, Step};
use crate::target::{Arrival, Link, Quality, Server, Target, TargetError, Wait};

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
    /// The number that makes `$play`; 0 until this play asks for it.
    play_number: Cell<u64>,
    lines: Vec<Line>,
    variables: Vec<Vec<u8>>,
    pending: Pending,
    scratch: Vec<u8>,
    answered: bool,
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
            play_number: Cell::new(0),
            lines: Vec::new(),
            variables: Vec::new(),
            pending: Pending::default(),
            scratch: Vec::new(),
            answered: false,
            overflow: Cell::new(false),
            recording: Recording::default(),
        }
    }

    /// Starts the server anew, where it is ours to start.
    pub fn restart(&mut self) {
        self.server = self.target.start();
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
    /// Where the play could not take place: the server can't be reached. A claim that is not met
    /// is no error.
    pub fn play(
        &mut self,
        conversation: &Conversation,
        delivery: &Delivery,
        shape: &Shape,
        wanted: Wanted,
    ) -> Result<Outcome, TargetError> {
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
        for line in &mut self.lines {
            line.link = None;
        }
        let mismatch = match halt {
            Ok(()) | Err(Halt::Done) => None,
            Err(Halt::Mismatch(mismatch)) => Some(mismatch),
            Err(Halt::Failed(error)) => return Err(*error),
        };
        Ok(Outcome { mismatch, quality: stage.quality, skipped: stage.skipped, answered })
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
            Action::Send { payload, .. } => {
                self.pending.connection.is_some_and(|other| other != step.connection)
                    || payload.pieces.is_empty()
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

    /// Lets time pass; what arrives meanwhile waits in the inboxes.
    fn rest(&mut self, stage: &mut Stage<'_>, duration: Duration) -> Flow {
        self.note(|| Event::Paused(duration));
        if stage.anchor.is_some() {
            let until = Instant::now() + duration;
            while !self.stop.load(Ordering::Relaxed) {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                std::thread::sleep(left.min(Duration::from_millis(50)));
            }
            stage.anchor = Some(Instant::now());
        }
        Ok(())
    }

    fn delivered(&mut self, stage: &mut Stage<'_>) {
        if let Some(anchor) = &mut stage.anchor {
            *anchor = Instant::now();
        }
    }

    fn open(&mut self, stage: &mut Stage<'_>, connection: usize) -> Flow {
        let line = &mut self.lines[connection];
        if line.link.is_none() && !line.ended {
            let link = self
                .server
                .open(&mut line.inbox, stage.timeout)
                .map_err(|error| Halt::Failed(Box::new(error)))?;
            line.link = Some(link);
            self.delivered(stage);
            self.check_crash(stage, connection)?;
        }
        Ok(())
    }

    /// Takes what comes until the server is quiet or has ended; how it ended, if it did.
    fn collect_until_quiet(&mut self, stage: &Stage<'_>, connection: usize) -> Option<Then> {
        let quiet_for = if stage.wanted.full_waits { stage.timeout } else { self.limits.quiet_for };
        let limit = stage.anchor.map(|_| Instant::now() + stage.timeout + quiet_for);
        loop {
            let until = limit.map(|limit| limit.min(Instant::now() + quiet_for));
            match self.arrive(connection, until) {
                Arrival::Bytes if self.unread(connection) > INBOX_LIMIT => return None,
                Arrival::Bytes => {}
                Arrival::Nothing => return None,
                Arrival::Eof => return Some(Then::Eof),
                Arrival::Reset => return Some(Then::Reset),
                Arrival::Crashed(message) => return Some(Then::Crashed(message)),
            }
        }
    }

    fn arrive(&mut self, connection: usize, until: Option<Instant>) -> Arrival {
        let stop = self.stop;
        let line = &mut self.lines[connection];
        match &mut line.link {
            Some(link) => link.arrive(&mut line.inbox, Wait { until, stop }),
            None => Arrival::Eof,
        }
    }

    fn unread(&self, connection: usize) -> usize {
        self.lines[connection].inbox.len() - self.lines[connection].read
    }

    fn mismatch(
        &self,
        connection: usize,
        place: Place,
        expected: String,
        from: usize,
        then: Then,
    ) -> Halt {
        const SHOWN: usize = 64 * 1024;
        let actual = &self.lines[connection].inbox[from..];
        let actual = actual[..actual.len().min(SHOWN)].to_vec();
        let law = super::mismatch::law_of(&then);
        Halt::Mismatch(Box::new(Mismatch { law, place, connection, expected, actual, then }))
    }

    fn check_crash(&mut self, stage: &Stage<'_>, connection: usize) -> Flow {
        let line = &self.lines[connection];
        if !line.link.as_ref().is_some_and(Link::has_crashed) {
            return Ok(());
        }
        let Arrival::Crashed(message) = self.arrive(connection, None) else { return Ok(()) };
        let place = match stage.conversation.ops.get(stage.op) {
            Some(Op::Step(step)) => step.place,
            _ => Place::default(),
        };
        let expected = "a server that lives on".to_owned();
        let read = self.lines[connection].read;
        Err(self.mismatch(connection, place, expected, read, Then::Crashed(message)))
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
