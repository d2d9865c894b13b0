//! What tasks are told by threads, of which nobody can see that it is still to come.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use super::bell::Bell;
use crate::wire::Deadline;

/// How often it is waited in real time whether anything comes from a thread that tokio does not
/// know, before a server is taken for one that has no such threads.
const LOOKS: u32 = 5;

/// How long each time, and how long if such a thread was seen.
const ELSEWHERE: Duration = Duration::from_millis(200);
const SEEN_ELSEWHERE: Duration = Duration::from_secs(1);

/// How often and how long it is waited in real time for what a blocking task of tokio tells, while
/// none has told anything; and how long, then or afterwards, at least.
const LONG_WAITS: u32 = 2;
const LONG_WAIT: Duration = Duration::from_secs(5);
const SHORT_WAIT: Duration = Duration::from_secs(1);

/// A blocking task is given so many times as long as the slowest answer took.
const TIMES: u32 = 4;

/// How long the thread sleeps meanwhile.
const PAUSE: Duration = Duration::from_millis(1);

/// What is known of the servers of a target: whether threads that tokio does not know wake them,
/// and how long its blocking tasks take.
#[derive(Default)]
pub(in crate::peer) struct Elsewhere {
    looks: AtomicU32,
    was_seen: AtomicBool,
    /// How often a blocking task was waited for in vain for as long as is sensible.
    vain: AtomicU32,
    /// How long the slowest answer took, in milliseconds.
    slowest: AtomicU64,
}

impl Elsewhere {
    /// For how long blocking tasks are waited for in real time.
    pub(super) fn patience(&self) -> Duration {
        match self.slowest.load(Ordering::Relaxed) {
            0 if self.vain.load(Ordering::Relaxed) < LONG_WAITS => LONG_WAIT,
            slowest => {
                let patience = Duration::from_millis(slowest).saturating_mul(TIMES);
                patience.clamp(SHORT_WAIT, LONG_WAIT)
            }
        }
    }

    /// Blocking tasks were waited for in real time: whether anything came meanwhile.
    pub(super) fn note_wait(&self, waited: Duration, has_helped: bool) {
        if has_helped {
            let waited = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
            self.slowest.fetch_max(waited, Ordering::Relaxed);
        } else if waited >= SHORT_WAIT {
            self.vain.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits in real time, a few times or if it has helped before, for what tasks are told by a
    /// thread that tokio does not know; whether the bell has rung.
    pub(super) async fn is_heard(&self, bell: &Bell, at_most: Duration) -> bool {
        let longest = match self.was_seen.load(Ordering::Relaxed) {
            true => SEEN_ELSEWHERE.min(at_most),
            // Nobody would miss what does not come in so short a time.
            false if at_most < ELSEWHERE => return false,
            false if self.looks.fetch_add(1, Ordering::Relaxed) < LOOKS => ELSEWHERE,
            false => return false,
        };
        let until = Deadline::after(longest);
        while !until.is_over() {
            thread::sleep(PAUSE);
            bell.idle().await;
            if bell.has_rung() {
                self.was_seen.store(true, Ordering::Relaxed);
                return true;
            }
        }
        false
    }
}
