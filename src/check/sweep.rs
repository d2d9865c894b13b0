//! All deliveries of one set, by as many jobs as there are: what broke, whatever the order of work.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use super::finding::Tally;
use super::mismatch::Mismatch;
use super::play::{Outcome, Player, Waits, Wanted};
use super::replay::{died, gone};
use crate::delivery::{Delivery, Ending, Part, Shape};
use crate::script::{Conversation, Law};
use crate::target::TargetError;

/// How many deliveries a job takes at once, where plays are quick.
const BATCH: u64 = 32;

/// After so many plays of a set that hung in real time, the rest of the set is left out.
const ENOUGH_HANGS: u64 = 3;

/// A broken law, as the search saw it first.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// Where in the plan: the number of its set, and of the delivery in the set.
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
    pub(super) deadline: Instant,
    pub(super) is_virtual: bool,
    /// Whether a server that is lost can be had anew.
    pub(super) can_restart: bool,
    /// Whether the server is started anew for every play.
    pub(super) fresh: bool,
    pub(super) haste: &'s Haste,
    pub(super) played: &'s (dyn Fn(u64) + Sync),
}

/// What the plays of a conversation have shown of the server's ways: whether silence may be taken
/// for what it seems.
#[derive(Default)]
pub(super) struct Haste {
    /// It has answered late although it was quiet: by a timer, or from elsewhere.
    is_late: AtomicBool,
    /// Laws that were seen broken with all patience: more of the same needs no proof.
    is_proven: [AtomicBool; 2],
    /// How often it was measured whether it spins, to no avail.
    measured: AtomicU64,
    /// Whether it does.
    spins: AtomicBool,
}

/// What silence may mean: the answer stops short, or a fresh client is not served.
#[derive(Clone, Copy)]
enum Silence {
    Hangs = 0,
    Wedged = 1,
}

impl Haste {
    fn waits(&self) -> Waits {
        if self.is_late.load(Ordering::Relaxed) { Waits::Usual } else { Waits::Hasty }
    }

    fn is_proven(&self, silence: Silence) -> bool {
        self.is_proven[silence as usize].load(Ordering::Relaxed)
    }

    /// Takes down what patience showed: whether the silence was one.
    fn learn(&self, silence: Silence, is_true: bool) {
        let fact = if is_true { &self.is_proven[silence as usize] } else { &self.is_late };
        fact.store(true, Ordering::Relaxed);
    }
}

/// What came of a sweep, or of one job of it.
#[derive(Default)]
pub(super) struct Swept {
    pub(super) failures: BTreeMap<Law, Failure>,
    pub(super) tally: Tally,
    pub(super) unreached: u64,
    /// How many of the set were played.
    pub(super) played: u64,
    /// How many plays ended in silence that was waited for in full.
    pub(super) hangs: u64,
    pub(super) target_lost: bool,
    /// Why a server of ours did not come up again.
    pub(super) error: Option<TargetError>,
}

impl Swept {
    fn add(&mut self, other: Self) {
        for (law, failure) in other.failures {
            self.record(law, failure);
        }
        self.tally.add(other.tally);
        self.unreached += other.unreached;
        self.played += other.played;
        self.hangs += other.hangs;
        self.target_lost |= other.target_lost;
        self.error = self.error.take().or(other.error);
    }

    /// Keeps the first failure of each law, first by the plan.
    fn record(&mut self, law: Law, failure: Failure) {
        let first = self.failures.entry(law).or_insert_with(|| failure.clone());
        if failure.order < first.order {
            *first = failure;
        }
    }

    pub(super) fn has_enough_hangs(&self) -> bool {
        self.hangs >= ENOUGH_HANGS
    }
}

impl Sweep<'_> {
    /// Plays the set with these players, each a job.
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
            let over = Instant::now() >= self.deadline || done.load(Ordering::Relaxed);
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
        // At the end of each set a fresh client must be served.
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
        if self.fresh {
            player.restart();
        } else if player.server().is_dead() {
            self.blame(
                player,
                swept,
                last.map_or((index, delivery), |(last, before)| (*last, before)),
            );
        }
        let played = self.outcome(player, swept, delivery);
        if player.is_stopped() {
            // The waits of this play were cut short: it says nothing.
            return;
        }
        swept.played += 1;
        let mismatch = match played {
            Ok(outcome) => {
                swept.tally.count(outcome.quality);
                swept.unreached += outcome.skipped;
                outcome.mismatch
            }
            Err(error) if error.is_no_fault_of_the_server() => {
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
            let failure = self.failure(index, delivery, mismatch);
            swept.record(failure.mismatch.law, failure);
        }
        if (vanished || broken) && !swept.target_lost {
            self.check_wedged(player, swept, index, delivery);
        }
    }

    /// Plays a delivery in haste and, where the server fell silent, with all patience.
    fn outcome(
        &self,
        player: &mut Player<'_>,
        swept: &mut Swept,
        delivery: &Delivery,
    ) -> Result<Outcome, TargetError> {
        let (conversation, shape) = (self.conversation, self.shape);
        let wanted = Wanted { waits: self.haste.waits(), ..Wanted::default() };
        let mut played = player.play(conversation, delivery, shape, wanted)?;
        let is_hasty = played.by_quiet && played.mismatch.is_some();
        if is_hasty && !self.haste.is_proven(Silence::Hangs) {
            player.server().refresh();
            played = player.play(conversation, delivery, shape, Wanted::default())?;
            self.haste.learn(Silence::Hangs, played.mismatch.is_some());
        }
        let hangs = played.mismatch.as_ref().is_some_and(|mismatch| mismatch.law == Law::Hangs);
        swept.hangs += u64::from(hangs && !played.by_quiet);
        Ok(played)
    }

    /// A server of ours has died behind a play that held.
    fn blame(
        &self,
        player: &mut Player<'_>,
        swept: &mut Swept,
        (index, delivery): (u64, &Delivery),
    ) {
        if let Some(death) = player.server().death()
            && self.laws.contains(&Law::Crashed)
        {
            let mismatch = died(self.conversation, death);
            swept.record(Law::Crashed, self.failure(index, delivery, mismatch));
        }
        player.restart();
    }

    /// After a delivery a fresh client must be served.
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
        // A server that is not ours to start anew is lost: whatever came now would be its fault.
        swept.target_lost = !self.can_restart;
        if mismatch.law == Law::Crashed {
            if self.laws.contains(&Law::Crashed) {
                swept.record(Law::Crashed, self.failure(index, delivery, mismatch));
            }
        } else if self.laws.contains(&Law::Wedged) {
            swept.record(Law::Wedged, self.failure(index, delivery, mismatch));
        }
        player.restart();
    }

    /// How a fresh client is not served: in haste, and with all patience until that is proven.
    fn not_served(&self, player: &mut Player<'_>, swept: &mut Swept) -> Option<Box<Mismatch>> {
        let (conversation, shape) = (self.conversation, self.shape);
        let hasty = Wanted { waits: self.haste.waits(), ..Wanted::default() };
        match player.play(conversation, &Delivery::UNCUT, shape, hasty) {
            Ok(Outcome { mismatch: None, .. }) => None,
            Ok(Outcome { mismatch: Some(mismatch), by_quiet, .. }) => {
                if by_quiet && self.haste.is_proven(Silence::Wedged) {
                    return Some(mismatch);
                }
                let mismatch =
                    if by_quiet { player.serves(conversation, shape) } else { Some(mismatch) };
                self.haste.learn(Silence::Wedged, mismatch.is_some());
                let hangs = mismatch.as_ref().is_some_and(|seen| seen.law == Law::Hangs);
                swept.hangs += u64::from(hangs);
                mismatch
            }
            Err(error) if error.is_no_fault_of_the_server() => {
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

    /// Looks whether the server spins. One that is busy otherwise takes long to tell apart: that
    /// is tried a few times only.
    fn check_spins(
        &self,
        player: &mut Player<'_>,
        swept: &mut Swept,
        index: u64,
        delivery: &Delivery,
    ) {
        const MEASURED: u64 = 3;
        let Haste { measured, spins, .. } = self.haste;
        let is_over = measured.load(Ordering::Relaxed) >= MEASURED;
        if is_over || !self.laws.contains(&Law::Spins) || player.server().is_asleep() != Some(false)
        {
            return;
        }
        if spins.load(Ordering::Relaxed) {
            // It is known: the processor is better used.
            player.restart();
        } else if let Some(mismatch) = player.spins(self.conversation, Waits::Usual) {
            spins.store(true, Ordering::Relaxed);
            swept.record(Law::Spins, self.failure(index, delivery, mismatch));
        } else if player.server().is_asleep() == Some(false) {
            measured.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn failure(&self, index: u64, delivery: &Delivery, mismatch: Box<Mismatch>) -> Failure {
        Failure { order: (self.number, index), delivery: delivery.clone(), mismatch }
    }
}
