//! A fresh client: whether it is served, and what it means that nobody can connect any more.

use super::Trial;
use crate::check::finding::{Demand, Mismatch, Then};
use crate::check::play::Player;
use crate::peer::{Blame, TargetError};
use crate::script::{Conversation, Law};

/// Plays the baseline, as a fresh client: how it is not served, if it is not. It is not served by a
/// server that can't be reached, either.
pub(in crate::check) fn not_served(
    player: &mut Player<'_>,
    trial: Trial<'_>,
) -> Option<Box<Mismatch>> {
    let Trial { conversation, shape, delivery, .. } = trial.uncut();
    match player.play(conversation, delivery, shape, trial.wanted()) {
        Ok(outcome) => outcome.mismatch,
        Err(error) => gone(conversation, &error),
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
