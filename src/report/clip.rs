//! What is too long for a line: its middle is left out, or all but what surrounds the first
//! difference.

use std::ops::Range;

use super::words;
use crate::check::{Demand, Mismatch};
use crate::script::literal;

/// How many characters of a literal are shown.
const SHOWN: usize = 160;

/// How many bytes are shown before the first difference.
const BEFORE: usize = 40;

/// How many bytes are shown of a payload that is shown around a difference.
const WINDOW: usize = 120;

/// What was expected and what arrived instead, as a finding shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClippedPair {
    pub(super) expected: String,
    pub(super) actual: String,
    /// The offset of the first byte that differs, from 0, if the two are not shown whole.
    pub(super) differ_at: Option<usize>,
}

/// Clips what was expected and what arrived so that what differs is seen: payloads around their
/// first difference, which may be the end of one of them.
pub(super) fn clipped_pair(seen: &Mismatch) -> ClippedPair {
    let (expected, actual) = (words::expected(&seen.demand), words::actual(seen));
    if is_short(&expected) && is_short(&actual) {
        return ClippedPair { expected, actual, differ_at: None };
    }
    let payload = match &seen.demand {
        Demand::Bytes(bytes) => Some((bytes, "")),
        Demand::BytesThenClose(bytes) => Some((bytes, " eof")),
        _ => None,
    };
    match payload.zip(seen.first_difference()) {
        Some(((bytes, then), at)) => ClippedPair {
            expected: around(bytes, at) + then,
            actual: around(&seen.actual, at),
            differ_at: Some(at),
        },
        None => {
            ClippedPair { expected: clipped(&expected), actual: clipped(&actual), differ_at: None }
        }
    }
}

/// A payload as a literal, or the part of it around an offset if it is long.
fn around(bytes: &[u8], at: usize) -> String {
    let whole = literal(bytes);
    if is_short(&whole) {
        return whole;
    }
    let start = whole_character(bytes, at.saturating_sub(BEFORE));
    let end = whole_character(bytes, (start + WINDOW).min(bytes.len()));
    mark_ends(&literal(&bytes[start..end]), start..end, bytes.len())
}

/// The offset, or one shortly before it if it is inside a character.
fn whole_character(bytes: &[u8], at: usize) -> usize {
    let is_inside = |at: usize| bytes.get(at).is_some_and(|byte| (0x80..0xC0).contains(byte));
    (at.saturating_sub(3)..=at).rev().find(|at| !is_inside(*at)).unwrap_or(at)
}

/// Marks the ends at which something was left out.
fn mark_ends(shown: &str, range: Range<usize>, length: usize) -> String {
    let head = if range.start > 0 { "… " } else { "" };
    let tail = if range.end < length { " …" } else { "" };
    format!("{head}{shown}{tail}")
}

fn is_short(text: &str) -> bool {
    text.chars().count() <= SHOWN
}

/// A long literal without its middle.
pub(super) fn clipped(text: &str) -> String {
    if is_short(text) {
        return text.to_owned();
    }
    let head: String = text.chars().take(SHOWN / 2).collect();
    let tail = text.char_indices().rev().nth(SHOWN / 2 - 1).map_or(0, |(at, _)| at);
    format!("{head} … {}", &text[tail..])
}

/// The first of many lines, each of them clipped.
pub(super) fn clipped_lines(lines: &[String]) -> String {
    const LINES: usize = 12;
    let mut shown: Vec<String> = lines.iter().take(LINES).map(|line| clipped(line)).collect();
    if lines.len() > LINES {
        shown.push(format!("… and {} more segments", lines.len() - LINES));
    }
    shown.join("\n")
}

/// The last lines of an output.
pub(super) fn last_lines(lines: &[String]) -> String {
    const LINES: usize = 8;
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::sample::finding;
    use super::*;

    /// 600 bytes without a run, and what a server makes of them at these offsets.
    fn numbers(spoiled: &[usize]) -> Vec<u8> {
        let mut bytes: Vec<u8> = (100..300).flat_map(|n| n.to_string().into_bytes()).collect();
        assert_eq!(bytes.len(), 600);
        spoiled.iter().for_each(|at| bytes[*at] = b'#');
        bytes
    }

    fn seen(demand: Demand, actual: &[u8]) -> ClippedPair {
        let (arrived, actual) = (actual.len(), actual.to_vec());
        clipped_pair(&Mismatch { demand, actual, arrived, ..finding().seen })
    }

    fn pair(expected: &[u8], actual: &[u8]) -> ClippedPair {
        seen(Demand::Bytes(expected.to_vec()), actual)
    }

    fn shown(expected: &str, actual: &str, at: usize) -> ClippedPair {
        let (expected, actual) = (expected.to_owned(), actual.to_owned());
        ClippedPair { expected, actual, differ_at: Some(at) }
    }

    /// The bytes of the numbers, quoted.
    fn quoted(range: Range<usize>) -> String {
        format!("\"{}\"", String::from_utf8_lossy(&numbers(&[])[range]))
    }

    #[test]
    fn long_payloads_are_shown_around_the_byte_in_which_they_differ() {
        let expected = format!("… {} …", quoted(260..380));
        let actual = expected.replace("200201", "#00201");
        assert_ne!(expected, actual);
        assert_eq!(pair(&numbers(&[]), &numbers(&[300])), shown(&expected, &actual, 300));
        // The second difference is not the one that counts.
        assert_eq!(pair(&numbers(&[]), &numbers(&[300, 400])), shown(&expected, &actual, 300));
        let start = format!("{} …", quoted(0..120));
        let spoiled = start.replacen("100", "1#0", 1);
        assert_eq!(pair(&numbers(&[]), &numbers(&[1])), shown(&start, &spoiled, 1));
    }

    #[test]
    fn a_payload_that_ends_early_differs_at_its_end() {
        let (expected, actual) = (quoted(460..580), quoted(460..500));
        let (expected, actual) = (format!("… {expected} …"), format!("… {actual}"));
        assert_eq!(pair(&numbers(&[]), &numbers(&[])[..500]), shown(&expected, &actual, 500));
        assert_eq!(pair(&numbers(&[])[..500], &numbers(&[])), shown(&actual, &expected, 500));
        let start = format!("{} …", quoted(0..120));
        assert_eq!(pair(&numbers(&[]), b""), shown(&start, "\"\"", 0));
        let with_eof = seen(Demand::BytesThenClose(numbers(&[])), b"");
        assert_eq!(with_eof, shown(&(start + " eof"), "\"\"", 0));
    }

    #[test]
    fn characters_are_not_torn_where_a_payload_is_clipped() {
        let (long, other) = ("€uro ".repeat(100), "€uro ".repeat(50) + "dollar");
        let ClippedPair { expected, actual, differ_at } = pair(long.as_bytes(), other.as_bytes());
        assert_eq!(differ_at, Some(350));
        assert!(!expected.contains('\\') && !actual.contains('\\'), "{expected} {actual}");
        // What is no text has no characters.
        let bytes: Vec<u8> = (0x80..0xC0).cycle().take(600).collect();
        let shown = pair(&bytes, &bytes[..300]);
        assert!(shown.expected.starts_with("… hex\"") && shown.differ_at == Some(300), "{shown:?}");
    }

    #[test]
    fn what_is_short_or_no_payload_is_not_compared() {
        assert_eq!(pair(b"a", b"b").differ_at, None);
        let long = numbers(&[]);
        for demand in [Demand::Stated("line re\"^a$\"".to_owned()), Demand::NothingMore] {
            let pair = seen(demand.clone(), &long);
            assert_eq!(pair.differ_at, None);
            let shown = (words::expected(&demand), clipped(&literal(&long)));
            assert_eq!((pair.expected, pair.actual), shown);
        }
    }

    #[test]
    fn what_is_long_is_shown_without_its_middle() {
        let long = |count: usize| ["ä".repeat(count / 2), "b".repeat(count - count / 2)].concat();
        assert_eq!(clipped(&long(160)), long(160));
        assert_eq!(clipped(&long(161)), format!("{} … {}", "ä".repeat(80), "b".repeat(80)));
        let lines = |count| (0..count).map(|line| line.to_string()).collect::<Vec<_>>();
        assert_eq!(clipped_lines(&lines(12)), lines(12).join("\n"));
        assert_eq!(clipped_lines(&lines(15)), lines(12).join("\n") + "\n… and 3 more segments");
        assert_eq!(last_lines(&lines(8)), lines(8).join("\n"));
        assert_eq!(last_lines(&lines(10)), lines(10)[2..].join("\n"));
    }
}
