//! From what the search saw to findings: confirmed slowly, made smaller, written down.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::sweep::Suspicion;
use super::{Progress, Search};
use crate::check::finding::{Finding, Mismatch, Omission, reproducer};
use crate::check::laws::rule;
use crate::check::play::{Player, Recording, Waits, Wanted};
use crate::check::replay::Question;
use crate::check::shrink::{HURRY, Reproduction, Shrinker};
use crate::delivery::{Delivery, Shape};
use crate::script::{Conversation, Law, Place};

/// The time for confirming one finding: as many replays as fit, and at least one.
const CONFIRM_BUDGET: Duration = Duration::from_secs(60);

/// The time for shrinking one finding.
const SHRINK_BUDGET: Duration = Duration::from_secs(10);

/// Gaps are at least this long while a finding is confirmed.
const GENEROUS_GAP: Duration = Duration::from_millis(50);

impl<'s> Search<'s> {
    /// Confirms what the search saw, makes it smaller, and writes it down.
    pub(super) fn findings(
        &mut self,
        conversation: &Conversation,
        baseline: &Recording,
    ) -> Vec<Finding> {
        let mut suspicions: Vec<_> = std::mem::take(&mut self.suspicions).into_iter().collect();
        suspicions.sort_by_key(|(_, suspicion)| suspicion.order);
        let mut findings = Vec::new();
        for (law, suspicion) in suspicions {
            (self.progress)(Progress::Shrinking(law));
            match self.finding(conversation, baseline, law, suspicion) {
                Some(finding) => findings.push(finding),
                None => self.left_out.push((law.to_string(), Omission::Unconfirmed)),
            }
        }
        findings
    }

    /// The finding; none if somebody interrupted the check before it was confirmed.
    fn finding(
        &self,
        conversation: &Conversation,
        baseline: &Recording,
        law: Law,
        suspicion: Suspicion,
    ) -> Option<Finding> {
        let Suspicion { delivery, mismatch, .. } = suspicion;
        let whole = Reproduction::whole(conversation, delivery);
        let confirmed = match &self.error {
            // A server that died and does not come up again can't show it twice.
            Some(_) if law == Law::Crashed => (1, 1),
            _ => self.confirm(&whole, law),
        };
        if self.is_stopped() {
            return None;
        }
        let write = |reproduction: &Reproduction, seen: &Mismatch| {
            self.written(conversation, mismatch.place, law, reproduction, seen, confirmed)
        };
        let mut finding = write(&whole, &mismatch);
        if !finding.is_stable() || self.target_lost || rule(law).is_between_plays() {
            return Some(finding);
        }
        let broken = self.recorded(&whole);
        finding.sent = broken.transcript.sent_lines(&conversation.connections);
        let steps = if baseline.steps.is_empty() { &broken } else { baseline };
        let mut player = self.player();
        let mut shrinker = Shrinker::new(&mut player, law, &mismatch, SHRINK_BUDGET);
        let smallest = shrinker.smallest(conversation, steps, &broken, &whole.delivery);
        // What was made smaller in haste must still show when everything is waited for.
        let seen = smallest.and_then(|small| Some((self.seen(&small, law, Waits::FULL)?, small)));
        if let Some((seen, small)) = &seen {
            finding = write(small, seen);
            let names = &small.conversation.connections;
            finding.sent = self.recorded(small).transcript.sent_lines(names);
        }
        finding.map = shrinker.map(seen.as_ref().map_or(&whole, |(_, small)| small));
        Some(finding)
    }

    /// What happens in a play of the reproduction, as far as it is seen without long waits.
    fn recorded(&self, reproduction: &Reproduction) -> Recording {
        let mut player = self.player();
        let recorded =
            Wanted { transcript: true, learn: false, waits: Waits::USUAL.hurried(HURRY) };
        let mut shape = Shape::default();
        for delivery in [&Delivery::UNCUT, &reproduction.delivery] {
            let played = player.play(&reproduction.conversation, delivery, &shape, recorded);
            if played.is_ok() {
                shape = player.recording().shape();
            }
        }
        player.recording().clone()
    }

    pub(super) fn player(&self) -> Player<'s> {
        let limits = self.options.limits.clone();
        Player::new(self.target, limits, self.stop).fresh(self.options.fresh)
    }

    /// In how many of the replays that were asked for the law is broken, and of how many.
    fn confirm(&self, reproduction: &Reproduction, law: Law) -> (u32, u32) {
        let replays = self.options.confirm.max(1);
        let start = Instant::now();
        let (mut shown, mut played) = (0, 0);
        while played < replays && (played == 0 || start.elapsed() < CONFIRM_BUDGET) {
            // Once silence was waited for to its end, a quiet server shows it again.
            let waits = if shown == 0 { Waits::FULL } else { Waits::HASTY };
            shown += u32::from(self.seen(reproduction, law, waits).is_some());
            played += 1;
        }
        (shown, played)
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// How the law is broken in one replay with long gaps, if it is; on a server of its own if
    /// recut can start one.
    fn seen(&self, reproduction: &Reproduction, law: Law, waits: Waits) -> Option<Box<Mismatch>> {
        let question = Question {
            conversation: &reproduction.conversation,
            delivery: &reproduction.delivery,
            law,
            // The play that vouches for the uncut conversation must not itself rest on quiet.
            control: Waits::FULL.unhurried(GENEROUS_GAP),
            waits: waits.unhurried(GENEROUS_GAP),
            must_hold: false,
        };
        question.ask(&mut self.player())
    }

    /// The finding: its claim is pointed at in the user's own script, and what was seen is that of
    /// the reproduction.
    fn written(
        &self,
        conversation: &Conversation,
        claim: Place,
        law: Law,
        reproduction: &Reproduction,
        seen: &Mismatch,
        confirmed: (u32, u32),
    ) -> Finding {
        let Reproduction { conversation: small, delivery, .. } = reproduction;
        let Place { source, span } = reproduction.place(seen.place, claim);
        Finding {
            law,
            conversation: conversation.name.clone(),
            target: self.target.to_string(),
            options: self.target.option(),
            source: Arc::clone(&conversation.sources[source]),
            span,
            delivery: delivery.words(&small.connections),
            seen: seen.clone(),
            confirmed,
            sent: Vec::new(),
            map: None,
            script: reproducer(small, delivery, law, &self.target.statements()),
        }
    }
}
