//! What a relay does with the connections of one run, and what it has done.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::plan::{CarriedCut, CutPlan};
use crate::script::{Carried, Side};
use crate::wire::{Deadline, Quality};

/// How many places of cuts are kept: a relay may run for days.
const CUTS_KEPT: usize = 1 << 20;

/// One run: a plan, and what came of it.
pub struct RelayRun {
    pub(super) plan: CutPlan,
    /// Ends its connections.
    pub(super) stop: AtomicBool,
    relayed: Mutex<Relayed>,
    /// A connection has ended.
    left: Condvar,
}

/// What a run has carried.
#[derive(Clone, Debug, Default)]
pub struct Relayed {
    /// What both sides said.
    pub carried: Carried,
    /// How many bytes that were, both ways.
    pub bytes: u64,
    /// Where it was cut, in the order of time: the first million places.
    pub cuts: Vec<CarriedCut>,
    /// How many of the cuts were confirmed.
    pub confirmed: u64,
    /// At how many the other end did not read although it could.
    pub held: u64,
    /// How many could only be paced.
    pub paced: u64,
    /// How many clients were reset: the server could not be reached, or too many were there.
    pub refused: u64,
    /// How many connections are open.
    open: usize,
}

impl Relayed {
    /// Adds the numbers of another run; what was carried, and where it was cut, stays.
    pub fn add(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.confirmed += other.confirmed;
        self.held += other.held;
        self.paced += other.paced;
        self.refused += other.refused;
    }
}

impl RelayRun {
    pub(super) fn new(plan: CutPlan) -> Self {
        let (relayed, left) = (Mutex::default(), Condvar::new());
        Self { plan, stop: AtomicBool::new(false), relayed, left }
    }

    /// Ends it: connections that are open have so long to end by themselves.
    pub fn end(&self, grace: Duration) -> Relayed {
        let until = Deadline::after(grace);
        let mut relayed = self.lock();
        while relayed.open > 0 && !until.is_over() {
            let waited = self.left.wait_timeout(relayed, until.left());
            relayed = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        self.stop.store(true, Ordering::Relaxed);
        relayed.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Relayed> {
        self.relayed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection opens; its number. None if too many are open.
    pub(super) fn opens(&self, most: usize) -> Option<usize> {
        let mut relayed = self.lock();
        if relayed.open >= most {
            relayed.refused += 1;
            return None;
        }
        relayed.open += 1;
        Some(relayed.carried.opens())
    }

    pub(super) fn leaves(&self) {
        self.lock().open -= 1;
        self.left.notify_all();
    }

    /// The server can't be reached: the connection comes to nothing.
    pub(super) fn refuses(&self, connection: usize) {
        let mut relayed = self.lock();
        relayed.refused += 1;
        relayed.carried.forget(connection);
    }

    pub(super) fn says(&self, connection: usize, side: Side, bytes: &[u8]) {
        let mut relayed = self.lock();
        relayed.bytes += bytes.len() as u64;
        relayed.carried.says(connection, side, bytes);
    }

    pub(super) fn ends(&self, connection: usize, side: Side) {
        self.lock().carried.ends(connection, side);
    }

    pub(super) fn resets(&self, connection: usize, side: Side) {
        self.lock().carried.resets(connection, side);
    }

    pub(super) fn was_cut(&self, cut: CarriedCut, quality: Quality) {
        let mut relayed = self.lock();
        if relayed.cuts.len() < CUTS_KEPT {
            relayed.cuts.push(cut);
        }
        match quality {
            Quality::Confirmed => relayed.confirmed += 1,
            Quality::Held => relayed.held += 1,
            Quality::Paced => relayed.paced += 1,
        }
    }
}
