//! Which target the arguments and scripts name.

use std::sync::Arc;

use regex::bytes::Regex;

use super::Failed;
use super::address::{is_server, is_spoken, no_address};
use super::args::Common;
use super::foreign::AddressUse;
use crate::check::{Limits, Options, fit};
use crate::peer::{ClientCommand, CommandError, Spawn, Stdio, Supervisor, Target};
use crate::report::caret::script_errors;
use crate::script::Conversation;

/// The target of each conversation: the one that the command line names, else what the script
/// starts, else, if `builtin` conversations are played, the echo in memory. A conversation that
/// accepts no connection is mirrored for a client.
pub(super) fn targets(
    args: &Common,
    conversations: &mut [Conversation],
    builtin: bool,
) -> Result<Vec<Arc<Target>>, Failed> {
    let given = named(args, builtin)?.map(Arc::new);
    let mut started: Vec<(Option<Regex>, Arc<Target>)> = Vec::new();
    let mut targets = Vec::new();
    for conversation in conversations {
        let target = match &given {
            Some(given) => Arc::clone(given),
            None => {
                let (ready, target) = started_by(args, conversation)?;
                // Scripts that start the same program share it.
                let same = started.iter().find(|(other, known)| {
                    known.option() == target.option()
                        && other.as_ref().map(Regex::as_str) == ready.as_ref().map(Regex::as_str)
                });
                match same {
                    Some((_, known)) => Arc::clone(known),
                    None => {
                        let target = Arc::new(target);
                        started.push((ready, Arc::clone(&target)));
                        target
                    }
                }
            }
        };
        if builtin && target.abilities().connects {
            let expected = "a client needs a conversation of its own: name a script";
            return Err(Failed::usage(expected.to_owned()));
        }
        fit(&target, conversation).map_err(|unfit| match unfit.script_error() {
            Some(error) => Failed::usage(script_errors(std::slice::from_ref(error), true)),
            None => Failed::usage(unfit.to_string()),
        })?;
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
    if let Some(command) = &args.target.client {
        let client =
            ClientCommand::new(command).map_err(|error| bad_command("--client", &error))?;
        return Ok(Some(Target::client(started_client(args, client))));
    }
    if let Some(command) = &args.target.driver {
        let driver = ClientCommand::driver(command);
        let driver = driver.map_err(|error| bad_command("--driver", &error))?;
        return Ok(Some(Target::client(started_client(args, driver))));
    }
    match args.target.target.as_deref().or(builtin.then_some("echo")) {
        None => Ok(None),
        Some(name) => match Target::builtin(name) {
            Some(target) => Ok(Some(target)),
            None => Err(Failed::usage(format!("there is no target `{name}`"))),
        },
    }
}

/// What a script starts; of a server the pattern of the line that says that it is ready, too.
fn started_by(
    args: &Common,
    conversation: &Conversation,
) -> Result<(Option<Regex>, Target), Failed> {
    let (name, settings) = (&conversation.name, &conversation.settings);
    let client = |command: Result<ClientCommand, CommandError>| {
        let command = command.map_err(|error| bad_command(name, &error))?;
        let command = command.dir(conversation.folder());
        Ok((None, Target::client(started_client(args, command))))
    };
    if let Some(command) = &settings.client {
        return client(ClientCommand::new(command));
    }
    if let Some(command) = &settings.driver {
        return client(ClientCommand::driver(command));
    }
    let command = settings.spawn.as_ref().ok_or_else(|| no_target(conversation))?;
    let spawn = Spawn::new(command).map_err(|error| bad_command(name, &error))?;
    let ready = match (&args.ready, &settings.ready) {
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

/// A client as the arguments want it started.
fn started_client(args: &Common, command: ClientCommand) -> ClientCommand {
    let command = command.supervised(supervisor());
    match args.start_timeout {
        Some(limit) => command.start_timeout(limit),
        None => command,
    }
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

fn no_target(conversation: &Conversation) -> Failed {
    let name = &conversation.name;
    if conversation.listens() {
        return Failed::usage(format!(
            "which client for {name}? Add --client 'COMMAND {{port}}' for a client to start, or \
             --driver COMMAND for a program that plays it many times"
        ));
    }
    Failed::usage(format!(
        "which target for {name}? Add --spawn 'COMMAND {{port}}' for a server to start, \
         --connect HOST:PORT for one that is running, --stdio COMMAND for a process that speaks \
         over its stdin and stdout, --client 'COMMAND {{port}}' for a client that connects to \
         recut, or --target echo for the echo in memory"
    ))
}

/// The name of all targets together, for output.
pub(super) fn name(targets: &[Arc<Target>]) -> String {
    match targets {
        [] => "none".to_owned(),
        [first, rest @ ..] if rest.iter().all(|other| Arc::ptr_eq(first, other)) => {
            first.to_string()
        }
        _ => "what each script starts".to_owned(),
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
