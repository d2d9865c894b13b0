//! The echo core against its oracle: every short stream under every segmentation. Long ones at
//! random are in `properties/protocol.rs`.

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

/// Found by properties, in earlier forms of the echo.
#[test]
fn characters_that_break_off_behind_a_cut() {
    for stream in [&b"\xe2\x82 "[..], b"\xe0\xa0\x80"] {
        for mask in 0..4 {
            assert_eq!(play(&cut(stream, mask)), respond(stream), "{stream:x?} cut {mask:b}");
        }
    }
}
