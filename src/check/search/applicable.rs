//! Deliveries that say something of a message only if the server bears with the same between
//! messages: a client that is slow, and another client in between. Each has controls.

use std::collections::HashMap;

use super::Search;
use crate::check::finding::{Mismatch, Omission, Then};
use crate::check::play::{Player, Waits, Wanted};
use crate::check::replay::may_follow;
use crate::delivery::{Choice, Delivery, Ending, Order, Plan, Set, Shape, Vanish};
use crate::script::{Conversation, Law};

impl Search<'_> {
    /// Takes out of the choice what this target or this conversation does not know.
    pub(super) fn without_impossible(
        &mut self,
        choice: &mut Choice,
        conversation: &Conversation,
        static_sends: bool,
    ) {
        if !static_sends {
            let is_joined = |delivery: &Delivery| delivery.order == Order::Joined;
            for delivery in choice.explicit.extract_if(.., |delivery| is_joined(delivery)) {
                let words = delivery.words(&conversation.connections);
                self.left_out.push((words, Omission::DependsOnAnswers));
            }
        }
        let abilities = self.target.abilities();
        let asked = choice.sets.len() + choice.explicit.len();
        if !abilities.resets {
            let is_reset = |delivery: &Delivery| {
                matches!(delivery.ending, Ending::Vanish { how: Vanish::Rst, .. })
            };
            choice.sets.retain(|set| *set != Set::Reset);
            choice.explicit.retain(|delivery| !is_reset(delivery));
        }
        if asked != choice.sets.len() + choice.explicit.len() {
            self.left_out.push((Set::Reset.to_string(), Omission::NoSuchThing));
        }
        // There is one client, and it is at the other end.
        let asked = choice.sets.len() + choice.explicit.len();
        if abilities.connects {
            choice.sets.retain(|set| *set != Set::Interleaved);
            choice.explicit.retain(|delivery| delivery.order != Order::Interleaved);
        }
        if asked != choice.sets.len() + choice.explicit.len() {
            self.left_out.push((Set::Interleaved.to_string(), Omission::OfServers));
        }
    }

    /// Takes out of the plan the deliveries whose control does not hold. A server that gives up on
    /// a slow client, or serves one client at a time, does so by design.
    pub(super) fn without_inapplicable(
        &mut self,
        player: &mut Player<'_>,
        plan: &mut Plan,
        conversation: &Conversation,
        shape: &Shape,
    ) {
        let mut known: HashMap<Delivery, bool> = HashMap::new();
        // Where nobody else is served while a client is there, each control would have to be
        // waited for.
        let mut is_served = true;
        for part in &mut plan.parts {
            if !matches!(part.set, None | Some(Set::Slow(_) | Set::Interleaved)) {
                continue;
            }
            let mut gone = [0, 0];
            part.retain(|delivery| {
                let is_interleaved = delivery.order == Order::Interleaved;
                let mut holds = true;
                for control in delivery.controls() {
                    let is_of_two = control.order == Order::Interleaved;
                    // A pause is waited for anyhow; what is only cut is not worth a long wait.
                    let is_slow = !control.pause.is_zero();
                    let waits = if is_slow { Waits::USUAL } else { self.pace.hurried() };
                    holds &= match known.get(&control) {
                        Some(holds) => *holds,
                        None if is_of_two && !is_served => false,
                        None => {
                            let wanted = Wanted { waits, ..Wanted::default() };
                            let played = player.play(conversation, &control, shape, wanted);
                            let failed = played.map(|outcome| outcome.mismatch);
                            let holds = matches!(failed, Ok(None)) || player.is_stopped();
                            let is_silent = |seen: &Mismatch| seen.then == Then::Silence;
                            is_served &= !(is_of_two
                                && matches!(&failed, Ok(Some(seen)) if is_silent(seen)));
                            if !holds {
                                player.restart();
                            }
                            *known.entry(control).or_insert(holds)
                        }
                    };
                }
                gone[usize::from(is_interleaved)] += u64::from(!holds);
                holds
            });
            for (gone, why) in [
                (gone[0], Omission::Impatient as fn(u64) -> Omission),
                (gone[1], Omission::OneClientAtATime),
            ] {
                if gone > 0 {
                    self.left_out.push((part.name(), why(gone)));
                }
            }
        }
    }

    /// Learns whether somebody who comes after a delivery says something of it, if each play has a
    /// server of its own; if it has not, this is asked where it matters.
    pub(super) fn learn_whether_it_serves_one(
        &mut self,
        player: &mut Player<'_>,
        conversation: &Conversation,
        shape: &Shape,
    ) {
        if !self.alone {
            return;
        }
        if !self.serves_one {
            let first = player.play(conversation, &Delivery::UNCUT, shape, Wanted::default());
            self.serves_one = first.is_err() || !may_follow(player, conversation, shape);
        }
        for law in [Law::Wedged, Law::Poisons].into_iter().filter(|_| self.serves_one) {
            if self.is_enabled(law) && !self.is_suspected(law) {
                self.left_out.push((law.to_string(), Omission::ServesOne));
            }
        }
    }
}
