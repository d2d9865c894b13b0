//! All deliveries of one set, by as many jobs as there are. What broke does not depend on the order
//! of the work.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::trust::{Silence, Trust};
use crate::check::finding::{Mismatch, Tally};
use crate::check::laws::Trial;
use crate::check::laws::crashed::died;
use crate::check::laws::fresh_client::{gone, not_served};
use crate::check::laws::spins::spun;
use crate::check::play::{Outcome, Player, Waits, Wanted};
use crate::delivery::{Delivery, Ending, Part, Shape};
use crate::peer::{Blame, Deadline, TargetError};
use crate::script::{Conversation, Law};

/// How many deliveries a job takes at once if plays are quick.
const BATCH: u64 = 32;

/// After so many plays of a set that hung in real time, the rest of the set is left out.
const ENOUGH_HANGS: u64 = 3;

/// A law that the search saw broken, and that no replay has confirmed yet.
#[derive(Clone, Debug)]
pub(super) struct Suspicion {
    /// Its place in the plan: the number of the set, and of the delivery in the set.
    pub(super) order: (usize, u64),
    pub(super) delivery: Delivery,
    pub(super) mismatch: Box<Mismatch>,
}

/// What is the same for all plays of a sweep.
pub(super) struct Sweep<'s> {
    pub(super) conversation: &'s Conversation,
    pub(super) shape: &'s Shape,
    pub(super) laws: &'s [Law],
    pub(super) part: &'s Part,
    /// The number of the set.
    pub(super) number: usize,
    pub(super) deadline: Deadline,
    pub(super) is_virtual: bool,
    /// Whether a server that is lost can be started anew.
    pub(super) can_restart: bool,
    /// Whether every play has a server of its own.
    pub(super) fresh: bool,
    pub(super) trust: &'s Trust,
    pub(super) played: &'s (dyn Fn(u64) + Sync),
}

/// What came of a sweep, or of one job of it.
#[derive(Default)]
pub(super) struct Swept {
    pub(super) suspicions: BTreeMap<Law, Suspicion>,
    pub(super) tally: Tally,
    pub(super) unreached: u64,
    /// How many of the set were played.
    pub(super) played: u64,
    /// How many plays ended in silence that was waited for to its end.
    pub(super) hangs: u64,
    pub(super) target_lost: bool,
    /// Why a server of ours did not come up again.
    pub(super) error: Option<TargetError>,
}

impl Swept {
    fn add(&mut self, other: Self) {
        for (law, suspicion) in other.suspicions {
            self.record(law, suspicion);
        }
        self.tally.add(other.tally);
        self.unreached += other.unreached;
        self.played += other.played;
        self.hangs += other.hangs;
        self.target_lost |= other.target_lost;
        self.error = self.error.take().or(other.error);
    }

    /// Keeps the first suspicion of each law, in the order of the plan.
    fn record(&mut self, law: Law, suspicion: Suspicion) {
        let first = self.suspicions.entry(law).or_insert_with(|| suspicion.clone());
        if suspicion.order < first.order {
            *first = suspicion;
        }
    }

    pub(super) fn has_enough_hangs(&self) -> bool {
        self.hangs >= ENOUGH_HANGS
    }
}

impl Sweep<'_> {
    /// Plays the set with these players, each of which is a job.
    pub(super) fn run(&self, players: &mut [Player<'_>]) -> Swept {
        let next = AtomicU64::new(0);
        let done = AtomicBool::new(false);
        let mut jobs = players.iter_mut();
        let Some(own) = jobs.next() else { return Swept::default() };
        if self.part.len() <= BATCH || jobs.len() == 0 {
            return self.job(own, &next, &done);
        }
        let swept = Mutex::new(Swept::default());
        let work = |player: &mut Player<'_>| {
            let result = self.job(player, &next, &done);
            swept.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).add(result);
        };
        std::thread::scope(|scope| {
            for player in jobs {
                scope.spawn(|| work(player));
            }
            work(own);
        });
        swept.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn job(&self, player: &mut Player<'_>, next: &AtomicU64, done: &AtomicBool) -> Swept {
        let batch = if self.is_virtual { BATCH } else { 1 };
        let mut swept = Swept::default();
        let mut last = None;
        loop {
            let start = next.fetch_add(batch, Ordering::Relaxed);
            let over = self.deadline.is_over() || done.load(Ordering::Relaxed);
            if start >= self.part.len() || over || player.is_stopped() {
                break;
            }
            let end = (start + batch).min(self.part.len());
            for index in start..end {
                let delivery = self.part.delivery(index);
                self.play(player, &mut swept, index, &delivery, last.as_ref());
                if player.is_stopped() || swept.target_lost {
                    break;
                }
                last = Some((index, delivery));
            }
            (self.played)(end - start);
            if swept.target_lost || (!self.is_virtual && swept.has_enough_hangs()) {
                done.store(true, Ordering::Relaxed);
            }
        }
        // After each set a fresh client must be served.
        if let Some((index, delivery)) = last
            && !swept.target_lost
        {
            self.check_wedged(player, &mut swept, index, &delivery);
        }
        swept
    }

    /// Plays a delivery; `last` is the one before.
    fn play(
        &self,
        player: &mut Player<'_>,
        swept: &mut Swept,
        index: u64,
        delivery: &Delivery,
        last: Option<&(u64, Delivery)>,
    ) {
        if !self.fresh && player.server().is_dead() {
            let (index, delivery) =
                last.map_or((index, delivery), |(last, before)| (*last, before));
            self.blame(player, swept, index, delivery);
        }
        let played = self.outcome(player, swept, delivery);
        if player.is_stopped() {
            // Somebody ended the waits of this play: it says nothing.
            return;
        }
        swept.played += 1;
        let mismatch = match played {
            Ok(outcome) => {
                swept.tally.count(outcome.quality);
                swept.unreached += outcome.skipped;
                outcome.mismatch
            }
            Err(error) if error.blame() == Blame::Us => {
                swept.target_lost = true;
                swept.error = Some(error);
                return;
            }
            Err(error) => {
                swept.target_lost = !self.can_restart;
                gone(self.conversation, &error)
            }
        };
        let vanished = matches!(delivery.ending, Ending::Vanish { .. });
        let broken = mismatch.is_some();
        if let Some(mismatch) = mismatch.filter(|seen| self.laws.contains(&seen.law)) {
            let suspicion = self.suspicion(index, delivery, mismatch);
            swept.record(suspicion.mismatch.law, suspicion);
        }
        if (vanished || broken) && !swept.target_lost {
            self.check_wedged(player, swept, index, delivery);
        }
    }

    /// Plays a delivery in haste and, if the server fell silent, once more as the limits say.
    fn outcome(
        &self,
        player: &mut Player<'_>,
        swept: &mut Swept,
        delivery: &Delivery,
    ) -> Result<Outcome, TargetError> {
        let (conversation, shape) = (self.conversation, self.shape);
        let hasty = self.trial(delivery, self.trust.waits()).wanted();
        let mut played = player.play(conversation, delivery, shape, hasty)?;
        let is_by_quiet = played.by_quiet && played.mismatch.is_some();
        if is_by_quiet && !self.trust.is_proven(Silence::Hangs) {
            player.server().refresh();
            played = player.play(conversation, delivery, shape, Wanted::default())?;
            self.trust.learn(Silence::Hangs, played.mismatch.is_some());
        }
        let hangs = played.mismatch.as_ref().is_some_and(|mismatch| mismatch.law == Law::Hangs);
        swept.hangs += u64::from(hangs && !played.by_quiet);
        Ok(played)
    }

    /// Blames a play that held for the death of the server, which is ours and has died since.
    fn blame(&self, player: &mut Player<'_>, swept: &mut Swept, index: u64, delivery: &Delivery) {
        if let Some(death) = player.server().death()
            && self.laws.contains(&Law::Crashed)
        {
            let mismatch = died(self.conversation, death);
            swept.record(Law::Crashed, self.suspicion(index, delivery, mismatch));
        }
        player.restart();
    }

    /// Looks whether a fresh client is served after a delivery.
    fn check_wedged(
        &self,
        player: &mut Player<'_>,
        swept: &mut Swept,
        index: u64,
        delivery: &Delivery,
    ) {
        if self.fresh && !self.is_virtual {
            // The next play has a server of its own.
            return;
        }
        self.check_spins(player, swept, index, delivery);
        let mismatch = self.not_served(player, swept);
        let Some(mismatch) = mismatch.filter(|_| !player.is_stopped()) else { return };
        // A server that we can't start anew is lost: whatever came now would be its fault.
        swept.target_lost = !self.can_restart;
        if mismatch.law == Law::Crashed {
            if self.laws.contains(&Law::Crashed) {
                swept.record(Law::Crashed, self.suspicion(index, delivery, mismatch));
            }
        } else if self.laws.contains(&Law::Wedged) {
            swept.record(Law::Wedged, self.suspicion(index, delivery, mismatch));
        }
        player.restart();
    }

    /// How a fresh client is not served, if it is not: in haste and, until such a silence is
    /// proven, once more as the limits say.
    fn not_served(&self, player: &mut Player<'_>, swept: &mut Swept) -> Option<Box<Mismatch>> {
        let (conversation, shape) = (self.conversation, self.shape);
        let fresh_client = self.trial(&Delivery::UNCUT, self.trust.waits());
        match player.play(conversation, &Delivery::UNCUT, shape, fresh_client.wanted()) {
            Ok(Outcome { mismatch: None, .. }) => None,
            Ok(Outcome { mismatch: Some(mismatch), by_quiet, .. }) => {
                if by_quiet && self.trust.is_proven(Silence::Wedged) {
                    return Some(mismatch);
                }
                let mismatch = match by_quiet {
                    true => not_served(player, fresh_client.with(Waits::USUAL)),
                    false => Some(mismatch),
                };
                self.trust.learn(Silence::Wedged, mismatch.is_some());
                let hangs = mismatch.as_ref().is_some_and(|seen| seen.law == Law::Hangs);
                swept.hangs += u64::from(hangs);
                mismatch
            }
            Err(error) if error.blame() == Blame::Us => {
                swept.target_lost = true;
                swept.error = Some(error);
                None
            }
            Err(error) => match player.server().death() {
                Some(death) => Some(died(conversation, death)),
                None => gone(conversation, &error),
            },
        }
    }

    /// Looks whether the server spins. It takes long to tell a busy server apart from one that
    /// spins: that is tried a few times only.
    fn check_spins(
        &self,
        player: &mut Player<'_>,
        swept: &mut Swept,
        index: u64,
        delivery: &Delivery,
    ) {
        let may_spin = self.laws.contains(&Law::Spins) && self.trust.is_worth_measuring();
        if !may_spin || player.server().is_asleep() != Some(false) {
            return;
        }
        if self.trust.spins() {
            // It is known to spin: the processor is better used by the next plays.
            player.restart();
        } else if let Some(mismatch) = spun(player, self.trial(delivery, Waits::USUAL)) {
            self.trust.learn_that_it_spins();
            swept.record(Law::Spins, self.suspicion(index, delivery, mismatch));
        } else if player.server().is_asleep() == Some(false) {
            self.trust.measured_in_vain();
        }
    }

    fn trial<'a>(&'a self, delivery: &'a Delivery, waits: Waits) -> Trial<'a> {
        Trial { conversation: self.conversation, shape: self.shape, delivery, waits }
    }

    fn suspicion(&self, index: u64, delivery: &Delivery, mismatch: Box<Mismatch>) -> Suspicion {
        Suspicion { order: (self.number, index), delivery: delivery.clone(), mismatch }
    }
}
