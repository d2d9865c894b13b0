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
        let timeout = self.limits.timeout;
        let silent = self.server().open(&mut Vec::new(), timeout).ok()?;
        let played = self.play(conversation, &Delivery::UNCUT, shape, wanted).ok()?;
        drop(silent);
        let mut mismatch = played.mismatch?;
        mismatch.law = Law::Starves;
        Some(mismatch)
    }

    /// Whether the server burns processor time while no client is connected.
    pub(super) fn spins(&mut self, conversation: &Conversation) -> Option<Box<Mismatch>> {
        for _ in 0..GLANCES {
            if self.server().is_asleep()? {
                return None;
            }
            std::thread::sleep(GLANCE);
        }
        let mut least = f64::INFINITY;
        for _ in 0..2 {
            let (start, before) = (Instant::now(), self.server().processor_time()?);
            std::thread::sleep(WINDOW);
            let used = self.server().processor_time()?.saturating_sub(before);
            least = least.min(used.as_secs_f64() / start.elapsed().as_secs_f64());
            if least <= SPINNING || self.is_stopped() {
                return None;
            }
        }
        let what =
            format!("it used {:.0} % of a core while no client was connected", least * 100.0);
        Some(self.kept(conversation, Law::Spins, "a server that sleeps without clients", what))
    }

    /// Whether descriptors and threads grow by as much as the plays, in two successive batches.
    pub(super) fn leaks(
        &mut self,
        conversation: &Conversation,
        shape: &Shape,
        delivery: &Delivery,
        waits: Waits,
    ) -> Option<Box<Mismatch>> {
        // Workers and caches may grow for a while.
        self.batch(conversation, shape, delivery)?;
        let start = self.calm_holdings()?;
        self.batch(conversation, shape, delivery)?;
        let middle = self.calm_holdings()?;
        if middle < start + BATCH {
            return None;
        }
        self.batch(conversation, shape, delivery)?;
        let end = self.calm_holdings()?;
        if end < middle + BATCH || self.serves(conversation, shape).is_some() {
            // A server that serves nobody any more gives nothing back: that is another law.
            return None;
        }
        // Some close with a delay.
        let patience = if waits == Waits::Full { self.limits.timeout } else { SETTLING };
        let until = Instant::now() + patience;
        while Instant::now() < until && !self.is_stopped() {
            if self.server().holdings()? < start + 2 * BATCH {
                return None;
            }
            std::thread::sleep(GLANCE);
        }
        let (first, second) = (middle - start, end - middle);
        let what = format!(
            "it kept {first} more descriptors and threads after {BATCH} plays, and {second} more \
             after the next {BATCH}"
        );
        Some(self.kept(conversation, Law::Leaks, "a server that gives back what it takes", what))
    }

    /// Plays a batch; nothing where the server is not well.
    fn batch(
        &mut self,
        conversation: &Conversation,
        shape: &Shape,
        delivery: &Delivery,
    ) -> Option<()> {
        for _ in 0..BATCH {
            let played = self.play(conversation, delivery, shape, Wanted::default()).ok()?;
            if played.mismatch.is_some() || self.is_stopped() {
                return None;
            }
        }
        Some(())
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
                Law::Spins => Some(Delivery::UNCUT).zip(player.spins(conversation)),
                Law::Starves => {
                    Some(Delivery::UNCUT).zip(player.starves_surely(conversation, shape))
                }
                _ => [Some(Delivery::UNCUT), drop.clone()].into_iter().flatten().find_map(|one| {
                    let mismatch = player.leaks(conversation, shape, &one, Waits::Usual)?;
                    Some((one, mismatch))
                }),
            };
            if let Some((delivery, mismatch)) = seen.filter(|_| !player.is_stopped()) {
                let failure = Failure { order: (usize::MAX, 0), delivery, mismatch };
                self.failures.insert(law, failure);
                player.restart();
            }
        }
    }
}
