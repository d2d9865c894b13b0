//! What was seen of the handlers of a target, whichever server they belonged to.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How many handlers there may be that do not end after their client has gone.
const MOST_LOST: usize = 64;

/// What was seen of the handlers of a target.
#[derive(Default)]
pub(in crate::peer) struct Habits {
    /// How many did not end: their threads can't be ended.
    lost: AtomicUsize,
    /// Whether another thread than a handler's has read or written: what it does can't be known.
    others_speak: AtomicBool,
    /// Whether one was seen to use all its handles itself: then those that it has not used yet are
    /// in nobody else's hands either.
    keeps_handles: AtomicBool,
}

impl Habits {
    pub(super) fn lose(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn find(&self) {
        self.lost.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether too many handlers did not end.
    pub(in crate::peer) fn are_too_many_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed) >= MOST_LOST
    }

    pub(super) fn saw_another_thread(&self) {
        self.others_speak.store(true, Ordering::Relaxed);
    }

    pub(super) fn saw_all_handles_used(&self) {
        self.keeps_handles.store(true, Ordering::Relaxed);
    }

    /// Whether nobody but handlers was seen to read or write.
    pub(super) fn are_alone(&self) -> bool {
        !self.others_speak.load(Ordering::Relaxed)
    }

    /// Whether handles that were not used yet are the handler's own.
    pub(super) fn keep_handles(&self) -> bool {
        self.keeps_handles.load(Ordering::Relaxed)
    }
}
