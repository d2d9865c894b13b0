//! `wedged`: after a delivery a fresh client is served.

use super::fresh_client::not_served;
use super::{Rule, Seen, Trial};
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
