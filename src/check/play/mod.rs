//! One conversation, one delivery, one server: what happens, and whether every claim is met.
//!
//! A [`Player`] is what outlives a play: its server, and the buffers that it uses again, so that a
//! play in memory allocates nothing but what the server does. A [`Play`] is one play while it goes
//! on: `steps` goes through the conversation, `send` cuts what it sends, `expect` waits for what it
//! expects, and `judge` decides, which is pure.

mod accept;
mod burst;
mod client;
mod connection;
mod death;
mod expect;
mod finish;
mod interleave;
mod judge;
mod outcome;
mod prove;
mod prover;
mod recording;
mod send;
mod steps;
mod values;
mod wait;
mod watched;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use self::burst::PendingBurst;
use self::connection::Connection;
pub(super) use self::judge::{pattern_of, without_ignored};
pub use self::outcome::{Limits, Outcome, Patience, Waits, Wanted};
pub(super) use self::prover::{Begun, Prover, with_cuts};
pub use self::recording::{Learned, Recording, Sent};
use self::steps::{Halt, Play};
use self::values::Values;
use self::watched::Watched;
use crate::check::finding::{Mismatch, ObservedPlay};
use crate::delivery::{Delivery, Ending, Shape};
use crate::peer::{Arrival, Deadline, Death, Link, Peer, Quality, Target, TargetError, Wait};
use crate::script::Conversation;

/// Plays conversations against a server, one after the other.
pub struct Player<'t> {
    target: &'t Target,
    server: Peer<'t>,
    stop: &'t AtomicBool,
    limits: Limits,
    /// Whether each play has a server of its own, which may end with it.
    fresh: bool,
    /// Whether the next play comes to the server of the last one all the same.
    stays: bool,
    /// Whether a server is known to answer its second client otherwise than its first.
    serves_one: bool,
    values: Values,
    connections: Vec<Connection>,
    burst: PendingBurst,
    scratch: Vec<u8>,
    recording: Recording,
    watched: Watched,
    /// The plays are those of a proof.
    prover: Option<Prover>,
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
            stays: false,
            serves_one: false,
            values: Values::default(),
            connections: Vec::new(),
            burst: PendingBurst::default(),
            scratch: Vec::new(),
            recording: Recording::default(),
            watched: Watched::default(),
            prover: None,
        }
    }

    /// The same, but each play has a server of its own if recut can start one; it may end with
    /// the play.
    pub fn fresh(self, fresh: bool) -> Self {
        Self { fresh, ..self }
    }

    /// The same, but a server is known to answer its second client otherwise than its first.
    pub(super) fn serving_one(self, serves_one: bool) -> Self {
        Self { serves_one, ..self }
    }

    /// Whether a server is known to answer its second client otherwise than its first.
    pub(super) fn serves_one(&self) -> bool {
        self.serves_one
    }

    /// Another player of the same kind against the same target.
    pub(super) fn another(&self) -> Self {
        let another = Self::new(self.target, self.limits.clone(), self.stop);
        Self { fresh: self.fresh, serves_one: self.serves_one, ..another }
    }

    /// Whether each play has a server of its own.
    pub(super) fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// How the server of the last play died, if it is ours and has.
    pub(super) fn death_of_last(&mut self) -> Option<Death> {
        self.server.is_dead().then(|| self.server.death()).flatten()
    }

    /// Makes the next play come to the server of the last one, even if each has one of its own.
    pub(super) fn stay(&mut self) {
        self.stays = true;
    }

    /// From now on what happens in the plays is kept, so that a mismatch can tell of it.
    pub(super) fn watch(&mut self) {
        self.watched.begin();
    }

    /// The last plays on the server, if they were watched.
    pub(super) fn watched(&self) -> Vec<ObservedPlay> {
        self.watched.plays()
    }

    /// From now on the plays are those of a proof.
    pub(super) fn prover(&mut self) -> &mut Prover {
        self.prover.get_or_insert_default()
    }

    /// Starts the server anew, if it is ours to start.
    pub fn restart(&mut self) {
        self.watched.forget();
        self.server.restart();
    }

    /// The server, as it is between plays.
    pub fn server(&mut self) -> &mut Peer<'t> {
        &mut self.server
    }

    /// How long the plays of this player wait.
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether somebody has ended all waits: what a play says then is worth nothing.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// What was recorded of the last play, if that play wanted a transcript.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// How long the values of the predefined variables are, in bytes.
    pub fn predefined_lengths(&self) -> [usize; 3] {
        self.values.predefined_lengths(&self.server)
    }

    /// A client that connects and says nothing, and that the server has had time to turn to: else
    /// a thread for the next client could come first. None if it can't connect.
    pub(super) fn silent_client(&mut self) -> Option<Link> {
        let mut inbox = Vec::new();
        let mut link = self.server.open(&mut inbox, self.limits.timeout, self.stop).ok()?;
        // In virtual time all that was to be done for it is done.
        if !self.target.abilities().virtual_time {
            let until = Deadline::after(self.limits.quiet_for);
            let wait = Wait { until: Some(until), or_quiet: true, stop: self.stop };
            while link.arrive(&mut inbox, wait) == Arrival::Bytes && !until.is_over() {
                inbox.clear();
            }
        }
        Some(link)
    }

    /// Plays a conversation; `shape` is that of its baseline.
    ///
    /// # Errors
    ///
    /// If the play could not take place: the server can't be started, or reached. A claim that is
    /// not met is not an error.
    pub fn play(
        &mut self,
        conversation: &Conversation,
        delivery: &Delivery,
        shape: &Shape,
        wanted: Wanted,
    ) -> Result<Outcome, TargetError> {
        if self.fresh && !std::mem::take(&mut self.stays) {
            self.restart();
        }
        let ports: Vec<_> = conversation.ports.iter().map(|port| port.name.as_str()).collect();
        self.server.begin(&ports, self.stop)?;
        if !self.watched.is_aftermath() {
            self.server.begin_output();
        }
        self.connections.resize_with(conversation.connections.len(), Connection::default);
        self.connections.iter_mut().for_each(Connection::clear);
        self.values.clear(conversation.variables.len(), self.prover.is_some());
        self.burst.clear();
        self.recording.clear(wanted.transcript || self.watched.is_on());
        let timeout = conversation.settings.timeout.unwrap_or(self.limits.timeout);
        let start = (!self.target.abilities().virtual_time).then(Instant::now);
        let mut play = Play {
            conversation,
            delivery,
            shape,
            wanted,
            timeout: wanted.waits.timeout(timeout),
            gap: self.limits.gap.max(wanted.waits.gap_at_least),
            limits: &self.limits,
            fresh: self.fresh,
            stop: self.stop,
            target: self.target,
            server: &mut self.server,
            values: &mut self.values,
            connections: &mut self.connections,
            burst: &mut self.burst,
            scratch: &mut self.scratch,
            recording: &mut self.recording,
            prover: &mut self.prover,
            vanished: None,
            start,
            anchor: start,
            clock: Duration::ZERO,
            virtual_anchor: Duration::ZERO,
            wakes: 0,
            quality: Quality::Confirmed,
            skipped: 0,
            statements: 0,
            begun: 0,
            op: 0,
            answered: false,
            listening: Vec::new(),
            waiting: 0,
            reconnects: false,
        };
        play.set_ports();
        let end = play.run();
        let mut outcome = play.outcome();
        self.connections.iter_mut().for_each(|connection| connection.link = None);
        if self.watched.is_on() {
            let names = &conversation.connections;
            let words = delivery.words(names);
            let transcript = &self.recording.transcript;
            self.watched.add(ObservedPlay::new(words, names, transcript, start.is_some()));
        }
        outcome.mismatch = match end {
            Ok(()) | Err(Halt::Done) => None,
            Err(Halt::Mismatch(mismatch)) => {
                Some(Box::new(Mismatch { plays: self.watched(), ..*mismatch }))
            }
            Err(Halt::Failed(error)) => {
                self.server.set_spoiled(true);
                return Err(*error);
            }
        };
        // Only a play that went well from end to end shows that nothing is left behind.
        let is_broken = outcome.mismatch.is_some();
        let vanishes = matches!(delivery.ending, Ending::Vanish { .. });
        if is_broken || vanishes || *delivery == Delivery::UNCUT {
            self.server.set_spoiled(is_broken || vanishes);
        }
        Ok(outcome)
    }
}
