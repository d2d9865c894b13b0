//! `crashed`: the server lives on. One in memory does not panic; a process of ours does not end;
//! one that was reached can be reached again.

use crate::check::finding::{Demand, Mismatch, Then};
use crate::peer::Death;
use crate::script::{Conversation, Law};

/// A server of ours that died.
pub(in crate::check) fn died(conversation: &Conversation, death: Death) -> Box<Mismatch> {
    let then = Then::Crashed(death.how);
    Mismatch::of_server(conversation, Law::Crashed, Demand::LivesOn, then, death.output)
}
