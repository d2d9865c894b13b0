//! The guilty connection by itself: played against the server, or mirrored against the command.

use std::path::PathBuf;
use std::time::Duration;

use super::super::Failed;
use super::super::args::RelayArgs;
use super::super::save::Folder;
use super::super::target::supervisor;
use super::command::CommandTrials;
use crate::check::{Finding, Options, check_once, fit};
use crate::peer::{ClientCommand, Target};
use crate::script::{Conversation, Side};
use crate::shell::relay::{CarriedCut, Relayed};

/// Why a connection can't be played.
const NOT_PLAYED: &str = "the connection can't be played by itself";

/// How long the command is waited for at least, when it is played against recut.
const PATIENCE: Duration = Duration::from_secs(5);

/// What came of the guilty connection by itself.
pub(super) enum Alone {
    /// It fails: where it is saved, and the option that names its target.
    Saved(PathBuf, String),
    /// It was not seen to fail, and why.
    NotShown(&'static str),
}

/// Whether the connection fails by itself with its cut: then it is saved.
///
/// # Errors
///
/// If it can't be saved.
pub(super) fn alone(
    args: &RelayArgs,
    trials: &CommandTrials,
    cuts: &[CarriedCut],
    unchanged: &Relayed,
    folder: &Folder,
) -> Result<Alone, Failed> {
    let [cut] = *cuts else {
        return Ok(Alone::NotShown("its cuts are several"));
    };
    let (played, target) = match cut.side {
        Side::Client => (with_server(args, cut, unchanged), format!(" --connect {}", args.connect)),
        // The script itself says which client it is for.
        Side::Server => (with_command(args, trials, cut, unchanged), String::new()),
    };
    match played {
        Ok(finding) => Ok(Alone::Saved(folder.save(&finding)?, target)),
        Err(why) => Ok(Alone::NotShown(why)),
    }
}

/// What is found if the connection is played as it was when nothing was cut, with that cut; or why
/// nothing is.
fn with_server(
    args: &RelayArgs,
    cut: CarriedCut,
    unchanged: &Relayed,
) -> Result<Finding, &'static str> {
    let only = unchanged.carried.only(cut.connection);
    let place = only.place_in_bursts(cut.connection, cut.offset);
    let (burst, offset) = place.ok_or("the cut lies where the client waits for an answer")?;
    let text = only.to_script("a client of the relay", &args.connect).to_string();
    let conversation = Conversation::parse("relayed", &text).map_err(|_| NOT_PLAYED)?;
    let target = Target::connect(&args.connect).map_err(|_| NOT_PLAYED)?;
    let word = match burst {
        1 => format!("cut@{offset}"),
        burst => format!("cut@{burst}.{offset}"),
    };
    found(&target, &conversation, &word, PATIENCE)
}

/// What is found if recut plays the server for the command, as it was when nothing was cut, with
/// that cut in an answer; or why nothing is.
fn with_command(
    args: &RelayArgs,
    trials: &CommandTrials,
    cut: CarriedCut,
    unchanged: &Relayed,
) -> Result<Finding, &'static str> {
    let address = trials.address().ok_or("the client came to a Unix socket")?;
    let carried = &unchanged.carried;
    let text = carried.to_script_at(&[address.to_string()], &args.connect).to_string();
    let served = Conversation::parse("relayed", &text).map_err(|_| NOT_PLAYED)?;
    let mut conversation = served.mirrored().map_err(|_| NOT_PLAYED)?;
    let name = carried.name(cut.connection);
    let connection = conversation.connections.iter().position(|other| *other == name);
    let connection = connection.ok_or(NOT_PLAYED)?;
    let offset = usize::try_from(cut.offset).map_err(|_| NOT_PLAYED)?;
    let place = conversation.place_in_bursts(connection, offset);
    let (burst, offset) = place.ok_or("the cut lies where the server waits for the client")?;
    // What a test suite prints has times in it: its exit code is what counts.
    let command = shell_words::join(&args.command);
    let script = format!("HOST={{host}} PORT={{port}} exec {command} >&2");
    let client = ClientCommand::new(&format!("sh -c {}", shell_words::quote(&script)));
    let client = client.map_err(|_| NOT_PLAYED)?.supervised(supervisor());
    let target = Target::client(client);
    fit(&target, &mut conversation).map_err(|_| NOT_PLAYED)?;
    let name = if name.is_empty() { name } else { format!("{name}:") };
    let patience = PATIENCE.max(trials.tally().unchanged.saturating_mul(4));
    found(&target, &conversation, &format!("cut@{name}{burst}.{offset}"), patience)
}

fn found(
    target: &Target,
    conversation: &Conversation,
    word: &str,
    patience: Duration,
) -> Result<Finding, &'static str> {
    let deliver = vec![word.parse().map_err(|_| NOT_PLAYED)?];
    let timeout = (patience > PATIENCE).then_some(patience);
    let options = Options { deliver, timeout, ..Options::default() };
    let checked = check_once(target, conversation, &options).map_err(|_| NOT_PLAYED)?;
    let found = checked.findings.into_iter().next();
    let found = found.ok_or("the connection holds if it is played by itself")?;
    match found.delivery.contains("cut@") {
        true => Ok(found),
        false => Err("played by itself, the connection is not repeated even if nothing is cut"),
    }
}
