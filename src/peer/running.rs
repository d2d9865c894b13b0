//! The other end as one job plays against it.

use std::process::ExitStatus;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::backend::{Abilities, Instance};
use super::process::NOT_STARTED;
use super::{Link, TargetError};
use crate::wire::ProcessTree;

/// The other end as one job plays against it.
pub struct Peer<'t> {
    abilities: Abilities,
    pub(super) instance: Box<dyn Instance + 't>,
    /// Whether what was played may have left something behind in it.
    spoiled: bool,
}

/// How a server of ours ended, although nobody had asked it to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Death {
    /// How, as the system words it: `signal: 6 (SIGABRT)`.
    pub how: String,
    /// Whether it ended of itself, with success.
    pub clean: bool,
    /// Whether it was never there: its command can't be started, as the output says.
    pub not_started: bool,
    /// The last lines that it wrote.
    pub output: Vec<String>,
}

impl Death {
    pub(super) fn new(status: ExitStatus, output: Vec<String>) -> Self {
        let not_started = status.code() == Some(NOT_STARTED);
        Self { how: status.to_string(), clean: status.success(), not_started, output }
    }
}

impl<'t> Peer<'t> {
    pub(super) fn new(abilities: Abilities, instance: Box<dyn Instance + 't>) -> Self {
        Self { abilities, instance, spoiled: false }
    }

    /// What can be done with it, and what can be seen of it.
    pub fn abilities(&self) -> Abilities {
        self.abilities
    }

    /// A play begins, which listens on ports of these names: what is ours and does not run is
    /// started. `stop` ends the wait for it.
    ///
    /// # Errors
    ///
    /// If it can't be started.
    pub fn begin(&mut self, ports: &[&str], stop: &AtomicBool) -> Result<(), TargetError> {
        self.instance.begin(ports, stop)
    }

    /// Opens a connection; what a server in memory says first is appended to `inbox`.
    ///
    /// # Errors
    ///
    /// If it can't be started, or if no connection comes about within `timeout`.
    pub fn open(
        &mut self,
        inbox: &mut Vec<u8>,
        timeout: Duration,
        stop: &AtomicBool,
    ) -> Result<Link, TargetError> {
        self.instance.open(inbox, timeout, stop)
    }

    /// Ends it, if it is ours; its next use starts it again.
    pub fn restart(&mut self) {
        self.instance.restart();
        self.spoiled = false;
    }

    /// Restarts it if that costs nothing, or if something may have been left behind in it.
    pub fn refresh(&mut self) {
        if self.abilities.virtual_time || self.spoiled {
            self.restart();
        }
    }

    /// Notes whether what was played may have left something behind in it.
    pub fn set_spoiled(&mut self, spoiled: bool) {
        self.spoiled = spoiled;
    }

    /// Lets at most so much virtual time pass, if the server has a clock of its own, and stops as
    /// soon as it says anything; how much has passed.
    pub fn let_pass(&mut self, at_most: Duration, stop: &AtomicBool) -> Option<Duration> {
        self.instance.let_pass(at_most, stop)
    }

    /// The values of `$host` and `$port`.
    pub fn host_and_port(&self) -> (String, String) {
        self.instance.host_and_port()
    }

    /// How it died, if it is ours and has: asked after a connection has just broken.
    pub fn death(&mut self) -> Option<Death> {
        self.instance.death()
    }

    /// Whether it is ours and has died.
    pub fn is_dead(&mut self) -> bool {
        self.instance.is_dead()
    }

    /// What it wrote until now does not belong to what is played next.
    pub fn begin_output(&mut self) {
        self.instance.begin_output();
    }

    /// The last lines that it wrote since the play began, if it is ours.
    pub fn output(&mut self) -> Vec<String> {
        self.instance.output()
    }

    /// Whether every thread of its processes sleeps, if they can be looked at.
    pub fn is_asleep(&self) -> Option<bool> {
        self.instance.tree().map(|tree| tree.activity().asleep)
    }

    /// For how long the threads of its processes ran, or were ready to run on a busy machine, if
    /// they can be looked at.
    pub fn runnable_time(&self) -> Option<Duration> {
        self.instance.tree().map(ProcessTree::runnable_time)
    }

    /// How many descriptors and threads its processes have, if they can be looked at.
    pub fn holdings(&self) -> Option<usize> {
        self.instance.tree().and_then(ProcessTree::holdings)
    }
}

impl Drop for Peer<'_> {
    fn drop(&mut self) {
        // Whoever comes next continues with it, unless it may be broken.
        if !self.spoiled {
            self.instance.give_back();
        }
    }
}
