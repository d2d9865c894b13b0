//! What follows from a sequence of plays: pure, and the only place that decides whether a delivery
//! is to blame. `docs/verdicts.md` shows the same as a table.

use crate::script::Law;

/// What one play showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) enum Shown {
    /// Every claim was met.
    Held,
    /// A claim was not met.
    Broke(Failing),
    /// Nobody could connect.
    Gone,
}

/// How a play failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) struct Failing {
    /// In which way.
    pub(in crate::check) kind: Kind,
    /// How many steps of the conversation had begun.
    pub(in crate::check) step: usize,
}

/// In which way a play fails. An answer that stops short does so by a close, by a reset or in
/// silence: which of them is seen depends on how long one waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) enum Kind {
    /// A wrong byte.
    Wrong,
    /// The answer stops short.
    Short,
    /// The server crashed.
    Crashed,
    /// Another client, in the midst of the delivery, got a wrong answer, or this one did after it.
    Poisoned,
    /// Another client, in the midst of the delivery, was not served.
    Starved,
}

impl Kind {
    /// The kind of failing in a delivery that breaks a law; none if no play of it shows that.
    pub(in crate::check) fn of(law: Law) -> Option<Self> {
        match law {
            Law::Differs => Some(Kind::Wrong),
            Law::CutOff | Law::Hangs => Some(Kind::Short),
            Law::Crashed => Some(Kind::Crashed),
            Law::Poisons => Some(Kind::Poisoned),
            Law::Starves => Some(Kind::Starved),
            _ => None,
        }
    }
}

/// One play of a round, and what it showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) enum Probe {
    /// Nothing was cut.
    Uncut(Shown),
    /// The delivery that is asked about.
    Delivery(Shown),
}

/// Plays one after the other: some uncut, then the delivery, then one uncut. In a control there is
/// no delivery among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check) struct Round {
    /// Whether the server was started for it; otherwise it goes on after the round before.
    pub(in crate::check) fresh: bool,
    pub(in crate::check) probes: Vec<Probe>,
}

/// What is asked of the rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) struct Asked {
    /// The law that was suspected to be broken.
    pub(in crate::check) law: Law,
    /// How many steps had begun when the delivery first departed from the uncut conversation. What
    /// fails before that place is not its doing.
    pub(in crate::check) departs: usize,
    /// In how many rounds the delivery was to be played.
    pub(in crate::check) of: u32,
}

/// What follows from the rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) enum Conclusion {
    /// In so many of the rounds the delivery broke the law.
    Broken(u32),
    /// Uncut plays do not agree, and no delivery is to blame: so many rounds show it.
    Volatile(u32),
    /// In so many of the rounds the delivery changed what a client is answered after it, while
    /// uncut plays alone change nothing.
    Poisons(u32),
    /// The server does not come back to its first answer, and can't be started anew.
    CantTell,
}

impl Round {
    /// The delivery, with the uncut plays before and after it.
    fn delivery(&self) -> Option<(Shown, Option<Shown>)> {
        let at = self.probes.iter().position(|probe| matches!(probe, Probe::Delivery(_)))?;
        let after = self.probes.get(at + 1).map(|probe| probe.shown());
        Some((self.probes[at].shown(), after))
    }

    /// Whether the delivery broke the law that is asked about.
    fn shows(&self, asked: Asked) -> bool {
        let Some((delivery, after)) = self.delivery() else { return false };
        match (asked.law, delivery) {
            (Law::Wedged, _) => after.is_some_and(Shown::is_not_served),
            (Law::Poisons, _) if after.is_some_and(Shown::is_wrong) => true,
            (Law::Crashed, Shown::Gone) => true,
            (Law::Crashed, Shown::Held) => after.is_some_and(Shown::is_crash),
            (law, Shown::Broke(failing)) => {
                Kind::of(law) == Some(failing.kind)
                    && (failing.step >= asked.departs || failing.kind == Kind::Crashed)
            }
            _ => false,
        }
    }

    /// Whether the delivery is followed by a wrong answer to somebody else.
    fn poisons(&self) -> bool {
        self.delivery().is_some_and(|(_, after)| after.is_some_and(Shown::is_wrong))
    }
}

impl Probe {
    fn shown(self) -> Shown {
        match self {
            Probe::Uncut(shown) | Probe::Delivery(shown) => shown,
        }
    }
}

impl Shown {
    fn is_wrong(self) -> bool {
        matches!(self, Shown::Broke(Failing { kind: Kind::Wrong, .. }))
    }

    fn is_not_served(self) -> bool {
        matches!(self, Shown::Gone | Shown::Broke(Failing { kind: Kind::Short, .. }))
    }

    fn is_crash(self) -> bool {
        matches!(self, Shown::Gone | Shown::Broke(Failing { kind: Kind::Crashed, .. }))
    }
}

/// What follows from these rounds, in the order in which they were played.
pub(in crate::check) fn conclude(asked: Asked, rounds: &[Round]) -> Conclusion {
    let volatile = volatile_rounds(rounds);
    if volatile > 0 {
        return Conclusion::Volatile(volatile);
    }
    let count = |shows: &dyn Fn(&Round) -> bool| {
        u32::try_from(rounds.iter().filter(|round| shows(round)).count()).unwrap_or(u32::MAX)
    };
    let played = count(&|round| round.delivery().is_some());
    let poisoned = count(&Round::poisons);
    if played == 0 || (poisoned > 0 && played < asked.of) {
        return Conclusion::CantTell;
    }
    let shown = count(&|round| round.shows(asked));
    // What every delivery on a server of its own shows is certain, whatever comes after it.
    let is_certain = shown == played && rounds.iter().all(|round| round.fresh);
    if poisoned > 0 && !is_certain {
        return Conclusion::Poisons(poisoned);
    }
    Conclusion::Broken(shown)
}

/// In how many rounds an uncut play failed although nothing but uncut plays that held came before
/// it on that server: nobody else can have changed the answer.
fn volatile_rounds(rounds: &[Round]) -> u32 {
    let (mut volatile, mut untouched) = (0, false);
    for round in rounds {
        untouched |= round.fresh;
        let mut fails = false;
        for probe in &round.probes {
            match probe {
                Probe::Uncut(Shown::Held) => untouched = true,
                Probe::Uncut(_) => {
                    fails |= untouched;
                    untouched = false;
                }
                Probe::Delivery(_) => untouched = false,
            }
        }
        volatile += u32::from(fails);
    }
    volatile
}

#[cfg(test)]
mod tests {
    use super::*;
    use Probe::{Delivery, Uncut};
    use Shown::{Gone, Held};

    const WRONG: Shown = broke(Kind::Wrong, 2);
    const SHORT: Shown = broke(Kind::Short, 2);

    const fn broke(kind: Kind, step: usize) -> Shown {
        Shown::Broke(Failing { kind, step })
    }

    fn fresh(probes: &[Probe]) -> Round {
        Round { fresh: true, probes: probes.to_vec() }
    }

    fn same(probes: &[Probe]) -> Round {
        Round { fresh: false, probes: probes.to_vec() }
    }

    fn conclusion(law: Law, rounds: &[Round]) -> Conclusion {
        conclude(Asked { law, departs: 2, of: rounds.len() as u32 }, rounds)
    }

    fn of_one(law: Law, delivery: Shown, after: Shown) -> Conclusion {
        conclusion(law, &[fresh(&[Uncut(Held), Delivery(delivery), Uncut(after)])])
    }

    #[test]
    fn a_delivery_is_to_blame_if_uncut_plays_hold_before_and_after_it() {
        let shows = fresh(&[Uncut(Held), Uncut(Held), Delivery(WRONG), Uncut(Held)]);
        let holds = fresh(&[Uncut(Held), Delivery(Held), Uncut(Held)]);
        let both = [shows.clone(), shows.clone()];
        assert_eq!(conclusion(Law::Differs, &both), Conclusion::Broken(2));
        assert_eq!(conclusion(Law::Differs, &[shows, holds]), Conclusion::Broken(1));
    }

    #[test]
    fn stopping_short_is_one_kind_and_wrong_bytes_are_another() {
        assert_eq!(of_one(Law::CutOff, SHORT, Held), Conclusion::Broken(1));
        assert_eq!(of_one(Law::Hangs, SHORT, Held), Conclusion::Broken(1));
        assert_eq!(of_one(Law::Differs, SHORT, Held), Conclusion::Broken(0));
        assert_eq!(of_one(Law::Hangs, WRONG, Held), Conclusion::Broken(0));
    }

    #[test]
    fn what_fails_before_the_delivery_departs_confirms_nothing() {
        assert_eq!(of_one(Law::Differs, broke(Kind::Wrong, 1), Held), Conclusion::Broken(0));
    }

    #[test]
    fn an_answer_that_changes_by_itself_accuses_no_delivery() {
        let shows = fresh(&[Uncut(Held), Delivery(WRONG), Uncut(Held)]);
        let control = fresh(&[Uncut(Held), Uncut(Held), Uncut(WRONG)]);
        let rounds = [shows.clone(), shows, control];
        assert_eq!(conclusion(Law::Differs, &rounds), Conclusion::Volatile(1));
        // On a server of its own nobody came before.
        let first = fresh(&[Uncut(WRONG)]);
        assert_eq!(conclusion(Law::Differs, &[first]), Conclusion::Volatile(1));
        let period = [same(&[Uncut(Held), Delivery(WRONG)]), same(&[Uncut(Held), Uncut(WRONG)])];
        assert_eq!(conclusion(Law::Differs, &period), Conclusion::Volatile(1));
    }

    #[test]
    fn what_is_answered_wrongly_only_after_the_delivery_is_poisoned_by_it() {
        let round = same(&[Uncut(Held), Delivery(Held), Uncut(WRONG)]);
        let rounds = [round.clone(), round];
        assert_eq!(conclusion(Law::Wedged, &rounds), Conclusion::Poisons(2));
        assert_eq!(of_one(Law::Differs, Held, WRONG), Conclusion::Poisons(1));
        // On servers of their own the deliveries are certainly answered wrongly, too.
        assert_eq!(of_one(Law::Differs, WRONG, WRONG), Conclusion::Broken(1));
        let same = [same(&[Uncut(Held), Delivery(WRONG), Uncut(WRONG)])];
        assert_eq!(conclusion(Law::Differs, &same), Conclusion::Poisons(1));
    }

    #[test]
    fn a_fresh_client_that_is_not_served_is_wedged_and_one_answered_wrongly_is_not() {
        assert_eq!(of_one(Law::Wedged, Held, SHORT), Conclusion::Broken(1));
        assert_eq!(of_one(Law::Wedged, SHORT, Gone), Conclusion::Broken(1));
        assert_eq!(of_one(Law::Wedged, Held, Held), Conclusion::Broken(0));
    }

    #[test]
    fn a_crash_shows_in_the_delivery_or_right_after_it() {
        assert_eq!(of_one(Law::Crashed, broke(Kind::Crashed, 1), Gone), Conclusion::Broken(1));
        assert_eq!(of_one(Law::Crashed, Held, Gone), Conclusion::Broken(1));
        assert_eq!(of_one(Law::Crashed, WRONG, Held), Conclusion::Broken(0));
    }

    #[test]
    fn a_server_that_does_not_come_back_to_its_answer_tells_nothing() {
        // It was changed before the first round, by whom nobody knows.
        let lost = same(&[Uncut(WRONG)]);
        let rounds = [lost.clone(), lost.clone()];
        assert_eq!(conclusion(Law::Differs, &rounds), Conclusion::CantTell);
        // One delivery may have changed it; a second one was never seen to.
        let once = [same(&[Uncut(Held), Delivery(WRONG), Uncut(WRONG)]), lost];
        assert_eq!(conclusion(Law::Differs, &once), Conclusion::CantTell);
    }
}
