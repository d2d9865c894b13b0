//! `wedged`: after a delivery a fresh client is served.

use super::crashed::gone;
use super::{Rule, Seen, Trial};
use crate::check::finding::Mismatch;
use crate::check::play::{Patience, Player};
use crate::script::Law;

/// The law.
pub(super) struct Wedged;

impl Rule for Wedged {
    fn seen(&self, player: &mut Player<'_>, trial: Trial<'_>) -> Seen {
        let Trial { conversation, shape, delivery, waits } = trial;
        // What the delivery itself is answered is another law's business.
        let _ = player.play(conversation, delivery, shape, trial.wanted());
        let patience = match waits.patience {
            Patience::Hasty => Patience::Hasty,
            Patience::Usual | Patience::Full => Patience::Usual,
        };
        let fresh_client = trial.with(waits.patient(patience));
        // A server that is gone has crashed, which is another law.
        Ok(not_served(player, fresh_client).filter(|seen| seen.law != Law::Crashed))
    }
}

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
