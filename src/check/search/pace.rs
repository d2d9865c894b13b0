//! How long the plays of a search wait, and what is known of the server's use of the processor.
//!
//! A hurried wait only orders the search: what it saw is a suspicion, and one replay waits in full
//! before anybody is accused. A server that recut can't start anew is not given up in haste before
//! one full wait has shown that its silence is one.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::check::play::Waits;

/// The shortest hurried wait: a backend, a disk or a busy machine may need as long.
const SHORTEST: Duration = Duration::from_millis(250);

/// A hurried wait is so many times as long as the whole uncut conversation took.
const TIMES: u32 = 4;

/// How long the first delivery that fell silent is waited for once more.
const PROBE: Duration = Duration::from_millis(1500);

/// How often it is measured in vain whether a busy server spins.
const MEASURED: u64 = 3;

/// How long the plays of one pass of the search wait.
pub(super) struct Pace {
    /// The longest hurried wait for an expectation, in microseconds: it grows if an answer is late.
    limit: AtomicU64,
    /// Whether a first silence was waited for somewhat longer.
    is_probed: AtomicBool,
    /// The longest wait for an expectation without a `within`.
    timeout: Duration,
    /// Whether a server that is given up in haste is replaced.
    can_restart: bool,
    /// Whether an answer that stops short in silence was waited for in full.
    is_proven: AtomicBool,
    /// How often it was measured in vain whether the server spins.
    measured: AtomicU64,
    /// Whether it spins.
    spins: AtomicBool,
}

impl Pace {
    /// The pace for a conversation that takes `play_time` uncut; `late` is how long an answer was
    /// seen to take in spite of that.
    pub(super) fn new(
        play_time: Duration,
        late: Duration,
        timeout: Duration,
        can_restart: bool,
    ) -> Self {
        Self {
            limit: AtomicU64::new(micros(
                play_time.saturating_mul(TIMES).max(late.saturating_mul(2)).max(SHORTEST),
            )),
            is_probed: AtomicBool::new(false),
            timeout,
            can_restart,
            is_proven: AtomicBool::new(false),
            measured: AtomicU64::new(0),
            spins: AtomicBool::new(false),
        }
    }

    /// Waits that only order the search.
    pub(super) fn hurried(&self) -> Waits {
        self.up_to(Duration::from_micros(self.limit.load(Ordering::Relaxed)))
    }

    fn up_to(&self, limit: Duration) -> Waits {
        if limit < self.timeout { Waits::USUAL.hurried(limit) } else { Waits::USUAL }
    }

    /// How the first delivery that fell silent waits once more, before others are hurried as much:
    /// an answer that is always late is found so at little cost. None if that was done already.
    pub(super) fn probe(&self) -> Option<Waits> {
        if !self.can_restart || self.is_probed.swap(true, Ordering::Relaxed) {
            return None;
        }
        let limit = Duration::from_micros(self.limit.load(Ordering::Relaxed));
        Some(self.up_to(PROBE.max(limit.saturating_mul(2))))
    }

    /// Records that an answer came after so much time.
    pub(super) fn came_late(&self, after: Duration) {
        self.limit.fetch_max(micros(after.saturating_mul(2)), Ordering::Relaxed);
    }

    /// How the next delivery waits.
    pub(super) fn of_delivery(&self) -> Waits {
        let may_hurry = self.can_restart || self.is_proven.load(Ordering::Relaxed);
        if may_hurry { self.hurried() } else { Waits::USUAL }
    }

    /// How a fresh client waits after a delivery.
    pub(super) fn of_fresh_client(&self) -> Waits {
        if self.can_restart { self.hurried() } else { Waits::USUAL }
    }

    /// Records that an answer stopped short in silence.
    pub(super) fn prove(&self) {
        self.is_proven.store(true, Ordering::Relaxed);
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

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn a_hurried_wait_is_a_multiple_of_the_baseline_and_never_beyond_the_time_out() {
        let hurried = |play_time, late| Pace::new(play_time, late, MS(5000), true).hurried();
        let to = |limit| Waits::USUAL.hurried(limit);
        assert_eq!(hurried(MS(1), MS(0)), to(MS(250)));
        assert_eq!(hurried(MS(100), MS(0)), to(MS(400)));
        assert_eq!(hurried(MS(100), MS(700)), to(MS(1400)));
        assert_eq!(hurried(MS(1300), MS(0)), Waits::USUAL);
        assert_eq!(hurried(Duration::MAX, Duration::MAX), Waits::USUAL);
    }

    #[test]
    fn the_first_silence_is_waited_for_somewhat_longer_and_a_late_answer_makes_all_waits_longer() {
        let pace = Pace::new(MS(1), MS(0), MS(5000), true);
        assert_eq!(pace.probe(), Some(Waits::USUAL.hurried(MS(1500))));
        assert_eq!(pace.probe(), None);
        pace.came_late(MS(700));
        assert_eq!(pace.hurried(), Waits::USUAL.hurried(MS(1400)));
        pace.came_late(MS(300));
        assert_eq!(pace.hurried(), Waits::USUAL.hurried(MS(1400)));
    }

    #[test]
    fn a_server_that_cannot_be_replaced_is_waited_for_in_full_once() {
        let pace = Pace::new(MS(1), MS(0), MS(5000), false);
        assert_eq!(pace.of_delivery(), Waits::USUAL);
        pace.prove();
        assert_eq!(pace.of_delivery(), pace.hurried());
        assert_eq!(pace.of_fresh_client(), Waits::USUAL);
    }
}
