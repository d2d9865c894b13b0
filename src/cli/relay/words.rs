//! What is said of a relay's work.

use std::time::Duration;

use super::alone::Alone;
use super::command::{CommandTrial, TrialTally};
use crate::script::Side;
use crate::shell::relay::{CarriedCut, Relayed};
use crate::text::escape;

/// How many bytes are shown before a cut and behind it.
const AROUND: usize = 24;

/// How many lines of the output of a run are shown.
const LINES: usize = 12;

/// If a run with more than so many cuts took so many times as long, that may be why it failed.
const FEW: usize = 3;
const SLOWER: f64 = 2.0;

/// What a relay without a command has done.
pub(super) fn summary(relayed: &Relayed, seed: u64) -> String {
    let connections = relayed.carried.connections() as u64;
    format!("recut: relayed {}, {}, seed {seed}", counted(connections, "connection"), cuts(relayed))
}

/// What all runs of a command came to.
pub(super) fn command_summary(
    tally: &TrialTally,
    findings: u64,
    unstable: u64,
    seed: u64,
) -> String {
    let TrialTally { runs, connections, relayed, unchanged } = tally;
    let unstable = match unstable {
        0 => String::new(),
        unstable => format!(", {unstable} unstable"),
    };
    format!(
        "recut: {} of the command, {:.2} s unchanged, {}, {}, {}{unstable}, seed {seed}",
        counted(*runs, "run"),
        unchanged.as_secs_f64(),
        counted(*connections, "connection"),
        cuts(relayed),
        counted(findings, "finding")
    )
}

fn cuts(relayed: &Relayed) -> String {
    let Relayed { bytes, confirmed, held, paced, refused, .. } = relayed;
    let all = counted(confirmed + held + paced, "cut");
    let refused = match refused {
        0 => String::new(),
        refused => format!(", {} refused", counted(*refused, "connection")),
    };
    format!(
        "{}, {all} ({confirmed} confirmed, {held} held, {paced} paced){refused}",
        counted(*bytes, "byte")
    )
}

/// The cuts that make the command fail.
pub(super) fn culprit(
    cuts: &[CarriedCut],
    trial: &CommandTrial,
    unchanged: Duration,
    (failed, times): (usize, usize),
) -> String {
    let how = trial.failure().unwrap_or_default();
    let mut text = format!(
        "error[relay]: with {} the command fails: {how}\n",
        counted(cuts.len() as u64, "cut")
    );
    for cut in cuts {
        text += &place(*cut, &trial.relayed);
    }
    text += &tail(&trial.end.output);
    let (took, before) = (trial.took.as_secs_f64(), unchanged.as_secs_f64());
    let hint = match took > SLOWER * before && cuts.len() > FEW {
        true => ": it may fail because it became slower, and not because of a cut",
        false => "",
    };
    text += &format!("      took  {took:.2} s, {before:.2} s with nothing cut{hint}\n");
    text + &format!(" confirmed  {failed}/{times}, and each time it passed when nothing was cut\n")
}

/// Where a cut lies, and the bytes around it.
fn place(cut: CarriedCut, relayed: &Relayed) -> String {
    let said = relayed.carried.said(cut.connection, cut.side);
    let at = usize::try_from(cut.offset).unwrap_or(usize::MAX).min(said.len());
    let (before, behind) = said.split_at(at);
    let (arrow, who) = match cut.side {
        Side::Client => ('>', "client"),
        Side::Server => ('<', "server"),
    };
    let before = &before[before.len().saturating_sub(AROUND)..];
    let behind = &behind[..behind.len().min(AROUND)];
    let (number, behind_what) = (cut.connection + 1, counted(cut.offset, "byte"));
    let (before, behind) = (escape(before), escape(behind));
    format!(
        "       cut  connection {number}, what the {who} says, behind {behind_what}\n            \
         {arrow} \"{before}\" | \"{behind}\"\n"
    )
}

/// The last lines of the output of a run.
pub(super) fn tail(output: &[String]) -> String {
    let lines = &output[output.len().saturating_sub(LINES)..];
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        let label = if index == 0 { "    output" } else { "          " };
        text += &format!("{label}  {line}\n");
    }
    text
}

/// What came of the guilty connection by itself.
pub(super) fn alone(alone: &Alone) -> String {
    match alone {
        Alone::Saved(path, target) => {
            let path = path.display();
            format!("     saved  {path}\n reproduce  recut check {path}{target}\n\n")
        }
        Alone::NotShown(why) => format!("     alone  not saved as a script: {why}\n\n"),
    }
}

/// What may have another cause than the cuts.
pub(super) fn unstable(unstable: u64) -> String {
    format!(
        "unstable: {}: not seen again, or not in the connection by itself; without --strict that \
         does not fail\n",
        counted(unstable, "failure")
    )
}

/// The command fails although nothing is cut.
pub(super) fn fails_uncut(failure: &str, refused: u64) -> String {
    let told = match refused {
        0 => String::new(),
        refused => format!(
            ", and {} could not be passed on: does the server run there?",
            counted(refused, "connection")
        ),
    };
    format!("the command fails even if nothing is cut: {failure}{told}")
}

fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
