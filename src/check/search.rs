//! One conversation against one target: the baseline, every delivery, what was found confirmed
//! and made smaller.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::finding::{Checked, Omission, Tally};
use super::mismatch::Mismatch;
use super::options::Options;
use super::play::{Player, Recording, Wanted, pattern_of};
use super::replay::{baseline_broken, gone};
use super::sweep::{Failure, Sweep};
use crate::delivery::{Delivery, Order, Part, Plan, Set, Shape};
use crate::script::{Action, Answer, Conversation, Expected, Law};
use crate::target::{Target, TargetError};

/// The laws that are measured on the server's processes, which nothing here looks at.
const UNCHECKED: [Law; 3] = [Law::Starves, Law::Spins, Law::Leaks];

const RECORDED: Wanted = Wanted { transcript: true, learn: false, full_waits: false };

/// How a baseline broke; nothing where somebody interrupted it.
type Broken = Option<(Law, Box<Mismatch>)>;

/// What happens while a conversation is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many deliveries are planned.
    Planned(u64),
    /// So many more were played.
    Played(u64),
    /// A finding is being confirmed and made smaller.
    Shrinking(Law),
}

/// Checks one conversation against a target; `stop` ends it early when it becomes true.
///
/// # Errors
///
/// Where the target can't be reached at all.
///
/// # Examples
///
/// ```
/// use std::sync::atomic::AtomicBool;
/// use recut::check::{Options, check};
/// use recut::{Conversation, Target, Tutorial};
///
/// let conversation = Conversation::parse("accent", "> \"é\"\n< \"é\"\n").unwrap();
/// let target = Target::memory("tutorial", Tutorial::default);
/// let stop = AtomicBool::new(false);
/// let checked = check(&target, &conversation, &Options::default(), &stop, &|_| {}).unwrap();
/// assert_eq!(checked.findings[0].law.name(), "cut-off");
/// assert_eq!(checked.findings[0].delivery, "cut@1");
/// ```
pub fn check(
    target: &Target,
    conversation: &Conversation,
    options: &Options,
    stop: &AtomicBool,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Checked, TargetError> {
    let mut conversation = conversation.clone();
    if options.timeout.is_some() {
        conversation.settings.timeout = options.timeout;
    }
    let start = Instant::now();
    let mut search = Search {
        target,
        options,
        stop,
        progress,
        laws: options.laws(&conversation),
        deadline: start + options.budget,
        tally: Tally::default(),
        failures: BTreeMap::new(),
        left_out: Vec::new(),
        target_lost: false,
    };
    let mut player = Player::new(target, options.limits.clone(), stop);
    let baseline = search.baseline(&mut player, &mut conversation)?;
    if let Some(baseline) = &baseline {
        search.deliveries(player, &conversation, &baseline.shape());
    }
    let findings = search.findings(&conversation, &baseline.unwrap_or_default());
    Ok(Checked {
        name: conversation.name,
        tally: search.tally,
        findings,
        left_out: search.left_out,
        interrupted: stop.load(Ordering::Relaxed),
        target_lost: search.target_lost,
        elapsed: start.elapsed(),
    })
}

/// Checks one conversation against a target, with nobody watching: what a test calls.
///
/// # Errors
///
/// Where the target can't be reached at all.
pub fn check_once(
    target: &Target,
    conversation: &Conversation,
    options: &Options,
) -> Result<Checked, TargetError> {
    check(target, conversation, options, &AtomicBool::new(false), &|_| {})
}

pub(super) struct Search<'s> {
    pub(super) target: &'s Target,
    pub(super) options: &'s Options,
    pub(super) stop: &'s AtomicBool,
    pub(super) progress: &'s (dyn Fn(Progress) + Sync),
    laws: Vec<Law>,
    deadline: Instant,
    tally: Tally,
    pub(super) failures: BTreeMap<Law, Failure>,
    pub(super) left_out: Vec<(String, Omission)>,
    pub(super) target_lost: bool,
}

impl Search<'_> {
    /// Plays the baseline twice; what was recorded of it where the rest can be played.
    ///
    /// The answer to a raw stream is what came before the server was quiet. Where that was nothing,
    /// or not the same the second time, quiet was no evidence: it is waited for in full then.
    fn baseline(
        &mut self,
        player: &mut Player<'_>,
        conversation: &mut Conversation,
    ) -> Result<Option<Recording>, TargetError> {
        let raw = conversation.clone();
        match self.baseline_with(player, conversation, RECORDED)? {
            Ok(recording) => return Ok(Some(recording)),
            Err(broken) if !raw.raw || self.target.is_virtual() || !is_of_quiet(&broken) => {
                self.break_baseline(broken);
            }
            Err(_) => {
                *conversation = raw;
                let patient = Wanted { full_waits: true, ..RECORDED };
                match self.baseline_with(player, conversation, patient)? {
                    Ok(recording) => return Ok(Some(recording)),
                    Err(broken) => self.break_baseline(broken),
                }
            }
        }
        Ok(None)
    }

    fn break_baseline(&mut self, broken: Broken) {
        if let Some((law, mismatch)) = broken {
            self.fail(law, mismatch);
            self.left_out.push((String::new(), Omission::Baseline));
        }
    }

    /// The same with these waits; how it broke, where it did and nobody interrupted.
    fn baseline_with(
        &mut self,
        player: &mut Player<'_>,
        conversation: &mut Conversation,
        wanted: Wanted,
    ) -> Result<Result<Recording, Broken>, TargetError> {
        let shape = Shape::default();
        let first = player.play(conversation, &Delivery::UNCUT, &shape, wanted)?;
        if player.is_stopped() {
            return Ok(Err(None));
        }
        self.tally = Tally::default();
        self.tally.count(first.quality);
        if let Some(mismatch) = baseline_broken(conversation, &first) {
            // A crash is a crash, cut or not.
            let crashed = mismatch.law == Law::Crashed && self.laws.contains(&Law::Crashed);
            let law = if crashed { Law::Crashed } else { Law::Baseline };
            return Ok(Err(Some((law, mismatch))));
        }
        let mut recording = player.recording().clone();
        self.take_answer(conversation, &mut recording);
        let shape = recording.shape();
        if self.options.fresh {
            player.restart();
        }
        let again = Wanted { transcript: false, ..wanted };
        let second = match player.play(conversation, &Delivery::UNCUT, &shape, again) {
            Ok(second) => second,
            Err(error) => {
                self.target_lost = true;
                let mismatch = gone(conversation, &error);
                return Ok(Err(Some((mismatch.law, mismatch))));
            }
        };
        let Some(mismatch) = second.mismatch.filter(|_| !player.is_stopped()) else {
            return Ok(Ok(recording));
        };
        if mismatch.law == Law::Crashed {
            return Ok(Err(Some((Law::Crashed, mismatch))));
        }
        // It is not served at all: the server is started anew, and the rest goes on.
        if !second.answered && self.target.is_virtual() {
            self.fail(Law::Wedged, mismatch);
            player.restart();
            return Ok(Ok(recording));
        }
        self.target_lost |= !second.answered && !conversation.raw;
        let law = if second.answered { Law::Unrepeatable } else { Law::Wedged };
        Ok(Err(Some((law, mismatch))))
    }

    fn fail(&mut self, law: Law, mismatch: Box<Mismatch>) {
        if self.laws.contains(&law) {
            let failure = Failure { order: (0, 0), delivery: Delivery::UNCUT, mismatch };
            self.failures.entry(law).or_insert(failure);
        }
    }

    /// Makes the answer that a raw stream got the claim that every delivery must meet.
    fn take_answer(&self, conversation: &mut Conversation, recording: &mut Recording) {
        for (index, bytes, closed) in std::mem::take(&mut recording.learned) {
            let ignore = &self.options.limits.ignore;
            let pattern = (!ignore.is_empty()).then(|| pattern_of(&bytes, ignore));
            let bytes = super::play::less(&bytes, ignore).into();
            let learned = Expected::Answer(Some(Answer { bytes, closed, pattern }));
            let steps = recording.steps.get_mut(index).into_iter();
            for step in steps.chain(conversation.step_mut(index)) {
                if let Action::Expect { what: what @ Expected::Answer(None), .. } = &mut step.action
                {
                    *what = learned.clone();
                }
            }
        }
    }

    /// Plays every set of the plan.
    fn deliveries(&mut self, player: Player<'_>, conversation: &Conversation, shape: &Shape) {
        let (mut choice, unknown) = self.options.choice(conversation, self.target);
        for place in unknown {
            self.left_out.push((place.to_string(), Omission::NoConnection));
        }
        let static_sends = conversation.has_static_sends();
        if !static_sends {
            let is_joined = |delivery: &Delivery| delivery.order == Order::Joined;
            for delivery in choice.explicit.extract_if(.., |delivery| is_joined(delivery)) {
                let words = delivery.words(&conversation.connections);
                self.left_out.push((words, Omission::DependsOnAnswers));
            }
        }
        let max = self.options.max_plays(self.target);
        let plan = Plan::new(shape, &choice, static_sends, max, self.options.seed);
        (self.progress)(Progress::Planned(plan.len()));
        (self.progress)(Progress::Played(1));
        let mut players = vec![player];
        for _ in 1..self.options.jobs(self.target) {
            players.push(Player::new(self.target, self.options.limits.clone(), self.stop));
        }
        for (number, part) in self.in_order(&plan) {
            if let Some(left_out) = part.left_out() {
                self.left_out.push((part.name(), Omission::Planned(left_out)));
            }
            if self.target_lost {
                self.left_out.push((part.name(), Omission::Gone));
                continue;
            }
            if part.set == Some(Set::Bytes) && !self.has_time_for(shape.cuts()) {
                let needed = self.time_for(shape.cuts());
                self.left_out.push((part.name(), Omission::TooLong(needed)));
                continue;
            }
            let sweep = Sweep {
                conversation,
                shape,
                laws: &self.laws,
                part,
                number,
                deadline: self.deadline,
                is_virtual: self.target.is_virtual(),
                fresh: self.options.fresh,
                played: &|plays| (self.progress)(Progress::Played(plays)),
            };
            let swept = sweep.run(&mut players);
            if swept.played < part.len() && !self.stop.load(Ordering::Relaxed) {
                let counts = (swept.played, part.len());
                let omission = if swept.target_lost {
                    Omission::Gone
                } else if swept.has_enough_hangs() {
                    Omission::Hangs(counts.0, counts.1)
                } else {
                    Omission::Budget(counts.0, counts.1)
                };
                self.left_out.push((part.name(), omission));
            }
            if swept.unreached > 0 {
                self.left_out.push((part.name(), Omission::Unreached(swept.unreached)));
            }
            self.tally.add(swept.tally);
            self.target_lost |= swept.target_lost;
            for (law, failure) in swept.failures {
                self.failures.entry(law).or_insert(failure);
            }
        }
        for law in UNCHECKED.into_iter().filter(|law| self.laws.contains(law)) {
            self.left_out.push((law.to_string(), Omission::Unchecked));
        }
    }

    /// The sets but the baseline, in the order in which they are played. In real time each cut has
    /// its gap: what cuts everywhere comes last, single cuts come first.
    fn in_order<'p>(&self, plan: &'p Plan) -> Vec<(usize, &'p Part)> {
        let mut parts: Vec<_> = plan.parts.iter().enumerate().skip(1).collect();
        if !self.target.is_virtual() {
            parts.sort_by_key(|(_, part)| part.set == Some(Set::Bytes));
        }
        parts
    }

    /// Whether one play with so many cuts can end within the budget.
    fn has_time_for(&self, cuts: usize) -> bool {
        let left = self.deadline.saturating_duration_since(Instant::now());
        self.target.is_virtual() || self.time_for(cuts) <= left
    }

    fn time_for(&self, cuts: usize) -> Duration {
        self.options.limits.gap.saturating_mul(u32::try_from(cuts).unwrap_or(u32::MAX))
    }
}

/// Whether a baseline may have broken because quiet was taken for the end of an answer.
fn is_of_quiet(broken: &Broken) -> bool {
    matches!(broken, Some((Law::Baseline | Law::Unrepeatable, _)))
}
