//! What was expected beside what came instead, with the first byte that differs.

use super::clip::clipped;
use super::marked::marked_pair;
use super::words;
use crate::check::{Demand, Mismatch};
use crate::text::{escape, hex};

/// What was expected and what came instead, as a finding shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// With carets under the bytes that differ, on a second line, if it is known which do.
    pub(super) expected: String,
    /// The same of what came, with the word for what the server did then.
    pub(super) actual: String,
    /// Where they differ first, and in which bytes.
    pub(super) first: Option<String>,
}

impl Difference {
    /// The difference of a claim that was not met.
    pub(super) fn of(seen: &Mismatch) -> Self {
        // If nothing came, everything is missing: there is no byte to point at.
        if !seen.actual.is_empty()
            && let Some((expected, actual)) = marked_pair(seen)
        {
            return Self { expected, actual, first: first(seen) };
        }
        let expected = clipped(&words::expected(&seen.demand));
        let then = seen.then.word().map(|word| format!(" {word}")).unwrap_or_default();
        Self { expected, actual: clipped(&words::actual(seen)) + &then, first: None }
    }
}

fn first(seen: &Mismatch) -> Option<String> {
    let (Demand::Bytes(expected) | Demand::BytesThenClose(expected)) = &seen.demand else {
        return None;
    };
    let at = seen.first_difference()?;
    let (expected, actual) = (byte(expected, at), byte(&seen.actual, at));
    Some(format!("at byte {at}: expected {expected}, actual {actual}"))
}

/// A byte as text and in hex: with the rest of its character, if it begins one.
fn byte(bytes: &[u8], at: usize) -> String {
    let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) else {
        return "the end".to_owned();
    };
    let whole = (1..=rest.len().min(4)).find(|length| str::from_utf8(&rest[..*length]).is_ok());
    match whole {
        Some(length) => format!("\"{}\" ({})", escape(&rest[..length]), hex(&rest[..length])),
        None => format!("hex {}", hex(&rest[..1])),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::finding;
    use super::*;
    use crate::check::Then;

    fn of(expected: &[u8], actual: &[u8], then: Then) -> Difference {
        let (demand, arrived) = (Demand::Bytes(expected.to_vec()), actual.len());
        let actual = actual.to_vec();
        Difference::of(&Mismatch { demand, actual, arrived, then, ..finding().seen })
    }

    #[test]
    fn the_first_byte_that_differs_is_marked_and_named() {
        let difference = of(b"hello\n", b"help\n", Then::WrongBytes);
        assert_eq!(difference.expected, "\"hello\\n\"\n    ^^");
        assert_eq!(difference.actual, "\"help\\n\"\n    ^");
        let first = "at byte 3: expected \"l\" (6c), actual \"p\" (70)";
        assert_eq!(difference.first.as_deref(), Some(first));
    }

    #[test]
    fn an_end_and_a_torn_character_are_named() {
        let first = |expected: &[u8], actual: &[u8]| of(expected, actual, Then::Eof).first;
        let torn = first("Zoë".as_bytes(), b"Zo\xC3?");
        assert_eq!(torn.as_deref(), Some("at byte 3: expected hex ab, actual \"?\" (3f)"));
        let torn = first("Zo\u{20AC}".as_bytes(), b"Zo\xE2");
        assert_eq!(torn.as_deref(), Some("at byte 3: expected hex 82, actual the end"));
        let more = first(b"a", "aé".as_bytes());
        assert_eq!(more.as_deref(), Some("at byte 1: expected the end, actual \"é\" (c3 a9)"));
    }

    #[test]
    fn if_nothing_came_there_is_no_byte_to_point_at() {
        let difference = of(b"a\n", b"", Then::Silence);
        let (expected, actual) = ("\"a\\n\"".to_owned(), "\"\" silence".to_owned());
        assert_eq!(difference, Difference { expected, actual, first: None });
    }

    #[test]
    fn what_is_long_is_shown_around_the_difference() {
        let long: Vec<u8> = (100..300).flat_map(|n: u32| n.to_string().into_bytes()).collect();
        let mut other = long.clone();
        other[300] = b'#';
        let Difference { expected, actual, first } = of(&long, &other, Then::WrongBytes);
        for shown in [&expected, &actual] {
            let line = shown.lines().next().unwrap_or_default();
            assert!(line.starts_with("… \"") && line.ends_with("\" …"), "{line}");
        }
        assert!(first.is_some_and(|first| first.starts_with("at byte 300: expected \"2\" (32)")));
    }

    #[test]
    fn what_names_no_bytes_is_not_compared() {
        let demand = Demand::Stated("line re\"^x$\"".to_owned());
        let actual = b"y\n".to_vec();
        let seen =
            Mismatch { demand, arrived: 2, actual, then: Then::WrongBytes, ..finding().seen };
        let Difference { expected, actual, first } = Difference::of(&seen);
        assert_eq!((&*expected, &*actual, first), ("line re\"^x$\"", "\"y\\n\"", None));
    }
}
