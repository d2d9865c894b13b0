//! Plays of a proof: every segmentation of each burst is followed from a copy of the core.
//!
//! A play goes on uncut, as the shortest way does, and leaves behind what other ways there are. A
//! way that ends elsewhere is a delivery: it is played on a fresh core, up to the end of its burst
//! as it was found, and uncut from there on. So whatever a proof tells was really played.

use super::connection::Connection;
use super::prover::{Begun, SideState, Visit};
use super::steps::{Halt, Play};
use crate::delivery::Cut;
use crate::peer::{CoreState, GaveUp};
use crate::script::Op;

impl Play<'_, '_> {
    /// Before a burst is sent: begins to follow its segmentations. The play is over if another one
    /// was here.
    pub(super) fn follow(&mut self, at: Cut, burst: &[u8], fin: bool) -> Result<(), Halt> {
        if self.prover.is_none() {
            return Ok(());
        }
        let visit = self.visit(burst);
        let Some(prover) = self.prover.as_mut() else { return Ok(()) };
        prover.bursts += 1;
        if prover.bursts <= prover.given {
            return Ok(());
        }
        // How a repeat goes on that is counted in the play is not part of what is compared.
        let is_repeat = |op: &Op| matches!(op, Op::Repeat { .. });
        let is_comparable = !self.conversation.ops.iter().any(is_repeat);
        if is_comparable && prover.visited.iter().any(|other| other.is_like(&visit)) {
            return Err(Halt::Done);
        }
        if let Some(core) = &visit.connections[at.connection].core {
            let (before, every) = (prover.bursts - 1, core.every(burst, fin));
            prover.begun.push(Begun { at, before, every });
        }
        prover.visited.push(visit);
        Ok(())
    }

    /// After a burst was sent as the delivery says: the core must be where its copy was.
    pub(super) fn compare_with_copy(&mut self, connection: usize, answered_before: usize) {
        let Some(prover) = self.prover.as_mut().filter(|prover| prover.bursts == prover.given)
        else {
            return;
        };
        let Connection { link, inbox, .. } = &self.connections[connection];
        let core = link.as_ref().and_then(|link| link.state());
        prover.came_to = core.map(CoreState::copied);
        let Some(end) = prover.leads_to.take() else { return };
        let is_like = match (&end.state, core) {
            (Some(state), Some(core)) => state.equals(core),
            (None, None) => true,
            _ => false,
        };
        if !is_like || inbox[answered_before..] != end.answer {
            prover.gave_up = Some(GaveUp::NotAgain);
        }
    }

    fn visit(&self, burst: &[u8]) -> Visit {
        let side = |connection: &Connection| SideState {
            ended: connection.ended,
            unread: connection.unread().to_vec(),
            core: connection.link.as_ref().and_then(|link| link.state()).map(CoreState::copied),
        };
        Visit {
            statements: self.statements,
            answered: self.is_answered(),
            burst: burst.to_vec(),
            variables: self.values.variables().to_vec(),
            connections: self.connections.iter().map(side).collect(),
        }
    }
}
