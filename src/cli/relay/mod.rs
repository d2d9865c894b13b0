//! `recut relay`

mod alone;
mod command;
mod search;
mod words;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use self::command::CommandTrials;
use super::address::is_spoken;
use super::args::RelayArgs;
use super::foreign::AddressUse;
use super::output::Output;
use super::place::{entrances, server_place};
use super::signals::interrupts;
use super::{Exit, Failed};
use crate::shell::relay::{CutPlan, CuttingRelay};

/// How long it is waited between two looks for a signal.
const LOOK: Duration = Duration::from_millis(50);

pub(super) fn run(args: &RelayArgs, output: &Output) -> Result<Exit, Failed> {
    // Bad usage is told before a name is looked up.
    is_spoken(&args.listen, AddressUse::Listen)?;
    let to = server_place(&args.connect)?;
    let stop = interrupts()?;
    let (entrances, _files) = entrances(&args.listen)?;
    let entrances: Vec<_> = entrances.into_iter().map(Arc::new).collect();
    let relay = Arc::new(CuttingRelay::new(to, args.gap));
    let plan = match &args.cut {
        CutPlan::Random { .. } => CutPlan::Random { seed: args.seed },
        other => other.clone(),
    };
    // Who connects before the relay knows how to cut is not cut.
    let run = relay.begin(if args.command.is_empty() { plan } else { CutPlan::Unchanged });
    for entrance in &entrances {
        let (relay, entrance) = (Arc::clone(&relay), Arc::clone(entrance));
        std::thread::spawn(move || relay.accept(&entrance));
    }
    if let Some(entrance) = entrances.first().filter(|_| !args.command.is_empty()) {
        let trials = CommandTrials::new(args, relay, entrance, stop);
        return search::run(args, &trials, output);
    }
    for entrance in &entrances {
        output.line(&format!("listening on {entrance}"));
    }
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK);
    }
    // A signal is how it ends.
    output.line(&words::summary(&run.end(Duration::ZERO), args.seed));
    Ok(Exit::Held)
}
