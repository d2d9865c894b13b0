//! A command whose connections go through the relay, run again and again.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::super::Failed;
use super::super::args::RelayArgs;
use super::super::target::supervisor;
use crate::peer::{CommandEnd, Deadline, Supervisor, run_to_end};
use crate::shell::place::Entrance;
use crate::shell::relay::{CutPlan, CuttingRelay, Relayed};

/// How long connections may go on after the command has ended.
const GRACE: Duration = Duration::from_millis(500);

/// How long the command may take if nothing is cut.
const UNCHANGED: Duration = Duration::from_secs(600);

/// How much longer it may take if it is cut, and so many seconds more.
const SLOWER: u32 = 10;
const MORE: Duration = Duration::from_secs(30);

/// The command, and where it is sent.
pub(super) struct CommandTrials {
    words: Vec<String>,
    /// Where the relay listens, if that has a port.
    address: Option<SocketAddr>,
    variables: Vec<(&'static str, String)>,
    supervisor: Supervisor,
    relay: Arc<CuttingRelay>,
    stop: Arc<AtomicBool>,
    tally: RefCell<TrialTally>,
}

/// What all trials together came to.
#[derive(Clone, Debug, Default)]
pub(super) struct TrialTally {
    pub(super) runs: u64,
    pub(super) connections: u64,
    pub(super) relayed: Relayed,
    /// How long the command takes if nothing is cut.
    pub(super) unchanged: Duration,
}

/// One run of the command.
pub(super) struct CommandTrial {
    pub(super) end: CommandEnd,
    pub(super) relayed: Relayed,
    pub(super) took: Duration,
}

impl CommandTrials {
    pub(super) fn new(
        args: &RelayArgs,
        relay: Arc<CuttingRelay>,
        entrance: &Entrance,
        stop: Arc<AtomicBool>,
    ) -> Self {
        let places: Vec<(&str, &'static str, String)> = match (entrance.address(), entrance.path())
        {
            (Some(address), _) => vec![
                ("{host}", "HOST", address.ip().to_string()),
                ("{port}", "PORT", address.port().to_string()),
            ],
            (None, Some(path)) => vec![("{socket}", "SOCKET", path.display().to_string())],
            (None, None) => Vec::new(),
        };
        let with_places = |word: &String| {
            places.iter().fold(word.clone(), |word, (place, _, value)| word.replace(place, value))
        };
        let words = args.command.iter().map(with_places).collect();
        let variables = places.iter().map(|(_, name, value)| (*name, value.clone())).collect();
        let (supervisor, tally) = (supervisor(), RefCell::default());
        let address = entrance.address();
        Self { words, address, variables, supervisor, relay, stop, tally }
    }

    /// Where the relay listens, if that has a port.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(super) fn tally(&self) -> TrialTally {
        self.tally.borrow().clone()
    }

    /// Runs it once, and cuts what it says and is told.
    ///
    /// # Errors
    ///
    /// If it can't be started.
    pub(super) fn run(&self, plan: CutPlan) -> Result<CommandTrial, Failed> {
        let unchanged = self.tally.borrow().unchanged;
        let is_unchanged = plan == CutPlan::Unchanged;
        let limit = match is_unchanged {
            true => UNCHANGED,
            false => unchanged.saturating_mul(SLOWER).saturating_add(MORE),
        };
        let run = self.relay.begin(plan);
        let start = Instant::now();
        let until = Deadline::after(limit);
        let (words, supervisor) = (&self.words, &self.supervisor);
        let end = run_to_end(words, &self.variables, supervisor, until, &self.stop)
            .map_err(|error| Failed::unreachable(error.to_string()))?;
        let took = start.elapsed();
        let relayed = run.end(GRACE);
        let mut tally = self.tally.borrow_mut();
        tally.runs += 1;
        tally.connections += relayed.carried.connections() as u64;
        tally.relayed.add(&relayed);
        if is_unchanged {
            tally.unchanged = tally.unchanged.max(took);
        }
        Ok(CommandTrial { end, relayed, took })
    }
}

impl CommandTrial {
    /// How it failed, if it did.
    pub(super) fn failure(&self) -> Option<String> {
        match self.end.status {
            Some(status) if status.success() => None,
            Some(status) => Some(status.to_string()),
            None => Some(format!("it did not end within {} s", self.took.as_secs())),
        }
    }
}
