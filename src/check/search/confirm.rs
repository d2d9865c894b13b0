//! Confirming: the rounds that say whether what the search saw is the delivery's doing.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use fastrand::Rng;

use super::Search;
use crate::check::play::Waits;
use crate::check::replay::{Conclusion, Played, Question, Round, conclude};
use crate::peer::{Deadline, TargetError};

/// How long a control may take, beyond its first plays.
const CONTROL_BUDGET: Duration = Duration::from_secs(5);

/// The most plays of a control.
const LONGEST_CONTROL: usize = 300;

/// An uncut conversation that takes longer is played once before the delivery.
const LONG_PLAY: Duration = Duration::from_millis(250);

/// How many servers of ours are waited for side by side.
const SIDE_BY_SIDE: u32 = 4;

/// Gaps are at least this long while a finding is confirmed.
const GENEROUS_GAP: Duration = Duration::from_millis(50);

/// What was played to confirm a suspicion.
#[derive(Default)]
pub(super) struct Evidence {
    /// The rounds with the delivery, and the controls, in the order in which they were played.
    pub(super) rounds: Vec<Played>,
    /// In how many rounds the delivery was to be played.
    of: u32,
}

impl Evidence {
    /// What follows from all of it.
    pub(super) fn conclusion(&self, question: &Question<'_>) -> Conclusion {
        let departs = self.rounds.iter().map(|played| played.departs).max().unwrap_or(0);
        let rounds: Vec<Round> = self.rounds.iter().map(|played| played.round.clone()).collect();
        conclude(question.asked(departs, self.of), &rounds)
    }
}

impl Search<'_> {
    /// Plays so many rounds with the delivery, and controls without it. Servers of our own have a
    /// round each, side by side; else the rounds and controls follow each other in seeded order.
    pub(super) fn rounds(
        &self,
        question: Question<'_>,
        rounds: u32,
        waits: Waits,
        evidence: &mut Evidence,
    ) -> Result<(), TargetError> {
        evidence.of += rounds;
        let mut befores = [1, 2, 3, 4];
        let mut rng = Rng::with_seed(self.options.seed);
        rng.shuffle(&mut befores);
        let before = |round: u32| match self.play_time > LONG_PLAY {
            true => 1,
            false => befores[round as usize % befores.len()],
        };
        let waits = waits.unhurried(GENEROUS_GAP);
        let abilities = self.target.abilities();
        if !abilities.restart {
            let mut player = self.player();
            for round in 0..rounds {
                let control_comes_first = rng.bool();
                for is_control in [control_comes_first, !control_comes_first] {
                    evidence.rounds.push(match is_control {
                        true => {
                            question.control(&mut player, before(round) + 2, self.patience())?
                        }
                        false => question.round(&mut player, before(round), waits)?,
                    });
                }
            }
            return Ok(());
        }
        let round = |round| question.round(&mut self.player(), before(round), waits);
        let played: Result<Vec<_>, _> = self.side_by_side(rounds, round).into_iter().collect();
        let played = match played {
            // Some servers can run only once at a time.
            Err(_) if rounds > 1 => (0..rounds).map(round).collect::<Result<Vec<_>, _>>()?,
            played => played?,
        };
        let plays = played.iter().map(|played| played.round.probes.len()).sum();
        evidence.rounds.extend(played);
        self.control(question, plays, evidence)
    }

    /// Does this so many times: side by side with servers of our own, which are mostly waited for.
    pub(super) fn side_by_side<T: Send>(
        &self,
        times: u32,
        job: impl Fn(u32) -> T + Sync,
    ) -> Vec<T> {
        let abilities = self.target.abilities();
        if times < 2 || abilities.virtual_time || !abilities.restart {
            return (0..times).map(job).collect();
        }
        let job = &job;
        let mut done = Vec::new();
        for first in (0..times).step_by(SIDE_BY_SIDE as usize) {
            let numbers = first..times.min(first.saturating_add(SIDE_BY_SIDE));
            done.extend(thread::scope(|scope| {
                let jobs: Vec<_> = numbers.map(|number| scope.spawn(move || job(number))).collect();
                jobs.into_iter().filter_map(|job| job.join().ok()).collect::<Vec<_>>()
            }));
        }
        done
    }

    /// How often a suspicion is replayed: once if time is up.
    pub(super) fn replays_asked(&self) -> u32 {
        if self.deadline.is_over() { 1 } else { self.options.confirm.max(1) }
    }

    /// A control of so many uncut plays on one server, if none as long has held before.
    fn control(
        &self,
        question: Question<'_>,
        plays: usize,
        evidence: &mut Evidence,
    ) -> Result<(), TargetError> {
        if plays <= self.control_held.load(Ordering::Relaxed) {
            return Ok(());
        }
        let control = question.control(&mut self.player(), plays, self.patience())?;
        if control.uncut.is_none() {
            self.control_held.store(control.round.probes.len(), Ordering::Relaxed);
        }
        evidence.rounds.push(control);
        Ok(())
    }

    /// A control as long as the search, in bounds: what does not show every time may come with age.
    pub(super) fn long_control(
        &self,
        question: Question<'_>,
        evidence: &mut Evidence,
    ) -> Result<(), TargetError> {
        let plays = usize::try_from(self.tally.total()).unwrap_or(usize::MAX);
        self.control(question, plays.saturating_mul(2).min(LONGEST_CONTROL), evidence)
    }

    /// Until when a control goes on.
    fn patience(&self) -> Deadline {
        Deadline::after(CONTROL_BUDGET.min(self.deadline.left().max(CONTROL_BUDGET / 5)))
    }
}
