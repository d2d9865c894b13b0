//! A process that is ours: started in a group of its own, and ended with all below it.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::output::Output;
use crate::wire::{Deadline, ProcessTree};

/// How long a process has to end when it is asked to.
pub const GRACE: Duration = Duration::from_secs(2);

/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(1);

/// Who starts processes: nobody but us, or a program that outlives us long enough to end them.
///
/// Without one, what the process started is ended too, but not where it left the tree (as a
/// daemon does), nor where this process is killed.
#[derive(Clone, Debug, Default)]
pub struct Supervisor(pub(super) Vec<OsString>);

impl Supervisor {
    /// A program and its first arguments; `--stdio=PID` may follow, then `--` and the command. It
    /// must end the command and all below it when its stdin ends (with `--stdio`, when its parent,
    /// which has that pid, ends), and must end as the command does: with 127 where that can't be
    /// started.
    pub fn program(program: impl Into<OsString>, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(OsString::from);
        Self([program.into()].into_iter().chain(arguments).collect())
    }

    pub(super) fn is_some(&self) -> bool {
        !self.0.is_empty()
    }
}

/// Ends all processes below one: asked first, then, after `grace`, made to.
pub fn end_all_below(root: Pid, grace: Duration) {
    let tree = ProcessTree::below(root.as_raw_nonzero().get().unsigned_abs());
    let tell = |signal| {
        let pids = tree.pids();
        for pid in pids.iter().filter_map(|pid| Pid::from_raw(*pid)) {
            // One that has ended meanwhile is what we want.
            let _ = kill_process(pid, signal);
        }
        pids.is_empty()
    };
    let until = Deadline::after(grace);
    if tell(Signal::TERM) {
        return;
    }
    while !until.is_over() {
        std::thread::sleep(LOOK);
        if tree.pids().is_empty() {
            return;
        }
    }
    // What a process starts while it is killed is found by the next look.
    let until = Deadline::after(grace);
    while !tell(Signal::KILL) && !until.is_over() {
        std::thread::sleep(LOOK);
    }
}

/// What a supervisor ends with where the command can't be started: it has said why on stderr.
pub const NOT_STARTED: i32 = 127;

/// A process that is ours.
pub(super) struct Process {
    child: Child,
    is_supervised: bool,
    pub(super) tree: ProcessTree,
    pub(super) output: Output,
    /// How it ended.
    status: Option<ExitStatus>,
    /// When it was asked to end.
    asked: Option<Instant>,
}

impl Process {
    /// Starts a command; its stdin and stdout are pipes where `stdio` says so, else its stdin is
    /// empty and its stdout is read as its stderr is.
    pub(super) fn start(
        words: &[String],
        supervisor: &Supervisor,
        stdio: bool,
        set_up: impl FnOnce(&mut Command),
    ) -> io::Result<Self> {
        let (mut command, is_supervised) = match supervisor.0.split_first() {
            Some((program, arguments)) => {
                let mut command = Command::new(program);
                command.args(arguments);
                if stdio {
                    // Whose end to watch for: asked later, it may have ended already.
                    command.arg(format!("--stdio={}", std::process::id()));
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
        let piped = stdio || is_supervised;
        command
            .stdin(if piped { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A Ctrl-C in the terminal is for us; we end our processes ourselves.
            .process_group(0);
        set_up(&mut command);
        let child = command.spawn()?;
        let tree = if is_supervised {
            ProcessTree::below(child.id())
        } else {
            ProcessTree::of(child.id())
        };
        let (output, status, asked) = (Output::default(), None, None);
        Ok(Self { child, is_supervised, tree, output, status, asked })
    }

    /// The pipes to its stdin and from its stdout.
    pub(super) fn pipes(
        &mut self,
    ) -> Option<(std::process::ChildStdin, std::process::ChildStdout)> {
        self.child.stdin.take().zip(self.child.stdout.take())
    }

    /// Reads its stdout and stderr from now on.
    pub(super) fn read_output(&mut self, ready: Option<&regex::bytes::Regex>) {
        if let Some(stdout) = self.child.stdout.take() {
            self.output.read(stdout, ready.cloned());
        }
        if let Some(stderr) = self.child.stderr.take() {
            self.output.read(stderr, ready.cloned());
        }
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.child.try_wait().ok().flatten();
        }
        self.status
    }

    /// The same, for a process whose connection has just broken: a supervisor ends a moment later
    /// than what it watches.
    pub(super) fn ended_just_now(&mut self) -> Option<ExitStatus> {
        const MOMENT: Duration = Duration::from_millis(20);
        const SUPERVISOR: Duration = Duration::from_secs(1);
        let start = Instant::now();
        loop {
            let status = self.ended();
            let elapsed = start.elapsed();
            let is_gone = elapsed < SUPERVISOR && self.tree.activity().ran.is_empty();
            if status.is_some() || (elapsed >= MOMENT && !is_gone) {
                return status;
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Asks it to end, once; when that was.
    pub(super) fn ask_to_end(&mut self) -> Instant {
        if let Some(asked) = self.asked {
            return asked;
        }
        // For a supervisor the end of its stdin says so too.
        drop(self.child.stdin.take());
        if self.ended().is_none() {
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::TERM);
        }
        *self.asked.insert(Instant::now())
    }

    /// Ends it and all below it: asked first, then made to.
    fn end(&mut self) {
        let group = Pid::from_child(&self.child);
        let limit = if self.is_supervised { GRACE * 2 } else { GRACE };
        let until = self.ask_to_end() + limit;
        while !self.is_over() && Instant::now() < until {
            std::thread::sleep(LOOK);
        }
        if !self.is_over() {
            // Without the supervisor its processes are nobody's: they go first.
            for pid in self.tree.pids().into_iter().filter_map(Pid::from_raw) {
                let _ = kill_process(pid, Signal::KILL);
            }
            let _ = kill_process_group(group, Signal::KILL);
            // What was killed ends at once, unless the system is stuck on it.
            let until = Instant::now() + GRACE;
            while self.ended().is_none() && Instant::now() < until {
                std::thread::sleep(LOOK);
            }
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
