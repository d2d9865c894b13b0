//! What was expected and what came instead, with a line of carets under the bytes that differ: in
//! an answer that changes by itself they are what a pattern must cover.

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use crate::check::{Demand, Mismatch};
use crate::script::literal;
use crate::text::{escape, hex};

/// How many bytes are shown of a payload that is shown around a difference, and how many of them
/// stand before it.
const WINDOW: usize = 120;
const BEFORE: usize = 40;

/// How many equal bytes end a stretch that differs: two numbers may share a digit by chance.
const ALIKE: usize = 4;

/// How far a stretch that differs is followed.
const FAR: usize = 64;

/// What was expected and what arrived, each with the carets below it and the word for what the
/// server did then; none if no exact bytes were expected, or if nothing differs.
pub(super) fn marked_pair(seen: &Mismatch) -> Option<(String, String)> {
    let (bytes, expected_then) = match &seen.demand {
        Demand::Bytes(bytes) => (bytes, ""),
        Demand::BytesThenClose(bytes) => (bytes, " eof"),
        _ => return None,
    };
    let at = seen.first_difference()?;
    let (expected, actual) = first_stretch(bytes, &seen.actual, at);
    let then = seen.then.word().map(|word| format!(" {word}")).unwrap_or_default();
    Some((marked(bytes, expected, expected_then), marked(&seen.actual, actual, &then)))
}

/// The first stretch in which two payloads differ, from the first byte that differs on: until some
/// bytes are alike again, or both are at their end.
fn first_stretch(one: &[u8], other: &[u8], at: usize) -> (Range<usize>, Range<usize>) {
    let (one_rest, other_rest) = (&one[at..], &other[at..]);
    let meet = |skip: usize, other_skip: usize| -> bool {
        let (Some(a), Some(b)) = (one_rest.get(skip..), other_rest.get(other_skip..)) else {
            return false;
        };
        let enough = ALIKE.min(a.len().max(b.len()));
        a.len().min(b.len()) >= enough && a[..enough] == b[..enough]
    };
    // The fewest bytes that differ; if there are several ways, as many on both sides as possible.
    for total in 1..=2 * FAR {
        let mut ways: Vec<usize> = (0..=total).collect();
        ways.sort_by_key(|skip| skip.abs_diff(total - skip));
        if let Some(skip) = ways.into_iter().find(|skip| meet(*skip, total - skip)) {
            return (at..at + skip, at..at + total - skip);
        }
    }
    (at..one.len().min(at + FAR), at..other.len().min(at + FAR))
}

/// The payload as a literal with carets under a range of it, on two lines; the place of an empty
/// range has one caret.
fn marked(bytes: &[u8], range: Range<usize>, then: &str) -> String {
    let range = whole_character_before(bytes, range.start)..whole_character(bytes, range.end);
    let window = match bytes.len() > WINDOW + BEFORE {
        true => {
            let start = whole_character_before(bytes, range.start.saturating_sub(BEFORE));
            start..whole_character(bytes, (start + WINDOW).min(bytes.len()))
        }
        false => 0..bytes.len(),
    };
    let range = range.start..range.end.min(window.end);
    let is_hex = literal(&bytes[window.clone()]).starts_with("hex\"");
    let part = |range: Range<usize>| match is_hex {
        true => hex(&bytes[range]),
        false => escape(&bytes[range]),
    };
    // Pairs of digits stand apart.
    let apart = |range: &Range<usize>| if is_hex && !range.is_empty() { " " } else { "" };
    let (before, after) = (window.start..range.start, range.end..window.end);
    let open = if is_hex { "hex\"" } else { "\"" };
    let head = if window.start > 0 { "… " } else { "" };
    let tail = if window.end < bytes.len() { " …" } else { "" };
    let start = format!("{head}{open}{}{}", part(before.clone()), apart(&before));
    let middle = part(range.clone());
    let end = format!("{}{}\"{tail}{then}", apart(&range), part(after.clone()));
    let end = if after.is_empty() { format!("\"{tail}{then}") } else { end };
    let line = format!("{start}{middle}{end}");
    let pad = " ".repeat(start.width());
    format!("{line}\n{pad}{}", "^".repeat(middle.width().max(1)))
}

fn is_inside(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(|byte| (0x80..0xC0).contains(byte))
}

/// The offset, or one shortly before it if it is inside a character.
fn whole_character_before(bytes: &[u8], at: usize) -> usize {
    (at.saturating_sub(3)..=at).rev().find(|at| !is_inside(bytes, *at)).unwrap_or(at)
}

/// The offset, or one shortly after it if it is inside a character.
fn whole_character(bytes: &[u8], at: usize) -> usize {
    (at..=at + 3).find(|at| !is_inside(bytes, *at)).unwrap_or(at).min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::super::sample::finding;
    use super::*;
    use crate::check::Then;

    fn pair(expected: &[u8], actual: &[u8]) -> Option<(String, String)> {
        let (demand, arrived) = (Demand::Bytes(expected.to_vec()), actual.len());
        let (actual, then) = (actual.to_vec(), Then::WrongBytes);
        marked_pair(&Mismatch { demand, actual, arrived, then, ..finding().seen })
    }

    fn lines(expected: &[&str; 2], actual: &[&str; 2]) -> Option<(String, String)> {
        Some((expected.join("\n"), actual.join("\n")))
    }

    #[test]
    fn carets_stand_in_columns() {
        let expected = lines(&["\"日本e\u{301}1\"", "      ^"], &["\"日本e\u{301}2\"", "      ^"]);
        assert_eq!(pair("日本e\u{301}1".as_bytes(), "日本e\u{301}2".as_bytes()), expected);
    }

    #[test]
    fn the_first_stretch_that_differs_has_carets_on_both_sides() {
        assert_eq!(
            pair(b"at 12:34:56 UTC\r\n", b"at 12:35:01 UTC\r\n"),
            lines(
                &[r#""at 12:34:56 UTC\r\n""#, "        ^^^^"],
                &[r#""at 12:35:01 UTC\r\n""#, "        ^^^^"]
            )
        );
        // One side is longer, and the rest is alike.
        assert_eq!(
            pair(b"n=9\n", b"n=10\n"),
            lines(&[r#""n=9\n""#, "   ^"], &[r#""n=10\n""#, "   ^^"])
        );
        assert_eq!(
            pair("zoë é a".as_bytes(), "zoë è a".as_bytes()),
            lines(&[r#""zoë é a""#, "     ^"], &[r#""zoë è a""#, "     ^"])
        );
    }

    #[test]
    fn the_end_of_a_payload_has_a_caret_too() {
        assert_eq!(pair(b"ab", b"abc"), lines(&[r#""ab""#, "   ^"], &[r#""abc""#, "   ^"]));
        let seen = Mismatch {
            demand: Demand::BytesThenClose(b"ab".to_vec()),
            actual: Vec::new(),
            arrived: 0,
            then: Then::Eof,
            ..finding().seen
        };
        let expected = lines(&[r#""ab" eof"#, " ^^"], &[r#""" eof"#, " ^"]);
        assert_eq!(marked_pair(&seen), expected);
    }

    #[test]
    fn what_is_no_text_is_marked_in_pairs_of_digits() {
        assert_eq!(
            pair(&[0, 1, 2, 3], &[0, 1, 9, 3]),
            lines(&["hex\"00 01 02 03\"", "          ^^"], &["hex\"00 01 09 03\"", "          ^^"])
        );
    }

    #[test]
    fn a_long_payload_is_shown_around_the_stretch() {
        let long: Vec<u8> = (100..300).flat_map(|n: u32| n.to_string().into_bytes()).collect();
        let mut other = long.clone();
        other[300..302].copy_from_slice(b"##");
        let (expected, actual) = pair(&long, &other).unwrap();
        assert!(expected.starts_with("… \"") && expected.contains("\" …\n"), "{expected}");
        let (shown, carets) = actual.split_once('\n').unwrap();
        assert_eq!(carets.trim(), "^^");
        assert_eq!(&shown.chars().skip(carets.len() - 2).take(2).collect::<String>(), "##");
    }

    #[test]
    fn what_does_not_differ_or_is_no_payload_has_no_carets() {
        assert_eq!(pair(b"a", b"a"), None);
        let demand = Demand::Stated("line".to_owned());
        assert_eq!(marked_pair(&Mismatch { demand, ..finding().seen }), None);
    }
}
