//! What all connections share.

use std::process;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use fastrand::Rng;

/// After so many connections `dies-of-age` is too old.
const OLD: u64 = 9;

/// What all connections share; each mode uses one thing of it.
pub(crate) struct Server {
    answered: AtomicU64,
    ended: AtomicU64,
    damaged: AtomicBool,
    chance: Mutex<Rng>,
    bytes: Mutex<Vec<u8>>,
}

impl Server {
    pub(crate) fn new(seed: u64) -> Server {
        Server {
            answered: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            damaged: AtomicBool::new(false),
            chance: Mutex::new(Rng::with_seed(seed)),
            bytes: Mutex::new(Vec::new()),
        }
    }

    /// Counts one more answer, and says how many there are with it.
    pub(crate) fn count(&self) -> u64 {
        self.answered.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Whether it happens this time: once in so many times, by chance.
    pub(crate) fn happens_once_in(&self, times: u64) -> bool {
        lock(&self.chance).u64(..times) == 0
    }

    /// The bytes that all connections share.
    pub(crate) fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        lock(&self.bytes)
    }

    /// From now on nothing is answered rightly.
    pub(crate) fn damage(&self) {
        self.damaged.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    /// Counts a connection that has ended: the last one ends the process.
    pub(crate) fn has_ended(&self) {
        if self.ended.fetch_add(1, Ordering::Relaxed) + 1 == OLD {
            process::exit(1);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
