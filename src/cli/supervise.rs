//! `recut supervise`, which recut calls itself: starts a command and ends it, and all below it,
//! when the recut that asked for it is gone, however it went.

use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, Signal, WaitOptions};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::args::SuperviseArgs;
use super::{Exit, Failed};
use crate::peer::{GRACE, NOT_STARTED, end_all_below};

/// What there is to react to.
enum Event {
    /// A child may have ended.
    Child,
    /// The recut above is gone, or wants the command to end.
    End,
}

pub(super) fn run(args: &SuperviseArgs) -> Result<Exit, Failed> {
    let failed = |what: &str| {
        let what = what.to_owned();
        move |error: std::io::Error| Failed::unreachable(format!("can't {what}: {error}"))
    };
    // Whatever the command leaves behind becomes ours, and not of a process that knows nothing.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))
        .map_err(|error| failed("look after processes")(error.into()))?;
    let (events, happened) = channel();
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM, signal_hook::consts::SIGCHLD])
        .map_err(failed("watch for signals"))?;
    let on_signal = events.clone();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let is_child = signal == signal_hook::consts::SIGCHLD;
            let _ = on_signal.send(if is_child { Event::Child } else { Event::End });
        }
    });
    watch_parent(args.stdio, events)?;
    let child = match start(args) {
        Ok(child) => child,
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(NOT_STARTED);
        }
    };
    let mut status = None;
    loop {
        match happened.recv_timeout(Duration::from_secs(1)) {
            Ok(Event::End) => end_all_below(rustix::process::getpid(), GRACE),
            // Once a second it is looked all the same: signals may merge.
            Ok(Event::Child) | Err(_) => {}
        }
        if !reap(&child, &mut status) {
            break;
        }
        // A command that fails takes what it started with it; one that ends well may have left a
        // daemon behind on purpose.
        if status.is_some_and(|status: ExitStatus| !status.success()) {
            end_all_below(rustix::process::getpid(), GRACE);
        }
    }
    Ok(end_like(status))
}

/// Starts the command in a process group of its own.
fn start(args: &SuperviseArgs) -> std::io::Result<Child> {
    let mut command = Command::new(&args.command[0]);
    command.args(&args.command[1..]).process_group(0);
    if args.stdio.is_none() {
        // Our stdin tells whether the recut above is there: it is not for the command.
        command.stdin(std::process::Stdio::null());
    }
    let child = command.spawn();
    if args.stdio.is_some() {
        // The pipes are the command's alone: else they would not end with it.
        let silence = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null");
        if let Ok(silence) = silence {
            let _ = rustix::stdio::dup2_stdin(&silence);
            let _ = rustix::stdio::dup2_stdout(&silence);
        }
    }
    child
}

/// Watches whether the recut above is there: by our stdin, which is a pipe from it; where that is
/// the command's, by a signal when it ends.
fn watch_parent(parent: Option<i32>, events: Sender<Event>) -> Result<(), Failed> {
    if parent.is_some() {
        let asked = rustix::process::set_parent_process_death_signal(Some(Signal::TERM));
        asked.map_err(|error| Failed::unreachable(format!("can't watch its parent: {error}")))?;
        let current = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
        if current != parent {
            let _ = events.send(Event::End);
        }
        return Ok(());
    }
    std::thread::spawn(move || {
        let mut stdin = std::io::stdin();
        let mut byte = [0];
        while matches!(stdin.read(&mut byte), Ok(1..)) {}
        let _ = events.send(Event::End);
    });
    Ok(())
}

/// Takes notice of every child that has ended; whether any is left.
fn reap(child: &Child, status: &mut Option<ExitStatus>) -> bool {
    loop {
        match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(Some((pid, ended))) if pid == Pid::from_child(child) => {
                *status = Some(ExitStatus::from_raw(ended.as_raw()));
            }
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

/// Ends as the command did, so that recut sees it as if there were nobody between.
fn end_like(status: Option<ExitStatus>) -> Exit {
    let Some(status) = status else { return Exit::Held };
    if let Some(signal) = status.signal() {
        // One core of the command is enough.
        let _ = rustix::process::setrlimit(
            Resource::Core,
            Rlimit { current: Some(0), maximum: Some(0) },
        );
        // We watch some of them ourselves: what counts is what they do to others.
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
    std::process::exit(status.code().unwrap_or(1));
}
