//! All deliveries of one set, by as many jobs as there are. What broke does not depend on the order
//! of the work.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use super::failed::unchecked;
use super::held::single_cut;
use super::pace::Pace;
use crate::check::finding::{Mismatch, Omission, Tally, Then, Unchecked};
use crate::check::laws::Trial;
use crate::check::laws::crashed::died;
use crate::check::laws::fresh_client::gone;
use crate::check::laws::spins::spun;
use crate::check::play::{Outcome, Player, Waits};
use crate::delivery::{Cut, Delivery, Ending, Part, Shape};
use crate::peer::{Blame, Deadline, TargetError};
use crate::script::{Conversation, Law};

/// How many deliveries a job takes at once if plays are quick.
const BATCH: u64 = 32;

/// After so many plays of a set that hung in real time, the rest of the set is left out.
const ENOUGH: u64 = 3;

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
    /// Whether a second client on such a server gets the answer of the first.
    pub(super) may_follow: bool,
    pub(super) pace: &'s Pace,
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
    /// How many plays ended in silence.
    pub(super) hangs: u64,
    pub(super) target_lost: bool,
    /// Whether the server answers otherwise than in the baseline, and can't be started anew.
    pub(super) is_changed: bool,
    /// The cuts that held, each alone in its delivery.
    pub(super) held: Vec<Cut>,
    /// Why nothing more can be judged, although the target is there.
    pub(super) unchecked: Option<Unchecked>,
    /// How many plays a client came again after its connections had vanished.
    pub(super) reconnects: u64,
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
        self.is_changed |= other.is_changed;
        self.held.extend(other.held);
        self.unchecked = self.unchecked.take().or(other.unchecked);
        self.reconnects += other.reconnects;
        self.error = self.error.take().or(other.error);
    }

    /// Keeps the first suspicion of each law, in the order of the plan.
    fn record(&mut self, law: Law, suspicion: Suspicion) {
        let first = self.suspicions.entry(law).or_insert_with(|| suspicion.clone());
        if suspicion.order < first.order {
            *first = suspicion;
        }
    }

    /// What was played, and could not be judged.
    pub(super) fn left_out(&self) -> impl Iterator<Item = Omission> {
        let unreached = (self.unreached > 0).then_some(Omission::Unreached(self.unreached));
        let is_told = self.reconnects == 0 || self.has_enough_returns();
        unreached.into_iter().chain((!is_told).then_some(Omission::Reconnects(self.reconnects)))
    }

    /// Whether the client came again in so many plays that the rest of the set is left out: each
    /// takes its time, and none is judged.
    pub(super) fn has_enough_returns(&self) -> bool {
        self.reconnects >= ENOUGH
    }

    /// Whether nothing more of the set can be played.
    fn is_over(&self) -> bool {
        self.target_lost || self.is_changed || self.unchecked.is_some()
    }
}

impl Sweep<'_> {
    /// Plays the set with these players, each of which is a job.
    pub(super) fn run(&self, players: &mut [Player<'_>]) -> Swept {
        let next = AtomicU64::new(0);
        let done = AtomicBool::new(false);
        let Some((own, others)) = players.split_first_mut() else { return Swept::default() };
        if self.part.len() <= BATCH || others.is_empty() {
            return self.job(own, &next, &done);
        }
        let swept = Mutex::new(Swept::default());
        let work = |player: &mut Player<'_>| {
            let result = self.job(player, &next, &done);
            swept.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).add(result);
        };
        std::thread::scope(|scope| {
            for player in others {
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
                if player.is_stopped() || self.is_over(&swept) {
                    break;
                }
                last = Some((index, delivery));
            }
            (self.played)(end - start);
            if self.is_over(&swept) {
                done.store(true, Ordering::Relaxed);
            }
        }
        // After each set a fresh client must be served.
        if let Some((index, delivery)) = last
            && !swept.is_over()
        {
            self.look_after(player, &mut swept, index, &delivery);
        }
        swept
    }

    /// Whether so many plays of the set fell silent that the rest of it is left out. A server that
    /// can't be replaced has to be waited for each time.
    pub(super) fn has_enough_hangs(&self, swept: &Swept) -> bool {
        !self.is_virtual && swept.hangs >= if self.can_restart { ENOUGH } else { 1 }
    }

    /// Whether nothing more of the set is played.
    fn is_over(&self, swept: &Swept) -> bool {
        swept.is_over() || self.has_enough_hangs(swept) || swept.has_enough_returns()
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
        let played = self.outcome(player, delivery);
        if player.is_stopped() {
            // Somebody ended the waits of this play: it says nothing.
            return;
        }
        let mismatch = match played {
            Ok(outcome) => {
                swept.tally.count(outcome.quality);
                swept.unreached += outcome.skipped;
                swept.reconnects += u64::from(outcome.reconnects);
                outcome.mismatch
            }
            Err(error) if error.blame() == Blame::Us => return self.give_up(swept, error),
            Err(error) => {
                swept.target_lost = !self.can_restart;
                gone(self.conversation, &error)
            }
        };
        swept.played += 1;
        swept.held.extend(single_cut(delivery).filter(|_| mismatch.is_none()));
        let vanished = matches!(delivery.ending, Ending::Vanish { .. });
        let broken = mismatch.is_some();
        let gave_up = mismatch.as_ref().is_some_and(|seen| seen.is_of_haste());
        if let Some(mismatch) = mismatch {
            if mismatch.then == Then::Silence {
                swept.hangs += 1;
                self.pace.prove();
            }
            self.suspect(swept, mismatch.law, index, delivery, mismatch);
        }
        if (vanished || broken) && !swept.target_lost {
            self.look_after(player, swept, index, delivery);
        }
        if gave_up && !self.is_virtual {
            // What was given up in haste must not disturb the next play.
            player.restart();
        }
    }

    /// Plays a delivery. The first that falls silent is waited for once more, somewhat longer.
    fn outcome(
        &self,
        player: &mut Player<'_>,
        delivery: &Delivery,
    ) -> Result<Outcome, TargetError> {
        let silent_at = |outcome: &Outcome| {
            let seen = outcome.mismatch.as_deref().filter(|seen| seen.then == Then::Silence)?;
            Some(seen.step)
        };
        let play = |player: &mut Player<'_>, waits| {
            let trial = self.trial(delivery, waits);
            player.play(self.conversation, delivery, self.shape, trial.wanted())
        };
        let first = play(player, self.pace.of_delivery())?;
        let Some(step) = silent_at(&first).filter(|_| !self.is_virtual) else { return Ok(first) };
        let Some(waits) = self.pace.probe() else { return Ok(first) };
        player.restart();
        let start = Instant::now();
        let second = play(player, waits)?;
        // A close after a while is no answer that came late.
        let is_missing = |seen: &Mismatch| {
            seen.step == step && matches!(seen.then, Then::Silence | Then::Eof | Then::Reset)
        };
        if !second.mismatch.as_deref().is_some_and(is_missing) {
            self.pace.came_late(start.elapsed());
        }
        Ok(second)
    }

    /// Ends the sweep: a play could not take place, and it is our fault.
    fn give_up(&self, swept: &mut Swept, error: TargetError) {
        swept.unchecked = unchecked(&error);
        if swept.unchecked.is_none() {
            swept.target_lost = true;
            swept.error = Some(error);
        }
    }

    /// Keeps a suspicion, if it is of a law that is looked at.
    fn suspect(
        &self,
        swept: &mut Swept,
        law: Law,
        index: u64,
        delivery: &Delivery,
        mismatch: Box<Mismatch>,
    ) {
        let is_looked_at = |law| self.laws.contains(&law);
        // In haste silence is all that is seen of an answer that stops short in any way.
        let may_be = law == Law::Hangs && is_looked_at(Law::CutOff);
        if is_looked_at(law) || may_be {
            let law = if law == Law::Hangs { Law::CutOff } else { law };
            let order = (self.number, index);
            swept.record(law, Suspicion { order, delivery: delivery.clone(), mismatch });
        }
    }

    /// Blames a play that held for the death of the server, which is ours and has died since.
    fn blame(&self, player: &mut Player<'_>, swept: &mut Swept, index: u64, delivery: &Delivery) {
        if let Some(death) = player.server().death() {
            let mismatch = died(self.conversation, death);
            self.suspect(swept, Law::Crashed, index, delivery, mismatch);
        }
        player.restart();
    }

    /// Looks at the server after a delivery: whether it spins, and whether a fresh client is
    /// served, and answered as in the baseline.
    fn look_after(
        &self,
        player: &mut Player<'_>,
        swept: &mut Swept,
        index: u64,
        delivery: &Delivery,
    ) {
        if self.fresh {
            if let Some(death) = player.death_of_last() {
                if !death.clean {
                    let mismatch = died(self.conversation, death);
                    self.suspect(swept, Law::Crashed, index, delivery, mismatch);
                }
                return;
            }
            if !self.may_follow {
                return;
            }
            player.stay();
        } else {
            self.check_spins(player, swept, index, delivery);
        }
        let Some(mismatch) = self.fresh_client(player, swept) else { return };
        let has_ended =
            |player: &mut Player<'_>| player.server().death().is_some_and(|death| death.clean);
        if player.is_stopped() || (self.fresh && has_ended(player)) {
            return;
        }
        let law = match mismatch.law {
            Law::Crashed => Law::Crashed,
            Law::Differs => Law::Poisons,
            _ => Law::Wedged,
        };
        if !self.can_restart {
            // Whatever came now would be the fault of a server that is lost or has changed.
            match law {
                Law::Poisons => swept.is_changed = self.fresh_client(player, swept).is_some(),
                _ => swept.target_lost = true,
            }
        }
        self.suspect(swept, law, index, delivery, mismatch);
        player.restart();
    }

    /// How a fresh client is not served, or is answered otherwise than in the baseline.
    fn fresh_client(&self, player: &mut Player<'_>, swept: &mut Swept) -> Option<Box<Mismatch>> {
        let trial = self.trial(&Delivery::UNCUT, self.pace.of_fresh_client());
        match player.play(self.conversation, trial.delivery, self.shape, trial.wanted()) {
            Ok(Outcome { mismatch, .. }) => mismatch,
            Err(error) if error.blame() == Blame::Us => {
                self.give_up(swept, error);
                None
            }
            Err(error) => match player.server().death() {
                Some(death) => Some(died(self.conversation, death)),
                None => gone(self.conversation, &error),
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
        let may_spin = self.laws.contains(&Law::Spins) && self.pace.is_worth_measuring();
        if !may_spin || player.server().is_asleep() != Some(false) {
            return;
        }
        if self.pace.spins() {
            // It is known to spin: the processor is better used by the next plays.
            player.restart();
        } else if let Some(mismatch) = spun(player, self.trial(delivery, Waits::USUAL)) {
            self.pace.learn_that_it_spins();
            self.suspect(swept, Law::Spins, index, delivery, mismatch);
        } else if player.server().is_asleep() == Some(false) {
            self.pace.measured_in_vain();
        }
    }

    fn trial<'a>(&'a self, delivery: &'a Delivery, waits: Waits) -> Trial<'a> {
        Trial { conversation: self.conversation, shape: self.shape, delivery, waits }
    }
}
