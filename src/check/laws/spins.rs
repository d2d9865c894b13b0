//! `spins`: no processor time is burnt while no client is connected.

use std::time::{Duration, Instant};

use super::{Rule, Seen, Trial};
use crate::check::finding::{Demand, Mismatch, Then};
use crate::check::play::{Patience, Player, Waits};
use crate::peer::Abilities;
use crate::script::Law;

/// For how long processor time is measured, twice.
const WINDOW: Duration = Duration::from_millis(300);

/// From which share of one core on a server spins.
const SPINNING: f64 = 0.5;

/// How often a server is looked at before it is measured: one that ever sleeps does not spin.
const GLANCES: u32 = 10;

/// How long a server has between two glances.
const GLANCE: Duration = Duration::from_millis(1);

/// The law.
pub(super) struct Spins;

impl Rule for Spins {
    fn seen(&self, player: &mut Player<'_>, trial: Trial<'_>) -> Seen {
        let Trial { conversation, shape, delivery, .. } = trial;
        // The play itself is another law's business: it only makes the server work.
        let hurried = trial.with(Waits::USUAL.hurried(2 * WINDOW));
        let _ = player.play(conversation, delivery, shape, hurried.wanted());
        Ok(spun(player, trial))
    }

    fn applies(&self, abilities: Abilities) -> bool {
        abilities.processes
    }
}

/// Whether the server burns processor time now, while no client is connected.
pub(in crate::check) fn spun(player: &mut Player<'_>, trial: Trial<'_>) -> Option<Box<Mismatch>> {
    if falls_asleep(player)? {
        return None;
    }
    // A server that works for a while, as it may when it has started, calms down.
    let is_full = trial.waits.patience == Patience::Full;
    let patience = if is_full { player.limits().timeout } else { Duration::ZERO }.max(2 * WINDOW);
    let start = Instant::now();
    let mut least = f64::INFINITY;
    while start.elapsed() < patience {
        let (window, before) = (Instant::now(), player.server().runnable_time()?);
        std::thread::sleep(WINDOW);
        let used = player.server().runnable_time()?.saturating_sub(before);
        least = least.min(used.as_secs_f64() / window.elapsed().as_secs_f64());
        if least <= SPINNING || player.is_stopped() {
            return None;
        }
    }
    // More threads than can be counted would have to spin for this not to fit.
    let then = Then::Spun((least * 100.0).round() as u32);
    let output = player.server().output();
    let demand = Demand::SleepsWithoutClients;
    Some(
        Mismatch::of_server(trial.conversation, Law::Spins, demand, then, output)
            .in_plays(player.watched()),
    )
}

/// Whether the server is seen asleep in one of a few glances; none if its processes can't be
/// looked at.
pub(super) fn falls_asleep(player: &mut Player<'_>) -> Option<bool> {
    for _ in 0..GLANCES {
        if player.server().is_asleep()? {
            return Some(true);
        }
        std::thread::sleep(GLANCE);
    }
    Some(false)
}
