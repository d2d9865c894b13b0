//! The strategies themselves: they make what they promise, and it shrinks as they say.

use std::fmt::Debug;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use recut::delivery::telling_offsets;
use recut::strategies::{
    Segmentation, conversation, cut_stream, ill_formed, segmentation, stream, well_formed,
};
use recut::{Echo, Flow, Protocol, Tutorial};

/// What a property that does not hold is shown to fail for, from each of several seeds.
fn smallest<S: Strategy>(strategy: S, holds: impl Fn(&S::Value) -> bool) -> Vec<S::Value>
where
    S::Value: Debug,
{
    let smallest = |seed| {
        let config = Config { failure_persistence: None, cases: 2_000, ..Config::default() };
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let outcome = runner.run(&strategy, |value| {
            prop_assert!(holds(&value));
            Ok(())
        });
        match outcome {
            Err(TestError::Fail(_, value)) => value,
            other => panic!("seed {seed}: {other:?}"),
        }
    };
    (0..24).map(smallest).collect()
}

fn is_cut_in_a_character(cut: &Segmentation) -> bool {
    let Ok(text) = std::str::from_utf8(cut.stream()) else { return false };
    cut.cuts().iter().any(|&cut| !text.is_char_boundary(cut))
}

#[test]
fn a_cut_inside_a_character_shrinks_to_that_character_and_one_cut() {
    let any = smallest(cut_stream(), |cut| !is_cut_in_a_character(cut));
    let text = smallest(segmentation(well_formed()), |cut| !is_cut_in_a_character(cut));
    for cut in any.iter().chain(&text) {
        let characters = std::str::from_utf8(cut.stream()).unwrap().chars().count();
        assert_eq!((characters, cut.cuts().len()), (1, 1), "{cut:?}");
    }
}

/// The beginner's server decodes each segment on its own.
#[test]
fn a_server_that_decodes_each_segment_is_shown_one_character() {
    let holds = |cut: &Segmentation| {
        let uncut = cut.uncut().play(Tutorial::default());
        cut.play(Tutorial::default()) == uncut
    };
    for cut in smallest(segmentation(well_formed()), holds) {
        // Or a `q` that is the whole of a segment.
        let is_q = cut.stream().contains(&b'q') && cut.stream().len() == 2;
        let is_character = std::str::from_utf8(cut.stream()).unwrap().chars().count() == 1;
        assert!(cut.cuts().len() == 1 && (is_q || is_character), "{cut:?}");
    }
}

#[test]
fn needless_cuts_go_and_what_is_left_is_letters() {
    for cut in smallest(cut_stream(), |cut| cut.cuts().len() < 3) {
        assert_eq!(cut, Segmentation::new("aaaa", [1, 2, 3]));
    }
    for stream in smallest(stream(), |stream| stream.len() < 3) {
        assert_eq!(stream, b"aaa");
    }
}

#[test]
fn a_cut_stays_between_the_bytes_that_it_cuts() {
    let is_crlf_cut = |cut: &Segmentation| {
        cut.cuts().iter().any(|&at| cut.stream()[at - 1] == b'\r' && cut.stream()[at] == b'\n')
    };
    for cut in smallest(cut_stream(), |cut| !is_crlf_cut(cut)) {
        assert!(cut.cuts().len() == 1 && cut.stream().len() <= 3, "{cut:?}");
    }
}

#[test]
fn a_buffer_that_is_too_small_is_found_to_the_byte() {
    for cut in smallest(cut_stream(), |cut| cut.segments().all(|segment| segment.len() <= 1024)) {
        assert_eq!((cut.stream().len(), cut.cuts().len()), (1025, 0));
    }
}

#[test]
fn cuts_prefer_what_tells_and_leave_nothing_out() {
    let mut runner = TestRunner::deterministic();
    let (mut telling, mut other, mut every, mut none) = (0, 0, 0, 0);
    for _ in 0..500 {
        let cut = cut_stream().new_tree(&mut runner).unwrap().current();
        let offsets = telling_offsets(cut.stream());
        let here = cut.cuts().iter().filter(|cut| offsets.contains(cut)).count();
        telling += here;
        other += cut.cuts().len() - here;
        every += usize::from(cut.cuts().len() > 1 && cut.cuts().len() + 1 == cut.stream().len());
        none += usize::from(cut.cuts().is_empty());
    }
    assert!(telling > other && other > 100 && every > 10 && none > 10, "{telling} {other} {every}");
}

proptest! {
    #[test]
    fn segments_are_the_stream_and_none_is_empty(cut in cut_stream()) {
        prop_assert_eq!(cut.segments().collect::<Vec<_>>().concat(), cut.stream());
        prop_assert!(cut.segments().all(|segment| !segment.is_empty()));
        let expected = if cut.stream().is_empty() { 0 } else { cut.cuts().len() + 1 };
        prop_assert_eq!(cut.segments().count(), expected);
        prop_assert!(cut.cuts().is_sorted_by(|a, b| a < b));
        prop_assert!(cut.cuts().iter().all(|&at| 0 < at && at < cut.stream().len()));
        prop_assert_eq!(&Segmentation::new(cut.stream(), cut.cuts().to_vec()), &cut);
    }

    #[test]
    fn what_is_well_formed_is_and_what_is_not_is_not(good in well_formed(), bad in ill_formed()) {
        prop_assert!(std::str::from_utf8(&good).is_ok());
        prop_assert!(std::str::from_utf8(&bad).is_err(), "{:x?}", bad);
    }

    #[test]
    fn a_played_server_is_driven_by_the_contract(cut in cut_stream()) {
        let mut calls = Vec::new();
        let (reply, _) = cut.play(Noting { calls: &mut calls });
        prop_assert_eq!(reply, [b"hi", cut.stream()].concat());
        let segments = cut.segments().map(<[u8]>::to_vec);
        let expected: Vec<_> = [b"open".to_vec()].into_iter().chain(segments).collect();
        prop_assert_eq!(calls.split_last(), Some((&b"end".to_vec(), &expected[..])));
    }
}

/// Whatever an ill-formed stream shrinks to is ill-formed.
#[test]
fn ill_formed_streams_shrink_to_ill_formed_ones() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..100 {
        let mut tree = ill_formed().new_tree(&mut runner).unwrap();
        for _ in 0..2_000 {
            assert!(std::str::from_utf8(&tree.current()).is_err());
            if !tree.simplify() {
                break;
            }
        }
        assert!(tree.current().len() <= 2);
    }
}

struct Noting<'a> {
    calls: &'a mut Vec<Vec<u8>>,
}

impl Protocol for Noting<'_> {
    fn open(&mut self, reply: &mut Vec<u8>) -> Flow {
        self.calls.push(b"open".to_vec());
        reply.extend(b"hi");
        Flow::Continue
    }

    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.calls.push(segment.to_vec());
        reply.extend(segment);
        Flow::Continue
    }

    fn end(&mut self, _reply: &mut Vec<u8>) -> Flow {
        self.calls.push(b"end".to_vec());
        Flow::Close
    }
}

/// What a conversation may have that says what it says in a file alone.
#[test]
fn conversations_use_all_of_the_language_but_files() {
    let mut runner = TestRunner::deterministic();
    let all = conversation(Echo::default);
    let mut sample = || all.new_tree(&mut runner).unwrap().current();
    let texts: Vec<String> = std::iter::repeat_with(&mut sample).take(400).collect();
    for part in [
        "\nbob > ",
        "\nzoë-2 > ",
        " | ",
        "hex\"",
        " * 2",
        " * 0",
        "let v",
        "> $v",
        "repeat ",
        "pause ",
        "\nopen",
        "> eof",
        "> close",
        "> reset",
        "< \"",
        " bytes re\"",
        "line re\"",
        "(?<v",
        "lines until re\"",
        "rest re\"",
        "< eof\n",
        "< eof clean",
        "< closed",
        "< silence ",
    ] {
        assert!(texts.iter().any(|text| text.contains(part)), "none has {part}");
    }
}
