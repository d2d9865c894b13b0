//! `recut record`

use std::path::Path;
use std::sync::{Arc, mpsc};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::address::is_spoken;
use super::args::RecordArgs;
use super::files::{can_write, write};
use super::foreign::AddressUse;
use super::output::Output;
use super::place::{entrances, server_place};
use super::{Exit, Failed};
use crate::shell::place::Entrance;
use crate::shell::record::{Notice, Relay};

/// What the loop that writes the script waits for.
enum RecordEvent {
    Relay(Notice),
    Signal,
}

pub(super) fn run(args: &RecordArgs, output: &Output) -> Result<Exit, Failed> {
    let mut signals = Signals::new([SIGINT, SIGTERM])
        .map_err(|error| Failed::unreachable(format!("can't watch for signals: {error}")))?;
    // Bad usage is told before a name is looked up.
    is_spoken(&args.listen, AddressUse::Listen)?;
    let to = server_place(&args.connect)?;
    let had_file = is_free(&args.output, args.force)?;
    let (entrances, _files) = entrances(&args.listen)?;
    let addresses: Vec<_> = entrances.iter().map(Entrance::to_string).collect();

    let (sender, events) = mpsc::channel();
    let (relayed, server) = (sender.clone(), args.connect.clone());
    let relay = Relay::new(to, move |notice| drop(relayed.send(RecordEvent::Relay(notice))));
    let relay = Arc::new(relay);
    let file = &args.output;
    let save = || {
        let carried = relay.carried();
        let count = carried.connections();
        if had_file && count == 0 {
            // Nothing takes the place of something.
            return Ok(0);
        }
        let script = carried.to_script_at(&addresses, &server);
        write(file, &script.to_string()).map(|()| count)
    };
    // There is a script from the first moment on.
    save()?;

    for entrance in entrances {
        let relay = Arc::clone(&relay);
        std::thread::spawn(move || relay.accept(&entrance));
    }
    std::thread::spawn(move || {
        let _ = signals.forever().next();
        let _ = sender.send(RecordEvent::Signal);
    });
    for address in &addresses {
        output.line(&format!("listening on {address}"));
    }
    // A signal ends the recording. The threads end with the process.
    while !attend(&events, args, output, &save) {}
    let count = save()?;
    let connections = if count == 1 { "connection" } else { "connections" };
    let path = args.output.display();
    output.note(&match had_file && count == 0 {
        true => format!("recorded 0 connections: {path} is what it was"),
        false => format!("recorded {count} {connections} in {path}"),
    });
    Ok(Exit::Held)
}

/// Whether the script may be written there; true if it will replace a file.
fn is_free(file: &Path, may_replace: bool) -> Result<bool, Failed> {
    let path = file.display();
    // A link that leads nowhere is something, too.
    let is_there = file.symlink_metadata().is_ok();
    if file.exists() && !file.is_file() {
        // It is written again and again, which only a file can be.
        return Err(Failed::unreachable(format!("can't write {path}: it is no file")));
    }
    if is_there && !may_replace {
        return Err(Failed::unreachable(format!(
            "{path} is there already, and somebody may have edited it: name another file, or \
             replace it with --force"
        )));
    }
    can_write(file).map(|()| is_there)
}

/// Waits for the next event and handles all that have come meanwhile. However many connections
/// have ended, the script is written once. Returns true if one of the events is a signal.
fn attend(
    events: &mpsc::Receiver<RecordEvent>,
    args: &RecordArgs,
    output: &Output,
    save: &impl Fn() -> Result<usize, Failed>,
) -> bool {
    let Ok(first) = events.recv() else { return true };
    let mut has_ended = false;
    for event in std::iter::once(first).chain(events.try_iter()) {
        match event {
            RecordEvent::Signal => return true,
            RecordEvent::Relay(Notice::Ended) => has_ended = true,
            RecordEvent::Relay(Notice::Refused(error)) => {
                output.note(&format!("a client was turned away: {}: {error}", args.connect));
            }
            RecordEvent::Relay(Notice::Full) => {
                output.note("the recording is full: a connection continues, and is not recorded");
            }
        }
    }
    if has_ended && let Err(failed) = save() {
        // There may be room again when the next connection ends; clients are served meanwhile.
        output.error(&failed.message);
    }
    false
}
