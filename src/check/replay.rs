//! Whether a finding shows: one question, asked when it is confirmed and when it is made smaller.

use std::time::Duration;

use super::mismatch::{Mismatch, Then};
use super::play::{Outcome, Player, Waits, Wanted};
use crate::delivery::{Delivery, Shape};
use crate::script::{Action, Conversation, Expected, Law, Place, Step};
use crate::target::{Death, TargetError};

/// Gaps are at least this long when a finding is confirmed.
const GENEROUS_GAP: Duration = Duration::from_millis(50);

/// Nothing is recorded or learned.
const VERDICT: Wanted = Wanted { transcript: false, learn: false, waits: Waits::Usual };

impl Player<'_> {
    /// Waits long in all that follows, as a finding is confirmed.
    pub(super) fn wait_generously(&mut self) {
        self.limits.gap = self.limits.gap.max(GENEROUS_GAP);
    }

    /// Plays the baseline, for a fresh client: how it fails, if it does. A server that can't be
    /// reached fails too.
    pub(super) fn serves(
        &mut self,
        conversation: &Conversation,
        shape: &Shape,
    ) -> Option<Box<Mismatch>> {
        self.served(conversation, shape, VERDICT)
    }

    fn served(
        &mut self,
        conversation: &Conversation,
        shape: &Shape,
        wanted: Wanted,
    ) -> Option<Box<Mismatch>> {
        match self.play(conversation, &Delivery::UNCUT, shape, wanted) {
            Ok(outcome) => outcome.mismatch,
            Err(error) => gone(conversation, &error),
        }
    }

    /// Whether the play before may be blamed for a wrong answer: not where the uncut conversation
    /// gets a wrong answer behind it too. A server that serves nobody any more is another matter.
    pub(super) fn still_holds(
        &mut self,
        conversation: &Conversation,
        shape: &Shape,
        law: Law,
        waits: Waits,
    ) -> bool {
        if !judges_answers(law) {
            return true;
        }
        let wanted = Wanted { waits, ..VERDICT };
        match self.play(conversation, &Delivery::UNCUT, shape, wanted) {
            Ok(outcome) => outcome.mismatch.is_none() || !outcome.answered,
            Err(_) => true,
        }
    }

    /// How the law is broken in one play of the delivery, if it is.
    pub(super) fn shows(
        &mut self,
        conversation: &Conversation,
        shape: &Shape,
        delivery: &Delivery,
        law: Law,
        waits: Waits,
    ) -> Option<Box<Mismatch>> {
        let wanted = Wanted { waits, ..VERDICT };
        match law {
            Law::Baseline => match self.play(conversation, &Delivery::UNCUT, shape, wanted) {
                Ok(outcome) => baseline_broken(conversation, &outcome),
                Err(error) => gone(conversation, &error),
            },
            Law::Unrepeatable => match self.served(conversation, shape, wanted) {
                None => self.served(conversation, shape, wanted),
                first => first,
            },
            Law::Wedged => {
                let _ = self.play(conversation, delivery, shape, wanted);
                let waits = if waits == Waits::Hasty { waits } else { Waits::Usual };
                let fresh = Wanted { waits, ..VERDICT };
                // A server that is gone has crashed: that is another law.
                self.served(conversation, shape, fresh).filter(|seen| seen.law != Law::Crashed)
            }
            Law::Starves => self.starves(conversation, shape, wanted),
            Law::Spins => {
                let _ = self.play(conversation, delivery, shape, wanted);
                self.spins(conversation, waits)
            }
            Law::Leaks => self.leaks(conversation, shape, delivery, waits).ok().flatten(),
            Law::Crashed => match self.play(conversation, delivery, shape, wanted) {
                Ok(Outcome { mismatch: Some(mismatch), .. }) => {
                    Some(mismatch).filter(|mismatch| mismatch.law == law)
                }
                Ok(_) => self.serves(conversation, shape).filter(|seen| seen.law == law),
                Err(error) => gone(conversation, &error),
            },
            law => match self.play(conversation, delivery, shape, wanted) {
                Ok(outcome) => outcome.mismatch.filter(|mismatch| mismatch.law == law),
                Err(_) => None,
            },
        }
    }
}

/// Whether the law is about what a delivery is answered.
pub(super) fn judges_answers(law: Law) -> bool {
    matches!(law, Law::Differs | Law::CutOff | Law::Hangs)
}

/// Whether the law is about what a server does between plays.
pub(super) fn is_between_plays(law: Law) -> bool {
    matches!(law, Law::Starves | Law::Spins | Law::Leaks)
}

/// How a baseline is broken: by a claim, or because nothing was answered at all.
pub fn baseline_broken(conversation: &Conversation, outcome: &Outcome) -> Option<Box<Mismatch>> {
    if outcome.mismatch.is_some() {
        return outcome.mismatch.clone();
    }
    if outcome.answered || !asks_for_an_answer(conversation) {
        return None;
    }
    let last = conversation.steps().last();
    Some(Box::new(Mismatch {
        law: Law::Hangs,
        place: last.map_or(Place::default(), |step| step.place),
        connection: last.map_or(0, |step| step.connection),
        expected: "an answer".to_owned(),
        actual: Vec::new(),
        then: Then::Silence,
        output: Vec::new(),
    }))
}

/// Unless a conversation expects only silence, an end or the rest, something must be answered.
pub(super) fn asks_for_an_answer(conversation: &Conversation) -> bool {
    let expects = |step: &Step| match &step.action {
        Action::Expect { what, .. } => Some(!matches!(
            what,
            Expected::Eof
                | Expected::Reset
                | Expected::Closed
                | Expected::Silence(_)
                | Expected::Rest(_)
        )),
        _ => None,
    };
    let mut expectations = conversation.steps().filter_map(expects).peekable();
    expectations.peek().is_none() || expectations.any(|asks| asks)
}

/// A server that was reached and then was gone; or, where it is there and accepts nobody, wedged.
/// One that is ours and does not come up again says nothing of the play before.
pub(super) fn gone(conversation: &Conversation, error: &TargetError) -> Option<Box<Mismatch>> {
    if error.is_no_fault_of_the_server() {
        return None;
    }
    let (law, then) = if error.is_timeout() {
        (Law::Wedged, Then::Silence)
    } else {
        (Law::Crashed, Then::Crashed(error.to_string()))
    };
    Some(of_server(conversation, law, "a server that accepts connections", then, Vec::new()))
}

/// A server of ours that died.
pub(super) fn died(conversation: &Conversation, death: Death) -> Box<Mismatch> {
    let then = Then::Crashed(death.how);
    of_server(conversation, Law::Crashed, "a server that lives on", then, death.output)
}

/// What is wrong with a server rather than with an answer: told at the first statement.
pub(super) fn of_server(
    conversation: &Conversation,
    law: Law,
    expected: &str,
    then: Then,
    output: Vec<String>,
) -> Box<Mismatch> {
    let first = conversation.steps().next();
    Box::new(Mismatch {
        law,
        place: first.map_or(Place::default(), |step| step.place),
        connection: first.map_or(0, |step| step.connection),
        expected: expected.to_owned(),
        actual: Vec::new(),
        then,
        output,
    })
}

/// The timeout while a finding is made smaller: hanging candidates must not eat the budget.
pub(super) fn hasten(conversation: &mut Conversation, player: &mut Player<'_>) {
    const HASTY: Duration = Duration::from_millis(500);
    player.limits.timeout = player.limits.timeout.min(HASTY);
    if let Some(timeout) = &mut conversation.settings.timeout {
        *timeout = (*timeout).min(HASTY);
    }
}
