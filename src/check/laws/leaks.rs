//! `leaks`: descriptors and threads do not grow by as much as the plays.

use std::time::{Duration, Instant};

use super::fresh_client::not_served;
use super::spins::falls_asleep;
use super::{Rule, Seen, Trial, Unclear};
use crate::check::finding::{Demand, Mismatch, Then};
use crate::check::play::{Patience, Player, Wanted};
use crate::peer::Abilities;
use crate::script::Law;

/// How many plays make a batch.
const BATCH: usize = 20;

/// By how much a server grows in a batch that leaks. The connection before the batch may have been
/// counted in full, since it was still ending: a descriptor and a thread.
const GROWTH: usize = BATCH - 2;

/// How long the batches may take.
const BUDGET: Duration = Duration::from_secs(10);

/// How long a server has in the search to give back what it has.
const SETTLING: Duration = Duration::from_secs(1);

/// How long it has between two looks.
const GLANCE: Duration = Duration::from_millis(1);

/// The law.
pub(super) struct Leaks;

impl Rule for Leaks {
    fn seen(&self, player: &mut Player<'_>, trial: Trial<'_>) -> Seen {
        leaked(player, trial)
    }

    fn applies(&self, abilities: Abilities) -> bool {
        abilities.processes
    }
}

/// Whether descriptors and threads grow by as much as the plays, in two successive batches.
pub(in crate::check) fn leaked(player: &mut Player<'_>, trial: Trial<'_>) -> Seen {
    let Trial { conversation, waits, .. } = trial;
    let start = Instant::now();
    let mut batch = || batch(player, trial, start);
    // Workers and caches may grow for a while.
    let before = batch()?;
    let middle = batch()?;
    if middle < before + GROWTH {
        return Ok(None);
    }
    let end = batch()?;
    if end < middle + GROWTH {
        return Ok(None);
    }
    if not_served(player, trial.with(waits.patient(Patience::Usual))).is_some() {
        // A server that serves nobody any more gives nothing back: that is another law.
        return Err(Unclear);
    }
    // Some servers close with a delay.
    let is_full = waits.patience == Patience::Full;
    let patience = if is_full { player.limits().timeout } else { SETTLING };
    let start = Instant::now();
    while start.elapsed() < patience && !player.is_stopped() {
        if player.server().holdings().ok_or(Unclear)? < before + 2 * GROWTH {
            return Ok(None);
        }
        std::thread::sleep(GLANCE);
    }
    let then = Then::Grew { plays: BATCH, first: middle - before, second: end - middle };
    let output = player.server().output();
    let demand = Demand::GivesBack;
    Ok(Some(
        Mismatch::of_server(conversation, Law::Leaks, demand, then, output)
            .in_plays(player.watched()),
    ))
}

/// What the server holds after a batch of plays, once it sleeps or has had time to.
fn batch(player: &mut Player<'_>, trial: Trial<'_>, start: Instant) -> Result<usize, Unclear> {
    let Trial { conversation, shape, delivery, .. } = trial;
    for _ in 0..BATCH {
        let played = player.play(conversation, delivery, shape, Wanted::default());
        let holds = played.is_ok_and(|outcome| outcome.mismatch.is_none());
        if !holds || start.elapsed() >= BUDGET || player.is_stopped() {
            return Err(Unclear);
        }
    }
    falls_asleep(player).ok_or(Unclear)?;
    player.server().holdings().ok_or(Unclear)
}
