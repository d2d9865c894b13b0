//! What a search covers: whether deliveries can tell anything, what was not tried, and whether
//! enough was judged.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Search;
use crate::check::finding::{Finding, Omission, Unchecked};
use crate::check::laws::rule;
use crate::delivery::{Choice, Set, Shape};
use crate::script::{Conversation, Law};

/// A check that takes so long is one to be made faster.
const LONG: Duration = Duration::from_secs(2);

impl Search<'_> {
    /// The options of the command line that name the target.
    pub(super) fn target_words(&self) -> String {
        self.target.option() + if self.alone { " --fresh" } else { "" }
    }

    /// Whether deliveries can tell more than the baseline did; what can't be told is left out.
    pub(super) fn is_anything_to_judge(&mut self, choice: &Choice, shape: &Shape) -> bool {
        let asked: Vec<_> = choice.sets.iter().filter(|set| **set != Set::Uncut).collect();
        let mut leave_out = |name: String, why| self.left_out.push((name, why));
        if asked.is_empty() && choice.explicit.is_empty() {
            leave_out(String::new(), Omission::OnlyUncut);
        } else if are_of_baseline(&self.laws) {
            leave_out(String::new(), Omission::OnlyBaseline);
            return false;
        }
        if shape.cuts() == 0 {
            let cut: Vec<_> =
                asked.iter().filter(|set| set.cuts()).map(|set| set.to_string()).collect();
            if !cut.is_empty() {
                leave_out(cut.join(", "), Omission::NothingToCut);
            }
        }
        true
    }

    /// Tells under which sets a conversation that holds was not played, because not every protocol
    /// allows them, although they can break it: it has several bursts on one connection.
    pub(super) fn tell_untried(&mut self, conversation: &Conversation, shape: &Shape) {
        let mut connections = 0..conversation.connections.len();
        let is_cut_short =
            self.target_lost || self.error.is_some() || self.stop.load(Ordering::Relaxed);
        if is_cut_short || !connections.any(|connection| shape.bursts_of(connection) > 1) {
            return;
        }
        let mut sets = self.options.untried(conversation);
        // Pipes, too, can be half-closed; only what is not known beforehand can't be joined.
        sets.retain(|set| *set != Set::Joined || conversation.has_static_sends());
        if !sets.is_empty() {
            let names: Vec<_> = sets.iter().map(Set::to_string).collect();
            self.left_out.push((names.join(", "), Omission::NotTried));
        }
    }

    /// Notes that a client is started for each play, if that takes the greater part of a long time.
    pub(super) fn note_start_up(&mut self, elapsed: Duration) {
        let starts = self.start_up.as_secs_f64() * self.tally.total() as f64;
        let share = starts / elapsed.as_secs_f64().max(1e-9);
        if self.target.abilities().exits && share > 0.5 && elapsed >= LONG {
            let percent = (share * 100.0).min(100.0) as u32;
            self.left_out.push((String::new(), Omission::StartUp(percent)));
        }
    }

    /// Why too little was judged, if it was.
    pub(super) fn too_little(&self, baseline_held: bool) -> Option<Unchecked> {
        let is_broken = self.findings.iter().any(Finding::is_stable);
        if !baseline_held && !is_broken && !self.target_lost {
            return Some(Unchecked::FailedOnce);
        }
        let (judged, planned) = self.judged;
        // One that comes again is healthy as far as is known, but must be judged by something.
        let by_something = judged.saturating_sub(self.came_again);
        if judged.saturating_mul(2) < planned || (by_something == 0 && self.came_again > 0) {
            return Some(Unchecked::FewJudged(judged.min(by_something), planned));
        }
        let abilities = self.target.abilities();
        let is_alone = self.options.fresh;
        let is_seen = |law: &Law| {
            let may_be = rule(*law).is_none_or(|rule| rule.applies(abilities) && !is_alone);
            may_be && !self.not_judged.contains(law)
        };
        // The baseline is judged always, and says nothing of any delivery.
        let mut asked = self.laws.iter().filter(|law| !is_of_baseline(**law)).peekable();
        (asked.peek().is_some() && !asked.any(is_seen)).then_some(Unchecked::NoLaw)
    }
}

/// Whether these laws are about the uncut conversation alone.
pub(super) fn are_of_baseline(laws: &[Law]) -> bool {
    laws.iter().all(|law| is_of_baseline(*law))
}

/// Whether a law is about the uncut conversation.
pub(super) fn is_of_baseline(law: Law) -> bool {
    matches!(law, Law::Baseline | Law::Unrepeatable)
}
