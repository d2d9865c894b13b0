//! How a play ends before its conversation does: a claim that is not met, a server that dies.

use super::{Flow, Halt, Player, Stage, Then};
use crate::check::mismatch::{Mismatch, law_of};
use crate::script::{Law, Op, Place};
use crate::target::{Arrival, Link, TargetError};

impl Player<'_> {
    /// What a play ended with, where the server has died meanwhile: that is what happened then.
    pub(super) fn with_death(&mut self, halt: Halt) -> Halt {
        let death = match &halt {
            Halt::Done => None,
            Halt::Failed(error) if error.is_no_fault_of_the_server() => None,
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
                Halt::Mismatch(mismatch)
            }
            // Before anything was sent it is no matter of this play.
            (Halt::Failed(_), Some(death)) if self.lines.iter().any(|line| line.bursts > 0) => {
                let expected = "a server that lives on".to_owned();
                let then = Then::Crashed(death.how);
                let Halt::Mismatch(mut mismatch) =
                    self.mismatch(0, Place::default(), expected, self.lines[0].read, then)
                else {
                    return Halt::Done;
                };
                mismatch.output = death.output;
                Halt::Mismatch(mismatch)
            }
            (Halt::Failed(error), Some(death)) => Halt::Failed(Box::new(error.by_death(&death))),
            (halt, _) => halt,
        }
    }

    pub(super) fn mismatch(
        &self,
        connection: usize,
        place: Place,
        expected: String,
        from: usize,
        then: Then,
    ) -> Halt {
        const SHOWN: usize = 64 * 1024;
        let actual = &self.lines[connection].inbox[from..];
        let actual = actual[..actual.len().min(SHOWN)].to_vec();
        let law = law_of(&then);
        let output = Vec::new();
        Halt::Mismatch(Box::new(Mismatch {
            law,
            place,
            connection,
            expected,
            actual,
            then,
            output,
        }))
    }

    pub(super) fn check_crash(&mut self, stage: &Stage<'_>, connection: usize) -> Flow {
        let line = &self.lines[connection];
        if !line.link.as_ref().is_some_and(Link::has_crashed) {
            return Ok(());
        }
        let Arrival::Crashed(message) = self.wait(connection, None, false) else { return Ok(()) };
        let place = match stage.conversation.ops.get(stage.op) {
            Some(Op::Step(step)) => step.place,
            _ => Place::default(),
        };
        let expected = "a server that lives on".to_owned();
        let read = self.lines[connection].read;
        Err(self.mismatch(connection, place, expected, read, Then::Crashed(message)))
    }
}
