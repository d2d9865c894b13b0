//! A process that is ours: started in a group of its own, and ended with all below it.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use regex::bytes::Regex;
use rustix::process::{Pid, Signal, kill_process_group};

use super::elsewhere::cannot_start;
use super::output::ProcessOutput;
use crate::wire::{Deadline, ProcessHandle, ProcessTree};

/// How long a process has to end when it is asked to.
pub const GRACE: Duration = Duration::from_secs(2);

/// How long to wait between two looks whether somebody is left in a group.
const LOOK: Duration = Duration::from_millis(1);

/// Who starts processes: we ourselves, or a program that outlives us long enough to end them.
///
/// Without such a program, what a process started is ended, too, unless it has left the tree, as a
/// daemon does, or unless this process is killed.
#[derive(Clone, Debug, Default)]
pub struct Supervisor(pub(super) Vec<OsString>);

impl Supervisor {
    /// A program and its first arguments; `--stdio=PID` or `--once` may follow, then `--` and the
    /// command. It must end the command and all below it when its stdin ends (with `--stdio`, when
    /// its parent, which has that pid, ends; with `--once`, when the command ends, too), and must
    /// end as the command does: with 127 if that can't be started.
    pub fn program(program: impl Into<OsString>, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(OsString::from);
        Self([program.into()].into_iter().chain(arguments).collect())
    }

    pub(super) fn is_some(&self) -> bool {
        !self.0.is_empty()
    }
}

/// Ends all processes below one: they are asked first, and killed after `grace`.
pub fn end_all_below(root: Pid, grace: Duration) {
    let tree = ProcessTree::below(root);
    if !signal_all(tree, Signal::TERM, Deadline::after(grace)) {
        signal_all(tree, Signal::KILL, Deadline::after(grace));
    }
}

/// Sends a signal to all processes of a tree, and to those that these start meanwhile, once to
/// each; whether all have ended in time.
fn signal_all(tree: ProcessTree, signal: Signal, until: Deadline) -> bool {
    loop {
        let living = tree.handles();
        if living.is_empty() {
            return true;
        }
        living.iter().for_each(|process| process.signal(signal));
        // Some processes start others as fast as they are ended.
        if !living.iter().all(|process| process.wait(until)) || until.is_over() {
            return false;
        }
    }
}

/// What a supervisor ends with if the command can't be started: it has said why on stderr.
pub const NOT_STARTED: i32 = 127;

/// What a process is started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It serves: its stdin is empty. What it leaves running when it ends with success goes on.
    Server,
    /// It does something and ends, and so does what it leaves running. Its stdin is empty.
    Once,
    /// It is spoken to over pipes, its stdin and stdout.
    Stdio,
}

/// A process that is ours. Dropping it ends it and all below it, and waits for their end: they have
/// [`GRACE`] until they are killed, twice that under a supervisor, and are waited for as long again
/// at most.
pub(super) struct Process {
    child: Child,
    handle: ProcessHandle,
    is_supervised: bool,
    pub(super) tree: ProcessTree,
    pub(super) output: ProcessOutput,
    /// How it ended.
    status: Option<ExitStatus>,
    /// When it was asked to end.
    asked: Option<Instant>,
}

impl Process {
    /// Starts a command.
    pub(super) fn start(
        words: &[String],
        supervisor: &Supervisor,
        role: Role,
        set_up: impl FnOnce(&mut Command),
    ) -> io::Result<Self> {
        let (mut command, is_supervised) = match supervisor.0.split_first() {
            Some((program, arguments)) => {
                let mut command = Command::new(program);
                command.args(arguments);
                match role {
                    Role::Server => {}
                    Role::Once => drop(command.arg("--once")),
                    // Whose end to watch for: asked later, it may have ended already.
                    Role::Stdio => drop(command.arg(format!("--stdio={}", std::process::id()))),
                }
                command.arg("--").args(words);
                (command, true)
            }
            None => {
                let (program, arguments) = words.split_first().ok_or(io::ErrorKind::NotFound)?;
                let mut command = Command::new(program);
                command.args(arguments);
                (command, false)
            }
        };
        let piped = role == Role::Stdio || is_supervised;
        command
            .stdin(if piped { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A Ctrl-C in the terminal is for us: we end our processes ourselves.
            .process_group(0);
        set_up(&mut command);
        let output = ProcessOutput::new()?;
        let mut child = command.spawn().map_err(|error| {
            let word = command.get_program().to_string_lossy();
            io::Error::new(error.kind(), cannot_start(&word, &error))
        })?;
        let pid = Pid::from_child(&child);
        // Only we wait for it: until then the number remains its own.
        let handle = match ProcessHandle::open(pid) {
            Ok(handle) => handle,
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(error);
            }
        };
        let tree = if is_supervised { ProcessTree::below(pid) } else { ProcessTree::of(pid) };
        Ok(Self { child, handle, is_supervised, tree, output, status: None, asked: None })
    }

    /// The pipes to its stdin and from its stdout.
    pub(super) fn pipes(
        &mut self,
    ) -> Option<(std::process::ChildStdin, std::process::ChildStdout)> {
        self.child.stdin.take().zip(self.child.stdout.take())
    }

    /// Its stdout, which is then not read by [`read_output`](Self::read_output).
    pub(super) fn stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// Reads its stdout and stderr from now on.
    ///
    /// # Errors
    ///
    /// If there is no thread left.
    pub(super) fn read_output(&mut self, ready: Option<&Regex>) -> io::Result<()> {
        if let Some(stdout) = self.child.stdout.take() {
            self.output.read(stdout, ready.cloned())?;
        }
        if let Some(stderr) = self.child.stderr.take() {
            self.output.read(stderr, ready.cloned())?;
        }
        Ok(())
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.child.try_wait().ok().flatten();
        }
        self.status
    }

    /// Waits for its end; how it ended, if it has.
    pub(super) fn wait(&mut self, until: Deadline) -> Option<ExitStatus> {
        if self.status.is_none() && self.handle.wait(until) {
            return self.ended();
        }
        self.status
    }

    /// How a process ended whose connection has just broken: its end comes a moment later, and that
    /// of a supervisor a moment later than the end of what it watches. An interpreter closes its
    /// sockets first and runs on for a while, but one that lives on soon sleeps.
    pub(super) fn ended_just_now(&mut self) -> Option<ExitStatus> {
        const MOMENT: Duration = Duration::from_millis(20);
        const SUPERVISOR: Duration = Duration::from_secs(1);
        const RUNNING: Duration = Duration::from_millis(200);
        let mut status = self.wait(Deadline::after(MOMENT));
        let running = Deadline::after(RUNNING);
        while status.is_none() && !running.is_over() && !self.tree.activity().asleep {
            status = self.wait(Deadline::after(MOMENT));
        }
        if status.is_none() && self.tree.is_empty() {
            return self.wait(Deadline::after(SUPERVISOR));
        }
        status
    }

    /// Asks it to end, once; when that was.
    pub(super) fn ask_to_end(&mut self) -> Instant {
        if let Some(asked) = self.asked {
            return asked;
        }
        // A supervisor is asked by the end of its stdin, too.
        drop(self.child.stdin.take());
        if self.ended().is_none() {
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::TERM);
        }
        *self.asked.insert(Instant::now())
    }

    /// Ends it and all below it: asked first, then killed.
    fn end(&mut self) {
        let limit = if self.is_supervised { GRACE * 2 } else { GRACE };
        let until = Deadline::at(self.ask_to_end() + limit);
        self.wait(until);
        // A group has no handle.
        while !self.is_over() && !until.is_over() {
            std::thread::sleep(LOOK);
        }
        if !self.is_over() {
            if self.status.is_none() {
                // After the supervisor's end its processes would be nobody's: they go first.
                self.tree.handles().iter().for_each(|process| process.signal(Signal::KILL));
            }
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            // What was killed ends at once, unless the system is stuck on it.
            self.wait(Deadline::after(GRACE));
        }
    }

    /// Whether it has ended, and nothing below it lives.
    fn is_over(&mut self) -> bool {
        let is_over = self.ended().is_some();
        is_over && (self.is_supervised || self.has_no_group())
    }

    /// Whether nobody is left in the group that was made for it.
    fn has_no_group(&self) -> bool {
        rustix::process::test_kill_process_group(Pid::from_child(&self.child)).is_err()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
