//! The one question: does a delivery break a law, while the uncut conversation holds before it and
//! after it? It is asked here and nowhere else: when a finding is confirmed, and when it is made
//! smaller. A [`Question`] plays rounds; [`conclude`] says what follows from them.

mod evidence;

use std::time::{Duration, Instant};

pub(super) use self::evidence::{Asked, Conclusion, Failing, Kind, Probe, Round, Shown, conclude};
use super::finding::Mismatch;
use super::laws::crashed::died;
use super::laws::fresh_client::gone;
use super::laws::{Seen, Trial, Unclear, baseline, rule};
use super::play::{Player, Waits, Wanted};
use crate::delivery::{Delivery, Order, Shape};
use crate::peer::{Deadline, TargetError};
use crate::script::{Conversation, Law};

/// What is asked about.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) conversation: &'a Conversation,
    pub(super) delivery: &'a Delivery,
    pub(super) law: Law,
}

/// One round as it was played.
pub(super) struct Played {
    pub(super) round: Round,
    /// How many steps had begun when the delivery first departed from uncut.
    pub(super) departs: usize,
    /// How the delivery failed.
    delivery: Option<Box<Mismatch>>,
    /// How the uncut play after the delivery failed.
    after: Option<Box<Mismatch>>,
    /// How another uncut play failed.
    pub(super) uncut: Option<Box<Mismatch>>,
    /// How long the longest play took from the delivery on.
    pub(super) longest: Duration,
}

impl Played {
    fn new(fresh: bool) -> Self {
        Self {
            round: Round { fresh, probes: Vec::new() },
            departs: 0,
            delivery: None,
            after: None,
            uncut: None,
            longest: Duration::ZERO,
        }
    }

    /// How the law was broken, if a round shows it.
    pub(super) fn seen(&self, law: Law) -> Option<&Mismatch> {
        match law {
            Law::Wedged => self.after.as_deref(),
            Law::Poisons => {
                let poisoned = |seen: &&Mismatch| seen.law == Law::Poisons;
                self.delivery.as_deref().filter(poisoned).or(self.after.as_deref())
            }
            Law::Crashed => {
                let crash = |seen: &&Mismatch| seen.law == Law::Crashed;
                let both = self.delivery.as_deref().into_iter().chain(self.after.as_deref());
                both.into_iter().find(crash)
            }
            _ => self.delivery.as_deref(),
        }
    }

    /// How an uncut play failed.
    pub(super) fn any_uncut(&self) -> Option<&Mismatch> {
        self.uncut.as_deref().or(self.after.as_deref())
    }
}

impl<'a> Question<'a> {
    /// What a law asks of `of` rounds that depart there.
    pub(super) fn asked(&self, departs: usize, of: u32) -> Asked {
        Asked { law: self.law, departs, of }
    }

    /// Asks once, on the server as it is: how the law is broken, if it is.
    pub(super) fn ask(&self, player: &mut Player<'_>, waits: Waits) -> Seen {
        player.watch();
        if !is_of_rounds(self.law, self.delivery) {
            return self.ask_rule(player, waits);
        }
        let mut played = Played::new(false);
        self.play_round(player, &mut played, waits, waits).map_err(|_| Unclear)?;
        let asked = self.asked(played.departs, 1);
        let is_broken = match conclude(asked, std::slice::from_ref(&played.round)) {
            Conclusion::Broken(shown) => shown == 1,
            Conclusion::Poisons(_) => self.law == Law::Poisons,
            Conclusion::Volatile(_) | Conclusion::CantTell => false,
        };
        let seen = played.seen(self.law).filter(|_| is_broken);
        Ok(seen.cloned().map(Box::new))
    }

    /// The laws that are not about the plays around a delivery: the uncut conversation holds, and
    /// then the law is looked at.
    fn ask_rule(&self, player: &mut Player<'_>, waits: Waits) -> Seen {
        let Self { conversation, delivery, law } = *self;
        let mut shape = Shape::default();
        // The first two play it themselves; whether a server spins is no question of its answers.
        if !matches!(law, Law::Baseline | Law::Unrepeatable | Law::Spins) {
            let control = Wanted { transcript: true, learn: false, waits: Waits::USUAL };
            let played = player.play(conversation, &Delivery::UNCUT, &shape, control);
            let outcome = played.map_err(|_| Unclear)?;
            if baseline::broken(conversation, &outcome).is_some() {
                return Ok(None);
            }
            shape = player.recording().shape();
        }
        let trial = Trial { conversation, shape: &shape, delivery, waits };
        rule(law).map_or(Ok(None), |rule| rule.seen(player, trial))
    }

    /// One round: so many uncut plays, the delivery, and an uncut play after it; on a server that
    /// is started for it if recut can.
    ///
    /// # Errors
    ///
    /// If a play could not take place, and it is our fault.
    pub(super) fn round(
        &self,
        player: &mut Player<'_>,
        before: usize,
        waits: Waits,
    ) -> Result<Played, TargetError> {
        player.watch();
        let mut played = Played::new(restarted(player));
        for _ in 1..before {
            if self.uncut(player, &mut played, Waits::USUAL)? != Shown::Held {
                return Ok(played);
            }
        }
        self.play_round(player, &mut played, Waits::USUAL, waits)?;
        Ok(played)
    }

    /// The last uncut play of a round, its delivery, and the uncut play after it.
    fn play_round(
        &self,
        player: &mut Player<'_>,
        played: &mut Played,
        control: Waits,
        waits: Waits,
    ) -> Result<(), TargetError> {
        if self.uncut(player, played, control)? != Shown::Held {
            return Ok(());
        }
        played.departs = player.recording().departs(self.delivery);
        let shape = player.recording().shape();
        let may_follow = may_follow(player, self.conversation, &shape);
        for control in self.delivery.controls() {
            let played_control =
                player.play(self.conversation, &control, &shape, Wanted::default());
            if !played_control.is_ok_and(|outcome| outcome.mismatch.is_none()) {
                return Ok(());
            }
        }
        let start = Instant::now();
        let outcome = player.play(self.conversation, self.delivery, &shape, wanted(waits));
        played.longest = start.elapsed();
        let (shown, mismatch) = match outcome {
            Ok(outcome) => (shown(outcome.mismatch.as_deref()), outcome.mismatch),
            Err(error) => {
                let gone = gone(self.conversation, &error).ok_or(error)?;
                (Shown::Gone, Some(gone.in_plays(player.watched())))
            }
        };
        played.round.probes.push(Probe::Delivery(shown));
        played.delivery = mismatch;
        if let Some(death) = player.death_of_last() {
            if death.clean && player.is_fresh() || shown != Shown::Held {
                // It served one client, and ended by itself; or its end was seen already.
                return Ok(());
            }
            played.round.probes.push(Probe::Uncut(Shown::Gone));
            played.after = Some(died(self.conversation, death).in_plays(player.watched()));
            return Ok(());
        }
        // What was given up in haste may disturb who comes next: that is no evidence.
        let gave_up = played.delivery.as_ref().is_some_and(|seen| seen.is_of_haste());
        if gave_up && waits.is_hurried() && !matches!(self.law, Law::Wedged | Law::Poisons) {
            return Ok(());
        }
        if !may_follow {
            return Ok(());
        }
        let start = Instant::now();
        player.stay();
        let (mut shown, mut mismatch) = self.play_uncut(player, &shape, wanted(waits))?;
        if shown != Shown::Held
            && let Some(death) = player.server().death()
        {
            if death.clean && player.is_fresh() {
                // It served one client, and ended by itself.
                return Ok(());
            }
            let died = died(self.conversation, death).in_plays(player.watched());
            (shown, mismatch) = (Shown::Gone, Some(died));
        }
        played.longest = played.longest.max(start.elapsed());
        played.round.probes.push(Probe::Uncut(shown));
        played.after = mismatch;
        Ok(())
    }

    /// A control: so many uncut plays and nothing else, fewer if one fails or time is up; on a
    /// server that is started for it if recut can.
    ///
    /// # Errors
    ///
    /// If a play could not take place, and it is our fault.
    pub(super) fn control(
        &self,
        player: &mut Player<'_>,
        plays: usize,
        until: Deadline,
    ) -> Result<Played, TargetError> {
        player.watch();
        let mut played = Played::new(restarted(player));
        for _ in 0..plays {
            let shown = self.uncut(player, &mut played, Waits::USUAL)?;
            if shown != Shown::Held || until.is_over() {
                break;
            }
        }
        Ok(played)
    }

    /// An uncut play that vouches for the conversation; it is recorded.
    fn uncut(
        &self,
        player: &mut Player<'_>,
        played: &mut Played,
        waits: Waits,
    ) -> Result<Shown, TargetError> {
        let recorded = Wanted { transcript: true, learn: false, waits };
        let (shown, mismatch) = self.play_uncut(player, &Shape::default(), recorded)?;
        played.round.probes.push(Probe::Uncut(shown));
        played.uncut = mismatch;
        Ok(shown)
    }

    fn play_uncut(
        &self,
        player: &mut Player<'_>,
        shape: &Shape,
        wanted: Wanted,
    ) -> Result<(Shown, Option<Box<Mismatch>>), TargetError> {
        match player.play(self.conversation, &Delivery::UNCUT, shape, wanted) {
            Ok(outcome) => {
                let broken = baseline::broken(self.conversation, &outcome);
                Ok((shown(broken.as_deref()), broken))
            }
            Err(error) => {
                let gone = gone(self.conversation, &error).ok_or(error)?;
                Ok((Shown::Gone, Some(gone.in_plays(player.watched()))))
            }
        }
    }
}

/// Whether a second client on the same server gets the answer of the first. If each play has a
/// server of its own, it may be one that counts its clients, or serves one of them only.
pub(super) fn may_follow(
    player: &mut Player<'_>,
    conversation: &Conversation,
    shape: &Shape,
) -> bool {
    if !player.is_fresh() || player.serves_one() {
        return !player.is_fresh();
    }
    player.stay();
    let followed = player.play(conversation, &Delivery::UNCUT, shape, Wanted::default());
    followed.is_ok_and(|outcome| outcome.mismatch.is_none())
}

fn wanted(waits: Waits) -> Wanted {
    Wanted { waits, ..Wanted::default() }
}

/// Whether a law is about the plays around a delivery, or about what happens in the midst of it.
pub(super) fn is_of_rounds(law: Law, delivery: &Delivery) -> bool {
    rule(law).is_none() || delivery.order == Order::Interleaved
}

/// Starts the server anew if recut can; whether it could.
fn restarted(player: &mut Player<'_>) -> bool {
    let can_restart = player.server().abilities().restart;
    if can_restart {
        player.restart();
    }
    can_restart
}

/// What a play showed that failed like this, or did not.
fn shown(mismatch: Option<&Mismatch>) -> Shown {
    let Some(mismatch) = mismatch else { return Shown::Held };
    let kind = match mismatch.law {
        Law::Crashed => Kind::Crashed,
        Law::CutOff | Law::Hangs => Kind::Short,
        Law::Poisons => Kind::Poisoned,
        Law::Starves => Kind::Starved,
        _ => Kind::Wrong,
    };
    Shown::Broke(Failing { kind, step: mismatch.step })
}
