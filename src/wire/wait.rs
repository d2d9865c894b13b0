//! How long to wait.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Until when to wait for the server, and who may end the wait sooner.
#[derive(Clone, Copy)]
pub struct Wait<'a> {
    /// The end of the wait; none takes what is there already.
    pub until: Option<Instant>,
    /// Whether the wait ends where the server is quiet, too.
    pub or_quiet: bool,
    /// Ends every wait when it becomes true.
    pub stop: &'a AtomicBool,
}

impl Wait<'_> {
    /// How long the next slice of the wait may be; none where it is over.
    pub(super) fn slice(&self) -> Option<Duration> {
        const SLICE: Duration = Duration::from_millis(50);
        let left = self.until?.saturating_duration_since(Instant::now());
        let over = left.is_zero() || self.stop.load(Ordering::Relaxed);
        (!over).then_some(left.min(SLICE))
    }
}

/// When something must be over; it may be never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// So long from now.
    pub fn after(duration: Duration) -> Self {
        Self(Instant::now().checked_add(duration))
    }

    /// How long it is until then.
    pub fn left(self) -> Duration {
        self.0.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()))
    }

    /// Whether it is over.
    pub fn is_over(self) -> bool {
        self.left().is_zero()
    }
}
