//! The search: one conversation against one target. The baseline is played, then every delivery;
//! then what was seen is confirmed and made smaller.

mod applicable;
mod baseline;
mod between;
mod confirm;
mod every;
mod failed;
mod findings;
mod greeting;
mod held;
mod judged;
mod pace;
mod scope;
mod sweep;
mod truncated;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use self::held::held_cuts;
use self::pace::Pace;
use self::sweep::{Suspicion, Sweep};
use super::finding::{Checked, Finding, Omission, Proof, Tally, Unchecked};
use super::options::Options;
use super::play::{Player, Recording};
use crate::delivery::{Cut, Delivery, Part, Plan, Set, Shape};
use crate::peer::{Deadline, Target, TargetError, TargetErrorKind};
use crate::script::{Conversation, Law};

/// How often the search begins again because an answer came late.
const PASSES: u32 = 3;

/// What happens while a conversation is checked.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'f> {
    /// So many deliveries are planned.
    Planned(u64),
    /// So many more were played.
    Played(u64),
    /// A finding is being confirmed and made smaller.
    Shrinking(Law),
    /// This was found, and is as small as it gets. [`Checked::findings`] has it once more.
    Found(&'f Finding),
}

/// Checks one conversation against a target; `stop` ends the check early when it becomes true.
///
/// # Errors
///
/// If the target can't be reached at all.
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
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Checked, TargetError> {
    let mut conversation = conversation.clone();
    if options.timeout.is_some() {
        conversation.settings.timeout = options.timeout;
    }
    let laws = options.laws(&conversation);
    conversation.one_way = is_one_way(&conversation, &laws);
    let start = Instant::now();
    let mut search = Search {
        target,
        options,
        stop,
        progress,
        laws,
        deadline: Deadline::after(options.budget),
        tally: Tally::default(),
        suspicions: Vec::new(),
        left_out: Vec::new(),
        findings: Vec::new(),
        unchecked: None,
        target_lost: false,
        is_changed: false,
        error: None,
        alone: options.fresh,
        serves_one: false,
        play_time: Duration::ZERO,
        start_up: Duration::ZERO,
        late: Duration::ZERO,
        pace: Pace::new(Duration::ZERO, Duration::ZERO, Duration::ZERO, false),
        held: BTreeSet::new(),
        control_held: AtomicUsize::new(0),
        judged: (0, 0),
        came_again: 0,
        not_judged: Vec::new(),
        proof: every::asked_for(options, &conversation, target),
    };
    let mut player = search.player();
    let baseline = match search.baseline(&mut player, &mut conversation) {
        Err(error) if error.kind() == TargetErrorKind::Limit => {
            search.unchecked = Some(Unchecked::OurLimit(error.to_string()));
            None
        }
        baseline => baseline?,
    };
    search.passes(player, &conversation, baseline.as_ref());
    let held = baseline.as_ref().map(|found| held_cuts(found, &search.held)).unwrap_or_default();
    if let Some(baseline) = baseline.filter(|_| search.findings.is_empty()) {
        search.tell_untried(&conversation, &baseline.shape());
    }
    search.note_start_up(start.elapsed());
    let target = search.target_words();
    Ok(Checked {
        tally: search.tally,
        findings: search.findings,
        held,
        proof: search.proof,
        left_out: search.left_out,
        unchecked: search.unchecked,
        interrupted: stop.load(Ordering::Relaxed),
        target_lost: search.target_lost,
        error: search.error.map(|error| error.to_string()),
        elapsed: start.elapsed(),
        ..Checked::nothing(&conversation, target, options.seed)
    })
}

/// Whether the server is known to answer nothing: nothing is expected, and the laws are those of
/// one-way programs.
fn is_one_way(conversation: &Conversation, laws: &[Law]) -> bool {
    let is_of_one_way = |law: &Law| Law::ONE_WAY.contains(law);
    conversation.expects_nothing()
        && laws.iter().all(|law| is_of_one_way(law) || scope::is_of_baseline(*law))
        && laws.iter().any(|law| !scope::is_of_baseline(*law))
}

/// Checks one conversation against a target without telling anybody of its progress: this is what a
/// test calls.
///
/// # Errors
///
/// If the target can't be reached at all.
pub fn check_once(
    target: &Target,
    conversation: &Conversation,
    options: &Options,
) -> Result<Checked, TargetError> {
    check(target, conversation, options, &AtomicBool::new(false), &|_| {})
}

struct Search<'s> {
    target: &'s Target,
    options: &'s Options,
    stop: &'s AtomicBool,
    progress: &'s (dyn Fn(Progress<'_>) + Sync),
    laws: Vec<Law>,
    deadline: Deadline,
    tally: Tally,
    /// The first suspicion of each law in each set.
    suspicions: Vec<(Law, Suspicion)>,
    left_out: Vec<(String, Omission)>,
    findings: Vec<Finding>,
    unchecked: Option<Unchecked>,
    target_lost: bool,
    /// Whether the server answers otherwise than in the baseline, and can't be started anew.
    is_changed: bool,
    /// Why a server of ours did not come up again.
    error: Option<TargetError>,
    /// Whether each delivery has a server of its own: that was asked for, or the server serves one
    /// client only.
    alone: bool,
    /// Whether such a server answers its second client otherwise than its first.
    serves_one: bool,
    /// How long the uncut conversation takes.
    play_time: Duration,
    /// How long a client took to connect.
    start_up: Duration,
    /// How long an answer was seen to take that had been given up in haste.
    late: Duration,
    /// How long the plays of this pass wait.
    pace: Pace,
    /// The single cuts that held.
    held: BTreeSet<Cut>,
    /// The longest control that held, in plays.
    control_held: AtomicUsize,
    /// How many deliveries beyond the baseline were judged, of how many that were planned.
    judged: (u64, u64),
    /// In how many of them the client came again after it had lost its connections.
    came_again: u64,
    /// Laws that were asked for, and that no play said anything of.
    not_judged: Vec<Law>,
    /// What came of a proof, if one was asked for.
    proof: Option<Proof>,
}

impl<'s> Search<'s> {
    /// Plays the deliveries and confirms what was seen. If an answer that was given up in haste
    /// only came late, the waits grow, and all is played again.
    fn passes(
        &mut self,
        player: Player<'s>,
        conversation: &Conversation,
        baseline: Option<&Recording>,
    ) {
        let timeout = conversation.settings.timeout.unwrap_or(self.options.limits.timeout);
        let can_restart = self.target.abilities().restart;
        let mut player = Some(player);
        let (left_out, tally) = (self.left_out.clone(), self.tally);
        for pass in 1..=PASSES {
            // After the last pass there is nothing that a longer wait would change.
            let late = if pass == PASSES { timeout } else { self.late };
            self.pace = Pace::new(self.play_time, late, timeout, can_restart);
            self.late = Duration::ZERO;
            match baseline {
                Some(baseline) => {
                    let player = match player.take() {
                        Some(player) if !self.alone => player,
                        _ => self.player(),
                    };
                    let shape = baseline.shape();
                    let drop = self.deliveries(player, conversation, &shape);
                    // What is known is told before the laws are looked at that take longer.
                    self.confirm_all(conversation, baseline);
                    if self.late.is_zero() && !self.is_changed {
                        self.between_plays(conversation, &shape, drop);
                        self.confirm_all(conversation, baseline);
                    }
                }
                None => self.confirm_all(conversation, &Recording::default()),
            }
            if self.late.is_zero() || self.stop.load(Ordering::Relaxed) {
                break;
            }
            (self.left_out, self.tally) = (left_out.clone(), tally);
        }
        if self.has_found(Law::Unrepeatable) {
            self.unchecked.get_or_insert(Unchecked::Volatile);
        }
        if self.unchecked.is_none() && !self.stop.load(Ordering::Relaxed) {
            self.unchecked = self.too_little(baseline.is_some());
        }
    }

    /// Whether a law is looked at.
    fn is_enabled(&self, law: Law) -> bool {
        self.laws.contains(&law)
    }

    /// Plays every set of the plan; a delivery of it in which the client vanishes, if it has one.
    fn deliveries(
        &mut self,
        mut player: Player<'s>,
        conversation: &Conversation,
        shape: &Shape,
    ) -> Option<Delivery> {
        let (mut choice, unknown) = self.options.choice(conversation, self.target);
        let unknown = unknown.iter().map(|place| (place.to_string(), Omission::NoConnection));
        self.left_out.extend(unknown);
        if !self.is_anything_to_judge(&choice, shape) {
            return None;
        }
        let static_sends = conversation.has_static_sends();
        self.without_impossible(&mut choice, conversation, static_sends);
        self.prove(&mut choice, conversation, shape);
        let max = self.options.max_plays(self.target);
        let mut plan = Plan::new(shape, &choice, static_sends, max, self.options.seed);
        self.without_inapplicable(&mut player, &mut plan, conversation, shape);
        self.learn_whether_it_serves_one(&mut player, conversation, shape);
        (self.progress)(Progress::Planned(plan.len()));
        (self.progress)(Progress::Played(1));
        let mut players = vec![player];
        for _ in 1..self.options.jobs(self.target) {
            players.push(self.player());
        }
        self.is_changed = false;
        (self.judged, self.came_again) = ((0, plan.len().saturating_sub(1)), 0);
        let parts = self.in_order(&plan);
        for (place, (number, part)) in parts.iter().copied().enumerate() {
            if let Some(left_out) = part.left_out() {
                self.left_out.push((part.name(), Omission::Planned(left_out)));
            }
            if self.target_lost || self.is_changed {
                let why = if self.target_lost { Omission::Gone } else { Omission::Changed };
                self.left_out.push((part.name(), why));
                continue;
            }
            // What was seen must still be confirmed within the time.
            if !self.suspicions.is_empty() && self.deadline.left() < self.options.budget / 2 {
                self.left_out.push((part.name(), Omission::Budget(0, part.len())));
                continue;
            }
            let left = self.deadline.left();
            let needed = self.time_for(shape.cuts());
            if part.set == Some(Set::Bytes) && !left.is_zero() && needed > left {
                self.left_out.push((part.name(), Omission::TooLong(needed)));
                continue;
            }
            let sweep = Sweep {
                conversation,
                shape,
                laws: &self.laws,
                part,
                number,
                deadline: self.share_of_time(parts.len() - place),
                is_virtual: self.target.abilities().virtual_time,
                can_restart: self.target.abilities().restart,
                fresh: self.alone,
                may_follow: !self.serves_one,
                pace: &self.pace,
                played: &|plays| (self.progress)(Progress::Played(plays)),
            };
            let mut swept = sweep.run(&mut players);
            self.error = self.error.take().or(swept.error.take());
            if swept.played < part.len() && !self.stop.load(Ordering::Relaxed) {
                let counts = (swept.played, part.len());
                let omission = if swept.target_lost {
                    Omission::Gone
                } else if swept.is_changed {
                    Omission::Changed
                } else if sweep.has_enough_hangs(&swept) {
                    Omission::Hangs(counts.0, counts.1)
                } else if swept.has_enough_returns() {
                    // What can't be judged need not be.
                    self.judged.1 -= counts.1 - counts.0;
                    Omission::Returns(counts.0, counts.1)
                } else if swept.unchecked.is_some() {
                    Omission::Ended(counts.0, counts.1)
                } else {
                    Omission::Budget(counts.0, counts.1)
                };
                self.left_out.push((part.name(), omission));
            }
            self.left_out.extend(swept.left_out().map(|why| (part.name(), why)));
            self.tally.add(swept.tally);
            self.held.extend(swept.held);
            self.judged.0 += swept.played.saturating_sub(swept.unreached);
            self.came_again += swept.reconnects;
            self.target_lost |= swept.target_lost;
            self.is_changed |= swept.is_changed;
            if let Some(why) = swept.unchecked.take() {
                self.unchecked.get_or_insert(why);
            }
            self.suspicions.extend(swept.suspicions);
        }
        self.compare_with_proof();
        plan.parts.iter().find_map(Part::middle_drop)
    }

    /// The sets but the baseline, in the order in which they are played. If each cut may take its
    /// gap, the set that cuts everywhere comes last: single cuts tell more.
    fn in_order<'p>(&self, plan: &'p Plan) -> Vec<(usize, &'p Part)> {
        let mut parts: Vec<_> = plan.parts.iter().enumerate().skip(1).collect();
        if !self.target.abilities().restart {
            parts.sort_by_key(|(_, part)| part.set == Some(Set::Bytes));
        }
        parts
    }

    /// Until when one of so many sets that are left is played: the time that it does not need goes
    /// to the next one.
    fn share_of_time(&self, sets: usize) -> Deadline {
        if self.target.abilities().virtual_time {
            return self.deadline;
        }
        Deadline::after(self.deadline.left() / u32::try_from(sets).unwrap_or(1))
    }

    /// About how long one play with so many cuts takes.
    fn time_for(&self, cuts: usize) -> Duration {
        if self.target.abilities().virtual_time {
            return Duration::ZERO;
        }
        // As long as every cut was confirmed, a cut costs what the server takes to read.
        let gap = self.options.limits.gap;
        let is_confirmed =
            self.tally.paced + self.tally.held == 0 && self.target.abilities().restart;
        let one = if is_confirmed { self.play_time.min(gap) } else { gap };
        one.saturating_mul(u32::try_from(cuts).unwrap_or(u32::MAX))
    }
}
