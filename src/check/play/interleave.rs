//! Another client, which has the whole conversation while the first one has sent half a message.

use std::time::Instant;

use super::burst::PendingBurst;
use super::connection::Connection;
use super::outcome::Wanted;
use super::recording::Recording;
use super::steps::{Halt, Play};
use super::values::Values;
use crate::check::finding::Mismatch;
use crate::delivery::{Delivery, Order};
use crate::peer::Quality;
use crate::script::Law;

impl Play<'_, '_> {
    /// Lets another client have the whole conversation, uncut: it must be served, and get its
    /// answers.
    pub(super) fn interleave(&mut self) -> Result<(), Halt> {
        let (mut values, mut connections) = (Values::default(), Vec::new());
        values.clear(self.conversation.variables.len(), false);
        connections.resize_with(self.conversation.connections.len(), Connection::default);
        let mut recording = Recording::watching(self.recording);
        let mut other = Play {
            conversation: self.conversation,
            delivery: &Delivery::UNCUT,
            shape: self.shape,
            wanted: Wanted { waits: self.wanted.waits, ..Wanted::default() },
            timeout: self.timeout,
            gap: self.gap,
            limits: self.limits,
            fresh: self.fresh,
            stop: self.stop,
            target: self.target,
            server: &mut *self.server,
            values: &mut values,
            connections: &mut connections,
            burst: &mut PendingBurst::default(),
            scratch: &mut Vec::new(),
            recording: &mut recording,
            prover: &mut None,
            vanished: None,
            start: self.start,
            anchor: self.anchor.map(|_| Instant::now()),
            clock: self.clock,
            virtual_anchor: self.clock,
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
        other.set_ports();
        let end = other.run();
        let clock = other.clock;
        let ours = self.connections.len();
        self.recording.note_another(&recording, ours);
        if self.anchor.is_none() {
            self.let_pass(clock);
        }
        self.restart_clock();
        self.tick();
        let end = end.map_err(|halt| match halt {
            Halt::Mismatch(mismatch) => {
                let connection = mismatch.connection + ours;
                Halt::Mismatch(Box::new(Mismatch { connection, ..*mismatch }))
            }
            halt => halt,
        });
        match end {
            // Silence and a close alike: it is not served while the first one is in the midst of
            // a message.
            Err(Halt::Mismatch(mismatch)) if matches!(mismatch.law, Law::CutOff | Law::Hangs) => {
                Err(Box::new(Mismatch { law: Law::Starves, ..*mismatch }).into())
            }
            Err(Halt::Mismatch(mismatch)) if mismatch.law == Law::Differs => {
                Err(Box::new(Mismatch { law: Law::Poisons, ..*mismatch }).into())
            }
            Err(halt) => Err(halt),
            Ok(()) => Ok(()),
        }
    }

    /// The law that a wrong answer breaks: if another client came in between, its doing.
    pub(super) fn blamed(&self, law: Law) -> Law {
        match law {
            Law::Differs if self.delivery.order == Order::Interleaved => Law::Poisons,
            law => law,
        }
    }
}
