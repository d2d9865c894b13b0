//! What is found, what is not, and what is told.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::*;
use crate::protocol::{Echo, Flow, Protocol, Tutorial};

/// What something panics with.
fn panic_of(call: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(call));
    match panic.expect_err("it did not panic").downcast::<String>() {
        Ok(words) => *words,
        Err(panic) => (*panic.downcast::<&str>().unwrap()).to_owned(),
    }
}

/// Lines as somebody reads them who forgets that a segment may end inside one.
fn lines(segments: &[&[u8]]) -> Vec<String> {
    let lines = segments.iter().flat_map(|segment| segment.split_inclusive(|byte| *byte == b'\n'));
    lines.map(|line| String::from_utf8_lossy(line).into_owned()).collect()
}

#[test]
fn a_value_that_does_not_depend_on_the_cuts_is_returned() {
    assert_eq!(invariant("hellö\n", |segments| segments.concat()), "hellö\n".as_bytes());
    assert_eq!(invariant(b"", |segments| segments.len()), 0);
    assert_eq!(invariant(b"x", |segments| segments.len()), 1);
}

#[test]
fn segments_are_the_bytes_and_none_is_empty() {
    let mut seen = BTreeSet::new();
    invariant(b"0123456789abcd", |segments| {
        assert!(segments.iter().all(|segment| !segment.is_empty()));
        seen.insert(segments.iter().map(|segment| segment.len()).collect::<Vec<_>>());
        segments.concat()
    });
    assert_eq!(seen.len(), 1 << 13, "every segmentation of 14 bytes");
}

#[test]
fn the_bound_is_kept_whatever_the_length() {
    for length in [15, 300, 5_000, 200_000] {
        let (mut called, mut bytes_alone) = (0, false);
        invariant(vec![b'\n'; length], |segments| {
            called += 1;
            bytes_alone |= segments.len() == length;
            segments.iter().map(|segment| segment.len()).sum::<usize>()
        });
        assert!(called <= most(length) + 1 && called > 200, "{length}: {called}");
        assert!(bytes_alone, "{length}: byte by byte");
    }
    assert_eq!([most(0), most(2_000), most(1 << 20)], [MOST, 8_388, LEAST]);
}

#[test]
fn the_fewest_cuts_are_told_with_both_values() {
    let told = panic_of(|| drop(invariant("ab\r\ncd\n", lines)));
    let expected = [
        "the value depends on where the bytes are cut",
        "  delivery  cut@2",
        r#"  segments  "ab" | "\r\ncd\n""#,
        r#"     uncut  ["ab\r\n", "cd\n"]"#,
        "                ^",
        r#"       cut  ["ab", "\r\n", "cd\n"]"#,
        "                ^",
        "     tried  3 segmentations until the first difference, ",
    ];
    assert!(told.starts_with(&expected.join("\n")), "{told}");
}

#[test]
fn three_cuts_are_found_and_no_fewer_are_told() {
    // Only four segments of which the second is `b` do it.
    let value = |segments: &[&[u8]]| {
        let is_planted = segments.len() == 4 && segments[1] == b"b" && segments[3] == b"ef";
        !is_planted
    };
    let told = panic_of(|| {
        invariant(b"abcdef", value);
    });
    assert!(told.contains("\n  delivery  cut@1 cut@2 cut@4\n"), "{told}");
}

#[test]
fn a_panic_under_a_cut_is_a_value_and_an_uncut_one_is_passed_on() {
    let strict = |segments: &[&[u8]]| {
        segments
            .iter()
            .map(|segment| std::str::from_utf8(segment).expect("a text").len())
            .sum::<usize>()
    };
    assert_eq!(invariant("abc", strict), 3);
    let told = panic_of(|| drop(invariant("aé", strict).to_string()));
    assert!(told.contains("\n     uncut  3\n"), "{told}");
    assert!(told.contains("\n       cut  panics: a text: Utf8Error"), "{told}");
    let told = panic_of(|| drop(invariant(b"\xff", strict).to_string()));
    assert!(told.starts_with("a text: "), "{told}");
}

#[test]
fn a_value_that_changes_by_itself_accuses_no_cut() {
    let calls = Cell::new(0);
    let told = panic_of(|| {
        invariant(b"abc", |_| calls.replace(calls.get() + 1));
    });
    assert!(told.starts_with("the value changes by itself: "), "{told}");
    // The first two calls agree, and then each third is another one.
    calls.set(0);
    let told = panic_of(|| {
        invariant(b"abcdefgh", |_| {
            calls.set(calls.get() + 1);
            calls.get() % 7 == 5
        });
    });
    assert!(told.starts_with("a difference showed once, "), "{told}");
}

#[test]
fn the_same_is_tried_in_each_run() {
    let run = || {
        let mut seen = Vec::new();
        invariant(vec![b'\n'; 3_000], |segments| {
            seen.push(segments.iter().map(|segment| segment.len()).collect::<Vec<_>>());
        });
        seen
    };
    assert!(run() == run());
}

/// Answers a line, and loses it if it came in exactly four segments, of which the second is `bc`.
#[derive(Clone, Default, PartialEq, Eq)]
struct LosesFour {
    line: Vec<u8>,
    ends: Vec<usize>,
}

impl Protocol for LosesFour {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.line.extend_from_slice(segment);
        self.ends.push(self.line.len());
        if self.line.ends_with(b"\n") && self.ends[..2.min(self.ends.len())] != [1, 3] {
            reply.append(&mut self.line);
        }
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

#[test]
fn a_core_that_depends_on_the_cuts_is_told_with_the_fewest() {
    for stream in ["", "q", "hellö\nq\n", "a\r\nq\r"] {
        fuzz(stream.as_bytes(), Echo::default);
        fuzz_every(stream.as_bytes(), Echo::default);
    }
    let long = "é\n".repeat(100) + "q\n";
    fuzz(long.as_bytes(), Echo::default);
    let told = panic_of(|| fuzz("hellö\n".as_bytes(), Tutorial::default));
    for part in [
        "the answer depends on where the stream is cut\n  delivery  cut@5\n",
        "\n  segments  \"hell\\xc3\" | \"\\xb6\\n\"\n",
        "\n     uncut  \"hellö\\n\" ",
    ] {
        assert!(told.contains(part), "{part:?} is not in\n{told}");
    }
}

#[test]
fn following_all_segmentations_finds_what_samples_miss() {
    let stream = b"abcdefghijkl\n";
    fuzz(stream, LosesFour::default);
    let told = panic_of(|| fuzz_every(stream, LosesFour::default));
    assert!(told.contains("\n  delivery  cut@1 cut@3\n"), "{told}");
}

/// Panics at the end of the stream if it holds half a line.
#[derive(Clone, Default, PartialEq, Eq)]
struct Strict(bool);

impl Protocol for Strict {
    fn receive(&mut self, segment: &[u8], _: &mut Vec<u8>) -> Flow {
        self.0 = segment.ends_with(b"\n");
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        assert!(self.0, "half a line");
        Flow::Close
    }
}

#[test]
fn a_core_that_panics_at_an_early_end_is_told() {
    fuzz(b"ab\n", Strict::default);
    let told = panic_of(|| fuzz_every(b"ab\n", Strict::default));
    assert_eq!(told, "the core panics if the stream ends after \"a\"");
}

/// Two of its states are equal that are not alike.
#[derive(Clone, Default)]
struct Vague(usize);

impl PartialEq for Vague {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Vague {}

impl Protocol for Vague {
    fn receive(&mut self, segment: &[u8], _: &mut Vec<u8>) -> Flow {
        self.0 += usize::from(segment.len() > 1);
        Flow::Continue
    }

    fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
        // Its samples agree: a proof would have to see what its `Eq` leaves out.
        reply.push(u8::from(self.0 == 2));
        Flow::Close
    }
}

#[test]
fn a_state_that_eq_leaves_out_is_told() {
    let told = panic_of(|| fuzz_every(b"abcd", Vague::default));
    assert!(told.contains("`Eq` leaves out") || told.contains("cut@"), "{told}");
}
