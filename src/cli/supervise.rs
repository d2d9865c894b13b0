//! `recut supervise`, which recut runs for its servers: it starts a command, and ends it and all
//! processes below it when the recut that started it has ended, in whatever way it ended.

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
use crate::peer::{GRACE, NOT_STARTED, cannot_start, end_all_below};

/// What the supervisor reacts to.
enum SuperviseEvent {
    /// A child may have ended.
    Child,
    /// The recut above has ended, or wants the command to end.
    End,
}

pub(super) fn run(args: &SuperviseArgs) -> Result<Exit, Failed> {
    let failed = |what: &str| {
        let what = what.to_owned();
        move |error: std::io::Error| Failed::unreachable(format!("can't {what}: {error}"))
    };
    // Processes that the command leaves behind become our children, so that we can end them.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))
        .map_err(|error| failed("look after processes")(error.into()))?;
    let (events, happened) = channel();
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM, signal_hook::consts::SIGCHLD])
        .map_err(failed("watch for signals"))?;
    let on_signal = events.clone();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let is_child = signal == signal_hook::consts::SIGCHLD;
            let _ =
                on_signal.send(if is_child { SuperviseEvent::Child } else { SuperviseEvent::End });
        }
    });
    watch_parent(args.stdio, events)?;
    let child = match start(args) {
        Ok(child) => child,
        Err(error) => {
            let word = args.command[0].to_string_lossy();
            eprintln!("{}", cannot_start(&word, &error));
            std::process::exit(NOT_STARTED);
        }
    };
    let mut status = None;
    loop {
        match happened.recv_timeout(Duration::from_secs(1)) {
            Ok(SuperviseEvent::End) => end_all_below(rustix::process::getpid(), GRACE),
            // Signals may merge, so we look once a second in any case.
            Ok(SuperviseEvent::Child) | Err(_) => {}
        }
        if !reap(&child, &mut status) {
            break;
        }
        // If the command fails, what it started is ended too. If it succeeds, it may have left a
        // daemon running on purpose, unless it is one that is to do something once.
        if status.is_some_and(|status: ExitStatus| args.once || !status.success()) {
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
        // Our stdin tells us whether the recut above is there, so the command does not get it.
        command.stdin(std::process::Stdio::null());
    }
    let child = command.spawn();
    if args.stdio.is_some() {
        // Only the command may hold the pipes: otherwise they would stay open after its end.
        let silence = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null");
        if let Ok(silence) = silence {
            let _ = rustix::stdio::dup2_stdin(&silence);
            let _ = rustix::stdio::dup2_stdout(&silence);
        }
    }
    child
}

/// Watches whether the recut above is still there: by our stdin, which is a pipe from it; or, if
/// stdin belongs to the command, by a signal that the system sends when the parent ends.
fn watch_parent(parent: Option<i32>, events: Sender<SuperviseEvent>) -> Result<(), Failed> {
    if parent.is_some() {
        let asked = rustix::process::set_parent_process_death_signal(Some(Signal::TERM));
        asked.map_err(|error| Failed::unreachable(format!("can't watch its parent: {error}")))?;
        let current = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
        if current != parent {
            let _ = events.send(SuperviseEvent::End);
        }
        return Ok(());
    }
    std::thread::spawn(move || {
        let mut stdin = std::io::stdin();
        let mut byte = [0];
        while matches!(stdin.read(&mut byte), Ok(1..)) {}
        let _ = events.send(SuperviseEvent::End);
    });
    Ok(())
}

/// Collects every child that has ended. Returns true if any is left.
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

/// Ends as the command ended, so that recut sees the same status as without a supervisor.
fn end_like(status: Option<ExitStatus>) -> Exit {
    let Some(status) = status else { return Exit::Held };
    if let Some(signal) = status.signal() {
        // The command may have left a core dump; a second one would say nothing new.
        let _ = rustix::process::setrlimit(
            Resource::Core,
            Rlimit { current: Some(0), maximum: Some(0) },
        );
        // We handle some of these signals ourselves, so the default action has to be asked for.
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
    std::process::exit(status.code().unwrap_or(1));
}
