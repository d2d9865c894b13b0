//! What tasks are told by threads that tokio does not know: nobody can see that it is still to
//! come.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
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

/// How long the thread sleeps meanwhile.
const PAUSE: Duration = Duration::from_millis(1);

/// What is known of the servers of a target: whether threads that tokio does not know wake them.
#[derive(Default)]
pub(in crate::peer) struct Elsewhere {
    looks: AtomicU32,
    was_seen: AtomicBool,
}

impl Elsewhere {
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
