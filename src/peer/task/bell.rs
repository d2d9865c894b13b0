//! How the side of the tasks tells the side of the play that something has happened.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Poll, Waker};

/// Tells the play's side what happens at the side of the tasks.
#[derive(Default)]
pub(super) struct Bell {
    /// Whether anything was written or ended since it was looked.
    has_rung: AtomicBool,
    /// Who waits for that.
    listener: Mutex<Option<Waker>>,
    /// Who waits until no task has anything to do.
    idler: Mutex<Option<Waker>>,
    is_idle: AtomicBool,
    /// Whether no task had anything to do since it was asked.
    was_idle: AtomicBool,
    /// Whether the play has waited for a while.
    is_knocked: AtomicBool,
}

impl Bell {
    /// Something was written, or has ended.
    pub(super) fn ring(&self) {
        self.has_rung.store(true, Ordering::Relaxed);
        wake(&self.listener);
    }

    /// Whether it has rung since it was silenced.
    pub(super) fn has_rung(&self) -> bool {
        self.has_rung.load(Ordering::Relaxed)
    }

    pub(super) fn silence(&self) {
        self.has_rung.store(false, Ordering::Relaxed);
    }

    /// Resolves as soon as the bell has rung.
    pub(super) fn poll_rung(&self, waker: &Waker) -> Poll<()> {
        set(&self.listener, waker);
        if self.has_rung() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// The play has waited for a while: who waits for the bell looks whether time passes at all.
    pub(super) fn knock(&self) {
        self.is_knocked.store(true, Ordering::Relaxed);
        wake(&self.listener);
    }

    /// Whether the play has knocked since it was asked.
    pub(super) fn was_knocked(&self) -> bool {
        self.is_knocked.swap(false, Ordering::Relaxed)
    }

    /// Whether no task had anything to do at any time since it was asked.
    pub(super) fn was_idle(&self) -> bool {
        self.was_idle.swap(false, Ordering::Relaxed)
    }

    /// No task has anything to do.
    pub(super) fn be_idle(&self) {
        self.is_idle.store(true, Ordering::Relaxed);
        self.was_idle.store(true, Ordering::Relaxed);
        wake(&self.idler);
    }

    /// Goes on until no task has anything to do, without letting time pass: who is woken before
    /// the thread would sleep goes on instead.
    pub(super) async fn idle(&self) {
        self.is_idle.store(false, Ordering::Relaxed);
        poll_fn(|context| {
            if self.is_idle.load(Ordering::Relaxed) {
                return Poll::Ready(());
            }
            set(&self.idler, context.waker());
            Poll::Pending
        })
        .await;
    }
}

fn set(slot: &Mutex<Option<Waker>>, waker: &Waker) {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker.clone());
}

fn wake(slot: &Mutex<Option<Waker>>) {
    let waker = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(waker) = waker {
        waker.wake();
    }
}
