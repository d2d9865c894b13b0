//! From what the search saw to a finding: confirmed slowly, made smaller, written up.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::finding::{Finding, Omission};
use super::mismatch::Mismatch;
use super::play::{Player, Recording, Waits, Wanted};
use super::replay::{gone, hasten, is_between_plays, judges_answers};
use super::reproducer::reproducer;
use super::search::{Progress, Search};
use super::smallest::{Shrinker, Small};
use super::sweep::Failure;
use crate::delivery::{Delivery, Shape};
use crate::script::{Conversation, Law, Place};

/// The time for confirming one finding: as many replays as fit, and one at least.
const CONFIRM_BUDGET: Duration = Duration::from_secs(60);

/// The time for shrinking one finding.
const SHRINK_BUDGET: Duration = Duration::from_secs(10);

const RECORDED: Wanted = Wanted { transcript: true, learn: false, waits: Waits::Usual };

impl<'s> Search<'s> {
    /// Confirms what the search saw, makes it smaller, and writes it up.
    pub(super) fn findings(
        &mut self,
        conversation: &Conversation,
        baseline: &Recording,
    ) -> Vec<Finding> {
        let mut failures: Vec<_> = std::mem::take(&mut self.failures).into_iter().collect();
        failures.sort_by_key(|(_, failure)| failure.order);
        let mut findings = Vec::new();
        for (law, failure) in failures {
            (self.progress)(Progress::Shrinking(law));
            match self.finding(conversation, baseline, law, failure) {
                Some(finding) => findings.push(finding),
                None => self.left_out.push((law.to_string(), Omission::Unconfirmed)),
            }
        }
        findings
    }

    /// The finding; none where somebody interrupted before it was confirmed.
    fn finding(
        &self,
        conversation: &Conversation,
        baseline: &Recording,
        law: Law,
        failure: Failure,
    ) -> Option<Finding> {
        let Failure { delivery, mismatch, .. } = failure;
        let whole = Small::whole(conversation, delivery);
        let confirmed = match &self.error {
            // A server that died and does not come up again can't show it twice.
            Some(_) if law == Law::Crashed => (1, 1),
            _ => self.confirm(&whole, law),
        };
        if self.is_stopped() {
            return None;
        }
        let mut finding = self.write_up(conversation, &mismatch, law, &whole, &mismatch, confirmed);
        if !finding.is_stable() || self.target_lost || is_between_plays(law) {
            return Some(finding);
        }
        let broken = self.recorded(&whole);
        finding.sent = broken.transcript.sent_lines(&conversation.connections);
        let steps = if baseline.steps.is_empty() { &broken } else { baseline };
        let mut player = self.player();
        let mut shrinker = Shrinker::new(&mut player, law, &mismatch, SHRINK_BUDGET);
        let smallest = shrinker.smallest(conversation, steps, &broken, &whole.delivery);
        // What was made smaller in haste must still show with generous waits.
        let seen = smallest.and_then(|small| Some((self.seen(&small, law, Waits::Full)?, small)));
        if let Some((seen, small)) = &seen {
            finding = self.write_up(conversation, &mismatch, law, small, seen, confirmed);
            let names = &small.conversation.connections;
            finding.sent = self.recorded(small).transcript.sent_lines(names);
        }
        finding.map = shrinker.map(seen.as_ref().map_or(&whole, |(_, small)| small));
        Some(finding)
    }

    /// What happens in a play of the case, as far as it is seen without long waits.
    fn recorded(&self, small: &Small) -> Recording {
        let mut player = self.player();
        let mut hasty = small.conversation.clone();
        hasten(&mut hasty, &mut player);
        let mut shape = Shape::default();
        for delivery in [&Delivery::UNCUT, &small.delivery] {
            if player.play(&hasty, delivery, &shape, RECORDED).is_ok() {
                shape = player.recording().shape();
            }
        }
        player.recording().clone()
    }

    pub(super) fn player(&self) -> Player<'s> {
        let mut player = Player::new(self.target, self.options.limits.clone(), self.stop);
        player.fresh = self.options.fresh;
        player
    }

    /// In how many of the asked replays the law is broken, with generous waits.
    fn confirm(&self, small: &Small, law: Law) -> (u32, u32) {
        let replays = self.options.confirm.max(1);
        let until = Instant::now() + CONFIRM_BUDGET;
        let (mut shown, mut played) = (0, 0);
        while played < replays && (played == 0 || Instant::now() < until) {
            // Once silence was waited for in full, a quiet server shows it again.
            let waits = if shown == 0 { Waits::Full } else { Waits::Hasty };
            shown += u32::from(self.seen(small, law, waits).is_some());
            played += 1;
        }
        (shown, played)
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// One replay with generous waits, on a server of its own where that is possible.
    fn seen(&self, small: &Small, law: Law, waits: Waits) -> Option<Box<Mismatch>> {
        let mut player = self.player();
        if self.options.fresh {
            player.restart();
        }
        player.wait_generously();
        let Small { conversation, delivery, .. } = small;
        let mut shape = Shape::default();
        if law != Law::Baseline && law != Law::Unrepeatable {
            // What vouches for the uncut conversation must not itself rest on quiet.
            let patient = Wanted { waits: Waits::Full, ..RECORDED };
            let uncut = player.play(conversation, &Delivery::UNCUT, &shape, patient);
            match uncut {
                Err(error) if law == Law::Crashed => return gone(conversation, &error),
                // What holds neither cut nor uncut says nothing about cuts.
                Ok(outcome) if judges_answers(law) && outcome.mismatch.is_some() => return None,
                _ => shape = player.recording().shape(),
            }
        }
        let seen = player.shows(conversation, &shape, delivery, law, waits)?;
        player.still_holds(conversation, &shape, law, waits).then_some(seen)
    }

    /// The finding: where the claim stands in the user's own script, and what the smallest case
    /// shows.
    fn write_up(
        &self,
        conversation: &Conversation,
        first: &Mismatch,
        law: Law,
        small: &Small,
        seen: &Mismatch,
        confirmed: (u32, u32),
    ) -> Finding {
        let Place { source, span } = small.place(seen.place, first.place);
        let source = &conversation.sources[source];
        let line = source.position(span.start).0;
        let delivery = small.delivery.words(&small.conversation.connections);
        let head = [
            format!("{law}: found in {}:{line} against {}", source.name, self.target),
            format!("recut check FILE {}", self.target.option()),
            format!("expected {}", seen.expected),
            format!(
                "arrived  {}{}",
                seen.actual_literal(),
                match seen.then.word() {
                    Some(word) => format!(" {word}"),
                    None => String::new(),
                }
            ),
        ];
        Finding {
            law,
            conversation: conversation.name.clone(),
            file: source.name.clone(),
            text: source.text.clone(),
            span: (span.start, span.end),
            line,
            expected: seen.expected.clone(),
            actual: seen.actual_literal(),
            then: seen.then.clone(),
            confirmed,
            sent: Vec::new(),
            map: None,
            output: seen.output.clone(),
            script: reproducer(
                &small.conversation,
                &small.delivery,
                law,
                &head,
                &self.target.statements(),
            ),
            delivery,
        }
    }
}
