//! A shortage that is reported once, and again only if it had ended for a while.

use std::time::{Duration, Instant};

/// The least time between two reports, however often the shortage ends and comes back.
const BETWEEN: Duration = Duration::from_secs(60);

/// A shortage, and how many connections were open when it began.
///
/// At the limit, each client that leaves makes room for one that waits, and the server is full
/// again: if each time were reported, a full server would fill its log. The shortage counts as
/// ended after a quarter of the clients has left.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    at: Option<usize>,
    told: Option<Instant>,
}

impl Alarm {
    /// There is a shortage while `open` connections are open. Returns true if that is news.
    pub(super) fn raise(&mut self, open: usize, now: Instant) -> bool {
        let is_news = self.at.is_none() && self.told.is_none_or(|told| now - told >= BETWEEN);
        self.at = Some(open);
        if is_news {
            self.told = Some(now);
        }
        is_news
    }

    /// There is no shortage now, while `open` connections are open.
    pub(super) fn ease(&mut self, open: usize) {
        if self.at.is_some_and(|at| open <= at - at.div_ceil(4)) {
            self.at = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortage_is_news_once_until_it_is_better() {
        let mut now = Instant::now();
        let mut raise = |alarm: &mut Alarm, open| {
            now += BETWEEN;
            alarm.raise(open, now)
        };
        let mut alarm = Alarm::default();
        alarm.ease(0);
        assert!(raise(&mut alarm, 100));
        for open in [99, 90, 76] {
            alarm.ease(open);
            assert!(!raise(&mut alarm, 100), "{open}");
        }
        assert!(!raise(&mut alarm, 40));
        alarm.ease(31);
        assert!(!raise(&mut alarm, 100));
        alarm.ease(75);
        assert!(raise(&mut alarm, 100) && !raise(&mut alarm, 100));
    }

    #[test]
    fn small_limits_are_better_too_but_not_told_of_at_every_turn() {
        for (at, better) in [(0, 0), (1, 0), (2, 1), (5, 3)] {
            let (mut alarm, start) = (Alarm::default(), Instant::now());
            assert!(alarm.raise(at, start));
            for (seconds, is_news) in [(0, false), (59, false), (60, true), (61, false)] {
                alarm.ease(better);
                let now = start + Duration::from_secs(seconds);
                // What was reported too recently is reported when it happens again.
                assert_eq!(alarm.raise(at, now), is_news, "{at} after {seconds} s");
            }
        }
    }
}
