//! What is told once, and again only when it was better meanwhile.

/// A shortage under so many open connections.
///
/// At the limit each client that leaves makes room for the next, who finds none behind him: told
/// each time, a full server would fill its log. It is better when a quarter of those who were
/// there has left.
#[derive(Debug, Default)]
pub(super) struct Alarm(Option<usize>);

impl Alarm {
    /// There is a shortage with so many connections open; whether that is news.
    pub(super) fn raise(&mut self, open: usize) -> bool {
        let is_news = self.0.is_none();
        self.0 = Some(open);
        is_news
    }

    /// There is none now, with so many connections open.
    pub(super) fn ease(&mut self, open: usize) {
        if self.0.is_some_and(|at| open <= at - at.div_ceil(4)) {
            self.0 = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortage_is_news_once_until_it_is_better() {
        let mut alarm = Alarm::default();
        alarm.ease(0);
        assert!(alarm.raise(100));
        for open in [99, 90, 76] {
            alarm.ease(open);
            assert!(!alarm.raise(100), "{open}");
        }
        assert!(!alarm.raise(40));
        alarm.ease(31);
        assert!(!alarm.raise(100));
        alarm.ease(75);
        assert!(alarm.raise(100) && !alarm.raise(100));
    }

    #[test]
    fn small_limits_are_better_too() {
        for (at, better) in [(0, 0), (1, 0), (2, 1), (5, 3)] {
            let mut alarm = Alarm::default();
            assert!(alarm.raise(at));
            alarm.ease(better);
            assert!(alarm.raise(at), "{at}");
        }
    }
}
