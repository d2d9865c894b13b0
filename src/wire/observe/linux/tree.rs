//! A process and all below it, as `/proc` shows them.

use std::collections::BTreeSet;
use std::time::Duration;

use procfs::process::{FDTarget, Process, Task};
use rustix::process::Pid;

use super::ProcessHandle;
use crate::wire::observe::Activity;

/// A process tree, by the process at its root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProcessTree {
    root: i32,
    /// Whether the root belongs to it; one that only supervises does not.
    with_root: bool,
}

impl ProcessTree {
    /// The tree below a process that only supervises.
    pub(crate) fn below(root: Pid) -> Self {
        Self { root: root.as_raw_nonzero().get(), with_root: false }
    }

    /// A process and the tree below it.
    pub(crate) fn of(root: Pid) -> Self {
        Self { root: root.as_raw_nonzero().get(), with_root: true }
    }

    /// All processes that live, parents first.
    pub(super) fn processes(self) -> Vec<Process> {
        let mut found = Vec::new();
        if let Ok(root) = Process::new(self.root) {
            let lives = self.with_root && lives(&root);
            found.push((root, lives));
        }
        let mut next = 0;
        while let Some((parent, _)) = found.get(next) {
            let pid = parent.pid();
            let children = tasks(parent).flat_map(|task| task.children().unwrap_or_default());
            let children: Vec<_> = children.collect();
            found.extend(children.into_iter().filter_map(|child| child_of(pid, child)));
            next += 1;
        }
        found.into_iter().filter_map(|(process, lives)| lives.then_some(process)).collect()
    }

    /// Handles of all processes that live, parents first.
    pub(crate) fn handles(self) -> Vec<ProcessHandle> {
        let open = |process: Process| {
            let handle = ProcessHandle::open(Pid::from_raw(process.pid())?).ok()?;
            // Still the same process: then the handle is of it, and not of one that was given the
            // number of a process that has ended.
            lives(&process).then_some(handle)
        };
        self.processes().into_iter().filter_map(open).collect()
    }

    /// Whether no process lives.
    pub(crate) fn is_empty(self) -> bool {
        self.processes().is_empty()
    }

    /// What all threads are doing now.
    pub(crate) fn activity(self) -> Activity {
        let mut activity = Activity { asleep: true, ran: Vec::new() };
        for process in self.processes() {
            for task in tasks(&process) {
                let Ok(stat) = task.stat() else { continue };
                if is_dead(stat.state) {
                    continue;
                }
                activity.asleep &= stat.state == 'S';
                let ran = task.schedstat().map(|schedule| schedule.sum_exec_runtime);
                activity.ran.push((task.tid, ran.unwrap_or(stat.utime + stat.stime)));
            }
        }
        activity
    }

    /// For how long the threads that live ran, or waited for a processor.
    pub(crate) fn runnable_time(self) -> Duration {
        let mut nanoseconds = 0;
        for process in self.processes() {
            for schedule in tasks(&process).filter_map(|task| task.schedstat().ok()) {
                nanoseconds += schedule.sum_exec_runtime + schedule.run_delay;
            }
        }
        Duration::from_nanos(nanoseconds)
    }

    /// How many descriptors and threads the tree has; none if we are not allowed to look.
    pub(crate) fn holdings(self) -> Option<usize> {
        let mut holdings = 0;
        for process in self.processes() {
            let lives = |task: &Task| task.stat().is_ok_and(|stat| !is_dead(stat.state));
            holdings += process.fd_count().ok()? + tasks(&process).filter(lives).count();
        }
        Some(holdings)
    }

    /// The inodes of the sockets that the tree holds; none if we are not allowed to look.
    pub(crate) fn sockets(self) -> Option<BTreeSet<u64>> {
        let mut sockets = BTreeSet::new();
        for process in self.processes() {
            for descriptor in process.fd().ok()?.flatten() {
                if let FDTarget::Socket(inode) = descriptor.target {
                    sockets.insert(inode);
                }
            }
        }
        Some(sockets)
    }
}

fn tasks(process: &Process) -> impl Iterator<Item = Task> {
    process.tasks().into_iter().flatten().flatten()
}

/// A child of a process, and whether it lives. Until it was looked up, its number may have been
/// given to the child of another.
fn child_of(parent: i32, child: u32) -> Option<(Process, bool)> {
    let child = Process::new(i32::try_from(child).ok()?).ok()?;
    let stat = child.stat().ok()?;
    (stat.ppid == parent).then(|| (child, !is_dead(stat.state)))
}

fn lives(process: &Process) -> bool {
    process.stat().is_ok_and(|stat| !is_dead(stat.state))
}

/// Whether a state is that of a process that has ended.
fn is_dead(state: char) -> bool {
    matches!(state, 'Z' | 'X')
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use rustix::process::Signal;

    use super::*;
    use crate::wire::Deadline;

    #[test]
    fn a_tree_is_a_process_and_all_below_it() {
        let script = "sleep 60 & sleep 60 & echo ready; wait";
        let mut shell =
            Command::new("sh").args(["-c", script]).stdout(Stdio::piped()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let pid = Pid::from_child(&shell);
        let (tree, below) = (ProcessTree::of(pid), ProcessTree::below(pid));
        assert_eq!((tree.handles().len(), below.handles().len()), (3, 2));
        assert!(tree.holdings().unwrap() >= 12, "three threads with three descriptors each");
        // Asleep, none of them runs: sooner or later two looks in a row are the same.
        let mut last = tree.activity();
        let is_still = (0..10_000).any(|_| {
            let before = std::mem::replace(&mut last, tree.activity());
            before.asleep && before == last
        });
        assert!(is_still);
        let children = below.handles();
        assert!(children.iter().all(|child| !child.wait(Deadline::after(Duration::ZERO))));
        children.iter().for_each(|child| child.signal(Signal::TERM));
        assert!(children.iter().all(|child| child.wait(Deadline::NEVER)));
        assert!(shell.wait().unwrap().success());
        assert!(tree.is_empty() && tree.activity().ran.is_empty());
    }
}
