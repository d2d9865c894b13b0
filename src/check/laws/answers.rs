//! `differs`, `cut-off`, `hangs`: what a delivery is answered. The play itself says which of them
//! it broke first.

use super::{Rule, Seen, Trial};
use crate::check::play::Player;
use crate::script::Law;

/// The law of that name.
pub(super) struct Answers(pub(super) Law);

impl Rule for Answers {
    fn seen(&self, player: &mut Player<'_>, trial: Trial<'_>) -> Seen {
        let Trial { conversation, shape, delivery, .. } = trial;
        let played = player.play(conversation, delivery, shape, trial.wanted());
        let mismatch = played.ok().and_then(|outcome| outcome.mismatch);
        Ok(mismatch.filter(|mismatch| mismatch.law == self.0))
    }

    fn judges_answers(&self) -> bool {
        true
    }
}
