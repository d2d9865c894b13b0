//! The laws that are about what a server does while no conversation is played, asked once all
//! deliveries were played.

use std::sync::atomic::Ordering;

use super::Search;
use super::sweep::Suspicion;
use crate::check::finding::Omission;
use crate::check::laws::{Seen, Trial, Unclear, rule};
use crate::check::play::{Player, Waits};
use crate::delivery::{Delivery, Shape};
use crate::script::{Conversation, Law};

impl Search<'_> {
    /// Asks a server for `spins`, `leaks` and `starves`, for `leaks` with a client that vanishes,
    /// too; and a client for `truncates`.
    pub(super) fn between_plays(
        &mut self,
        conversation: &Conversation,
        shape: &Shape,
        drop: Option<Delivery>,
    ) {
        if self.target.abilities().connects {
            return self.truncated_lines(conversation, shape);
        }
        if self.is_enabled(Law::Truncates) {
            self.left_out.push((Law::Truncates.to_string(), Omission::OfClients));
        }
        let mut player = self.player_in_turn();
        let player = &mut player;
        for law in [Law::Spins, Law::Leaks, Law::Starves] {
            let is_known = |law| self.has_found(law) || self.is_suspected(law);
            // What spins is not given back, either.
            let spins = law == Law::Leaks && is_known(Law::Spins);
            if !self.laws.contains(&law) || is_known(law) || spins {
                continue;
            }
            let applies = rule(law).is_some_and(|rule| rule.applies(self.target.abilities()));
            if !applies || self.target_lost || self.options.fresh {
                let is_alone = applies && !self.target_lost;
                let why = if is_alone { Omission::Alone } else { Omission::Unchecked };
                self.left_out.push((law.to_string(), why));
                continue;
            }
            player.server().refresh();
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let deliveries = match law {
                Law::Leaks => [Some(Delivery::UNCUT), drop.clone()],
                _ => [Some(Delivery::UNCUT), None],
            };
            for delivery in deliveries.into_iter().flatten() {
                let waits = if law == Law::Starves { self.pace.hurried() } else { Waits::USUAL };
                let trial = Trial { conversation, shape, delivery: &delivery, waits };
                match look(law, player, trial) {
                    Ok(None) => {}
                    Ok(Some(_)) if player.is_stopped() => return,
                    Ok(Some(mismatch)) => {
                        let suspicion = Suspicion { order: (usize::MAX, 0), delivery, mismatch };
                        self.suspicions.push((law, suspicion));
                        player.restart();
                        break;
                    }
                    Err(Unclear) => {
                        self.left_out.push((law.to_string(), Omission::Unclear));
                        break;
                    }
                }
            }
        }
    }
}

/// Looks at a law; what is suspected is confirmed later.
fn look(law: Law, player: &mut Player<'_>, trial: Trial<'_>) -> Seen {
    match rule(law) {
        Some(rule) => rule.seen(player, trial),
        None => Ok(None),
    }
}
