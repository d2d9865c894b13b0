//! The one question: does a delivery break a law, while the uncut conversation holds before it and
//! after it? It is asked here and nowhere else, when a finding is confirmed and when it is made
//! smaller.

use super::finding::Mismatch;
use super::laws::fresh_client::gone;
use super::laws::{Rule, Trial, baseline, rule};
use super::play::{Player, Waits, Wanted};
use crate::delivery::{Delivery, Shape};
use crate::script::{Conversation, Law};

/// What is asked about.
pub(super) struct Question<'a> {
    pub(super) conversation: &'a Conversation,
    pub(super) delivery: &'a Delivery,
    pub(super) law: Law,
    /// How the uncut play before the delivery waits.
    pub(super) control: Waits,
    /// How the delivery, and what follows it, waits.
    pub(super) waits: Waits,
    /// Whether the uncut conversation must hold before the delivery even if the law is not about
    /// answers. A conversation that was made smaller must; the user's own was seen to.
    pub(super) must_hold: bool,
}

impl Question<'_> {
    /// Asks once: how the law is broken, if it is.
    pub(super) fn ask(&self, player: &mut Player<'_>) -> Option<Box<Mismatch>> {
        let Self { conversation, delivery, .. } = *self;
        let (rule, mut shape) = (rule(self.law), Shape::default());
        if !matches!(self.law, Law::Baseline | Law::Unrepeatable) {
            let recorded = Wanted { transcript: true, learn: false, waits: self.control };
            match player.play(conversation, &Delivery::UNCUT, &shape, recorded) {
                // The server is gone already: this is how the law shows.
                Err(error) if self.law == Law::Crashed => return gone(conversation, &error),
                Err(_) if self.must_hold => return None,
                Err(_) => {}
                Ok(outcome) => {
                    let broken = match self.must_hold {
                        true => baseline::broken(conversation, &outcome),
                        false => outcome.mismatch,
                    };
                    // What holds neither cut nor uncut says nothing about cuts.
                    if broken.is_some() && (self.must_hold || rule.judges_answers()) {
                        return None;
                    }
                    shape = player.recording().shape();
                }
            }
        }
        let trial = Trial { conversation, shape: &shape, delivery, waits: self.waits };
        let seen = rule.seen(player, trial).ok().flatten()?;
        is_to_blame(player, rule, trial).then_some(seen)
    }
}

/// Whether an uncut play right after the delivery still gets its answer: only then the delivery is
/// the cause of a wrong one. A server that answers nobody any more is another law's business.
fn is_to_blame(player: &mut Player<'_>, rule: &dyn Rule, trial: Trial<'_>) -> bool {
    if !rule.judges_answers() {
        return true;
    }
    let Trial { conversation, shape, delivery, .. } = trial.uncut();
    match player.play(conversation, delivery, shape, trial.wanted()) {
        Ok(outcome) => outcome.mismatch.is_none() || !outcome.answered,
        Err(_) => true,
    }
}
