//! Cores of users that break only if they are cut three times: what a property test with the
//! strategies shows of them is the fewest cuts, and the shortest stream that has room for them.

use std::fmt::Debug;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use recut::strategies::{Segmentation, conversation, cut_stream, segmentation, well_formed};
use recut::{Check, Flow, Law, Protocol};

/// Answers each line with itself. If a line comes in more than `limit` reads, the reads before the
/// last one are forgotten.
struct Forgetful {
    limit: usize,
    line: Vec<u8>,
    reads: usize,
}

impl Forgetful {
    fn after(limit: usize) -> Self {
        Self { limit, line: Vec::new(), reads: 0 }
    }
}

impl Protocol for Forgetful {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.reads += 1;
        if self.reads > self.limit {
            self.line.clear();
        }
        for &byte in segment {
            self.line.push(byte);
            if byte == b'\n' {
                reply.append(&mut self.line);
                self.reads = 1;
            }
        }
        if self.line.is_empty() {
            self.reads = 0;
        }
        Flow::Continue
    }

    fn end(&mut self, _reply: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

/// Answers with the text, and with U+FFFD where it is ill-formed. A character is put together from
/// `limit` reads at most.
struct Patient {
    limit: usize,
    kept: Vec<u8>,
    reads: usize,
}

impl Patient {
    fn for_reads(limit: usize) -> Self {
        Self { limit, kept: Vec::new(), reads: 0 }
    }
}

impl Protocol for Patient {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.reads += 1;
        self.kept.extend_from_slice(segment);
        let bytes = std::mem::take(&mut self.kept);
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            reply.extend(chunk.valid().bytes());
            let invalid = chunk.invalid();
            let is_cut = chunks.peek().is_none()
                && std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            if is_cut && invalid.len() <= segment.len() {
                // It starts in this read.
                self.reads = 1;
            }
            if is_cut && self.reads < self.limit {
                self.kept = invalid.to_vec();
            } else if !invalid.is_empty() {
                reply.extend("\u{FFFD}".bytes());
            }
        }
        if self.kept.is_empty() {
            self.reads = 0;
        }
        Flow::Continue
    }

    fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
        if !self.kept.is_empty() {
            reply.extend("\u{FFFD}".bytes());
        }
        Flow::Close
    }
}

/// What a property is shown to fail for, from one seed; `None` if it holds in all cases.
fn smallest<S: Strategy>(
    strategy: &S,
    seed: u8,
    cases: u32,
    holds: impl Fn(&S::Value) -> bool,
) -> Option<S::Value>
where
    S::Value: Debug,
{
    let config = Config { failure_persistence: None, cases, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let outcome = TestRunner::new_with_rng(config, rng).run(strategy, |value| {
        prop_assert!(holds(&value));
        Ok(())
    });
    match outcome {
        Ok(()) => None,
        Err(TestError::Fail(_, value)) => Some(value),
        Err(TestError::Abort(reason)) => panic!("seed {seed}: {reason}"),
    }
}

fn does_not_depend_on_cuts<P: Protocol>(cut: &Segmentation, core: impl Fn() -> P) -> bool {
    cut.play(core()) == cut.uncut().play(core())
}

#[test]
fn a_line_that_is_forgotten_after_three_reads_is_shown_with_three_cuts_and_four_bytes() {
    for seed in 0..24 {
        let holds = |cut: &Segmentation| does_not_depend_on_cuts(cut, || Forgetful::after(3));
        let shown = smallest(&cut_stream(), seed, 2_000, holds).unwrap();
        assert_eq!((shown.stream().len(), shown.cuts()), (4, &[1, 2, 3][..]), "{shown:?}");
        assert!(shown.stream().ends_with(b"\n"), "{shown:?}");
    }
}

#[test]
fn a_character_that_is_lost_after_three_reads_is_shown_alone_with_three_cuts() {
    for seed in 0..24 {
        let holds = |cut: &Segmentation| does_not_depend_on_cuts(cut, || Patient::for_reads(3));
        let shown = smallest(&segmentation(well_formed()), seed, 2_000, holds).unwrap();
        assert_eq!((shown.stream().len(), shown.cuts()), (4, &[1, 2, 3][..]), "{shown:?}");
        assert_eq!(std::str::from_utf8(shown.stream()).unwrap().chars().count(), 1, "{shown:?}");
    }
}

/// The same cores without the defect: nothing is shown.
#[test]
fn cores_that_remember_everything_are_not_accused() {
    for seed in 0..4 {
        let lines =
            |cut: &Segmentation| does_not_depend_on_cuts(cut, || Forgetful::after(usize::MAX));
        assert_eq!(smallest(&cut_stream(), seed, 500, lines), None);
        let text = |cut: &Segmentation| does_not_depend_on_cuts(cut, || Patient::for_reads(4));
        assert_eq!(smallest(&cut_stream(), seed, 500, text), None);
    }
}

/// A conversation holds uncut, by construction. One or two bursts are left of it, and the check
/// finds the fewest cuts: two are enough if an earlier burst was the first read of the line.
#[test]
fn a_conversation_that_breaks_if_a_line_is_cut_three_times_becomes_short() {
    let core = || Forgetful::after(3);
    let check = Check::new(core).max(200);
    for seed in 0..4 {
        let holds = |script: &String| check.run(script).unwrap().findings.is_empty();
        let shown = smallest(&conversation(core), seed, 500, holds).unwrap();
        let finding = &check.run(&shown).unwrap().findings[0];
        assert_eq!(finding.law(), Law::Differs, "{shown}");
        assert!((2..=3).contains(&finding.script.matches("cut@").count()), "{}", finding.script);
        let sends = shown.lines().filter(|line| line.contains("> ")).count();
        assert!(sends <= 2 && shown.len() <= 80, "{shown}");
    }
}
