//! The smallest case that still shows a finding: fewest cuts, then the shortest conversation,
//! then shorter payloads, then the cut at a telling place.
//!
//! [`list`] and [`case`] are pure; the [`Shrinker`] plays the candidates.

mod case;
mod list;
mod map;

use std::time::{Duration, Instant};

use self::case::{Anchor, Case};
use self::list::removable;
pub use self::list::{Verdict, fewest, first_kept, shrink_list};
use super::play::{Player, Recording, Waits, Wanted};
use super::replay::Question;
use crate::delivery::{Delivery, telling_offsets};
use crate::script::{Conversation, Law, Place};

/// How many bytes of a payload stay around each place that matters.
const MARGIN: usize = 8;

/// A conversation and the delivery that shows the finding.
pub(super) struct Reproduction {
    pub(super) conversation: Conversation,
    pub(super) delivery: Delivery,
    /// Where its steps stand in the user's script; none if it is that script.
    places: Vec<Place>,
}

impl Reproduction {
    /// A conversation as the user wrote it.
    pub(super) fn whole(conversation: &Conversation, delivery: Delivery) -> Self {
        Self { conversation: conversation.clone(), delivery, places: Vec::new() }
    }

    /// Where a claim stands in the user's script; `or` if that is not known.
    pub(super) fn place(&self, claim: Place, or: Place) -> Place {
        if self.places.is_empty() {
            return claim;
        }
        let mut steps = self.conversation.steps();
        let index = steps.position(|step| step.place == claim);
        // A step that is written on several lines is several steps of the reproduction.
        let is_known = self.conversation.steps().count() == self.places.len();
        index.filter(|_| is_known).map_or(or, |index| self.places[index])
    }
}

/// Makes cases smaller while they show a broken law.
pub(super) struct Shrinker<'p, 't> {
    player: &'p mut Player<'t>,
    law: Law,
    /// How the plays wait: in haste, since candidates that hang must not eat the budget.
    waits: Waits,
    /// Whether what is looked for is silence, which must be waited for.
    hangs: bool,
    start: Instant,
    budget: Duration,
}

impl<'p, 't> Shrinker<'p, 't> {
    /// A shrinker that has so much time, from now on; `player` is for its use alone.
    pub(super) fn new(
        player: &'p mut Player<'t>,
        law: Law,
        waits: Waits,
        hangs: bool,
        budget: Duration,
    ) -> Self {
        Self { player, law, waits, hangs, start: Instant::now(), budget }
    }

    /// The smallest case of a finding; none if not even the whole one shows as a script without
    /// repeats and captures. `baseline` was recorded of the uncut conversation, `broken` of the
    /// delivery that breaks the law.
    pub(super) fn smallest(
        &mut self,
        conversation: &Conversation,
        baseline: &Recording,
        broken: &Recording,
        delivery: &Delivery,
    ) -> Option<Reproduction> {
        let lengths = self.player.predefined_lengths();
        let (steps, borders) = (&baseline.steps, &broken.borders);
        let mut case = Case::new(conversation, steps, borders, delivery, lengths)?;
        if self.verdict(&case) != Verdict::Keep {
            return None;
        }
        self.fewer_cuts(&mut case);
        // A client says what it says: its conversation has no part that it could do without.
        if !conversation.listens() {
            self.fewer_steps(&mut case);
            // With fewer steps a cut may not be needed any more.
            self.fewer_cuts(&mut case);
            self.shorter_payloads(&mut case);
        }
        self.telling_cut(&mut case);
        let (conversation, delivery) = case.said()?;
        let places = case.steps.iter().map(|(_, step)| step.place).collect();
        Some(Reproduction { conversation, delivery, places })
    }

    /// Whether a case shows the law broken, and nothing else is wrong with it.
    fn verdict(&mut self, case: &Case) -> Verdict {
        if self.is_over() {
            return Verdict::Stop;
        }
        // If the server is ours, what one candidate has done to it must not reach the next one.
        self.player.server().refresh();
        let Some((conversation, delivery)) = case.said() else { return Verdict::Reject };
        if self.is_broken(&conversation, &delivery) { Verdict::Keep } else { Verdict::Reject }
    }

    fn is_over(&self) -> bool {
        self.start.elapsed() >= self.budget || self.player.is_stopped()
    }

    fn is_broken(&mut self, conversation: &Conversation, delivery: &Delivery) -> bool {
        let question = Question { conversation, delivery, law: self.law };
        matches!(question.ask(self.player, self.waits), Ok(Some(_)))
    }

    fn fewer_cuts(&mut self, case: &mut Case) {
        if case.cuts.len() < 2 {
            return;
        }
        let telling = case.telling_cuts();
        case.cuts = fewest(case.cuts.clone(), telling, |cuts| self.verdict(&case.with_cuts(cuts)));
    }

    fn fewer_steps(&mut self, case: &mut Case) {
        case.steps = shrink_list(case.steps.clone(), |steps| self.verdict(&case.with_steps(steps)));
    }

    /// Takes stretches out of what is sent, away from all that matters. What is then answered
    /// uncut is the claim that the cut must break.
    fn shorter_payloads(&mut self, case: &mut Case) {
        for index in 0..case.steps.len() {
            let Some(bytes) = case.sent(index) else { continue };
            let places = case.places_in(case.steps[index].0);
            // From the end, so that the stretches before keep their places.
            for stretch in removable(&bytes, &places, MARGIN).into_iter().rev() {
                let candidate = case.without(index, stretch).and_then(|case| self.answered(case));
                let Some(candidate) = candidate else { continue };
                match self.verdict(&candidate) {
                    Verdict::Keep => *case = candidate,
                    Verdict::Reject => {}
                    Verdict::Stop => return,
                }
            }
        }
    }

    /// The case, with what it is answered uncut as its claims.
    fn answered(&mut self, case: Case) -> Option<Case> {
        let learn = Wanted { transcript: true, learn: true, waits: self.waits };
        let conversation = case.conversation();
        let shape = Default::default();
        let outcome = self.player.play(&conversation, &Delivery::UNCUT, &shape, learn).ok()?;
        match outcome.mismatch {
            None => case.with_answers(&self.player.recording().learned),
            Some(_) => None,
        }
    }

    /// Moves a single cut to a telling offset of what its step sends, if that shows it too.
    fn telling_cut(&mut self, case: &mut Case) {
        const TRIED: usize = 16;
        let [cut] = case.cuts[..] else { return };
        let index = case.steps.iter().position(|(number, _)| *number == cut.step);
        let Some(bytes) = index.and_then(|index| case.sent(index)) else { return };
        let mut telling = telling_offsets(&bytes);
        if telling.contains(&cut.offset) {
            return;
        }
        telling.sort_by_key(|offset| offset.abs_diff(cut.offset));
        let moved = |offset: usize| case.with_cuts(&[Anchor { offset, ..cut }]);
        let cases = telling.into_iter().take(TRIED).map(moved);
        if let Some(better) = first_kept(cases, |case| self.verdict(case)) {
            *case = better;
        }
    }
}
