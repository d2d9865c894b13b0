//! `starves`: one silent client keeps no other from being served.

use super::{Rule, Seen, Trial};
use crate::check::finding::Mismatch;
use crate::check::play::{Patience, Player};
use crate::peer::Abilities;
use crate::script::Law;

/// The law.
pub(super) struct Starves;

impl Rule for Starves {
    fn seen(&self, player: &mut Player<'_>, trial: Trial<'_>) -> Seen {
        Ok(starved(player, trial))
    }

    fn is_between_plays(&self) -> bool {
        true
    }

    fn applies(&self, abilities: Abilities) -> bool {
        abilities.shared
    }
}

fn starved(player: &mut Player<'_>, trial: Trial<'_>) -> Option<Box<Mismatch>> {
    let silent = player.silent_client()?;
    let Trial { conversation, shape, delivery, .. } = trial.uncut();
    let played = player.play(conversation, delivery, shape, trial.wanted()).ok()?;
    drop(silent);
    let mut mismatch = played.mismatch?;
    mismatch.law = Law::Starves;
    Some(mismatch)
}

/// Whether a client is starved, seen in haste and, if it seems so, once more in full.
pub(in crate::check) fn surely_starved(
    player: &mut Player<'_>,
    trial: Trial<'_>,
) -> Option<Box<Mismatch>> {
    let with = |patience| trial.with(trial.waits.patient(patience));
    starved(player, with(Patience::Hasty))?;
    player.restart();
    starved(player, with(Patience::Usual))
}
