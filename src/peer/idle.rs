//! What runs and nobody uses at the moment: it is kept for the jobs to come.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Servers or clients of one kind that nobody uses at the moment. Dropping one ends it.
pub(super) struct Idle<T>(Mutex<Vec<T>>);

impl<T> Idle<T> {
    /// None yet.
    pub(super) fn new() -> Self {
        Self(Mutex::default())
    }

    /// The one that was used last.
    pub(super) fn take(&self) -> Option<T> {
        self.lock().pop()
    }

    /// Keeps one, if there is one.
    pub(super) fn keep(&self, one: Option<T>) {
        self.lock().extend(one);
    }

    /// Ends all of them, which may take a while.
    pub(super) fn end(&self) {
        // Not with the lock held: others may give back theirs meanwhile.
        let all = std::mem::take(&mut *self.lock());
        drop(all);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
