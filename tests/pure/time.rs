//! Time is an input of a core: in memory it passes only while a play waits.

use std::time::Duration;

use recut::check::{GaveUp, NotProved, Omission};
use recut::{Check, Flow, Law, Protocol, Target};

/// A line protocol that does something when time passes.
#[derive(Clone, Default, PartialEq, Eq)]
struct Timed {
    kind: Kind,
    kept: Vec<u8>,
    due: Option<Duration>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    /// Closes after a second without a byte.
    #[default]
    Idle,
    /// Sends a line every 300 ms.
    KeepsAlive,
    /// Answers a line two seconds later.
    Late,
    /// Asks to be woken at once, for ever.
    Restless,
    /// Asks to be woken after a nanosecond, for ever.
    Hasty,
}

fn timed(kind: Kind) -> impl Fn() -> Timed + Clone {
    move || Timed { kind, ..Timed::default() }
}

impl Protocol for Timed {
    fn open(&mut self, _: &mut Vec<u8>) -> Flow {
        self.due = match self.kind {
            Kind::Idle => Some(Duration::from_secs(1)),
            Kind::KeepsAlive => Some(Duration::from_millis(300)),
            Kind::Late => None,
            Kind::Restless => Some(Duration::ZERO),
            Kind::Hasty => Some(Duration::from_nanos(1)),
        };
        Flow::Continue
    }

    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.kept.extend_from_slice(segment);
        if self.kind == Kind::Late {
            self.due = self.kept.contains(&b'\n').then_some(Duration::from_secs(2));
        } else if self.kept.ends_with(b"\n") {
            reply.append(&mut self.kept);
        }
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Close
    }

    fn timeout(&self) -> Option<Duration> {
        self.due
    }

    fn wake(&mut self, reply: &mut Vec<u8>) -> Flow {
        match self.kind {
            Kind::Idle => return Flow::Close,
            Kind::KeepsAlive => reply.extend(b"alive\n"),
            Kind::Late => {
                reply.append(&mut self.kept);
                self.due = None;
            }
            Kind::Restless | Kind::Hasty => {}
        }
        Flow::Continue
    }
}

fn laws(kind: Kind, deliver: &str, script: &str) -> Vec<Law> {
    let check = Check::new(timed(kind)).deliver(deliver);
    let checked = check.run(script).unwrap();
    checked.findings().iter().map(recut::Finding::law).collect()
}

const HOUR: &str = "timeout 1h\n";

#[test]
fn what_happens_when_time_passes_is_seen_without_waiting() {
    let start = std::time::Instant::now();
    let line = "> \"a\\n\"\n< \"a\\n\"\n";
    for (kind, script) in [
        // It closes after a second, and not before.
        (Kind::Idle, format!("{line}< silence 900ms\n< eof within 200ms\n")),
        (
            Kind::Idle,
            format!("{line}pause 600ms\n> \"b\\n\"\n< \"b\\n\"\npause 600ms\n{line}< eof\n"),
        ),
        (Kind::KeepsAlive, format!("{HOUR}{}", "< \"alive\\n\" within 310ms\n".repeat(20))),
        (Kind::KeepsAlive, "pause 1s\n< \"alive\\n\" * 3\n< silence 100ms\n".to_owned()),
        (Kind::Late, format!("{HOUR}> \"a\\n\"\n< silence 1900ms\n< \"a\\n\" within 200ms\n")),
        (Kind::Late, line.to_owned()),
    ] {
        assert_eq!(laws(kind, "+slow=200ms", &script), [], "{script}");
    }
    // An hour of virtual time takes none.
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn what_comes_too_early_or_too_late_is_a_mismatch() {
    for (kind, script) in [
        (Kind::Idle, "> \"a\\n\"\n< \"a\\n\"\n< silence 2s\n"),
        (Kind::KeepsAlive, "> \"a\\n\"\n< \"a\\n\"\n< silence 400ms\n"),
        (Kind::Late, "> \"a\\n\"\n< \"a\\n\" within 1s\n"),
        (Kind::Late, "timeout 1s\n> \"a\\n\"\n< \"a\\n\"\n"),
    ] {
        assert_eq!(laws(kind, "uncut", script), [Law::Baseline], "{script}");
    }
}

#[test]
fn a_pause_in_the_midst_of_a_line_may_be_too_long() {
    let script = "> \"one\\ntwo\\n\"\n< \"one\\ntwo\\n\"\n";
    assert_eq!(laws(Kind::Idle, "slow=900ms", script), []);
    // Its idle time counts between messages as well: that is its right.
    assert_eq!(laws(Kind::Idle, "slow=2s", script), []);
}

#[test]
fn a_core_that_never_rests_is_told_however_long_the_wait() {
    for kind in [Kind::Restless, Kind::Hasty] {
        let check = Check::new(timed(kind)).deliver("uncut");
        let checked = check.run("> \"a\"\n< silence 1h\n< \"b\"\n").unwrap();
        let laws: Vec<_> = checked.findings().iter().map(recut::Finding::law).collect();
        assert_eq!(laws, [Law::Crashed], "{checked}");
        assert!(checked.to_string().contains("never rests"), "{checked}");
    }
}

#[test]
fn a_core_that_waits_for_a_moment_is_not_proved() {
    for kind in [Kind::Idle, Kind::Late] {
        let target = Target::cloneable("timed", timed(kind));
        let check = Check::new(target).deliver("+every");
        let checked = check.run("> \"a\\nb\\n\"\n< \"a\\nb\\n\"\n").unwrap();
        let timer = Omission::NotProved(NotProved::GaveUp(GaveUp::Timer));
        assert!(checked.left_out.iter().any(|(_, why)| *why == timer), "{checked}");
        assert!(!checked.is_proved() && checked.findings().is_empty(), "{checked}");
    }
}
