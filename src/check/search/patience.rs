//! The control of slow deliveries: whether the server bears with a client that is as slow where it
//! is not in the midst of a message.

use std::collections::HashMap;
use std::time::Duration;

use super::Search;
use crate::check::finding::Omission;
use crate::check::play::{Player, Wanted};
use crate::delivery::{Cut, Cuts, Delivery, Plan, Set, Shape};
use crate::script::Conversation;

impl Search<'_> {
    /// Takes the slow deliveries out of the plan for which the uncut conversation does not hold
    /// with the same pause before their burst: a server that gives up then has a time limit for
    /// its clients, and that is no defect.
    pub(super) fn without_impatience(
        &mut self,
        player: &mut Player<'_>,
        plan: &mut Plan,
        conversation: &Conversation,
        shape: &Shape,
    ) {
        let mut known: HashMap<(Cut, Duration), bool> = HashMap::new();
        for part in &mut plan.parts {
            if !matches!(part.set, None | Some(Set::Slow(_))) {
                continue;
            }
            let gone = part.retain(|delivery| {
                bursts_of(delivery).iter().all(|start| {
                    let key = (*start, delivery.pause);
                    *known.entry(key).or_insert_with(|| {
                        let late = Delivery::late_at(*start, delivery.pause);
                        let played = player.play(conversation, &late, shape, Wanted::default());
                        let holds = played.is_ok_and(|outcome| outcome.mismatch.is_none());
                        if !holds {
                            player.restart();
                        }
                        holds || player.is_stopped()
                    })
                })
            });
            if gone > 0 {
                self.left_out.push((part.name(), Omission::Impatient(gone)));
            }
        }
    }
}

/// The starts of the bursts in which a slow delivery waits.
fn bursts_of(delivery: &Delivery) -> Vec<Cut> {
    let mut starts = match &delivery.cuts {
        Cuts::At(cuts) if !delivery.pause.is_zero() => cuts.clone(),
        _ => Vec::new(),
    };
    starts.iter_mut().for_each(|cut| cut.offset = 0);
    starts.dedup();
    starts
}
