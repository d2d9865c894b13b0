//! What a server does between plays: whether it keeps one client waiting for another, whether it
//! burns processor time for nobody, whether it keeps what it should give back.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::Omission;
use super::mismatch::{Mismatch, Then};
use super::play::{Player, Waits, Wanted};
use super::replay::of_server;
use super::search::Search;
use super::sweep::Failure;
use crate::delivery::{Delivery, Shape};
use crate::script::{Conversation, Law};

/// For how long processor time is measured, twice.
const WINDOW: Duration = Duration::from_millis(300);

/// From which share of one core on a server spins.
const SPINNING: f64 = 0.5;

/// How often a server is looked at before it is measured: one that ever sleeps does not spin.
const GLANCES: u32 = 10;

/// How long it has between two glances.
const GLANCE: Duration = Duration::from_millis(1);

/// How many plays make a batch.
const BATCH: usize = 20;

/// How long it may take to measure whether a server leaks.
const LEAKS_BUDGET: Duration = Duration::from_secs(10);

/// A play in between failed, or they took too long: nothing is known.
#[derive(Debug)]
pub(super) struct Unclear;

/// How long a server has in the search to give back what it has.
const SETTLING: Duration = Duration::from_secs(1);

impl Player<'_> {
    /// Whether one silent client keeps another from being served.
    pub(super) fn starves(
        &mut self,
        conversation: &Conversation,
        shape: &Shape,
        wanted: Wanted,
    ) -> Option<Box<Mismatch>> {
        let silent = self.silent_client()?;
        let played = self.play(conversation, &Delivery::UNCUT, shape, wanted).ok()?;
        drop(silent);
        let mut mismatch = played.mismatch?;
        mismatch.law = Law::Starves;
        Some(mismatch)
    }

    /// Whether the server burns processor time while no client is connected.
    pub(super) fn spins(
        &mut self,
        conversation: &Conversation,
        waits: Waits,
    ) -> Option<Box<Mismatch>> {
        for _ in 0..GLANCES {
            if self.server().is_asleep()? {
                return None;
            }
            std::thread::sleep(GLANCE);
        }
        // One that works for a while, as it may when it has started, calms down.
        let patience = if waits == Waits::Full { self.limits.timeout } else { Duration::ZERO };
        let until = Instant::now() + patience.max(2 * WINDOW);
        let mut least = f64::INFINITY;
        while Instant::now() < until {
            let (start, before) = (Instant::now(), self.server().runnable_time()?);
            std::thread::sleep(WINDOW);
            let used = self.server().runnable_time()?.saturating_sub(before);
            least = least.min(used.as_secs_f64() / start.elapsed().as_secs_f64());
            if least <= SPINNING || self.is_stopped() {
                return None;
            }
        }
        let what =
            format!("it wanted {:.0} % of a core while no client was connected", least * 100.0);
        Some(self.kept(conversation, Law::Spins, "a server that sleeps without clients", what))
    }

    /// Whether descriptors and threads grow by as much as the plays, in two successive batches.
    pub(super) fn leaks(
        &mut self,
        conversation: &Conversation,
        shape: &Shape,
        delivery: &Delivery,
        waits: Waits,
    ) -> Result<Option<Box<Mismatch>>, Unclear> {
        let until = Instant::now() + LEAKS_BUDGET;
        let mut batch = || -> Result<usize, Unclear> {
            for _ in 0..BATCH {
                let played = self.play(conversation, delivery, shape, Wanted::default());
                let held = played.is_ok_and(|outcome| outcome.mismatch.is_none());
                if !held || Instant::now() >= until || self.is_stopped() {
                    return Err(Unclear);
                }
            }
            self.calm_holdings().ok_or(Unclear)
        };
        // Workers and caches may grow for a while.
        let start = batch()?;
        let middle = batch()?;
        if middle < start + BATCH {
            return Ok(None);
        }
        let end = batch()?;
        if end < middle + BATCH {
            return Ok(None);
        }
        if self.serves(conversation, shape).is_some() {
            // A server that serves nobody any more gives nothing back: that is another law.
            return Err(Unclear);
        }
        // Some close with a delay.
        let patience = if waits == Waits::Full { self.limits.timeout } else { SETTLING };
        let until = Instant::now() + patience;
        while Instant::now() < until && !self.is_stopped() {
            if self.server().holdings().ok_or(Unclear)? < start + 2 * BATCH {
                return Ok(None);
            }
            std::thread::sleep(GLANCE);
        }
        let (first, second) = (middle - start, end - middle);
        let what = format!(
            "it kept {first} more descriptors and threads after {BATCH} plays, and {second} more \
             after the next {BATCH}"
        );
        let expected = "a server that gives back what it takes";
        Ok(Some(self.kept(conversation, Law::Leaks, expected, what)))
    }

    /// What the server holds once it sleeps, or has had time to.
    fn calm_holdings(&mut self) -> Option<usize> {
        for _ in 0..GLANCES {
            if self.server().is_asleep()? {
                break;
            }
            std::thread::sleep(GLANCE);
        }
        self.server().holdings()
    }

    fn kept(
        &mut self,
        conversation: &Conversation,
        law: Law,
        expected: &str,
        what: String,
    ) -> Box<Mismatch> {
        let output = self.server().output();
        of_server(conversation, law, expected, Then::Kept(what), output)
    }

    /// Whether one silent client keeps another from being served, seen in haste and, where it
    /// seems so, once more with all patience.
    pub(super) fn starves_surely(
        &mut self,
        conversation: &Conversation,
        shape: &Shape,
    ) -> Option<Box<Mismatch>> {
        let hasty = Wanted { waits: Waits::Hasty, ..Wanted::default() };
        self.starves(conversation, shape, hasty)?;
        self.restart();
        self.starves(conversation, shape, Wanted::default())
    }
}

impl Search<'_> {
    /// The laws that are about what a server does between plays; for `leaks` a client that
    /// vanishes is tried, too.
    pub(super) fn between_plays(
        &mut self,
        player: &mut Player<'_>,
        conversation: &Conversation,
        shape: &Shape,
        drop: Option<Delivery>,
    ) {
        let (is_shared, has_processes) =
            (player.server().is_shared(), player.server().has_processes());
        for law in [Law::Spins, Law::Leaks, Law::Starves] {
            // What spins is not given back, either.
            let is_known = law == Law::Leaks && self.failures.contains_key(&Law::Spins);
            if !self.laws.contains(&law) || self.failures.contains_key(&law) || is_known {
                continue;
            }
            let can_look = if law == Law::Starves { is_shared } else { has_processes };
            if !can_look || self.target_lost || self.options.fresh {
                self.left_out.push((law.to_string(), Omission::Unchecked));
                continue;
            }
            player.server().refresh();
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let seen = match law {
                Law::Spins => Some(Delivery::UNCUT).zip(player.spins(conversation, Waits::Usual)),
                Law::Starves => {
                    Some(Delivery::UNCUT).zip(player.starves_surely(conversation, shape))
                }
                _ => match self.leak(player, conversation, shape, drop.clone()) {
                    Ok(seen) => seen,
                    Err(Unclear) => {
                        self.left_out.push((law.to_string(), Omission::Unclear));
                        None
                    }
                },
            };
            if let Some((delivery, mismatch)) = seen.filter(|_| !player.is_stopped()) {
                let failure = Failure { order: (usize::MAX, 0), delivery, mismatch };
                self.failures.insert(law, failure);
                player.restart();
            }
        }
    }

    /// The delivery after which something is not given back.
    fn leak(
        &self,
        player: &mut Player<'_>,
        conversation: &Conversation,
        shape: &Shape,
        drop: Option<Delivery>,
    ) -> Result<Option<(Delivery, Box<Mismatch>)>, Unclear> {
        for delivery in [Some(Delivery::UNCUT), drop].into_iter().flatten() {
            let seen = player.leaks(conversation, shape, &delivery, Waits::Usual)?;
            if let Some(mismatch) = seen {
                return Ok(Some((delivery, mismatch)));
            }
        }
        Ok(None)
    }
}
