//! How long to wait.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// When a wait is over, if it ever is. Any length of time makes one: what is longer than the clock
/// can count never ends.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use recut::peer::Deadline;
///
/// assert_eq!(Deadline::after(Duration::MAX), Deadline::NEVER);
/// assert!(Deadline::after(Duration::ZERO).is_over());
/// assert!(Deadline::after(Duration::from_secs(60)).left() > Duration::from_secs(50));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// The wait has no end.
    pub const NEVER: Self = Self(None);

    /// The wait is over at this moment.
    pub fn at(moment: Instant) -> Self {
        Self(Some(moment))
    }

    /// The wait is over when so much time has passed from now.
    pub fn after(span: Duration) -> Self {
        Self(Instant::now().checked_add(span))
    }

    /// How much time is left: zero after the end, [`Duration::MAX`] if there is none.
    pub fn left(self) -> Duration {
        self.0.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()))
    }

    /// Whether the end has come.
    pub fn is_over(self) -> bool {
        self.left().is_zero()
    }

    /// The deadline that comes first.
    #[must_use]
    pub fn earlier(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(one), Some(two)) => Self(Some(one.min(two))),
            (one, two) => Self(one.or(two)),
        }
    }
}

/// Until when to wait for the other end, and what ends the wait sooner.
#[derive(Clone, Copy)]
pub struct Wait<'a> {
    /// The end of the wait; none takes what is there already.
    pub until: Option<Deadline>,
    /// Whether the wait ends, too, if the other end is quiet.
    pub or_quiet: bool,
    /// Ends every wait when it becomes true.
    pub stop: &'a AtomicBool,
}

impl Wait<'_> {
    /// How long the next slice of the wait may be; none if it is over.
    pub(crate) fn slice(&self) -> Option<Duration> {
        const SLICE: Duration = Duration::from_millis(50);
        let left = self.until?.left();
        let over = left.is_zero() || self.stop.load(Ordering::Relaxed);
        (!over).then_some(left.min(SLICE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_never_overflows_and_the_earlier_one_wins() {
        let (soon, late) = (Deadline::after(Duration::ZERO), Deadline::after(Duration::MAX / 1000));
        assert_eq!(Deadline::after(Duration::MAX), Deadline::NEVER);
        assert_eq!(Deadline::NEVER.left(), Duration::MAX);
        assert!(soon.is_over() && !late.is_over() && !Deadline::NEVER.is_over());
        for other in [late, Deadline::NEVER] {
            assert_eq!((soon.earlier(other), other.earlier(soon)), (soon, soon));
        }
        assert_eq!(Deadline::NEVER.earlier(Deadline::NEVER), Deadline::NEVER);
    }

    #[test]
    fn a_wait_goes_on_in_slices_until_it_is_over_or_stopped() {
        let stop = AtomicBool::new(false);
        let slice = |until| Wait { until, or_quiet: false, stop: &stop }.slice();
        assert!(slice(Some(Deadline::NEVER)).is_some_and(|slice| slice < Duration::from_secs(1)));
        assert_eq!(slice(Some(Deadline::after(Duration::ZERO))), None);
        assert_eq!(slice(None), None);
        stop.store(true, Ordering::Relaxed);
        assert_eq!(slice(Some(Deadline::NEVER)), None);
    }
}
