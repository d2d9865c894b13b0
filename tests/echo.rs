//! The echo core against its oracle: every short stream under every segmentation, and long ones
//! at random.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use recut::testing::decided;
use recut::{Echo, Flow, Protocol, respond};

/// Plays a stream in segments; checks after each that exactly what is decided was answered.
fn play(segments: &[&[u8]]) -> (Vec<u8>, bool) {
    let (mut echo, mut reply) = (Echo::default(), Vec::new());
    let mut flow = echo.open(&mut reply);
    let mut received = Vec::new();
    for segment in segments {
        if flow != Flow::Continue {
            return (reply, true);
        }
        flow = echo.receive(segment, &mut reply);
        received.extend_from_slice(segment);
        assert_eq!(reply, decided(&received), "after {received:x?}");
    }
    if flow == Flow::Continue {
        flow = echo.end(&mut reply);
    }
    (reply, flow == Flow::Quit)
}

/// Cuts a stream at the places whose bit is set, place 0 behind the first byte.
fn cut(stream: &[u8], mask: u32) -> Vec<&[u8]> {
    let mut segments = Vec::new();
    let mut start = 0;
    for place in 1..=stream.len() {
        if place == stream.len() || mask >> (place - 1) & 1 == 1 {
            segments.push(&stream[start..place]);
            start = place;
        }
    }
    segments
}

/// Bytes that start, continue and break characters of 2, 3 and 4 bytes, and all that matters to
/// lines.
const TELLING: &[u8] = b"q\n\ra\x80\xbf\xc3\xe2\xed\xf0\xff";

/// Calls `check` with every stream over the telling alphabet of exactly that length.
fn every_stream(length: usize, mut check: impl FnMut(&[u8])) {
    let mut digits = vec![0; length];
    loop {
        let stream: Vec<u8> = digits.iter().map(|&digit| TELLING[digit]).collect();
        check(&stream);
        let Some(place) = digits.iter().position(|&digit| digit + 1 < TELLING.len()) else {
            return;
        };
        digits[..place].fill(0);
        digits[place] += 1;
    }
}

#[test]
fn every_short_stream_under_every_segmentation() {
    for length in 1..=5 {
        every_stream(length, |stream| {
            let expected = respond(stream);
            for mask in 0..1 << (length - 1) {
                assert_eq!(play(&cut(stream, mask)), expected, "{stream:x?} cut {mask:b}");
            }
        });
    }
}

/// The definition of promptness, word for word: the longest common prefix, in whole characters,
/// of the answers to all continuations.
#[test]
fn what_is_decided_is_what_every_continuation_shares() {
    // Each tells some other end of a prefix apart: they complete or break every character, and
    // make a quit line or none.
    let continuations: [&[u8]; 9] =
        [b"", b"a", b"\n", b"\r\n", b"\ra", b"\x80\x80\x80", b"\x90\x80\x80", b"\xa0\x80", b"\xbf"];
    for length in 0..=4 {
        every_stream(length.max(1), |stream| {
            let prefix = &stream[..length];
            let mut shared: Option<String> = None;
            for continuation in continuations {
                let answer = respond(&[prefix, continuation].concat()).0;
                let answer = String::from_utf8(answer).unwrap();
                shared = Some(match shared {
                    None => answer,
                    Some(shared) => common(&shared, &answer),
                });
            }
            assert_eq!(decided(prefix), shared.unwrap().as_bytes(), "{prefix:x?}");
        });
    }
}

fn common(one: &str, other: &str) -> String {
    one.chars().zip(other.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
}

/// Streams of telling pieces: text, line ends, quit lines, and what is no UTF-8.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => any::<char>().prop_map(|c| c.to_string().into_bytes()),
        4 => prop::sample::select(vec![
            "q\n", "\nq\n", "\nq\r\n", "q", "\r", "\n", "quit\n", "é", "€", "😀", "\u{FFFD}",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        2 => prop::collection::vec(any::<u8>(), 1..5),
        1 => prop::sample::select(vec![&b"\xf0\x9f\x98"[..], b"\xe2\x82", b"\xc3", b"\xed\xa0\x80"])
            .prop_map(<[u8]>::to_vec),
        1 => (1000..1050_usize).prop_map(|length| vec![b'x'; length]),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

/// A stream and where it is cut.
fn cut_stream() -> impl Strategy<Value = (Vec<u8>, Vec<usize>)> {
    (stream(), prop::collection::vec(any::<prop::sample::Index>(), 0..12)).prop_map(
        |(stream, indices)| {
            let mut cuts: Vec<usize> = match stream.len() {
                0 | 1 => Vec::new(),
                length => indices.iter().map(|index| index.index(length - 1) + 1).collect(),
            };
            cuts.sort_unstable();
            cuts.dedup();
            (stream, cuts)
        },
    )
}

fn segments<'a>(stream: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let borders: Vec<usize> =
        [0].into_iter().chain(cuts.iter().copied()).chain([stream.len()]).collect();
    let pieces = borders.windows(2).map(|pair| &stream[pair[0]..pair[1]]);
    pieces.filter(|piece| !piece.is_empty()).collect()
}

proptest! {
    #[test]
    fn the_answer_depends_on_the_stream_alone((stream, cuts) in cut_stream()) {
        prop_assert_eq!(play(&segments(&stream, &cuts)), respond(&stream));
    }

    #[test]
    fn the_oracle_is_from_utf8_lossy_up_to_the_quit_line(stream in stream()) {
        let (answer, quit) = respond(&stream);
        let text = String::from_utf8_lossy(&stream).into_owned();
        prop_assert!(text.as_bytes().starts_with(&answer));
        prop_assert!(quit || text.len() == answer.len());
    }

    #[test]
    fn well_formed_text_without_a_quit_line_comes_back(text in any::<String>()) {
        let text = text.replace('q', "Q");
        prop_assert_eq!(respond(text.as_bytes()), (text.into_bytes(), false));
    }

    #[test]
    fn nothing_is_answered_after_quit((stream, cuts) in cut_stream(), rest in stream()) {
        let quitting = [&stream[..], b"\nq\n"].concat();
        let longer = [&quitting[..], &rest].concat();
        let (answer, quit) = respond(&quitting);
        prop_assert!(quit);
        prop_assert_eq!(play(&segments(&longer, &cuts)), (answer, true));
    }

    #[test]
    fn the_bodies_of_the_fuzz_targets_hold(stream in stream()) {
        for body in recut::testing::BODIES.iter().filter(|body| body.of_streams) {
            prop_assert_eq!((body.check)(&stream), Ok(()), "{}", body.name);
        }
    }
}
