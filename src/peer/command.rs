//! A command that runs to its end.

use std::io;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::process::{Process, Role, Supervisor};
use crate::wire::Deadline;

/// How long it is waited for a command before it is looked whether to stop.
const LOOK: Duration = Duration::from_millis(50);

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandEnd {
    /// How, if it ended in time; otherwise it was ended, with all below it.
    pub status: Option<ExitStatus>,
    /// The last lines that it wrote.
    pub output: Vec<String>,
}

/// Runs a command with these variables to its end, and ends all below it then; the command, too, if
/// it has not ended by that time.
///
/// # Errors
///
/// If it can't be started.
pub fn run_to_end(
    words: &[String],
    variables: &[(&str, String)],
    supervisor: &Supervisor,
    until: Deadline,
    stop: &AtomicBool,
) -> io::Result<CommandEnd> {
    let mut process = Process::start(words, supervisor, Role::Once, |command| {
        command.envs(variables.iter().map(|(name, value)| (name, value)));
    })?;
    process.read_output(None)?;
    let mut status = None;
    while status.is_none() && !until.is_over() && !stop.load(Ordering::Relaxed) {
        status = process.wait(Deadline::after(LOOK.min(until.left())));
    }
    Ok(CommandEnd { status, output: process.output.settled_tail() })
}
