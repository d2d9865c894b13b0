//! Time passes in the runtime: at once if it can, and else in step with real time.
//!
//! The clock of tokio does not go on by itself while a blocking task runs (`spawn_blocking`), even
//! if that only waits for something. Then no task has anything to do, and no time passes: that is
//! nobody's fault, unlike a task that blocks the thread.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant as RealInstant};

use tokio::time::{Instant, advance, sleep_until};

use super::bell::Bell;
use super::elsewhere::Elsewhere;

/// How finely time is moved while a blocking task runs: in so many steps, of at least a
/// millisecond, as finely as tokio tells times apart.
const STEPS: u32 = 1000;
const SHORTEST_STEP: Duration = Duration::from_millis(1);

/// Lets at most so much time pass, and stops as soon as the bell rings; `waited` is for how long
/// that was waited for in real time already.
pub(super) async fn pass(bell: &Bell, elsewhere: &Elsewhere, at_most: Duration, waited: Duration) {
    bell.idle().await;
    if at_most.is_zero() || bell.has_rung() {
        return;
    }
    let (start, real_start) = (Instant::now(), RealInstant::now());
    let patience = elsewhere.patience().saturating_sub(waited);
    if elsewhere.is_heard(bell, at_most.min(patience)).await {
        return;
    }
    let end = start + at_most;
    let step = millis(at_most / STEPS).max(SHORTEST_STEP);
    let mut stood_still = false;
    while !bell.has_rung() && Instant::now() < end && stands_still(bell, end).await {
        stood_still = true;
        // It passes as it does outside, as long as anybody would wait; the rest passes at once.
        let until = match real_start.elapsed() {
            elapsed if elapsed < patience => end.min(start + millis(elapsed)),
            _ => end,
        };
        while !bell.has_rung() && Instant::now() < until {
            advance(step.min(until - Instant::now())).await;
            bell.idle().await;
        }
    }
    if stood_still {
        let elapsed = real_start.elapsed();
        elsewhere.note_wait(waited + elapsed, bell.has_rung() && elapsed < patience);
    }
}

/// Waits for the bell, or for that time to come: whether neither happens, because time stands
/// still, although no task has anything to do.
async fn stands_still(bell: &Bell, end: Instant) -> bool {
    bell.was_knocked();
    bell.was_idle();
    let mut before = Instant::now();
    let mut end = pin!(sleep_until(end));
    poll_fn(|context| {
        if bell.poll_rung(context.waker()).is_ready() || end.as_mut().poll(context).is_ready() {
            return Poll::Ready(false);
        }
        if bell.was_knocked() {
            let now = Instant::now();
            if bell.was_idle() && now == before {
                return Poll::Ready(true);
            }
            before = now;
        }
        Poll::Pending
    })
    .await
}

/// Without fractions of a millisecond, of which tokio knows nothing.
fn millis(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
