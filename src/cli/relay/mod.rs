//! `recut relay`

mod command;
mod search;
mod words;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use self::command::CommandTrials;
use super::address::{bind, is_spoken, resolve, resolve_server};
use super::args::RelayArgs;
use super::foreign::AddressUse;
use super::output::Output;
use super::signals::interrupts;
use super::{Exit, Failed};
use crate::shell::relay::{CutPlan, CuttingRelay};
use crate::shell::server;

/// How many connections the system keeps for us until they are accepted.
const BACKLOG: i32 = 128;

/// How long it is waited between two looks for a signal.
const LOOK: Duration = Duration::from_millis(50);

pub(super) fn run(args: &RelayArgs, output: &Output) -> Result<Exit, Failed> {
    // Bad usage is told before a name is looked up.
    is_spoken(&args.listen, AddressUse::Listen)?;
    let to = resolve_server(&args.connect)?;
    let any = resolve(&args.listen, AddressUse::Listen)?;
    let stop = interrupts()?;
    let listeners = bind(&any, |address| server::bind(address, BACKLOG, true))?;
    let addresses = listeners.iter().filter_map(|listener| listener.local_addr().ok());
    let addresses: Vec<_> = addresses.collect();
    let relay = Arc::new(CuttingRelay::new(to, args.gap));
    let plan = match &args.cut {
        CutPlan::Random { .. } => CutPlan::Random { seed: args.seed },
        other => other.clone(),
    };
    // Who connects before the relay knows how to cut is not cut.
    let run = relay.begin(if args.command.is_empty() { plan } else { CutPlan::Unchanged });
    for listener in listeners {
        let relay = Arc::clone(&relay);
        std::thread::spawn(move || relay.accept(&listener));
    }
    if let Some(address) = addresses.first().filter(|_| !args.command.is_empty()) {
        let trials = CommandTrials::new(args, relay, *address, stop);
        return search::run(args, &trials, output);
    }
    for address in &addresses {
        output.line(&format!("listening on {address}"));
    }
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK);
    }
    // A signal is how it ends.
    output.line(&words::summary(&run.end(Duration::ZERO), args.seed));
    Ok(Exit::Held)
}
