//! A server that has died during a play.

use super::steps::{Halt, Play};
use crate::check::finding::{Demand, Mismatch, Then};
use crate::peer::{Arrival, Blame, Link, TargetError};
use crate::script::{Law, Place};

impl Play<'_, '_> {
    /// How the play ended. If the server has died meanwhile, its death is what happened then.
    pub(super) fn with_death(&mut self, halt: Halt) -> Halt {
        let death = match &halt {
            Halt::Done => None,
            Halt::Failed(error) if error.blame() == Blame::Us => None,
            Halt::Mismatch(mismatch) if mismatch.law == Law::Crashed => None,
            Halt::Failed(_) | Halt::Mismatch(_) => self.server.death(),
        };
        let death = death.filter(|death| !(death.clean && self.fresh));
        match (halt, death) {
            (Halt::Mismatch(_), Some(death)) if death.not_started => {
                let target = self.target.to_string();
                Halt::Failed(Box::new(TargetError::not_started(&target, &death)))
            }
            (Halt::Mismatch(mut mismatch), Some(death)) => {
                (mismatch.law, mismatch.then) = (Law::Crashed, Then::Crashed(death.how));
                mismatch.output = death.output;
                Halt::Mismatch(mismatch)
            }
            (Halt::Mismatch(mut mismatch), None) => {
                mismatch.output = self.server.output();
                mismatch.waiting = self.server.clear_backlog();
                Halt::Mismatch(mismatch)
            }
            // A server that died before anything was sent did not die of this play.
            (Halt::Failed(_), Some(death)) if self.connections.iter().any(|c| c.bursts > 0) => {
                let actual = self.connections[0].unread();
                let (place, then) = (Place::default(), Then::Crashed(death.how));
                let mut mismatch = Mismatch::of_answer(place, 0, Demand::LivesOn, actual, then);
                mismatch.output = death.output;
                Halt::Mismatch(mismatch)
            }
            (Halt::Failed(error), Some(death)) => Halt::Failed(Box::new(error.by_death(&death))),
            (halt, _) => halt,
        }
    }

    /// Ends the play if the server, which lives in memory, has just panicked.
    pub(super) fn check_crash(&mut self, index: usize) -> Result<(), Halt> {
        if !self.connections[index].link.as_ref().is_some_and(Link::has_crashed) {
            return Ok(());
        }
        let Arrival::Crashed(message) = self.wait(index, None, false) else { return Ok(()) };
        Err(self.mismatch(index, self.place(), Demand::LivesOn, Then::Crashed(message)))
    }
}
