//! `crashed`: the server lives on. One in memory does not panic; a process of ours does not end;
//! one that was reached can be reached again.

use super::fresh_client::{gone, not_served};
use super::{Rule, Seen, Trial};
use crate::check::finding::{Demand, Mismatch, Then};
use crate::check::play::{Outcome, Patience, Player};
use crate::peer::Death;
use crate::script::{Conversation, Law};

/// The law.
pub(super) struct Crashed;

impl Rule for Crashed {
    fn seen(&self, player: &mut Player<'_>, trial: Trial<'_>) -> Seen {
        let Trial { conversation, shape, delivery, .. } = trial;
        Ok(match player.play(conversation, delivery, shape, trial.wanted()) {
            Ok(Outcome { mismatch: Some(mismatch), .. }) => Some(mismatch),
            Ok(_) => not_served(player, trial.with(trial.waits.patient(Patience::Usual))),
            Err(error) => return Ok(gone(conversation, &error)),
        }
        .filter(|mismatch| mismatch.law == Law::Crashed))
    }
}

/// A server of ours that died.
pub(in crate::check) fn died(conversation: &Conversation, death: Death) -> Box<Mismatch> {
    let then = Then::Crashed(death.how);
    Mismatch::of_server(conversation, Law::Crashed, Demand::LivesOn, then, death.output)
}
