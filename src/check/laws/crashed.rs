//! `crashed`: the server lives on. One in memory does not panic; a process of ours does not end;
//! one that was reached can be reached again.

use super::wedged::not_served;
use super::{Rule, Seen, Trial};
use crate::check::finding::{Demand, Mismatch, Then};
use crate::check::play::{Outcome, Patience, Player};
use crate::peer::{Blame, Death, TargetError};
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

/// A server that was reached, and then was not: it is gone, or it is there and accepts nobody,
/// which is `wedged`. None if it is our own fault: a server of ours that does not come up again
/// says nothing of the play before.
pub(in crate::check) fn gone(
    conversation: &Conversation,
    error: &TargetError,
) -> Option<Box<Mismatch>> {
    if error.blame() == Blame::Us {
        return None;
    }
    let (law, then) = match error.is_timeout() {
        true => (Law::Wedged, Then::Silence),
        false => (Law::Crashed, Then::Crashed(error.to_string())),
    };
    let demand = Demand::AcceptsConnections;
    Some(Mismatch::of_server(conversation, law, demand, then, Vec::new()))
}

/// A server of ours that died.
pub(in crate::check) fn died(conversation: &Conversation, death: Death) -> Box<Mismatch> {
    let then = Then::Crashed(death.how);
    Mismatch::of_server(conversation, Law::Crashed, Demand::LivesOn, then, death.output)
}
