//! Which cuts a command does not bear: each direction byte by byte, then random places; what fails
//! is made small and confirmed against unchanged runs.

use std::collections::BTreeSet;

use super::super::args::RelayArgs;
use super::super::output::Output;
use super::super::save::Folder;
use super::super::{Exit, Failed};
use super::alone::{Alone, alone};
use super::command::{CommandTrial, CommandTrials};
use super::words;
use crate::check::{Verdict, fewest};
use crate::peer::Deadline;
use crate::script::Side;
use crate::shell::relay::{CarriedCut, CutPlan, Relayed};

/// How often random places are tried.
const SEEDS: u64 = 3;

/// How often the fewest cuts must fail, and an unchanged run between must pass.
const CONFIRM: usize = 3;

/// The fewest cuts that were found to make the command fail.
struct Culprit {
    cuts: Vec<CarriedCut>,
    trial: CommandTrial,
    /// What was carried in a run in which nothing was cut.
    unchanged: Relayed,
    /// How often it failed of how many times.
    confirmed: (usize, usize),
}

/// Runs the command under one plan after the other.
pub(super) fn run(
    args: &RelayArgs,
    trials: &CommandTrials,
    output: &Output,
) -> Result<Exit, Failed> {
    let folder = Folder::open(args.save.as_deref())?;
    for _ in 0..2 {
        unchanged(trials, output)?;
    }
    let sides = [Side::Client, Side::Server];
    let mut plans: Vec<_> = sides.map(|side| CutPlan::every(1, Some(side))).into();
    plans.extend((0..SEEDS).map(|more| CutPlan::Random { seed: args.seed.wrapping_add(more) }));
    let mut found: Vec<CarriedCut> = Vec::new();
    let (mut findings, mut unstable) = (0, 0);
    for plan in plans {
        if trials.is_stopped() {
            return Ok(Exit::Interrupted);
        }
        // What was found byte by byte would be found again.
        if matches!(plan, CutPlan::Random { .. }) && !found.is_empty() {
            break;
        }
        let trial = trials.run(plan)?;
        if trial.failure().is_none() || trials.is_stopped() {
            continue;
        }
        let culprit = shrunk(args, trials, trial)?;
        if trials.is_stopped() {
            return Ok(Exit::Interrupted);
        }
        let Some(culprit) = culprit else {
            output.note("recut: a run with cuts failed, and did not fail again");
            unstable += 1;
            continue;
        };
        if culprit.cuts.iter().all(|cut| found.contains(cut)) {
            continue;
        }
        found.extend(&culprit.cuts);
        let unchanged = trials.tally().unchanged;
        output.text(&words::culprit(&culprit.cuts, &culprit.trial, unchanged, culprit.confirmed));
        let Culprit { cuts, unchanged, .. } = &culprit;
        let alone = alone(args, trials, cuts, unchanged, &folder)?;
        output.text(&words::alone(&alone));
        // What fails only together with the rest may have another cause.
        let is_stable = matches!(alone, Alone::Saved(..));
        *(if is_stable { &mut findings } else { &mut unstable }) += 1;
    }
    if trials.is_stopped() {
        return Ok(Exit::Interrupted);
    }
    if unstable > 0 {
        output.text(&words::unstable(unstable));
    }
    output.line(&words::command_summary(&trials.tally(), findings, unstable, args.seed));
    let fails = findings > 0 || (args.strict && unstable > 0);
    Ok(if fails { Exit::Broken } else { Exit::Held })
}

/// A run in which nothing is cut must succeed.
fn unchanged(trials: &CommandTrials, output: &Output) -> Result<(), Failed> {
    let trial = trials.run(CutPlan::Unchanged)?;
    if trials.is_stopped() {
        return Ok(());
    }
    let Relayed { carried, refused, .. } = &trial.relayed;
    if let Some(failure) = trial.failure() {
        output.notes(&words::tail(&trial.end.output));
        return Err(Failed::unreachable(words::fails_uncut(&failure, *refused)));
    }
    if carried.connections() == 0 {
        return Err(Failed::usage(
            "the command made no connection through the relay: tell it where that listens, as \
             {port} among its arguments, or by the variable PORT",
        ));
    }
    Ok(())
}

/// The fewest of the cuts that were made with which the command still fails; none if it does not
/// fail again.
fn shrunk(
    args: &RelayArgs,
    trials: &CommandTrials,
    first: CommandTrial,
) -> Result<Option<Culprit>, Failed> {
    let until = Deadline::after(args.budget);
    let fails = |cuts: &[CarriedCut]| -> Result<Option<CommandTrial>, Failed> {
        let trial = trials.run(CutPlan::These(cuts.iter().copied().collect()))?;
        Ok(trial.failure().is_some().then_some(trial))
    };
    let cuts: BTreeSet<_> = first.relayed.cuts.iter().copied().collect();
    let cuts: Vec<_> = cuts.into_iter().collect();
    let is_repeated = trials.run(CutPlan::Unchanged)?.failure().is_none();
    if !is_repeated || cuts.is_empty() || fails(&cuts)?.is_none() {
        return Ok(None);
    }
    let mut error = None;
    let cuts = fewest(cuts, [], |cuts| match fails(cuts) {
        _ if until.is_over() || trials.is_stopped() => Verdict::Stop,
        Ok(Some(_)) => Verdict::Keep,
        Ok(None) => Verdict::Reject,
        Err(failed) => {
            error = Some(failed);
            Verdict::Stop
        }
    });
    if let Some(failed) = error {
        return Err(failed);
    }
    let (mut last, mut failed, mut unchanged) = (None, 0, Relayed::default());
    for _ in 0..CONFIRM {
        let uncut = trials.run(CutPlan::Unchanged)?;
        if uncut.failure().is_some() {
            return Ok(None);
        }
        unchanged = uncut.relayed;
        if let Some(trial) = fails(&cuts)? {
            failed += 1;
            last = Some(trial);
        }
    }
    Ok(last.map(|trial| Culprit { cuts, trial, unchanged, confirmed: (failed, CONFIRM) }))
}
