//! Looks for a message that a client takes for a whole one although it stops short.

use super::Search;
use super::sweep::Suspicion;
use crate::check::finding::Omission;
use crate::check::laws::{Trial, Unclear, rule};
use crate::delivery::{Delivery, Shape, Vanish};
use crate::script::{Conversation, Law};

/// After so many plays that say nothing of the law the rest is left out.
const ENOUGH: u32 = 3;

impl Search<'_> {
    /// Lets the connection vanish inside each line that is sent to a client.
    pub(super) fn truncated_lines(&mut self, conversation: &Conversation, shape: &Shape) {
        let law = Law::Truncates;
        let Some(rule) = rule(law).filter(|_| self.is_enabled(law) && !self.has_found(law)) else {
            return;
        };
        self.not_judged.retain(|other| *other != law);
        let places = shape.inside_lines();
        let mut player = self.player_in_turn();
        let waits = self.pace.hurried();
        let (mut judged, mut unclear) = (0, 0);
        let mut omission = places.is_empty().then_some(Omission::NoLines);
        for (number, place) in (0..).zip(&places) {
            if self.deadline.is_over() {
                omission = Some(Omission::Budget(number, places.len() as u64));
                break;
            }
            let delivery = Delivery::vanish(*place, Vanish::Fin);
            let trial = Trial { conversation, shape, delivery: &delivery, waits };
            match rule.seen(&mut player, trial) {
                _ if player.is_stopped() => return,
                Ok(None) => judged += 1,
                Ok(Some(mismatch)) => {
                    let suspicion = Suspicion { order: (usize::MAX, 0), delivery, mismatch };
                    return self.suspicions.push((law, suspicion));
                }
                // It hangs, or comes again: that is another law's affair, and takes its time.
                Err(Unclear) => unclear += 1,
            }
            if unclear >= ENOUGH {
                omission = Some(Omission::Unclear);
                break;
            }
        }
        self.left_out.extend(omission.map(|omission| (law.to_string(), omission)));
        if judged == 0 {
            self.not_judged.push(law);
        }
    }
}
