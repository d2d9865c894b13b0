//! What the plays of a conversation have shown of the server: whether quiet can be trusted to mean
//! that nothing more comes.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::check::play::Waits;

/// How often it is measured in vain whether a busy server spins.
const MEASURED: u64 = 3;

/// What the plays of a conversation have shown of the server.
#[derive(Default)]
pub(super) struct Trust {
    /// It has answered late although it was quiet: by a timer, or because it waited for somebody.
    is_late: AtomicBool,
    /// Kinds of silence that a wait as the limits say has confirmed: more of them need no proof.
    is_proven: [AtomicBool; 2],
    /// How often it was measured in vain whether it spins.
    measured: AtomicU64,
    /// Whether it spins.
    spins: AtomicBool,
}

/// What a silence may mean.
#[derive(Clone, Copy)]
pub(super) enum Silence {
    /// The answer stops short.
    Hangs = 0,
    /// A fresh client is not served.
    Wedged = 1,
}

impl Trust {
    /// How the next play waits.
    pub(super) fn waits(&self) -> Waits {
        if self.is_late.load(Ordering::Relaxed) { Waits::USUAL } else { Waits::HASTY }
    }

    /// Whether such a silence was confirmed.
    pub(super) fn is_proven(&self, silence: Silence) -> bool {
        self.is_proven[silence as usize].load(Ordering::Relaxed)
    }

    /// Records whether the longer wait confirmed such a silence.
    pub(super) fn learn(&self, silence: Silence, is_confirmed: bool) {
        let fact = if is_confirmed { &self.is_proven[silence as usize] } else { &self.is_late };
        fact.store(true, Ordering::Relaxed);
    }

    /// Whether it was seldom enough measured in vain that the server spins.
    pub(super) fn is_worth_measuring(&self) -> bool {
        self.measured.load(Ordering::Relaxed) < MEASURED
    }

    /// Records that a busy server was measured and does not spin.
    pub(super) fn measured_in_vain(&self) {
        self.measured.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether the server is known to spin.
    pub(super) fn spins(&self) -> bool {
        self.spins.load(Ordering::Relaxed)
    }

    /// Records that it spins.
    pub(super) fn learn_that_it_spins(&self) {
        self.spins.store(true, Ordering::Relaxed);
    }
}
