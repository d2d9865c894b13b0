//! From what the search saw to findings: each suspicion is asked about, and the result is told.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::scope::are_of_baseline;
use super::sweep::Suspicion;
use super::{Progress, Search};
use crate::check::finding::{Finding, Mismatch, Omission, Unchecked, reproducer};
use crate::check::laws::Seen;
use crate::check::play::{Player, Recording, Waits, Wanted};
use crate::check::replay::{Question, is_of_rounds};
use crate::check::shrink::Reproduction;
use crate::delivery::{Delivery, Order, Shape};
use crate::peer::Deadline;
use crate::script::{Conversation, Law};

/// A baseline that broke is replayed in haste with this wait: how long the whole of it takes is not
/// known.
const BROKEN_BASELINE: Duration = Duration::from_secs(1);

/// What came of a suspicion.
pub(super) enum Told {
    Finding(Box<Finding>),
    /// The answer came after so much time: nothing was missing.
    Late(Duration),
    /// The answer changes by itself; there is no finding if nobody asked for that law.
    Volatile(Option<Box<Finding>>),
    /// Nothing can be said.
    Unchecked(Unchecked),
    /// It was seen, and can't be confirmed.
    Left(Omission),
}

/// A suspicion with all that it takes to write the finding.
pub(super) struct Suspect<'a> {
    pub(super) conversation: &'a Conversation,
    pub(super) baseline: &'a Recording,
    pub(super) suspicion: &'a Suspicion,
}

/// How a finding was seen, and in how many of how many replays.
pub(super) struct Sighting<'a> {
    pub(super) law: Law,
    pub(super) seen: &'a Mismatch,
    pub(super) confirmed: (u32, u32),
}

impl<'s> Search<'s> {
    /// Confirms what the search saw, makes it smaller, and writes it down.
    pub(super) fn confirm_all(&mut self, conversation: &Conversation, baseline: &Recording) {
        let mut suspicions = std::mem::take(&mut self.suspicions);
        suspicions.sort_by_key(|(_, suspicion)| suspicion.order);
        let mut unstable = Vec::new();
        for (law, suspicion) in suspicions {
            let is_volatile =
                matches!(self.unchecked, Some(Unchecked::Volatile | Unchecked::CrashesUncut));
            let is_of_rounds = is_of_rounds(law, &suspicion.delivery);
            if self.has_found(law) || (is_volatile && is_of_rounds && law != Law::Crashed) {
                continue;
            }
            if self.deadline.is_over() && self.findings.iter().any(Finding::is_stable) {
                self.left_out.push((law.to_string(), Omission::NoTime));
                continue;
            }
            if let Some(other) = self.told_as(law, &suspicion.delivery) {
                self.left_out.push((law.to_string(), Omission::ToldAs(other)));
                continue;
            }
            (self.progress)(Progress::Shrinking(law));
            let suspect = Suspect { conversation, baseline, suspicion: &suspicion };
            let outcome = match law {
                _ if self.target_lost && matches!(law, Law::Wedged | Law::Crashed) => {
                    self.lost(&suspect, law)
                }
                Law::Wedged if suspicion.delivery == Delivery::UNCUT => {
                    match self.target.abilities().restart {
                        true => self.wedged_by_uncut(&suspect),
                        false => self.lost(&suspect, law),
                    }
                }
                Law::Baseline => self.broken_baseline(&suspect),
                law if is_of_rounds => self.judged(&suspect, law),
                law => self.replayed(&suspect, law),
            };
            match outcome {
                _ if self.is_stopped() => {
                    self.left_out.push((law.to_string(), Omission::Unconfirmed));
                }
                Told::Finding(finding) if self.has_found(finding.law) => {}
                // What is certain may come in another set.
                Told::Finding(finding) if !finding.is_stable() => unstable.push(*finding),
                Told::Finding(finding) => self.tell(*finding),
                Told::Volatile(finding) => {
                    let crashes = finding.as_ref().is_some_and(|it| it.law == Law::Crashed);
                    let why = if crashes { Unchecked::CrashesUncut } else { Unchecked::Volatile };
                    self.unchecked.get_or_insert(why);
                    if let Some(finding) = finding.filter(|finding| !self.has_found(finding.law)) {
                        self.tell(*finding);
                    }
                }
                Told::Late(late) => self.late = self.late.max(late),
                Told::Unchecked(why) => {
                    self.unchecked.get_or_insert(why);
                }
                Told::Left(omission) => {
                    if omission == Omission::LostUnconfirmed {
                        self.unchecked.get_or_insert(Unchecked::Unconfirmed(law));
                    }
                    self.left_out.push((law.to_string(), omission));
                }
            }
        }
        self.tell_unstable(unstable);
    }

    /// The law by which what was seen is told already: one fault may break several laws.
    fn told_as(&self, law: Law, delivery: &Delivery) -> Option<Law> {
        let is_same: &[Law] = match law {
            // One read is taken for one message: here the rest is wrong, and there it is missing.
            Law::Differs if delivery.is_of_cuts() => &[Law::CutOff, Law::Hangs],
            Law::CutOff | Law::Hangs if delivery.is_of_cuts() => &[Law::Differs],
            // What half a message does to the next client, it does to one that is there.
            Law::Starves | Law::Poisons if delivery.order == Order::Interleaved => {
                &[Law::Wedged, Law::Poisons]
            }
            _ => return None,
        };
        let is_told = |finding: &&Finding| finding.is_stable() && is_same.contains(&finding.law);
        self.findings.iter().find(is_told).map(|finding| finding.law)
    }

    fn tell(&mut self, finding: Finding) {
        (self.progress)(Progress::Found(&finding));
        self.findings.push(finding);
    }

    /// Whether a law is suspected to be broken.
    pub(super) fn is_suspected(&self, law: Law) -> bool {
        self.suspicions.iter().any(|(suspected, _)| *suspected == law)
    }

    /// Tells what showed only now and then, if nothing of its law showed every time. What showed in
    /// no replay is the doing of a fault that is told, if that one leaves something behind.
    fn tell_unstable(&mut self, unstable: Vec<Finding>) {
        let leaves_something = [Law::Poisons, Law::Wedged, Law::Crashed];
        for finding in unstable {
            let is_cause = |told: &&Finding| {
                told.is_stable() && leaves_something.contains(&told.law) && finding.confirmed.0 == 0
            };
            if let Some(cause) = self.findings.iter().find(is_cause).map(|told| told.law) {
                self.left_out.push((finding.law.to_string(), Omission::ToldAs(cause)));
            } else if !self.has_found(finding.law) {
                self.tell(finding);
            }
        }
    }

    /// Whether a finding of that law, or of its kind, is told already.
    pub(super) fn has_found(&self, law: Law) -> bool {
        let kind = |law| if law == Law::Hangs { Law::CutOff } else { law };
        self.findings.iter().any(|finding| kind(finding.law) == kind(law))
    }

    /// A server that can't be started anew serves nobody any more, or has gone: it must be seen to
    /// be so again.
    fn lost(&self, suspect: &Suspect<'_>, law: Law) -> Told {
        let Suspect { conversation, suspicion, .. } = *suspect;
        let question = Question { conversation, delivery: &Delivery::UNCUT, law };
        let replays = match &self.error {
            // A server of ours that died and does not come up again can't show it twice.
            Some(_) => 0,
            None => self.replays_asked(),
        };
        let mut not_served = Vec::new();
        for _ in 0..replays {
            let played = question.control(&mut self.player(), 1, Deadline::NEVER);
            let seen = played.ok().and_then(|played| played.uncut);
            not_served.extend(seen.filter(|seen| seen.law != Law::Differs));
        }
        let shown = u32::try_from(not_served.len()).unwrap_or(u32::MAX);
        // One that refuses connections by now has crashed, whatever the first client saw of it.
        let gone = not_served.into_iter().find(|seen| seen.law == Law::Crashed);
        let (law, seen) = match &gone {
            Some(seen) => (Law::Crashed, seen),
            None => (law, &suspicion.mismatch),
        };
        if !self.is_enabled(law) {
            return Told::Left(Omission::NotAskedFor(law));
        }
        let whole = Reproduction::whole(conversation, suspicion.delivery.clone());
        let confirmed = if replays == 0 { (1, 1) } else { (shown, replays) };
        // What led to it are the plays of the search; a replay shows only that it is so.
        let mut plays = suspicion.mismatch.plays.clone();
        plays.extend(gone.iter().flat_map(|gone| gone.plays.clone()));
        let seen = &Mismatch { plays, ..(**seen).clone() };
        let sighting = Sighting { law, seen, confirmed };
        Told::Finding(Box::new(self.written(suspect, &whole, sighting)))
    }

    /// A server that serves one client, and then nobody.
    fn wedged_by_uncut(&self, suspect: &Suspect<'_>) -> Told {
        let Suspect { conversation, suspicion, .. } = *suspect;
        let law = Law::Wedged;
        let question = Question { conversation, delivery: &Delivery::UNCUT, law };
        let replays = self.replays_asked();
        let shows = |_| {
            let mut player = self.player_in_turn();
            let played = question.control(&mut player, 2, Deadline::NEVER).ok()?;
            (played.round.probes.len() == 2).then_some(played.uncut?)
        };
        let seen = self.side_by_side(replays, shows).into_iter().flatten();
        let seen = seen.filter(|seen| seen.law != Law::Differs).count();
        let confirmed = (u32::try_from(seen).unwrap_or(u32::MAX), replays);
        let whole = Reproduction::whole(conversation, Delivery::UNCUT);
        let sighting = Sighting { law, seen: &suspicion.mismatch, confirmed };
        Told::Finding(Box::new(self.written(suspect, &whole, sighting)))
    }

    /// A baseline that broke: it must break again in the same place. One that then holds, or breaks
    /// elsewhere, is answered now so and now otherwise. If nothing is asked but whether the answer
    /// is repeated, as in the script that is saved of one that is not, then what is claimed is what
    /// was answered once: every other answer shows it again.
    fn broken_baseline(&self, suspect: &Suspect<'_>) -> Told {
        let Suspect { conversation, suspicion, .. } = *suspect;
        let law = Law::Baseline;
        let question = Question { conversation, delivery: &Delivery::UNCUT, law };
        let first = &suspicion.mismatch;
        // A replay that did not come about says nothing.
        let replays = self.replays(question, BROKEN_BASELINE).into_iter();
        let replays: Vec<_> = replays.filter_map(Result::ok).collect();
        if replays.is_empty() {
            return Told::Left(Omission::LostUnconfirmed);
        }
        let is_same = |seen: &Option<Box<Mismatch>>| {
            let same = |seen: &Mismatch| (seen.step, seen.place) == (first.step, first.place);
            seen.as_deref().is_some_and(same)
        };
        let of = u32::try_from(replays.len()).unwrap_or(u32::MAX);
        let same = replays.iter().filter(|seen| is_same(seen)).count();
        let shown = u32::try_from(same).unwrap_or(u32::MAX);
        let whole = Reproduction::whole(conversation, Delivery::UNCUT);
        let is_another_answer = first.arrived > 0 && are_of_baseline(&self.laws);
        let is_unrepeatable = is_another_answer || shown < of;
        if !is_unrepeatable || !self.is_enabled(Law::Unrepeatable) {
            // The plays of the search were not watched.
            let seen = replays.iter().flatten().next_back().unwrap_or(first);
            let seen = if shown == of { seen } else { first };
            let sighting = Sighting { law, seen, confirmed: (shown, of) };
            return Told::Finding(Box::new(self.written(suspect, &whole, sighting)));
        }
        let confirmed = (if shown == of { of } else { of - shown }, of);
        let sighting = Sighting { law: Law::Unrepeatable, seen: first, confirmed };
        Told::Volatile(Some(Box::new(self.written(suspect, &whole, sighting))))
    }

    /// A law that is not about the plays around a delivery.
    fn replayed(&self, suspect: &Suspect<'_>, law: Law) -> Told {
        let Suspect { conversation, suspicion, .. } = *suspect;
        let question = Question { conversation, delivery: &suspicion.delivery, law };
        let replays = self.replays(question, Duration::MAX);
        let of = u32::try_from(replays.len()).unwrap_or(u32::MAX);
        let seen: Vec<_> = replays.into_iter().filter_map(|seen| seen.ok().flatten()).collect();
        let shown = u32::try_from(seen.len()).unwrap_or(u32::MAX);
        let whole = Reproduction::whole(conversation, suspicion.delivery.clone());
        let confirmed = (shown, of);
        let seen = seen.last().unwrap_or(&suspicion.mismatch);
        let sighting = Sighting { law, seen, confirmed };
        Told::Finding(Box::new(self.written(suspect, &whole, sighting)))
    }

    /// Asks as often as was asked for. The last replay waits in full; if they follow each other,
    /// the others wait at most so long for an expectation.
    fn replays(&self, question: Question<'_>, at_most: Duration) -> Vec<Seen> {
        let replays = self.replays_asked();
        let hurried = match at_most {
            Duration::MAX => self.pace.hurried(),
            at_most => Waits::USUAL.hurried(at_most),
        };
        // Servers of our own are waited for side by side.
        let is_ours = self.target.abilities().restart;
        let ask = |number| {
            let mut player = self.player_in_turn();
            player.restart();
            let waits = if number + 1 == replays || is_ours { Waits::FULL } else { hurried };
            question.ask(&mut player, waits)
        };
        self.side_by_side(replays, ask)
    }

    /// What happens in a play of the reproduction, as far as it is seen without long waits.
    pub(super) fn recorded(&self, reproduction: &Reproduction) -> Recording {
        let mut player = self.player();
        let recorded = Wanted { transcript: true, learn: false, waits: self.pace.hurried() };
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
        let player = Player::new(self.target, limits, self.stop);
        let mut player = player.fresh(self.alone).serving_one(self.serves_one);
        // What a server is lost by is seen once: no replay shows how it went.
        if !self.target.abilities().restart {
            player.watch();
        }
        player
    }

    /// A player whose plays follow each other on one server, unless something else was asked for.
    pub(super) fn player_in_turn(&self) -> Player<'s> {
        self.player().fresh(self.options.fresh)
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The finding: its claim is pointed at in the user's own script, and what was seen is that of
    /// the reproduction.
    pub(super) fn written(
        &self,
        suspect: &Suspect<'_>,
        reproduction: &Reproduction,
        sighting: Sighting<'_>,
    ) -> Finding {
        let Suspect { conversation, suspicion, .. } = *suspect;
        let Reproduction { conversation: small, delivery, .. } = reproduction;
        let place = reproduction.place(sighting.seen.place, suspicion.mismatch.place);
        let delivery = delivery.words(&small.connections);
        let played = sighting.seen.plays.iter().rfind(|play| play.delivery == delivery);
        let sent = played.map(|play| play.transcript.sent_lines(&play.connections));
        Finding {
            law: sighting.law,
            conversation: conversation.name.clone(),
            delivery,
            target: self.target.to_string(),
            options: self.target_words(),
            source: Arc::clone(&conversation.sources[place.source]),
            span: place.span,
            seen: sighting.seen.clone(),
            confirmed: sighting.confirmed,
            sent: sent.unwrap_or_default(),
            map: None,
            greeting: self.greeting(small, sighting.law, sighting.seen),
            script: reproducer(
                small,
                &reproduction.delivery,
                sighting.law,
                &self.target.statements(),
            ),
        }
    }
}
