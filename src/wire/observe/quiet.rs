//! Whether the peer is quiet: it has nothing left to do or say.
//!
//! Quiet is a shortcut, never evidence: nobody can see a timer that will go off.

use std::time::{Duration, Instant};

use super::{Observe, Reading};
use crate::wire::stream::Stream;

/// So many looks in a row must be the same for the peer to be quiet.
const LOOKS: u32 = 3;

/// How long it must sleep on unread bytes to be quiet.
const UNREAD: Duration = Duration::from_millis(50);

/// What the threads of the peer were doing at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Activity {
    /// Whether every thread slept.
    pub(crate) asleep: bool,
    /// Each thread, and for how long it has run, in nanoseconds.
    pub(crate) ran: Vec<(i32, u64)>,
}

/// Since when the peer has slept, in the looks so far.
#[derive(Default)]
pub(crate) struct Sleep(Option<(Instant, Activity)>);

impl Sleep {
    /// Takes one more look: for how long all has been asleep and nothing has run; none if
    /// something has run since the last look, or if nothing can be seen.
    fn look(&mut self, observer: &dyn Observe) -> Option<Duration> {
        let activity = observer.activity()?;
        match &self.0 {
            Some((since, seen)) if activity.asleep && *seen == activity => Some(since.elapsed()),
            _ => {
                self.0 = Some((Instant::now(), activity));
                None
            }
        }
    }

    /// Takes one more look: whether nothing at the peer has run for as long as `span`.
    pub(crate) fn has_lasted(&mut self, observer: &dyn Observe, span: Duration) -> bool {
        self.look(observer).is_some_and(|slept| slept >= span)
    }
}

/// How calm the peer has been in the looks so far.
#[derive(Default)]
pub(crate) struct Calm {
    sleep: Sleep,
    /// How many looks in a row have seen the same.
    looks: u32,
}

impl Calm {
    /// Takes one more look. The peer is quiet if all its processes sleep and have not run from
    /// look to look, if the queues are empty both ways, and if it has no business with anybody
    /// else. If it sleeps on unread bytes, it must do so for longer: it may only be slow to read.
    pub(crate) fn is_quiet(&mut self, observer: &dyn Observe, stream: &Stream, sent: u64) -> bool {
        let slept = self.sleep.look(observer);
        // Asked even if something has run: the look-up makes the connection known.
        let reading = observer.reading(stream, sent);
        let Some(slept) = slept else {
            self.looks = 1;
            return false;
        };
        self.looks += 1;
        match reading {
            Reading::Done | Reading::Gone => {
                self.looks >= LOOKS && observer.has_no_other_business()
            }
            Reading::Unread => slept >= UNREAD,
            Reading::Absent | Reading::Unknown => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::os::unix::net::UnixStream;
    use std::sync::Mutex;

    use super::*;
    use crate::wire::observe::Blind;

    /// Sees what it is told to see.
    struct FakeObserver {
        activity: Mutex<Activity>,
        reading: Reading,
        is_settled: bool,
    }

    impl FakeObserver {
        fn new(reading: Reading, is_settled: bool) -> Self {
            let activity = Activity { asleep: true, ran: vec![(1, 1)] };
            Self { activity: Mutex::new(activity), reading, is_settled }
        }

        fn show(&self, asleep: bool, nanoseconds: u64) {
            let activity = Activity { asleep, ran: vec![(1, nanoseconds)] };
            *self.activity.lock().unwrap() = activity;
        }
    }

    impl Observe for FakeObserver {
        fn knows_of_end(&self, _: SocketAddr, _: SocketAddr) -> Option<bool> {
            None
        }

        fn opened(&self, _: &Stream) {}
        fn closed(&self, _: &Stream) {}
        fn reading(&self, _: &Stream, _: u64) -> Reading {
            self.reading
        }
        fn sees_processes(&self) -> bool {
            true
        }
        fn activity(&self) -> Option<Activity> {
            Some(self.activity.lock().unwrap().clone())
        }
        fn has_no_other_business(&self) -> bool {
            self.is_settled
        }
    }

    fn looks(observer: &dyn Observe, looks: usize) -> Vec<bool> {
        let stream = Stream::unix(UnixStream::pair().unwrap().0).unwrap();
        let mut calm = Calm::default();
        (0..looks).map(|_| calm.is_quiet(observer, &stream, 0)).collect()
    }

    #[test]
    fn three_looks_that_see_the_same_sleep_are_quiet() {
        let none = vec![false; 5];
        for reading in [Reading::Done, Reading::Gone] {
            let expected = [false, false, true, true, true];
            assert_eq!(looks(&FakeObserver::new(reading, true), 5), expected, "{reading:?}");
            assert_eq!(looks(&FakeObserver::new(reading, false), 5), none, "{reading:?}");
        }
        for reading in [Reading::Absent, Reading::Unknown] {
            assert_eq!(looks(&FakeObserver::new(reading, true), 5), none, "{reading:?}");
        }
        assert_eq!(looks(&Blind, 5), none);
    }

    #[test]
    fn what_runs_between_two_looks_begins_the_count_again() {
        let (observer, mut calm) = (FakeObserver::new(Reading::Done, true), Calm::default());
        let stream = Stream::unix(UnixStream::pair().unwrap().0).unwrap();
        let mut look = || calm.is_quiet(&observer, &stream, 0);
        assert_eq!([look(), look(), look()], [false, false, true]);
        observer.show(true, 2);
        assert_eq!([look(), look(), look()], [false, false, true]);
        observer.show(false, 2);
        assert_eq!([look(), look(), look()], [false, false, false]);
    }

    #[test]
    fn a_sleep_on_unread_bytes_lasts_for_longer() {
        let (observer, mut sleep) = (FakeObserver::new(Reading::Unread, true), Sleep::default());
        assert_eq!(looks(&observer, 5), [false; 5]);
        assert!(!sleep.has_lasted(&observer, Duration::ZERO), "the first look says nothing");
        assert!(sleep.has_lasted(&observer, Duration::ZERO));
        assert!(!sleep.has_lasted(&observer, Duration::from_secs(3600)));
        assert!(!Sleep::default().has_lasted(&Blind, Duration::ZERO));
    }
}
