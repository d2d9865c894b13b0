//! All deliveries of one set, by as many jobs as there are: what broke, whatever the order of work.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use super::finding::Tally;
use super::mismatch::Mismatch;
use super::play::{Player, Wanted};
use super::replay::gone;
use crate::delivery::{Delivery, Ending, Part, Shape};
use crate::script::{Conversation, Law};

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
    /// Whether the server is started anew for every play.
    pub(super) fresh: bool,
    pub(super) played: &'s (dyn Fn(u64) + Sync),
}

/// What came of a sweep, or of one job of it.
#[derive(Default)]
pub(super) struct Swept {
    pub(super) failures: BTreeMap<Law, Failure>,
    pub(super) tally: Tally,
    pub(super) unreached: u64,
    /// How many of the set were played.
    pub(super) played: u64,
    pub(super) hangs: u64,
    pub(super) target_lost: bool,
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
                self.play(player, &mut swept, index, &delivery);
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

    fn play(&self, player: &mut Player<'_>, swept: &mut Swept, index: u64, delivery: &Delivery) {
        if self.fresh {
            player.restart();
        }
        let played = player.play(self.conversation, delivery, self.shape, Wanted::default());
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
            Err(error) => {
                swept.target_lost = true;
                Some(gone(self.conversation, &error))
            }
        };
        let vanished = matches!(delivery.ending, Ending::Vanish { .. });
        let broken = mismatch.is_some();
        if let Some(mismatch) = mismatch {
            swept.hangs += u64::from(mismatch.law == Law::Hangs);
            if self.laws.contains(&mismatch.law) {
                let failure = self.failure(index, delivery, mismatch);
                swept.record(failure.mismatch.law, failure);
            }
        }
        if (vanished || broken) && !swept.target_lost {
            self.check_wedged(player, swept, index, delivery);
        }
    }

    /// After a delivery a fresh client must be served.
    fn check_wedged(
        &self,
        player: &mut Player<'_>,
        swept: &mut Swept,
        index: u64,
        delivery: &Delivery,
    ) {
        let mismatch = player.fresh(self.conversation, self.shape);
        let Some(mismatch) = mismatch.filter(|_| !player.is_stopped()) else { return };
        // A server that is not ours to start anew is lost: whatever came now would be its fault.
        swept.target_lost = !self.is_virtual;
        if mismatch.law == Law::Crashed {
            if self.laws.contains(&Law::Crashed) {
                swept.record(Law::Crashed, self.failure(index, delivery, mismatch));
            }
        } else if self.laws.contains(&Law::Wedged) {
            swept.record(Law::Wedged, self.failure(index, delivery, mismatch));
        }
        player.restart();
    }

    fn failure(&self, index: u64, delivery: &Delivery, mismatch: Box<Mismatch>) -> Failure {
        Failure { order: (self.number, index), delivery: delivery.clone(), mismatch }
    }
}
