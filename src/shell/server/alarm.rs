//! What is told once, and again only when it was better for a while.

use std::time::{Duration, Instant};

/// However often it gets better and worse again, it is told no more often.
const BETWEEN: Duration = Duration::from_secs(60);

/// A shortage under so many open connections.
///
/// At the limit each client that leaves makes room for the next, who finds none behind him: told
/// each time, a full server would fill its log. It is better when a quarter of those who were
/// there has left.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    at: Option<usize>,
    told: Option<Instant>,
}

impl Alarm {
    /// There is a shortage with so many connections open; whether that is news.
    pub(super) fn raise(&mut self, open: usize, now: Instant) -> bool {
        let is_news = self.at.is_none() && self.told.is_none_or(|told| now - told >= BETWEEN);
        self.at = Some(open);
        if is_news {
            self.told = Some(now);
        }
        is_news
    }

    /// There is none now, with so many connections open.
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
                // What was told too lately is told when it happens again.
                assert_eq!(alarm.raise(at, now), is_news, "{at} after {seconds} s");
            }
        }
    }
}
