//! Looks for a message that a client takes for a whole one although it stops short.

use super::Search;
use super::sweep::Suspicion;
use crate::check::finding::Omission;
use crate::check::laws::{Trial, Unclear, rule};
use crate::delivery::{Delivery, Shape, Vanish};
use crate::script::{Conversation, Law};

impl Search<'_> {
    /// Lets the connection vanish inside each line that is sent to a client.
    pub(super) fn truncated_lines(&mut self, conversation: &Conversation, shape: &Shape) {
        let law = Law::Truncates;
        let Some(rule) = rule(law).filter(|_| self.is_enabled(law) && !self.has_found(law)) else {
            return;
        };
        let places = shape.inside_lines();
        if places.is_empty() {
            self.left_out.push((law.to_string(), Omission::NoLines));
        }
        let mut player = self.player_in_turn();
        let waits = self.pace.hurried();
        for (number, place) in (0..).zip(&places) {
            if self.deadline.is_over() {
                let omission = Omission::Budget(number, places.len() as u64);
                return self.left_out.push((law.to_string(), omission));
            }
            let delivery = Delivery::vanish(*place, Vanish::Fin);
            let trial = Trial { conversation, shape, delivery: &delivery, waits };
            match rule.seen(&mut player, trial) {
                _ if player.is_stopped() => return,
                Ok(None) => {}
                Ok(Some(mismatch)) => {
                    let suspicion = Suspicion { order: (usize::MAX, 0), delivery, mismatch };
                    return self.suspicions.push((law, suspicion));
                }
                Err(Unclear) => return self.left_out.push((law.to_string(), Omission::Unclear)),
            }
        }
    }
}
