//! Streams of telling pieces, well-formed and not.

use std::ops::RangeInclusive;

use proptest::char::range;
use proptest::collection::vec;
use proptest::num::usize::BinarySearch;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::{NewTree, ValueTree};
use proptest::test_runner::TestRunner;

use super::pieces::pieces;

/// Bytes that matter to lines.
const LINES: [&str; 4] = ["\n", "\r\n", "\r", "q"];

/// How a quit line may end.
const QUITS: [&str; 4] = ["", "\n", "\r\n", "\r"];

/// The first and the last characters of each length, and some that programs treat specially.
const EDGES: [char; 14] = [
    '\u{80}',
    '\u{7FF}',
    '\u{800}',
    '\u{FFFF}',
    '\u{10000}',
    '\u{10FFFF}',
    '\0',
    '\u{7F}',
    '\u{301}',
    '\u{200D}',
    '\u{2028}',
    '\u{D7FF}',
    '\u{FEFF}',
    '\u{FFFD}',
];

/// Longer forms than a character's own, at both ends of what each lead byte would allow.
const OVERLONG: [&[u8]; 6] = [
    b"\xC0\x80",
    b"\xC1\xBF",
    b"\xE0\x80\x80",
    b"\xE0\x9F\xBF",
    b"\xF0\x80\x80\x80",
    b"\xF0\x8F\xBF\xBF",
];

/// The sizes of buffers that runs of one letter are about as long as, in bytes; the more often, the
/// more usual.
const BUFFERS: [usize; 6] = [1024, 1024, 1024, 512, 2048, 4096];

const CONTINUATION: RangeInclusive<u8> = 0x80..=0xBF;

/// Any stream of telling pieces: text of all of Unicode, line ends and quit lines, runs about as
/// long as a buffer, and bytes that are not UTF-8.
///
/// # Examples
///
/// ```
/// use proptest::prelude::*;
/// use recut::respond;
/// use recut::strategies::stream;
///
/// proptest!(|(stream in stream())| {
///     let (answer, _quit) = respond(&stream);
///     prop_assert!(String::from_utf8_lossy(&stream).as_bytes().starts_with(&answer));
/// });
/// ```
pub fn stream() -> impl Strategy<Value = Vec<u8>> {
    joined(prop_oneof![6 => text(), 2 => ill_formed_piece(), 1 => truncated(), 1 => bytes()])
}

/// A stream that is UTF-8, of telling pieces.
///
/// # Examples
///
/// ```
/// use proptest::prelude::*;
/// use recut::strategies::well_formed;
///
/// proptest!(|(stream in well_formed())| prop_assert!(std::str::from_utf8(&stream).is_ok()));
/// ```
pub fn well_formed() -> impl Strategy<Value = Vec<u8>> {
    joined(text())
}

/// A stream that is not UTF-8, by construction: it has a sequence that is ill-formed between any
/// neighbours, and so has all that it shrinks to.
///
/// # Examples
///
/// ```
/// use proptest::prelude::*;
/// use recut::strategies::ill_formed;
///
/// proptest!(|(stream in ill_formed())| prop_assert!(std::str::from_utf8(&stream).is_err()));
/// ```
pub fn ill_formed() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        (stream(), ill_formed_piece(), stream())
            .prop_map(|(before, piece, behind)| [before, piece, behind].concat()),
        // A character that is cut by the end of the stream.
        (stream(), truncated()).prop_map(|(before, tail)| [before, tail].concat()),
    ]
}

fn joined(piece: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    // A run stays a run: it shrinks by its length.
    let worth = |piece: &Vec<u8>| if piece.len() <= 8 { piece.len() } else { 1 };
    pieces(piece, b"a".to_vec(), worth).prop_map(|pieces| pieces.concat())
}

/// A piece of text. What comes first is what all others shrink to.
pub(super) fn text() -> impl Strategy<Value = Vec<u8>> {
    let characters = |characters: Vec<char>| String::from_iter(characters).into_bytes();
    prop_oneof![
        3 => vec(letter(), 1..4),
        3 => vec(select(&LINES[..]), 1..4).prop_map(|line| line.concat().into_bytes()),
        2 => (any::<bool>(), select(&QUITS[..])).prop_map(|(newline, end)| {
            [if newline { "\nq" } else { "q" }, end].concat().into_bytes()
        }),
        3 => any::<char>().prop_map(|character| character.to_string().into_bytes()),
        3 => wide().prop_map(|character| character.to_string().into_bytes()),
        1 => vec(select(&EDGES[..]), 1..4).prop_map(characters),
        1 => (letter(), Length).prop_map(|(letter, length)| vec![letter; length]),
    ]
}

/// Any bytes; they shrink to letters.
pub(super) fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>().prop_map(|byte| byte.wrapping_add(b'a')), 1..5)
}

fn letter() -> impl Strategy<Value = u8> {
    b'a'..=b'z'
}

/// Characters of two, three and four bytes.
fn wide() -> impl Strategy<Value = char> {
    prop_oneof![
        range('\u{E4}', '\u{7FF}'),
        range('\u{800}', '\u{D7FF}'),
        range('\u{E000}', '\u{FFFF}'),
        range('\u{10000}', '\u{10FFFF}'),
    ]
}

/// The start of a character of which at least one byte is missing.
fn truncated() -> impl Strategy<Value = Vec<u8>> {
    (wide(), 1..4_usize).prop_map(|(character, kept)| {
        let mut bytes = character.to_string().into_bytes();
        bytes.truncate(kept.min(bytes.len() - 1));
        bytes
    })
}

/// A sequence that is ill-formed between any neighbours.
fn ill_formed_piece() -> impl Strategy<Value = Vec<u8>> {
    let then = CONTINUATION;
    prop_oneof![
        // Bytes that UTF-8 never has.
        select(&b"\xFF\xFE\xF8\xF5\xC0\xC1"[..]).prop_map(|byte| vec![byte]),
        // A continuation of nothing, a character that something else cuts.
        (letter(), CONTINUATION).prop_map(|(letter, byte)| vec![letter, byte]),
        (truncated(), letter()).prop_map(|(start, letter)| [start, vec![letter]].concat()),
        select(&OVERLONG[..]).prop_map(<[u8]>::to_vec),
        // Halves of surrogate pairs, and what lies beyond the last scalar value.
        (0xA0..=0xBF_u8, then.clone()).prop_map(|(second, third)| vec![0xED, second, third]),
        (0x90..=0xBF_u8, then.clone(), then).prop_map(|(b, c, d)| vec![0xF4, b, c, d]),
    ]
}

/// Lengths around the sizes of buffers, which shrink to the smallest that is long enough.
#[derive(Clone, Copy, Debug)]
struct Length;

impl Strategy for Length {
    type Tree = BinarySearch;
    type Value = usize;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let around = (select(&BUFFERS[..]), 0..=8_usize).new_tree(runner)?;
        let (size, above) = around.current();
        Ok(BinarySearch::new_above(1, size - 4 + above))
    }
}
