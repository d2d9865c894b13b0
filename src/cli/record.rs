//! `recut record`

use std::ffi::OsString;
use std::fs;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::address::{bind, resolve};
use super::args::RecordArgs;
use super::output::Output;
use super::{Exit, Failed};
use crate::shell::record::{Notice, Relay};
use crate::shell::server;

/// How many connections the system keeps for us until they are accepted.
const BACKLOG: i32 = 128;

/// What the writer waits for.
enum Event {
    Relay(Notice),
    Signal,
}

pub(super) fn run(args: &RecordArgs, output: &Output) -> Result<Exit, Failed> {
    let mut signals = Signals::new([SIGINT, SIGTERM])
        .map_err(|error| Failed::unreachable(format!("can't watch for signals: {error}")))?;
    let to = server(&args.connect)?;
    let any = resolve(&args.listen)?;
    let listeners = bind(&any, |address| server::bind(address, BACKLOG, true))?;
    let addresses = listeners.iter().filter_map(|listener| listener.local_addr().ok());
    let addresses: Vec<_> = addresses.map(|address| address.to_string()).collect();

    let (sender, events) = mpsc::channel();
    let (relayed, server) = (sender.clone(), args.connect.clone());
    let relay = Relay::new(to, move |notice| drop(relayed.send(Event::Relay(notice))));
    let relay = Arc::new(relay);
    let file = whole(&args.output)?;
    // Before a client comes: what can't be written should be known then.
    let save = || {
        let carried = relay.carried();
        let script = carried.to_script(&addresses.join(" and "), &server);
        replace(&file, &script.to_string()).map(|()| carried.connections())
    };
    save()?;

    for listener in listeners {
        let relay = Arc::clone(&relay);
        std::thread::spawn(move || relay.accept(&listener));
    }
    std::thread::spawn(move || {
        let _ = signals.forever().next();
        let _ = sender.send(Event::Signal);
    });
    for address in &addresses {
        output.line(&format!("listening on {address}"));
    }
    // A signal is how a recording ends: with the process, whatever its threads do.
    while !attend(&events, args, output, &save) {}
    let count = save()?;
    let connections = if count == 1 { "connection" } else { "connections" };
    output.note(&format!("recorded {count} {connections} in {}", args.output.display()));
    Ok(Exit::Held)
}

/// Attends to all that has happened since the last time: ends that came meanwhile are written
/// once. Returns whether a signal was among it.
fn attend(
    events: &mpsc::Receiver<Event>,
    args: &RecordArgs,
    output: &Output,
    save: &impl Fn() -> Result<usize, Failed>,
) -> bool {
    let Ok(first) = events.recv() else { return true };
    let mut has_ended = false;
    for event in std::iter::once(first).chain(events.try_iter()) {
        match event {
            Event::Signal => return true,
            Event::Relay(Notice::Ended) => has_ended = true,
            Event::Relay(Notice::Refused(error)) => {
                output.note(&format!("a client was turned away: {}: {error}", args.connect));
            }
            Event::Relay(Notice::Full) => {
                output.note("the recording is full: a connection goes on and is left out");
            }
        }
    }
    if has_ended && let Err(failed) = save() {
        // There may be room again at the next end, and the clients are served meanwhile.
        output.error(&failed.message);
    }
    false
}

/// The addresses of the server.
fn server(address: &str) -> Result<Vec<SocketAddr>, Failed> {
    if address.starts_with("unix:") {
        return Err(Failed::usage("Unix sockets can't be recorded yet: use HOST:PORT"));
    }
    if address.rsplit_once(':').is_none_or(|(_, port)| !matches!(port.parse::<u16>(), Ok(1..))) {
        let expected = "expected HOST:PORT with a port from 1 to 65535";
        return Err(Failed::usage(format!("`{address}` is no address: {expected}")));
    }
    let addresses = address.to_socket_addrs();
    let failed = |error| Failed::unreachable(format!("can't resolve {address}: {error}"));
    addresses.map(Iterator::collect).map_err(failed)
}

/// Where the file really is: a link to it stays one. Only a file can be replaced by another.
fn whole(path: &Path) -> Result<PathBuf, Failed> {
    match fs::canonicalize(path) {
        Ok(there) if there.is_file() => Ok(there),
        Ok(_) => Err(Failed::unreachable(format!("can't write {}: it is no file", path.display()))),
        Err(_) => Ok(path.to_owned()),
    }
}

/// Writes a file that is there as a whole or not at all, whenever the process ends.
fn replace(path: &Path, text: &str) -> Result<(), Failed> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    fs::write(&part, text).and_then(|()| fs::rename(&part, path)).map_err(|error| {
        // Best effort: where it can't be removed, it was not made.
        let _ = fs::remove_file(&part);
        Failed::unreachable(format!("can't write {}: {error}", path.display()))
    })
}
