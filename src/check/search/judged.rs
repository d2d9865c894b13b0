//! What is concluded of one suspicion that the plays around a delivery decide.

use std::time::Duration;

use super::Search;
use super::confirm::Evidence;
use super::failed::unchecked;
use super::findings::{Sighting, Suspect, Told};
use crate::check::finding::{CutMap, Finding, Mismatch, Omission, Then, Unchecked};
use crate::check::play::{Player, Waits};
use crate::check::replay::{Conclusion, Played, Question};
use crate::check::shrink::{Reproduction, Shrinker};
use crate::delivery::Delivery;
use crate::peer::TargetError;
use crate::script::Law;

/// The time for shrinking one finding.
const SHRINK_BUDGET: Duration = Duration::from_secs(4);

impl<'s> Search<'s> {
    /// A suspicion that the plays around the delivery decide.
    pub(super) fn judged(&self, suspect: &Suspect<'_>, suspected: Law) -> Told {
        let Suspect { conversation, suspicion, .. } = *suspect;
        let mut question = Question { conversation, delivery: &suspicion.delivery, law: suspected };
        let replays = self.replays_asked();
        let mut evidence = Evidence::default();
        let hurried = self.pace.hurried();
        if let Err(error) = self.rounds(question, replays - 1, hurried, &mut evidence) {
            return self.failed(error);
        }
        let shown = match replays {
            1 => 0,
            _ => match self.shown(suspect, &mut question, &evidence) {
                Ok(shown) => shown,
                Err(told) => return told,
            },
        };
        if shown == replays - 1
            && let Some(finding) = self.smaller(suspect, question, replays)
        {
            return Told::Finding(Box::new(finding));
        }
        // The last replay, or the only one, waits in full.
        if let Err(error) = self.rounds(question, 1, Waits::FULL, &mut evidence) {
            return self.failed(error);
        }
        self.concluded(suspect, question, replays, evidence)
    }

    /// What all rounds together show, the last of which waited in full.
    fn concluded(
        &self,
        suspect: &Suspect<'_>,
        mut question: Question<'_>,
        replays: u32,
        mut evidence: Evidence,
    ) -> Told {
        if let Conclusion::Broken(shown) = evidence.conclusion(&question)
            && shown < replays
        {
            let last = evidence.rounds.iter().rfind(|played| played.departs > 0);
            let in_full = last.and_then(|last| last.seen(question.law));
            let gave_up = suspect.suspicion.mismatch.is_of_haste();
            if gave_up && in_full.is_none() && self.pace.hurried() != Waits::USUAL {
                return Told::Late(last.map_or(Duration::ZERO, |last| last.longest));
            }
            if let Err(error) = self.long_control(question, &mut evidence) {
                return self.failed(error);
            }
        }
        let shown = match self.shown(suspect, &mut question, &evidence) {
            Ok(shown) => shown,
            Err(told) => return told,
        };
        let Suspect { conversation, suspicion, .. } = *suspect;
        let seen = evidence.rounds.iter().rev().find_map(|played| played.seen(question.law));
        let seen = seen.unwrap_or(&suspicion.mismatch);
        let law = told_law(question.law, seen);
        if !self.is_enabled(law) {
            return Told::Left(Omission::NotAskedFor(law));
        }
        let whole = Reproduction::whole(conversation, suspicion.delivery.clone());
        let sighting = Sighting { law, seen, confirmed: (shown, replays) };
        let mut finding = self.written(suspect, &whole, sighting);
        if shown == replays {
            finding.map =
                has_map(law, &whole.delivery).then(|| self.map(&whole, law, seen)).flatten();
        }
        Told::Finding(Box::new(finding))
    }

    /// In how many rounds the law was broken; or what else follows from them. Who comes after the
    /// delivery may show that another law is the one that is broken.
    fn shown(
        &self,
        suspect: &Suspect<'_>,
        question: &mut Question<'_>,
        evidence: &Evidence,
    ) -> Result<u32, Told> {
        match evidence.conclusion(question) {
            Conclusion::Broken(shown) => Ok(shown),
            Conclusion::Poisons(shown) => {
                question.law = Law::Poisons;
                Ok(shown)
            }
            Conclusion::Volatile(_) => Err(self.volatile(suspect, evidence)),
            Conclusion::CantTell => Err(self.cant_tell(evidence)),
        }
    }

    /// The finding in its smallest form, which showed itself in the last replay, in full.
    fn smaller(
        &self,
        suspect: &Suspect<'_>,
        question: Question<'_>,
        replays: u32,
    ) -> Option<Finding> {
        if self.target_lost {
            return None;
        }
        let Suspect { conversation, baseline, suspicion } = *suspect;
        let whole = Reproduction::whole(conversation, suspicion.delivery.clone());
        let broken = self.recorded(&whole);
        let steps = if baseline.steps.is_empty() { &broken } else { baseline };
        let mut player = self.player();
        let mut shrinker = self.shrinker(&mut player, question.law, &suspicion.mismatch);
        let small = shrinker.smallest(conversation, steps, &broken, &whole.delivery)?;
        // What was made smaller in haste must still show when everything is waited for.
        let last = Question {
            conversation: &small.conversation,
            delivery: &small.delivery,
            law: question.law,
        };
        let mut player = self.player();
        player.restart();
        let seen = last.ask(&mut player, Waits::FULL).ok().flatten()?;
        let law = told_law(question.law, &seen);
        let sighting = Sighting { law, seen: &seen, confirmed: (replays, replays) };
        let mut finding = self.is_enabled(law).then(|| self.written(suspect, &small, sighting))?;
        finding.map = has_map(law, &small.delivery).then(|| shrinker.map(&small)).flatten();
        Some(finding)
    }

    /// A shrinker for a law that was `seen` broken.
    fn shrinker<'p>(
        &self,
        player: &'p mut Player<'s>,
        law: Law,
        seen: &Mismatch,
    ) -> Shrinker<'p, 's> {
        let budget = SHRINK_BUDGET.min(self.deadline.left());
        let hangs = seen.then == Then::Silence;
        Shrinker::new(player, law, self.pace.hurried(), hangs, budget)
    }

    fn map(&self, whole: &Reproduction, law: Law, seen: &Mismatch) -> Option<CutMap> {
        self.shrinker(&mut self.player(), law, seen).map(whole)
    }

    /// The answer changes by itself: both answers are told, and no delivery is accused.
    fn volatile(&self, suspect: &Suspect<'_>, evidence: &Evidence) -> Told {
        let shows = |played: &&Played| played.any_uncut().is_some();
        let shown = evidence.rounds.iter().filter(shows).count();
        let Some(seen) = evidence.rounds.iter().find_map(|played| played.any_uncut()) else {
            return Told::Volatile(None);
        };
        let crashes = seen.law == Law::Crashed;
        let law = if crashes { Law::Crashed } else { Law::Unrepeatable };
        if !self.is_enabled(law) {
            return Told::Volatile(None);
        }
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let confirmed = (count(shown), count(evidence.rounds.len()));
        let uncut = Reproduction::whole(suspect.conversation, Delivery::UNCUT);
        let sighting = Sighting { law, seen, confirmed };
        Told::Volatile(Some(Box::new(self.written(suspect, &uncut, sighting))))
    }

    /// Nothing can be said of a server that does not come back to its first answer.
    fn cant_tell(&self, evidence: &Evidence) -> Told {
        let lost = |seen: &Mismatch| seen.law != Law::Differs;
        match evidence.rounds.iter().find_map(|played| played.any_uncut()) {
            Some(seen) if lost(seen) => Told::Left(Omission::LostUnconfirmed),
            _ => Told::Unchecked(Unchecked::CantTell),
        }
    }

    /// A play could not take place, and it is our fault.
    fn failed(&self, error: TargetError) -> Told {
        match unchecked(&error) {
            Some(why) => Told::Unchecked(why),
            None => Told::Left(Omission::LostUnconfirmed),
        }
    }
}

/// Whether it shows in the play of a delivery itself which cuts break the law, and no pause is
/// needed for it.
fn has_map(law: Law, delivery: &Delivery) -> bool {
    let shows = matches!(law, Law::Crashed | Law::Differs | Law::CutOff | Law::Hangs);
    shows && delivery.pause.is_zero()
}

/// The law that a finding is told by: how an answer stops short, only the full wait shows.
fn told_law(law: Law, seen: &Mismatch) -> Law {
    match law {
        Law::CutOff | Law::Hangs => seen.law,
        law => law,
    }
}
