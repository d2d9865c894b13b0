//! What a kind of target provides: whoever starts and stops the other end, and gives a link to it.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::incoming::{Caller, Incoming};
use super::{Death, Link, TargetError};
use crate::wire::ProcessTree;

/// What can be done with a target, and what can be seen of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// It lives in memory: cuts are exact, time is virtual, plays can run side by side, and a new
    /// start costs nothing.
    pub virtual_time: bool,
    /// If it is lost, recut can start it again.
    pub restart: bool,
    /// Its connections can be reset: those over pipes and Unix sockets can't.
    pub resets: bool,
    /// Its processes can be looked at between plays.
    pub processes: bool,
    /// It can be seen to be quiet.
    pub quiet: bool,
    /// All connections go to one server, so that one client may keep it from serving another.
    pub shared: bool,
    /// The state of its connections can be copied and compared, so that every segmentation can be
    /// followed.
    pub clone: bool,
    /// It is a client, which connects to recut.
    pub connects: bool,
    /// Its process ends with each play, of itself.
    pub exits: bool,
    /// It can be told of ports on which recut listens.
    pub accepts: bool,
}

impl Abilities {
    /// None of them.
    pub(super) const NONE: Self = Self {
        virtual_time: false,
        restart: false,
        resets: false,
        processes: false,
        quiet: false,
        shared: false,
        clone: false,
        connects: false,
        exits: false,
        accepts: false,
    };

    /// Those of what recut calls itself, in memory and in virtual time.
    pub(super) const IN_MEMORY: Self =
        Self { virtual_time: true, restart: true, resets: true, ..Self::NONE };
}

/// A kind of target. A new kind is a file that implements this, and a constructor of
/// [`Target`](super::Target).
pub(super) trait Backend: Send + Sync {
    fn abilities(&self) -> Abilities;

    /// The option of the command line that names a target of this kind; what only a library has is
    /// named as the built-in cores are.
    fn option(&self, name: &str) -> String {
        format!("--target {name}")
    }

    /// Whether it can be told of the port with that name; the empty one is the common one.
    fn knows_port(&self, _name: &str) -> bool {
        true
    }

    /// The statements of a script that start the target, if there are such.
    fn statements(&self) -> String {
        String::new()
    }

    /// The other end as one job uses it. What costs time is started later, at its first use.
    fn start(&self) -> Box<dyn Instance + '_>;

    /// Ends what is kept for jobs to come.
    fn stop(&self) {}
}

/// The other end as one job uses it.
pub(super) trait Instance: Send {
    /// A play begins, which listens on ports of these names: what does not run is started. `stop`
    /// ends the wait for it.
    fn begin(&mut self, _ports: &[&str], _stop: &AtomicBool) -> Result<(), TargetError> {
        Ok(())
    }

    /// It as what connects to recut, if it does.
    fn incoming(&mut self) -> Option<&mut dyn Incoming> {
        None
    }

    /// It as a client, if it is one.
    fn caller(&mut self) -> Option<&mut dyn Caller> {
        None
    }

    /// Opens a connection within `timeout`; what does not run is started before. What a core in
    /// memory says first is appended to `inbox`.
    fn open(
        &mut self,
        inbox: &mut Vec<u8>,
        timeout: Duration,
        stop: &AtomicBool,
    ) -> Result<Link, TargetError>;

    /// Ends it, if it is ours; the next use starts it again.
    fn restart(&mut self);

    /// Lets at most so much virtual time pass, if the server has a clock of its own, and stops as
    /// soon as it says anything; how much has passed.
    fn let_pass(&mut self, _at_most: Duration, _stop: &AtomicBool) -> Option<Duration> {
        None
    }

    /// The values of `$host` and `$port`; what has no address is called so.
    fn host_and_port(&self) -> (String, String) {
        ("memory".to_owned(), "0".to_owned())
    }

    /// How it died, if it is ours and has: asked after a connection has just broken.
    fn death(&mut self) -> Option<Death> {
        None
    }

    /// Whether it is ours and has died.
    fn is_dead(&mut self) -> bool {
        false
    }

    /// What it wrote until now does not belong to what is played next.
    fn begin_output(&mut self) {}

    /// The last lines that it wrote since then, if it is ours.
    fn output(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// Its processes, if they can be looked at between plays.
    fn tree(&self) -> Option<ProcessTree> {
        None
    }

    /// Leaves it to the jobs to come, undamaged.
    fn give_back(&mut self) {}
}
