//! `unrepeatable`: the baseline, played twice, gives the same answer.

use super::fresh_client::not_served;
use super::{Rule, Seen, Trial};
use crate::check::play::Player;

/// The law.
pub(super) struct Unrepeatable;

impl Rule for Unrepeatable {
    fn seen(&self, player: &mut Player<'_>, trial: Trial<'_>) -> Seen {
        Ok(not_served(player, trial).or_else(|| not_served(player, trial)))
    }
}
