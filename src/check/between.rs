//! What a server does between plays: whether it keeps one client waiting for another, whether it
//! burns processor time for nobody, whether it keeps what it should give back.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::Omission;
use super::mismatch::{Mismatch, Then};
use super::play::{Player, Waits, Wanted};
use super::search::Search;
use super::sweep::Failure;
use crate::delivery::{Delivery, Shape};
use crate::script::{Conversation, Law, Place};

/// For how long processor time is measured, twice.
const WINDOW: Duration = Duration::from_millis(300);

/// From which share of one core on a server spins.
const SPINNING: f64 = 0.5;

/// How often a server is looked at before it is measured: one that ever sleeps does not spin.
const GLANCES: u32 = 10;

/// How many plays make a batch.
const BATCH: usize = 20;

/// How long a server has to give back what it has: some close with a delay.
const SETTLING: Duration = Duration::from_secs(5);

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
            std::thread::sleep(Duration::from_millis(1));
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
    ) -> Option<Box<Mismatch>> {
        // Workers and caches may grow for a while.
        self.batch(conversation, shape, delivery)?;
        let mut before = self.settled(0)?;
        let mut grown = Vec::new();
        for _ in 0..2 {
            self.batch(conversation, shape, delivery)?;
            let after = self.settled(before + BATCH)?;
            if after < before + BATCH {
                return None;
            }
            grown.push(after - before);
            before = after;
        }
        let what = format!(
            "it kept {} more descriptors and threads after {BATCH} plays, and {} more after the \
             next {BATCH}",
            grown[0], grown[1]
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

    /// What the server holds once it holds less than `enough`, or has had time to.
    fn settled(&mut self, enough: usize) -> Option<usize> {
        let until = Instant::now() + SETTLING;
        loop {
            let holdings = self.server().holdings()?;
            let is_calm = enough == 0 && self.server().is_asleep()?;
            if holdings < enough || is_calm || Instant::now() >= until || self.is_stopped() {
                return Some(holdings);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn kept(
        &mut self,
        conversation: &Conversation,
        law: Law,
        expected: &str,
        what: String,
    ) -> Box<Mismatch> {
        let first = conversation.steps().next();
        let output = self.server().output();
        Box::new(Mismatch {
            law,
            place: first.map_or(Place::default(), |step| step.place),
            connection: first.map_or(0, |step| step.connection),
            expected: expected.to_owned(),
            actual: Vec::new(),
            then: Then::Kept(what),
            output,
        })
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
            if !self.laws.contains(&law) || self.failures.contains_key(&law) {
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
                    let mismatch = player.leaks(conversation, shape, &one)?;
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
