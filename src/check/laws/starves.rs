//! `starves`: one silent client keeps no other from being served.

use super::{Rule, Seen, Trial};
use crate::check::finding::Mismatch;
use crate::check::play::Player;
use crate::peer::Abilities;
use crate::script::Law;

/// The law.
pub(super) struct Starves;

impl Rule for Starves {
    fn seen(&self, player: &mut Player<'_>, trial: Trial<'_>) -> Seen {
        Ok(starved(player, trial))
    }

    fn applies(&self, abilities: Abilities) -> bool {
        abilities.shared
    }
}

/// Whether a client is starved.
pub(in crate::check) fn starved(
    player: &mut Player<'_>,
    trial: Trial<'_>,
) -> Option<Box<Mismatch>> {
    let silent = player.silent_client()?;
    let Trial { conversation, shape, delivery, .. } = trial.uncut();
    let played = player.play(conversation, delivery, shape, trial.wanted()).ok()?;
    drop(silent);
    // An answer that is merely different says how many clients there are, or what the time is.
    let mut mismatch = played.mismatch.filter(|seen| seen.law != Law::Differs)?;
    mismatch.law = Law::Starves;
    Some(mismatch)
}
