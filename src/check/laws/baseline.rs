//! `baseline`: the conversation holds when nothing is cut, and something is answered.

use super::fresh_client::gone;
use super::{Rule, Seen, Trial, Unclear};
use crate::check::finding::{Demand, Mismatch, Then};
use crate::check::play::{Outcome, Player};
use crate::script::{Conversation, Place};

/// The law.
pub(super) struct Baseline;

impl Rule for Baseline {
    fn seen(&self, player: &mut Player<'_>, trial: Trial<'_>) -> Seen {
        let Trial { conversation, shape, delivery, .. } = trial.uncut();
        Ok(match player.play(conversation, delivery, shape, trial.wanted()) {
            Ok(outcome) => broken(conversation, &outcome),
            Err(error) => Some(gone(conversation, &error).ok_or(Unclear)?),
        })
    }
}

/// How a baseline is broken: by a claim, or because nothing was answered at all.
pub fn broken(conversation: &Conversation, outcome: &Outcome) -> Option<Box<Mismatch>> {
    if outcome.mismatch.is_some() {
        return outcome.mismatch.clone();
    }
    if outcome.answered || !conversation.asks_for_an_answer() {
        return None;
    }
    let last = conversation.steps().last();
    let place = last.map_or(Place::default(), |step| step.place);
    let connection = last.map_or(0, |step| step.connection);
    let (demand, then) = (Demand::SomeAnswer, Then::Silence);
    Some(Mismatch::of_answer(place, connection, demand, &[], then))
}
