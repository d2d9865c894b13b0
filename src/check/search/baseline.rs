//! The baseline: the conversation uncut, played twice before anything else.

use std::time::{Duration, Instant};

use super::Search;
use super::sweep::Suspicion;
use crate::check::finding::{Mismatch, Omission, Tally, TranscriptEvent, Unchecked};
use crate::check::laws::baseline::broken as baseline_broken;
use crate::check::laws::fresh_client::gone;
use crate::check::play::{Learned, Player, Recording, Waits, Wanted, pattern_of, without_ignored};
use crate::delivery::{Delivery, Shape};
use crate::peer::TargetError;
use crate::script::{Action, Answer, Claimed, Conversation, Expected, Law};

const RECORDED: Wanted = Wanted { transcript: true, learn: false, waits: Waits::USUAL };

/// How a baseline broke; none if somebody interrupted it.
type Broken = Option<(Law, Box<Mismatch>)>;

impl Search<'_> {
    /// Plays the baseline twice; what was recorded of it, if the rest can be played.
    ///
    /// The answer to a raw stream is what came before the server was quiet. If that was nothing, or
    /// not the same the second time, "quiet" ended the wait too early: both are played again, and
    /// wait to the end.
    pub(super) fn baseline(
        &mut self,
        player: &mut Player<'_>,
        conversation: &mut Conversation,
    ) -> Result<Option<Recording>, TargetError> {
        let raw = conversation.clone();
        let patient = Wanted { waits: Waits::FULL, ..RECORDED };
        // A process is seen to be quiet within a millisecond: the rest of an answer is easily lost.
        let is_patient = raw.raw && player.server().abilities().quiet;
        let wanted = if is_patient { patient } else { RECORDED };
        let is_final = !raw.raw || is_patient || self.target.abilities().virtual_time;
        match self.baseline_with(player, conversation, wanted)? {
            Ok(recording) => return Ok(Some(recording)),
            Err(broken) if is_final || !is_of_quiet(&broken) => self.break_baseline(broken),
            Err(_) => {
                *conversation = raw;
                match self.baseline_with(player, conversation, patient)? {
                    Ok(recording) => return Ok(Some(recording)),
                    Err(broken) => self.break_baseline(broken),
                }
            }
        }
        Ok(None)
    }

    pub(super) fn break_baseline(&mut self, broken: Broken) {
        if let Some((law, mismatch)) = broken {
            if law == Law::Unrepeatable && !self.laws.contains(&law) {
                self.unchecked = Some(Unchecked::Volatile);
            }
            self.fail(law, mismatch);
            self.left_out.push((String::new(), Omission::Baseline));
        }
    }

    /// The same with these waits; how it broke, if it did and nobody interrupted it.
    pub(super) fn baseline_with(
        &mut self,
        player: &mut Player<'_>,
        conversation: &mut Conversation,
        wanted: Wanted,
    ) -> Result<Result<Recording, Broken>, TargetError> {
        let shape = Shape::default();
        let start = Instant::now();
        let first = player.play(conversation, &Delivery::UNCUT, &shape, wanted)?;
        self.play_time = start.elapsed();
        if player.is_stopped() {
            return Ok(Err(None));
        }
        self.tally = Tally::default();
        self.tally.count(first.quality);
        if let Some(mismatch) = baseline_broken(conversation, &first) {
            // A server that crashes uncut crashes all the same.
            let crashed = mismatch.law == Law::Crashed && self.laws.contains(&Law::Crashed);
            let law = if crashed { Law::Crashed } else { Law::Baseline };
            return Ok(Err(Some((law, mismatch))));
        }
        if conversation.one_way && self.tally.paced > 0 {
            // Nobody can say whether what was sent was read.
            self.unchecked = Some(Unchecked::NoLaw);
            return Ok(Err(None));
        }
        let mut recording = player.recording().clone();
        self.note_client(conversation, &recording, first.waiting);
        self.take_answer(conversation, &mut recording);
        conversation.result = recording.result.clone();
        let shape = recording.shape();
        let again = Wanted { transcript: false, ..wanted };
        let start = Instant::now();
        let second = match player.play(conversation, &Delivery::UNCUT, &shape, again) {
            Ok(second) => second,
            Err(error) => match gone(conversation, &error) {
                Some(mismatch) => {
                    self.target_lost = !self.target.abilities().restart;
                    return Ok(Err(Some((mismatch.law, mismatch))));
                }
                None => return Err(error),
            },
        };
        if second.mismatch.is_none() {
            // The first one may have waited for the server to start.
            self.play_time = start.elapsed();
        }
        let Some(mismatch) = second.mismatch.filter(|_| !player.is_stopped()) else {
            return Ok(Ok(recording));
        };
        if mismatch.law == Law::Crashed {
            return Ok(Err(Some((Law::Crashed, mismatch))));
        }
        // The second client is not served at all: the server is started anew, and the rest is
        // played.
        if !second.answered && self.target.abilities().restart {
            self.fail(Law::Wedged, mismatch);
            (self.alone, self.serves_one) = (true, true);
            player.restart();
            return Ok(Ok(recording));
        }
        self.target_lost |= !second.answered && !conversation.raw;
        let law = if second.answered { Law::Unrepeatable } else { Law::Wedged };
        Ok(Err(Some((law, mismatch))))
    }

    /// Notes what is to be known of a client: how long it takes to connect, connections that nobody
    /// listens for, an end that looks like an error.
    fn note_client(&mut self, conversation: &Conversation, first: &Recording, waiting: usize) {
        let mut note = |omission| self.left_out.push((String::new(), omission));
        if waiting > 0 {
            note(Omission::Unexpected(waiting));
        }
        let end = first.result.as_ref().and_then(|result| result.end.clone());
        let says_exit = conversation.claims.iter().any(|it| matches!(it.what, Claimed::Exit(_)));
        if let Some(end) = end.filter(|end| end != "exit status: 0" && !says_exit) {
            note(Omission::FailsUncut(end));
        }
        let mut events = first.transcript.events.iter().zip(&first.transcript.times);
        let came = events.find(|(event, _)| matches!(event, TranscriptEvent::Accepted(..)));
        self.start_up = came.map_or(Duration::ZERO, |(_, time)| *time);
    }

    pub(super) fn fail(&mut self, law: Law, mismatch: Box<Mismatch>) {
        if self.laws.contains(&law) {
            let suspicion = Suspicion { order: (0, 0), delivery: Delivery::UNCUT, mismatch };
            self.suspicions.push((law, suspicion));
        }
    }

    /// Makes the answer that a raw stream got the claim that every delivery must meet.
    pub(super) fn take_answer(&self, conversation: &mut Conversation, recording: &mut Recording) {
        for Learned { op, bytes, closed } in std::mem::take(&mut recording.learned) {
            let ignore = &self.options.limits.ignore;
            let pattern = (!ignore.is_empty()).then(|| pattern_of(&bytes, ignore));
            let bytes = without_ignored(&bytes, ignore).into();
            let learned = Expected::Answer(Some(Answer { bytes, closed, pattern }));
            let steps = recording.steps.get_mut(op).into_iter();
            for step in steps.chain(conversation.step_mut(op)) {
                if let Action::Expect { what: what @ Expected::Answer(None), .. } = &mut step.action
                {
                    *what = learned.clone();
                }
            }
        }
    }
}

/// Whether a baseline may have broken because "quiet" was taken for the end of an answer.
fn is_of_quiet(broken: &Broken) -> bool {
    matches!(broken, Some((Law::Baseline | Law::Unrepeatable, _)))
}
