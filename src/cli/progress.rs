//! Progress while a check goes on: a bar at a terminal; in a pipe a line every few seconds, so that
//! whoever reads the log of a machine sees that it is alive.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::output::Output;
use crate::check::Progress;
use crate::script::Law;
use crate::text::{counted, visible};

/// How often a line is written.
const PERIOD: Duration = Duration::from_secs(5);

/// The progress of a check, as it is shown.
pub(super) struct ProgressView<'a> {
    output: &'a Output,
    state: Mutex<State>,
    start: Instant,
    has_lines: bool,
    hint: JobsHint,
}

/// After how long a check counts as slow.
const SLOW: Duration = Duration::from_secs(10);

/// What is said of a slow check whose plays follow each other.
const HINT: &str = "recut: plays mostly wait: --jobs 4 would play four of them side by side";

/// Whether to hint, once, that plays could run side by side.
#[derive(Debug, Default)]
struct JobsHint {
    /// Whether it would help.
    is_wanted: AtomicBool,
    was_told: AtomicBool,
}

impl JobsHint {
    /// Whether it is time to say it.
    fn is_due(&self, elapsed: Duration) -> bool {
        elapsed > SLOW
            && self.is_wanted.load(Ordering::Relaxed)
            && !self.was_told.swap(true, Ordering::Relaxed)
    }
}

impl<'a> ProgressView<'a> {
    /// Shows a bar if stderr is a terminal, else lines if they are wanted.
    pub(super) fn new(output: &'a Output, is_quiet: bool) -> Self {
        output.show_progress();
        let has_lines = !is_quiet && !std::io::stderr().is_terminal();
        let hint = JobsHint { was_told: is_quiet.into(), ..JobsHint::default() };
        Self { output, state: Mutex::default(), start: Instant::now(), has_lines, hint }
    }

    /// Does the work, and writes lines meanwhile.
    pub(super) fn during(&self, work: impl FnOnce()) {
        if !self.has_lines {
            return work();
        }
        let until_next = || until_next(self.start.elapsed());
        let tell = || self.output.note(&self.state().line(self.start.elapsed()));
        meanwhile(until_next, tell, work);
    }

    /// A conversation is going to be checked: the `place`th of so many.
    pub(super) fn begin(&self, place: usize, of: usize, name: &str) {
        *self.state() = State::new(format!("[{place}/{of}] {}", visible(name)));
    }

    /// From now on more jobs would help, or would not.
    pub(super) fn hint_at_jobs(&self, is_wanted: bool) {
        self.hint.is_wanted.store(is_wanted, Ordering::Relaxed);
    }

    /// Shows what happened.
    pub(super) fn take(&self, progress: Progress<'_>) {
        let mut state = self.state();
        state.take(progress);
        let bar = self.output.bar();
        match progress {
            Progress::Planned(deliveries) => {
                bar.set_length(deliveries);
                bar.set_position(0);
                bar.set_message(state.title.clone());
            }
            Progress::Played(deliveries) => {
                bar.inc(deliveries);
                if self.hint.is_due(self.start.elapsed()) {
                    self.output.note(HINT);
                }
            }
            Progress::Shrinking(law) => {
                bar.set_message(format!("{}: {law}, confirming it", state.title));
            }
            Progress::Found(_) => {}
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far a conversation has come.
#[derive(Clone, Debug, Default)]
struct State {
    title: String,
    planned: u64,
    played: u64,
    confirming: Option<Law>,
}

impl State {
    fn new(title: String) -> Self {
        Self { title, ..Self::default() }
    }

    fn take(&mut self, progress: Progress<'_>) {
        match progress {
            Progress::Planned(deliveries) => (self.planned, self.played) = (deliveries, 0),
            Progress::Played(deliveries) => self.played += deliveries,
            Progress::Shrinking(law) => self.confirming = Some(law),
            Progress::Found(_) => self.confirming = None,
        }
    }

    fn line(&self, elapsed: Duration) -> String {
        let Self { title, planned, played, confirming } = self;
        let done = match planned {
            0 => "the baseline".to_owned(),
            planned => format!("{played} of {}", counted(*planned, "delivery", "deliveries")),
        };
        let law = confirming.map(|law| format!(", confirming {law}")).unwrap_or_default();
        format!("recut: {title}: {done}{law}, {}s", elapsed.as_secs())
    }
}

/// How long it is until the next line, so many seconds after the start.
fn until_next(elapsed: Duration) -> Duration {
    let since_last = elapsed.as_nanos() % PERIOD.as_nanos();
    PERIOD.saturating_sub(Duration::from_nanos(u64::try_from(since_last).unwrap_or(0)))
}

/// Does the work, and tells something whenever it is time. This ends at once with the work.
fn meanwhile(
    until_next: impl Fn() -> Duration + Send,
    tell: impl Fn() + Send,
    work: impl FnOnce(),
) {
    let (end, ended) = channel::<()>();
    thread::scope(|scope| {
        let lines = move || {
            while ended.recv_timeout(until_next()) == Err(RecvTimeoutError::Timeout) {
                tell();
            }
        };
        // Without a thread to spare there are no lines; the check is what counts.
        let _ = thread::Builder::new().spawn_scoped(scope, lines);
        work();
        drop(end);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_the_conversation_is() {
        let mut state = State::new("[3/12] login.recut".to_owned());
        let line = |state: &State| state.line(Duration::from_millis(15_020));
        assert_eq!(line(&state), "recut: [3/12] login.recut: the baseline, 15s");
        state.take(Progress::Planned(1000));
        for played in [400, 12] {
            state.take(Progress::Played(played));
        }
        let played = "recut: [3/12] login.recut: 412 of 1000 deliveries";
        assert_eq!(line(&state), format!("{played}, 15s"));
        state.take(Progress::Shrinking(Law::CutOff));
        assert_eq!(line(&state), format!("{played}, confirming cut-off, 15s"));
    }

    #[test]
    fn a_slow_check_hints_at_jobs_once_if_they_would_help() {
        let hint = |is_wanted: bool, was_told: bool| JobsHint {
            is_wanted: is_wanted.into(),
            was_told: was_told.into(),
        };
        let (soon, late) = (Duration::from_secs(10), Duration::from_secs(11));
        let wanted = hint(true, false);
        assert_eq!([soon, late, late].map(|time| wanted.is_due(time)), [false, true, false]);
        // In memory all processors are used; somebody who wants quiet is told nothing.
        assert!(!hint(false, false).is_due(late) && !hint(true, true).is_due(late));
    }

    #[test]
    fn it_is_time_for_a_line_every_five_seconds() {
        let until = |millis| until_next(Duration::from_millis(millis)).as_millis();
        assert_eq!([0, 1, 4999, 5000, 7000].map(until), [5000, 4999, 1, 5000, 3000]);
    }

    #[test]
    fn lines_are_told_until_the_work_is_done() {
        let (told, telling) = channel();
        let work = || {
            for _ in 0..3 {
                telling.recv_timeout(Duration::from_secs(60)).unwrap();
            }
        };
        meanwhile(|| Duration::ZERO, move || told.send(()).unwrap_or_default(), work);
        // A line that would come in an hour keeps nobody waiting.
        let never = || panic!("it is not time");
        meanwhile(|| Duration::from_secs(3600), never, || {});
    }
}
