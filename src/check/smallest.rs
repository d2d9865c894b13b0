//! The smallest case that still shows a finding: fewest cuts, then the shortest conversation,
//! then shorter payloads, then the cut at a telling place.

use std::time::{Duration, Instant};

use super::case::{Anchor, Case};
use super::finding::CutMap;
use super::mismatch::Mismatch;
use super::play::{Player, Recording, Waits, Wanted};
use super::replay::hasten;
use super::shrink::{Verdict, first_kept, removable, shrink_list};
use crate::delivery::{Cut, Cuts, Delivery, Ending, Order, telling_offsets};
use crate::script::{Conversation, Law, Place};

/// Bytes of a payload that stay around each place that matters.
const MARGIN: usize = 8;

/// The longest burst of which a cut map is drawn, in bytes.
const MAP: usize = 256;

/// A case as it is played.
pub(super) struct Small {
    pub(super) conversation: Conversation,
    pub(super) delivery: Delivery,
    /// Where its steps stand in the user's script; none where it is that script.
    pub(super) places: Vec<Place>,
}

impl Small {
    /// A conversation as the user wrote it.
    pub(super) fn whole(conversation: &Conversation, delivery: Delivery) -> Self {
        Self { conversation: conversation.clone(), delivery, places: Vec::new() }
    }

    /// Where a claim of the case stands in the user's script; `or` where nobody can tell.
    pub(super) fn place(&self, claim: Place, or: Place) -> Place {
        let mut steps = self.conversation.steps();
        // Spans are alike wherever they stand: what counts is where they start.
        let index = steps.position(|step| step.place.span.start == claim.span.start);
        // A step that takes several lines is as many steps of the case.
        let is_known = self.conversation.steps().count() == self.places.len();
        index.filter(|_| is_known).map_or(or, |index| self.places[index])
    }
}

/// Makes cases smaller while they show a broken law.
pub(super) struct Shrinker<'p, 't> {
    player: &'p mut Player<'t>,
    law: Law,
    /// How the law was seen broken first.
    seen: &'p Mismatch,
    deadline: Instant,
}

impl<'p, 't> Shrinker<'p, 't> {
    /// One that has so much time; `player` is for its use alone.
    pub(super) fn new(
        player: &'p mut Player<'t>,
        law: Law,
        seen: &'p Mismatch,
        budget: Duration,
    ) -> Self {
        Self { player, law, seen, deadline: Instant::now() + budget }
    }

    /// The smallest case of a finding, and nothing where not even the whole one shows as a
    /// script without repeats and captures. `baseline` was recorded of the uncut conversation,
    /// `broken` of the delivery that breaks the law.
    pub(super) fn smallest(
        &mut self,
        conversation: &Conversation,
        baseline: &Recording,
        broken: &Recording,
        delivery: &Delivery,
    ) -> Option<Small> {
        let mut hasty = conversation.clone();
        hasten(&mut hasty, self.player);
        let lengths = self.player.predefined_lengths();
        let borders: &[Cut] = if self.law == Law::Baseline { &[] } else { &broken.borders };
        let mut case = Case::new(&hasty, &baseline.steps, borders, delivery, lengths)?;
        if self.verdict(&case) != Verdict::Keep {
            return None;
        }
        self.fewer_cuts(&mut case);
        self.fewer_steps(&mut case);
        // With fewer steps a cut may have become idle.
        self.fewer_cuts(&mut case);
        self.shorter_payloads(&mut case);
        self.telling_cut(&mut case);
        let (mut said, delivery) = case.said()?;
        said.settings.timeout = conversation.settings.timeout;
        let places = case.steps.iter().map(|(_, step)| step.place).collect();
        Some(Small { conversation: said, delivery, places })
    }

    /// Whether a case shows the law broken, and nothing else is wrong with it.
    fn verdict(&mut self, case: &Case) -> Verdict {
        if self.is_over() {
            return Verdict::Stop;
        }
        // Where the server is ours, what a candidate has done to it is no business of the next.
        self.player.server().refresh();
        let Some((conversation, delivery)) = case.said() else { return Verdict::Reject };
        if self.is_broken(&conversation, &delivery) { Verdict::Keep } else { Verdict::Reject }
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.deadline || self.player.is_stopped()
    }

    fn is_broken(&mut self, conversation: &Conversation, delivery: &Delivery) -> bool {
        let recorded = Wanted { transcript: true, ..Wanted::default() };
        let shape = Default::default();
        if self.law == Law::Baseline {
            // No uncut play vouches for what is left: it must fail in the very same way.
            let hasty = Waits::Hasty;
            let broken = self.player.shows(conversation, &shape, delivery, self.law, hasty);
            return broken.is_some_and(|broken| broken.is_like(self.seen));
        }
        // The uncut conversation must hold, or the cut is not to blame.
        let Ok(uncut) = self.player.play(conversation, &Delivery::UNCUT, &shape, recorded) else {
            return false;
        };
        if super::replay::baseline_broken(conversation, &uncut).is_some() {
            return false;
        }
        let shape = self.player.recording().shape();
        self.player.shows(conversation, &shape, delivery, self.law, Waits::Hasty).is_some()
            && self.player.still_holds(conversation, &shape, self.law, Waits::Hasty)
    }

    fn fewer_cuts(&mut self, case: &mut Case) {
        if case.cuts.len() < 2 {
            return;
        }
        let with = |cuts: &[Anchor]| case.with_cuts(cuts);
        let singles = case.cuts.iter().map(|cut| vec![*cut]);
        let one = first_kept(singles, |cuts| self.verdict(&with(cuts)));
        let cuts =
            one.unwrap_or_else(|| shrink_list(case.cuts.clone(), |cuts| self.verdict(&with(cuts))));
        case.cuts = cuts;
    }

    fn fewer_steps(&mut self, case: &mut Case) {
        // What a failing baseline claims is the answer to what was sent before it: that stays.
        let is_baseline = self.law == Law::Baseline;
        let asked = if is_baseline { case.asked_before(self.seen.place) } else { None };
        case.steps = shrink_list(case.steps.clone(), |steps| {
            let is_kept = |asked| steps.iter().any(|(number, _)| *number == asked);
            if asked.is_some_and(|asked| !is_kept(asked)) {
                return Verdict::Reject;
            }
            self.verdict(&case.with_steps(steps))
        });
    }

    /// Takes stretches out of what is sent, away from all that matters. What is then answered
    /// uncut is the claim that the cut must break.
    fn shorter_payloads(&mut self, case: &mut Case) {
        if self.law == Law::Baseline {
            return;
        }
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

    /// The case with what it is answered uncut as its claims.
    fn answered(&mut self, case: Case) -> Option<Case> {
        let learn = Wanted { transcript: true, learn: true, ..Wanted::default() };
        let conversation = case.conversation();
        let shape = Default::default();
        let outcome = self.player.play(&conversation, &Delivery::UNCUT, &shape, learn).ok()?;
        match outcome.mismatch {
            None => case.with_answers(&self.player.recording().learned.clone()),
            Some(_) => None,
        }
    }

    /// Moves a single cut to a telling offset of what its step sends, where that shows it too.
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

    /// Which single cuts of the burst with the first cut break the conversation.
    pub(super) fn map(&mut self, small: &Small) -> Option<CutMap> {
        let Cuts::At(cuts) = &small.delivery.cuts else { return None };
        if small.delivery.order == Order::Joined || small.delivery.ending != Ending::Natural {
            return None;
        }
        let recorded = Wanted { transcript: true, ..Wanted::default() };
        let shape = Default::default();
        let conversation = &small.conversation;
        self.player.play(conversation, &Delivery::UNCUT, &shape, recorded).ok()?;
        let recording = self.player.recording();
        let of_cut = |sent: &&super::Sent| {
            (sent.connection, sent.number) == (cuts[0].connection, cuts[0].burst)
        };
        let sent = recording.sent.iter().find(of_cut)?;
        let stream = recording.stream[sent.start..sent.end].to_vec();
        if stream.len() > MAP {
            return None;
        }
        let mut broken = Vec::new();
        for offset in 1..stream.len() {
            if self.is_over() {
                broken.push(None);
                continue;
            }
            let delivery = Delivery::cut_at(vec![Cut { offset, ..cuts[0] }]);
            self.player.server().refresh();
            let hasty = Wanted { waits: Waits::Hasty, ..Wanted::default() };
            let outcome = self.player.play(conversation, &delivery, &shape, hasty);
            broken.push(outcome.ok().map(|outcome| outcome.mismatch.is_some()));
        }
        Some(CutMap { stream, broken })
    }
}
