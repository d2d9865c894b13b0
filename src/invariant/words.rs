//! What is told of a value that depends on the cuts.

use std::any::Any;
use std::fmt::{self, Debug};

use crate::script::literal;
use crate::text::{counted, visible};

/// How many characters of a value are shown, and how many of them before the first difference.
const WINDOW: usize = 120;
const BEFORE: usize = 60;

/// A segment of more bytes is shown without its middle.
const SEGMENT: usize = 64;

/// So many segments are shown.
const SEGMENTS: usize = 16;

/// What a test panics with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Accusation(pub(super) String);

impl fmt::Display for Accusation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The words of a panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PanicWords(String);

impl PanicWords {
    pub(super) fn of(panic: Box<dyn Any + Send>) -> Self {
        let words = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
        let words = words.or_else(|| panic.downcast_ref::<String>().cloned());
        Self(words.unwrap_or_else(|| "without words".to_owned()))
    }
}

/// A value that depends on the cuts, of which there are as few as possible. `called` says how often
/// the function was called until the first difference, and for fewer cuts.
pub(super) fn told_difference<T: Debug>(
    title: &str,
    segments: &[&[u8]],
    uncut: &T,
    cut: &Result<T, PanicWords>,
    called: [u64; 2],
) -> Accusation {
    let [until, then] = called.map(|called| counted(called, "segmentation", "segmentations"));
    let tried = format!("{until} until the first difference, {then} for the fewest cuts");
    let [uncut, cut] = marked(&format!("{uncut:?}"), &words(cut));
    rows(
        title,
        &[
            ("delivery", &delivery(segments)),
            ("segments", &shown(segments)),
            ("uncut", &uncut),
            ("cut", &cut),
            ("tried", &tried),
        ],
    )
}

/// A value that is another one each time, although nothing was cut.
pub(super) fn told_unlike<T: Debug>(first: &T, again: &Result<T, PanicWords>) -> Accusation {
    let [first, again] = marked(&format!("{first:?}"), &words(again));
    let why = "it depends on more than the bytes, or a value is not equal to itself: \
        then nothing is known of cuts";
    let title = "the value changes by itself: the same bytes in one segment gave two values";
    rows(title, &[("first", &first), ("again", &again), ("why", why)])
}

/// A difference that was seen once, and not again.
pub(super) fn told_once(segments: &[&[u8]]) -> Accusation {
    let title = "a difference showed once, and not again with the same cuts";
    let why = "it depends on more than the bytes and the cuts: then nothing is known of cuts";
    rows(title, &[("delivery", &delivery(segments)), ("segments", &shown(segments)), ("why", why)])
}

fn words<T: Debug>(seen: &Result<T, PanicWords>) -> String {
    match seen {
        Ok(value) => format!("{value:?}"),
        Err(PanicWords(words)) => format!("panics: {words}"),
    }
}

/// A title, and rows below it; the second line of a row stands under its first.
fn rows(title: &str, rows: &[(&str, &str)]) -> Accusation {
    let mut told = title.to_owned();
    for (name, text) in rows {
        for (number, line) in text.lines().enumerate() {
            let name = if number == 0 { name } else { "" };
            told.push_str(&format!("\n{name:>10}  {line}"));
        }
    }
    Accusation(told)
}

/// The cuts, in the words of a script.
fn delivery(segments: &[&[u8]]) -> String {
    let mut at = 0;
    let ends = segments.iter().map(|segment| {
        at += segment.len();
        format!("cut@{at}")
    });
    let cuts: Vec<_> = ends.take(segments.len() - 1).collect();
    let is_bytes = segments.iter().all(|segment| segment.len() == 1);
    match cuts.len() {
        0..SEGMENTS => cuts.join(" "),
        many if is_bytes => format!("bytes, which is {many} cuts"),
        many => format!("{many} cuts"),
    }
}

/// The segments as a script writes them, with `|` at each cut.
fn shown(segments: &[&[u8]]) -> String {
    let short = |segment: &&[u8]| match segment.len() {
        0..=SEGMENT => literal(segment),
        length => {
            let (head, tail) = (&segment[..SEGMENT / 2], &segment[length - SEGMENT / 2..]);
            let gone = counted(length as u64 - SEGMENT as u64, "byte", "bytes");
            format!("{} … {gone} … {}", literal(head), literal(tail))
        }
    };
    let mut literals: Vec<_> = segments.iter().take(SEGMENTS).map(short).collect();
    if segments.len() > SEGMENTS {
        literals.push(format!("… {} more", segments.len() - SEGMENTS));
    }
    literals.join(" | ")
}

/// Two values on a line each, with a caret below the first character that differs.
fn marked(one: &str, other: &str) -> [String; 2] {
    let alike = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    if one == other {
        let note = "\n(it looks like the other one, and is not equal to it)";
        return [clipped(one, 0).0, clipped(other, 0).0 + note];
    }
    [one, other].map(|value| {
        let (line, before) = clipped(value, alike);
        format!("{line}\n{}^", " ".repeat(before))
    })
}

/// A value around a place, and how many characters stand before the place.
fn clipped(value: &str, at: usize) -> (String, usize) {
    let start = if value.chars().count() > WINDOW { at.saturating_sub(BEFORE) } else { 0 };
    let text: String = value.chars().skip(start).take(WINDOW).collect();
    let head = if start > 0 { "… " } else { "" };
    let tail = if value.chars().count() > start + WINDOW { " …" } else { "" };
    let before: String = text.chars().take(at - start).collect();
    let line = format!("{head}{}{tail}", visible(&text));
    (line, head.chars().count() + visible(&before).chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(segments: &[&[u8]], uncut: &str, cut: Result<&str, &str>) -> String {
        let cut = cut.map_err(|words| PanicWords(words.to_owned()));
        told_difference("it differs", segments, &uncut, &cut, [9, 1]).0
    }

    #[test]
    fn the_cut_and_the_first_difference_are_marked() {
        let told = told(&[b"ab\r", b"\ncd"], "ab cd", Ok("ab  cd"));
        let expected = [
            "it differs",
            "  delivery  cut@3",
            r#"  segments  "ab\r" | "\ncd""#,
            r#"     uncut  "ab cd""#,
            "                ^",
            r#"       cut  "ab  cd""#,
            "                ^",
            "     tried  9 segmentations until the first difference, 1 segmentation for the \
             fewest cuts",
        ];
        assert_eq!(told, expected.join("\n"));
    }

    #[test]
    fn a_panic_is_told_with_its_words_on_one_line() {
        let told = told(&[b"a", b"b"], "ab", Err("left\nright"));
        assert!(told.contains("\n       cut  panics: left\\nright\n"), "{told}");
    }

    #[test]
    fn what_is_long_is_shown_around_the_difference() {
        let long = "é".repeat(200);
        let told = told(&[&[b'x'; 10], &[0xff; 100]], &long, Ok(&format!("{long}a")));
        let line = told.lines().find(|line| line.contains("   cut  ")).unwrap();
        let carets = told.lines().rfind(|line| line.trim() == "^").unwrap();
        assert_eq!(line.chars().nth(carets.chars().count() - 1), Some('a'), "{told}");
        assert!(line.starts_with("       cut  … éé"), "{told}");
        assert!(told.contains(" … 36 bytes … "), "{told}");
    }

    #[test]
    fn many_segments_are_counted() {
        let stream = [b'x'; 40];
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        let bytes = told(&bytes, "a", Ok("b"));
        assert!(bytes.contains("\n  delivery  bytes, which is 39 cuts\n"), "{bytes}");
        assert!(bytes.contains(" | … 24 more\n"), "{bytes}");
        let pairs: Vec<&[u8]> = stream.chunks(2).collect();
        assert!(told(&pairs, "a", Ok("b")).contains("\n  delivery  19 cuts\n"));
    }

    #[test]
    fn values_that_look_alike_are_said_to_differ() {
        let told = told_unlike(&f64::NAN, &Ok(f64::NAN)).0;
        assert!(told.contains("\n     again  NaN\n            (it looks like "), "{told}");
    }
}
