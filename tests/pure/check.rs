//! The laws: each has a specimen that breaks it, and the harness catches it, and no other.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use recut::check::{CutMap, Demand, Omission, Progress, Tally};
use recut::delivery::Word;
use recut::{
    Checked, Conversation, Echo, Finding, Flow, Law, Options, Protocol, Target, Tutorial,
    check_once,
};

/// A core made of one function: what it keeps between segments is a buffer.
struct Core<F>(Vec<u8>, F);

impl<F: FnMut(&mut Vec<u8>, &[u8], &mut Vec<u8>) -> Flow> Protocol for Core<F> {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        (self.1)(&mut self.0, segment, reply)
    }

    fn end(&mut self, _reply: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

/// A target that answers as the function says.
fn target<F>(receive: F) -> Target
where
    F: FnMut(&mut Vec<u8>, &[u8], &mut Vec<u8>) -> Flow + Clone + Send + Sync + 'static,
{
    Target::memory("specimen", move || Core(Vec::new(), receive.clone()))
}

/// A healthy server: answers each line with the line, once it is whole.
fn by_line(kept: &mut Vec<u8>, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
    kept.extend_from_slice(segment);
    while let Some(end) = kept.iter().position(|&byte| byte == b'\n') {
        reply.extend(kept.drain(..=end));
    }
    Flow::Continue
}

fn conversation(text: &str) -> Conversation {
    Conversation::parse("specimen", text).unwrap()
}

fn check(target: &Target, text: &str) -> Checked {
    check_once(target, &conversation(text), &Options::default()).unwrap()
}

/// The one finding that there is; it is confirmed, and its script fails in the same way.
fn finding(target: &Target, text: &str) -> Finding {
    let checked = check(target, text);
    let laws: Vec<_> = checked.findings.iter().map(|finding| finding.law).collect();
    assert_eq!(laws.len(), 1, "{laws:?}");
    let finding = checked.findings[0].clone();
    assert!(finding.is_stable(), "{:?}", finding.confirmed);
    let again = check(target, &finding.script);
    assert_eq!(again.findings.len(), 1, "{}", finding.script);
    assert_eq!(again.findings[0].law, finding.law, "{}", finding.script);
    finding
}

/// A cut map as text: `X` is a cut that breaks the conversation, `.` one that does not, and `?` one
/// that was not tried.
fn marks(map: &CutMap) -> String {
    let mark = |broken: &Option<bool>| match broken {
        Some(true) => 'X',
        Some(false) => '.',
        None => '?',
    };
    map.broken.iter().map(mark).collect()
}

const TWO_LINES: &str = "> \"one\\n\"\n< \"one\\n\"\n> \"two\\n\"\n< \"two\\n\"\n";

#[test]
fn a_healthy_server_is_not_accused() {
    let everything = "deliver +joined +half-close +reset +random=500\n";
    for text in [TWO_LINES, "> \"é\\n\" eof\n< line re\"^é$\"\n< eof\n"] {
        for target in [target(by_line), Target::builtin("echo").unwrap()] {
            let checked = check(&target, &(everything.to_owned() + text));
            assert_eq!(checked.findings.len(), 0, "{:?}", checked.findings);
            assert!(checked.tally.confirmed > 500 && checked.tally.paced == 0);
        }
    }
}

#[test]
fn one_read_taken_for_one_message_differs_at_every_cut() {
    let target = target(|_, segment, reply| {
        reply.extend(format!("{}\n", segment.len()).bytes());
        Flow::Continue
    });
    let finding = finding(&target, "> \"hello\\n\"\n< line re\"^6$\"\n");
    assert_eq!(finding.law, Law::Differs);
    assert_eq!(marks(finding.map.as_ref().unwrap()), "XXXXX");
    assert!(!finding.delivery.contains(' '), "{}", finding.delivery);
}

#[test]
fn decoding_each_read_on_its_own_differs_inside_characters_only() {
    let target = target(|_, segment, reply| {
        reply.extend_from_slice(String::from_utf8_lossy(segment).as_bytes());
        Flow::Continue
    });
    let finding = finding(&target, "> \"a€b\\n\"\n< \"a€b\\n\"\n");
    assert_eq!(finding.law, Law::Differs);
    assert_eq!(marks(finding.map.as_ref().unwrap()), ".XX..");
}

#[test]
fn losing_what_is_glued_behind_a_message_hangs() {
    let target = target(|kept, segment, reply| {
        kept.extend_from_slice(segment);
        if let Some(end) = kept.iter().position(|&byte| byte == b'\n') {
            reply.extend_from_slice(&kept[..=end]);
            kept.clear();
        }
        Flow::Continue
    });
    let finding = finding(&target, &format!("deliver +joined\n{TWO_LINES}"));
    assert_eq!((finding.law, finding.delivery.as_str()), (Law::Hangs, "joined"));
}

#[test]
fn closing_on_half_a_message_is_a_cut_off() {
    let target = target(|_, segment, reply| {
        reply.extend_from_slice(segment);
        if segment.ends_with(b"\n") { Flow::Continue } else { Flow::Close }
    });
    let finding = finding(&target, "> \"hello\\n\"\n< \"hello\\n\"\n");
    assert_eq!(finding.law, Law::CutOff);
}

#[test]
fn a_defect_that_takes_two_cuts_is_shown_with_two() {
    let target = target(|kept, segment, reply| {
        if segment == b"l" {
            return Flow::Close;
        }
        by_line(kept, segment, reply)
    });
    let finding = finding(&target, "> \"value\\n\"\n< \"value\\n\"\n");
    assert_eq!((finding.law, finding.delivery.as_str()), (Law::CutOff, "cut@2 cut@3"));
    assert_eq!(marks(finding.map.as_ref().unwrap()), ".....");
}

#[test]
fn a_panic_is_a_crash() {
    let target = target(|kept, segment, reply| {
        assert!(segment != b"\n", "a line without a line");
        by_line(kept, segment, reply)
    });
    let finding = finding(&target, "> \"hello\\n\"\n< \"hello\\n\"\n");
    assert_eq!((finding.law, finding.delivery.as_str()), (Law::Crashed, "cut@5"));
    assert!(format!("{:?}", finding.seen.then).contains("a line without a line"));
}

/// What connections of one server share: whether somebody has vanished in the midst of a line.
struct Shared(Vec<u8>, Arc<AtomicBool>);

impl Protocol for Shared {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        if self.1.load(Ordering::SeqCst) {
            return Flow::Continue;
        }
        by_line(&mut self.0, segment, reply)
    }

    fn end(&mut self, _reply: &mut Vec<u8>) -> Flow {
        self.1.fetch_or(!self.0.is_empty(), Ordering::SeqCst);
        Flow::Close
    }
}

#[test]
fn a_client_that_vanishes_and_takes_the_server_along_wedges_it() {
    let target = Target::server("wedging", || {
        let wedged = Arc::new(AtomicBool::new(false));
        move || Shared(Vec::new(), Arc::clone(&wedged))
    });
    let finding = finding(&target, "> \"hello\\n\"\n< \"hello\\n\"\n");
    assert_eq!(finding.law, Law::Wedged);
    assert!(finding.delivery.starts_with("drop@"), "{}", finding.delivery);
    let without = check(&target, "laws -wedged\n> \"hello\\n\"\n< \"hello\\n\"\n");
    assert_eq!(without.findings.len(), 0);
}

#[test]
fn an_answer_that_is_another_each_time_is_unrepeatable() {
    let number = Arc::new(AtomicUsize::new(0));
    let target = target(move |_, _, reply| {
        let number = number.fetch_add(1, Ordering::SeqCst);
        reply.extend(format!("you are {number}\n").bytes());
        Flow::Continue
    });
    let checked = check(&target, "> \"who am I?\\n\"\n< \"you are 0\\n\"\n");
    assert_eq!(checked.findings[0].law, Law::Unrepeatable);
    assert!(checked.left_out.contains(&(String::new(), Omission::Baseline)));
}

#[test]
fn what_is_found_is_told_when_it_is_confirmed() {
    let target = Target::memory("tutorial", Tutorial::default);
    let told = Mutex::new(Vec::new());
    let progress = |progress: Progress<'_>| {
        if let Progress::Found(finding) = progress {
            told.lock().unwrap().push(finding.script.clone());
        }
    };
    // A cut makes it close, and the end of the stream is ignored.
    let said = conversation("> \"é\\n\"\n< \"é\\n\"\n> eof\n< eof\n");
    let (options, stop) = (Options::default(), AtomicBool::new(false));
    let checked = recut::check::check(&target, &said, &options, &stop, &progress).unwrap();
    let found: Vec<_> = checked.findings.into_iter().map(|finding| finding.script).collect();
    assert!(!found.is_empty());
    assert_eq!(told.into_inner().unwrap(), found);
}

#[test]
fn a_baseline_that_does_not_hold_stops_everything() {
    let checked = check(&target(by_line), "> \"a\\n\"\n< \"b\\n\"\n");
    assert_eq!(checked.findings[0].law, Law::Baseline);
    assert_eq!(checked.tally, Tally { confirmed: 1, ..Tally::default() });
    assert_eq!(checked.left_out, [(String::new(), Omission::Baseline)]);
}

#[test]
fn something_must_be_answered() {
    let silent = target(|_, _, _| Flow::Continue);
    assert_eq!(finding(&silent, "> \"anybody?\\n\"\n").law, Law::Baseline);
    assert_eq!(check(&silent, "> \"hush\\n\"\n< silence 1s\n").findings.len(), 0);
}

#[test]
fn what_is_not_expected_is_a_mismatch_at_the_end() {
    let chatty = target(|_, segment, reply| {
        reply.extend_from_slice(segment);
        reply.extend_from_slice(b"and more\n");
        Flow::Continue
    });
    let finding = finding(&chatty, "> \"a\\n\"\n< \"a\\n\"\n");
    assert_eq!((finding.law, &finding.seen.demand), (Law::Baseline, &Demand::NothingMore));
}

#[test]
fn what_does_not_show_every_time_is_unstable() {
    // It stumbles once, in its tenth play, and never again.
    let plays = Arc::new(AtomicUsize::new(0));
    let target = target(move |kept, segment, reply| {
        if plays.fetch_add(1, Ordering::SeqCst) == 10 {
            return Flow::Close;
        }
        by_line(kept, segment, reply)
    });
    let options = Options { jobs: NonZeroUsize::new(1), ..Options::default() };
    let checked = check_once(&target, &conversation(TWO_LINES), &options).unwrap();
    assert_eq!(checked.findings.len(), 1);
    assert_eq!(checked.findings[0].confirmed, (0, 3));
    assert_eq!(checked.stable().count(), 0);
}

#[test]
fn a_late_answer_to_a_client_that_has_gone_accuses_nobody() {
    struct Strict(Vec<u8>);
    impl Protocol for Strict {
        fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
            by_line(&mut self.0, segment, reply)
        }
        fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
            if !self.0.is_empty() {
                reply.extend_from_slice(b"400 half a request\n");
            }
            Flow::Close
        }
    }
    let target = Target::memory("strict", || Strict(Vec::new()));
    assert_eq!(check(&target, &format!("deliver +reset\n{TWO_LINES}")).findings.len(), 0);
}

#[test]
fn a_long_answer_to_the_end_of_the_stream_ends_with_it_in_memory() {
    struct Wordy(Vec<u8>);
    impl Protocol for Wordy {
        fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
            by_line(&mut self.0, segment, reply)
        }
        fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
            reply.extend_from_slice(&[b'x'; 1 << 20]);
            Flow::Continue
        }
    }
    let target = Target::memory("wordy", || Wordy(Vec::new()));
    let checked = check(&target, &format!("deliver half-close\n{TWO_LINES}"));
    assert_eq!(checked.findings.len(), 0, "{:?}", checked.findings);
    assert!(checked.tally.total() > 1);
}

#[test]
fn ten_statements_become_the_two_that_matter_and_many_cuts_the_one() {
    let target = target(|kept, segment, reply| {
        if segment.starts_with(b"lue") {
            return Flow::Close;
        }
        by_line(kept, segment, reply)
    });
    let mut text = String::from("deliver bytes random=2000\n");
    for line in ["alpha", "beta", "the value is clear", "gamma", "delta"] {
        text.push_str(&format!("> \"{line}\\n\"\n< \"{line}\\n\"\n"));
    }
    let finding = finding(&target, &text);
    assert_eq!(finding.delivery, "cut@6");
    let script: Vec<&str> =
        finding.script.lines().filter(|line| line.starts_with(['>', '<'])).collect();
    assert_eq!(script, ["> \"the value is clear\\n\"", "< \"the value is clear\\n\""]);
}

#[test]
fn a_long_payload_is_shortened_around_the_cut() {
    let text = format!("> \"{0}€{0}\\n\"\n< \"{0}€{0}\\n\"\n", "na ".repeat(300));
    let finding = finding(&Target::memory("tutorial", Tutorial::default), &text);
    let sent: usize = finding.sent.iter().map(String::len).sum();
    assert!(sent < 120, "{:?}", finding.sent);
    assert_eq!(check(&Target::builtin("echo").unwrap(), &finding.script).findings.len(), 0);
}

#[test]
fn the_verdict_does_not_depend_on_the_order_of_work() {
    let target = Target::builtin("tutorial").unwrap();
    let text = conversation("> \"aéb€c\\nquit\\n\"\n< \"aéb€c\\nquit\\n\"\n");
    let run = |jobs| {
        let options = Options { jobs: NonZeroUsize::new(jobs), ..Options::default() };
        let checked = check_once(&target, &text, &options).unwrap();
        let shown: Vec<_> = checked
            .findings
            .iter()
            .map(|finding| (finding.law, finding.delivery.clone(), finding.script.clone()))
            .collect();
        (shown, checked.tally)
    };
    let one = run(1);
    assert_eq!(one.0.len(), 1);
    for jobs in [2, 3, 8] {
        assert_eq!(run(jobs), one);
    }
}

#[test]
fn what_is_left_out_is_told() {
    let options = Options { max: Some(50), ..Options::default() };
    let checked = check_once(
        &Target::memory("echo", Echo::default),
        &conversation(
            "deliver +joined\n> \"some twenty bytes.\\n\"\n< line re\"(?<a>.*)\"\n> $a\n< $a\n",
        ),
        &options,
    )
    .unwrap();
    assert!(checked.tally.total() <= 50);
    let told: Vec<_> = checked.left_out.iter().map(|(what, _)| what.as_str()).collect();
    for what in ["pairs", "all", "joined", "starves", "spins", "leaks"] {
        assert!(told.contains(&what), "{what} is missing in {told:?}");
    }
}

#[test]
fn options_win_over_the_script() {
    let deliver: Vec<Word> = ["bytes", "+joined"].map(|word| word.parse().unwrap()).to_vec();
    let options = Options { deliver, ..Options::default() };
    let text = conversation(&format!("deliver single\n{TWO_LINES}"));
    let checked = check_once(&Target::memory("echo", Echo::default), &text, &options).unwrap();
    // The baseline is always played.
    assert_eq!(checked.tally.total(), 3);
}

#[test]
fn a_raw_stream_is_judged_by_its_baseline() {
    let raw = Conversation::raw("raw", "hé\nq\nlost".into()).unwrap();
    let echo = check_once(&Target::builtin("echo").unwrap(), &raw, &Options::default()).unwrap();
    assert_eq!(echo.findings.len(), 0);
    assert!(echo.tally.total() > 100);
    // The specimen drops the connection at half a character.
    let raw = Conversation::raw("raw", "hé\n".into()).unwrap();
    let target = Target::builtin("tutorial").unwrap();
    let tutorial = check_once(&target, &raw, &Options::default()).unwrap();
    let laws: Vec<_> = tutorial.findings.iter().map(|finding| finding.law).collect();
    assert_eq!(laws, [Law::CutOff]);
    assert_eq!(check(&target, &tutorial.findings[0].script).findings[0].law, Law::CutOff);
}
