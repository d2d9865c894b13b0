//! Which target the arguments and scripts name.

use std::sync::Arc;

use regex::bytes::Regex;

use super::Failed;
use super::address::{is_server, is_spoken, no_address};
use super::args::Common;
use super::foreign::AddressUse;
use crate::check::{Limits, Options};
use crate::peer::{CommandError, Spawn, Stdio, Supervisor, Target};
use crate::script::Conversation;

/// The target of each conversation: the one that the command line names, else a server that the
/// script starts, else, if `builtin` conversations are played, the echo in memory.
pub(super) fn targets(
    args: &Common,
    conversations: &[Conversation],
    builtin: bool,
) -> Result<Vec<Arc<Target>>, Failed> {
    let given = named(args, builtin)?.map(Arc::new);
    let mut spawned: Vec<(Option<Regex>, Arc<Target>)> = Vec::new();
    let mut targets = Vec::new();
    for conversation in conversations {
        let target = match (&given, &conversation.settings.spawn) {
            (Some(given), _) => Arc::clone(given),
            (None, None) => return Err(no_target(&conversation.name)),
            (None, Some(command)) => {
                let (ready, target) = started_by(args, conversation, command)?;
                // Scripts that start the same server share it.
                let same = spawned.iter().find(|(other, known)| {
                    known.option() == target.option()
                        && other.as_ref().map(Regex::as_str) == ready.as_ref().map(Regex::as_str)
                });
                match same {
                    Some((_, known)) => Arc::clone(known),
                    None => {
                        let target = Arc::new(target);
                        spawned.push((ready, Arc::clone(&target)));
                        target
                    }
                }
            }
        };
        if !target.abilities().resets && conversation.sends_resets() {
            let name = &conversation.name;
            return Err(Failed::usage(format!(
                "{name} sends a reset, and {target} does not support resets"
            )));
        }
        targets.push(target);
    }
    Ok(targets)
}

/// The target that the command line names, if it names one.
fn named(args: &Common, builtin: bool) -> Result<Option<Target>, Failed> {
    if let Some(address) = &args.target.connect {
        is_spoken(address, AddressUse::Target)?;
        if !address.starts_with("unix:") && !is_server(address) {
            let expected = "expected HOST:PORT with a port from 1 to 65535, or unix:PATH";
            return Err(no_address(address, expected));
        }
        let target = Target::connect(address);
        return target.map(Some).map_err(|error| Failed::unreachable(error.to_string()));
    }
    if let Some(command) = &args.target.spawn {
        let spawn = Spawn::new(command).map_err(|error| bad_command("--spawn", &error))?;
        return Ok(Some(Target::spawn(started(args, spawn, args.ready.as_ref()))));
    }
    if let Some(command) = &args.target.stdio {
        let stdio = Stdio::new(command).map_err(|error| bad_command("--stdio", &error))?;
        return Ok(Some(Target::stdio(stdio.supervised(supervisor()))));
    }
    match args.target.target.as_deref().or(builtin.then_some("echo")) {
        None => Ok(None),
        Some(name) => match Target::builtin(name) {
            Some(target) => Ok(Some(target)),
            None => Err(Failed::usage(format!("there is no target `{name}`"))),
        },
    }
}

/// The server that a script starts, and the pattern of the line that says that it is ready.
fn started_by(
    args: &Common,
    conversation: &Conversation,
    command: &str,
) -> Result<(Option<Regex>, Target), Failed> {
    let name = &conversation.name;
    let spawn = Spawn::new(command).map_err(|error| bad_command(name, &error))?;
    let ready = match (&args.ready, &conversation.settings.ready) {
        (Some(ready), _) => Some(ready.clone()),
        (None, Some(ready)) => Some(Regex::new(ready).map_err(|error| {
            Failed::usage(format!("{name}: the pattern of `ready` is not valid: {error}"))
        })?),
        (None, None) => None,
    };
    let spawn = spawn.dir(conversation.folder());
    let target = Target::spawn(started(args, spawn, ready.as_ref()));
    Ok((ready, target))
}

/// A server as the arguments want it started.
fn started(args: &Common, spawn: Spawn, ready: Option<&Regex>) -> Spawn {
    let spawn = spawn.supervised(supervisor());
    let spawn = match ready {
        Some(ready) => spawn.ready_line(ready.clone()),
        None => spawn,
    };
    match args.start_timeout {
        Some(limit) => spawn.start_timeout(limit),
        None => spawn,
    }
}

fn bad_command(place: &str, error: &CommandError) -> Failed {
    Failed::usage(format!("{place}: {error}"))
}

/// This program, which starts servers under `recut supervise` so that they end in any case.
pub(super) fn supervisor() -> Supervisor {
    match std::env::current_exe() {
        Ok(program) => Supervisor::program(program, &["supervise"]),
        Err(_) => Supervisor::default(),
    }
}

fn no_target(name: &str) -> Failed {
    Failed::usage(format!(
        "which target for {name}? Add --spawn 'COMMAND {{port}}' for a server to start, \
         --connect HOST:PORT for one that is running, --stdio COMMAND for a process that speaks \
         over its stdin and stdout, or --target echo for the echo in memory"
    ))
}

/// The name of all targets together, for output.
pub(super) fn name(targets: &[Arc<Target>]) -> String {
    match targets {
        [] => "none".to_owned(),
        [first, rest @ ..] if rest.iter().all(|other| Arc::ptr_eq(first, other)) => {
            first.to_string()
        }
        _ => "the server that each script starts".to_owned(),
    }
}

/// The options that the common arguments set.
pub(super) fn options(common: &Common) -> Options {
    Options {
        limits: Limits {
            gap: common.gap,
            quiet_for: common.quiet_for,
            ignore: common.ignore.clone(),
            ..Limits::default()
        },
        timeout: common.timeout,
        ..Options::default()
    }
}
