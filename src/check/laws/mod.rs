//! What must hold: a file a law, used alike by the search and by replays.
//!
//! A play says by itself whether it broke `crashed`, `differs`, `cut-off` or `hangs`, and the plays
//! after it whether it left the server `wedged` or `poisons` others: that is concluded in
//! [`replay`](super::replay). The other laws have a [`Rule`] each.

pub(super) mod baseline;
pub(super) mod crashed;
pub(super) mod fresh_client;
pub(super) mod leaks;
pub(super) mod spins;
pub(super) mod starves;
pub(super) mod truncates;
mod unrepeatable;

use super::finding::Mismatch;
use super::play::{Player, Waits, Wanted};
use crate::delivery::{Delivery, Shape};
use crate::peer::Abilities;
use crate::script::{Conversation, Law};

/// What a law is looked at with: one conversation under one delivery, and how long plays wait.
#[derive(Clone, Copy)]
pub(super) struct Trial<'a> {
    pub(super) conversation: &'a Conversation,
    /// The shape of its baseline.
    pub(super) shape: &'a Shape,
    pub(super) delivery: &'a Delivery,
    pub(super) waits: Waits,
}

impl<'a> Trial<'a> {
    /// The same, uncut.
    pub(super) fn uncut(self) -> Self {
        Self { delivery: &Delivery::UNCUT, ..self }
    }

    /// The same with other waits.
    pub(super) fn with(self, waits: Waits) -> Self {
        Self { waits, ..self }
    }

    /// What a play of it is asked for: its verdict alone.
    pub(super) fn wanted(&self) -> Wanted {
        Wanted { waits: self.waits, ..Wanted::default() }
    }
}

/// The plays that a law needs failed for other reasons, or took too long: nothing is known.
#[derive(Debug)]
pub(super) struct Unclear;

/// What came of looking at a law: how it is broken, if it is.
pub(super) type Seen = Result<Option<Box<Mismatch>>, Unclear>;

/// One law, as a replay asks for it.
pub(super) trait Rule: Sync {
    /// Plays the trial once, or as often as the law needs it: how the law is broken, if it is.
    fn seen(&self, player: &mut Player<'_>, trial: Trial<'_>) -> Seen;

    /// Whether the law can be looked at with a target of such abilities.
    fn applies(&self, _abilities: Abilities) -> bool {
        true
    }
}

/// The rule of a law; none if the plays around a delivery decide it, which
/// [`replay`](super::replay) knows.
pub(super) fn rule(law: Law) -> Option<&'static dyn Rule> {
    Some(match law {
        Law::Baseline => &baseline::Baseline,
        Law::Unrepeatable => &unrepeatable::Unrepeatable,
        Law::Starves => &starves::Starves,
        Law::Spins => &spins::Spins,
        Law::Leaks => &leaks::Leaks,
        Law::Truncates => &truncates::Truncates,
        Law::Crashed | Law::Differs | Law::CutOff | Law::Hangs | Law::Wedged | Law::Poisons => {
            return None;
        }
    })
}
