//! One expectation against what has arrived: pure, and the same however it arrived.

use std::cmp::Ordering;
use std::ops::Range;

use regex::bytes::Regex;

use crate::script::{Answer, PAYLOAD_LIMIT, Pattern, exactly};

/// How much may arrive that nothing has expected yet, in bytes: no claim needs more.
pub(super) const INBOX_LIMIT: usize = PAYLOAD_LIMIT + (1 << 20);

/// An expectation whose variables are resolved.
pub(super) enum Claim<'a> {
    /// Exactly these bytes.
    Exact(&'a [u8]),
    /// This many bytes.
    Bytes(usize, Option<&'a Pattern>),
    /// One line.
    Line(Option<&'a Pattern>),
    /// Lines up to the first that matches.
    Lines(&'a Pattern, Option<&'a Pattern>),
    /// All to the end.
    Rest(Option<&'a Pattern>),
    /// No byte: the caller waits for an end, or for silence.
    Nothing,
    /// All to the end or to silence, without what is ignored.
    Answer(&'a Answer, &'a [Regex]),
}

/// What can be said of a claim now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It is met by the next `taken` bytes; `unit` is what a pattern saw, and `last` the last
    /// line of it.
    Met { taken: usize, unit: Range<usize>, last: Range<usize> },
    /// What has arrived is right, and not enough to tell.
    Open,
    /// What has arrived is wrong.
    Wrong,
}

/// Judges a claim by the bytes that no claim before has taken. `examined` is how many of them an
/// earlier judgement of this claim has looked at, so that a long answer is read once. `over` says
/// that nothing more comes: the stream has ended, or the server is silent.
pub(super) fn judge(
    claim: &Claim<'_>,
    unread: &[u8],
    over: bool,
    examined: &mut usize,
) -> Judgement {
    match claim {
        Claim::Nothing => Judgement::Open,
        Claim::Exact(expected) => {
            let common = unread.len().min(expected.len());
            if unread[*examined..common] != expected[*examined..common] {
                return Judgement::Wrong;
            }
            *examined = common;
            if common < expected.len() { Judgement::Open } else { met(common, 0..common) }
        }
        Claim::Bytes(count, _) if unread.len() < *count => Judgement::Open,
        Claim::Bytes(count, matching) => matched(*matching, unread, *count, 0..*count),
        Claim::Line(matching) => match line_end(unread, *examined) {
            None => {
                *examined = unread.len();
                Judgement::Open
            }
            Some(end) => matched(*matching, unread, end, 0..content_end(unread, 0, end)),
        },
        Claim::Lines(until, matching) => loop {
            let start = *examined;
            let Some(end) = line_end(unread, start) else { return Judgement::Open };
            *examined = end;
            let last = start..content_end(unread, start, end);
            if until.is_match(&unread[last.clone()]) {
                return match matching {
                    Some(pattern) if !pattern.is_match(&unread[..end]) => Judgement::Wrong,
                    _ => Judgement::Met { taken: end, unit: 0..end, last },
                };
            }
        },
        Claim::Rest(_) if !over => Judgement::Open,
        Claim::Rest(matching) => matched(*matching, unread, unread.len(), 0..unread.len()),
        Claim::Answer(answer, []) => judge_answer(&answer.bytes, unread, over, examined),
        // While bytes still come, what is ignored may not be whole yet.
        Claim::Answer(..) if !over => Judgement::Open,
        Claim::Answer(answer, ignored) => {
            let actual = without_ignored(unread, ignored);
            match judge_answer(&answer.bytes, &actual, over, &mut 0) {
                Judgement::Met { .. } => met(unread.len(), 0..unread.len()),
                judgement => judgement,
            }
        }
    }
}

/// Judges the whole answer to a raw stream by that of its baseline.
fn judge_answer(expected: &[u8], actual: &[u8], over: bool, examined: &mut usize) -> Judgement {
    let common = actual.len().min(expected.len());
    if actual[*examined..common] != expected[*examined..common] {
        return Judgement::Wrong;
    }
    *examined = common;
    match actual.len().cmp(&expected.len()) {
        _ if !over => Judgement::Open,
        Ordering::Less => Judgement::Open,
        Ordering::Equal => met(common, 0..common),
        Ordering::Greater => Judgement::Wrong,
    }
}

fn met(taken: usize, unit: Range<usize>) -> Judgement {
    Judgement::Met { taken, last: unit.clone(), unit }
}

fn matched(
    pattern: Option<&Pattern>,
    unread: &[u8],
    taken: usize,
    unit: Range<usize>,
) -> Judgement {
    match pattern {
        Some(pattern) if !pattern.is_match(&unread[unit.clone()]) => Judgement::Wrong,
        _ => met(taken, unit),
    }
}

/// The offset after the `\n` of the line in which `from` lies.
fn line_end(unread: &[u8], from: usize) -> Option<usize> {
    memchr::memchr(b'\n', &unread[from..]).map(|newline| from + newline + 1)
}

/// Where the line's content ends: before its `\n` or `\r\n`.
fn content_end(unread: &[u8], start: usize, end: usize) -> usize {
    let content = &unread[start..end - 1];
    end - 1 - usize::from(content.ends_with(b"\r"))
}

/// Bytes without what the patterns match, one pattern after the other.
pub(in crate::check) fn without_ignored(bytes: &[u8], ignored: &[Regex]) -> Vec<u8> {
    ignored.iter().fold(bytes.to_vec(), |bytes, regex| regex.replace_all(&bytes, &b""[..]).into())
}

/// A pattern that matches these bytes as a whole, with anything else that the ignored patterns
/// match in place of what they match here.
pub(in crate::check) fn pattern_of(bytes: &[u8], ignored: &[Regex]) -> String {
    let mut pattern = String::from("^");
    let mut rest = bytes;
    while !rest.is_empty() {
        let first = ignored.iter().filter_map(|regex| Some((regex.find(rest)?, regex)));
        let first = first.filter(|(found, _)| !found.is_empty()).min_by_key(|(at, _)| at.start());
        let Some((found, regex)) = first else { break };
        pattern.push_str(&exactly(&rest[..found.start()]));
        pattern.push_str(&format!("(?:{})", regex.as_str()));
        rest = &rest[found.end()..];
    }
    pattern.push_str(&exactly(rest));
    pattern.push('$');
    pattern
}

/// Whether what was taken before a client vanished meets the claim as far as it goes.
pub(super) fn holds_so_far(claim: &Claim<'_>, unread: &[u8]) -> bool {
    match claim {
        // Half of something that is ignored may stand there, which no pattern matches.
        Claim::Answer(_, ignored) if !ignored.is_empty() => true,
        Claim::Answer(answer, _) => answer.bytes.starts_with(unread),
        Claim::Nothing | Claim::Rest(_) => true,
        claim => judge(claim, unread, false, &mut 0) != Judgement::Wrong,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::new(text).unwrap()
    }

    /// Feeds the claim byte by byte; how many bytes it took, if it was met.
    fn taken(claim: &Claim<'_>, bytes: &[u8]) -> Option<usize> {
        let mut examined = 0;
        for end in 0..=bytes.len() {
            match judge(claim, &bytes[..end], false, &mut examined) {
                Judgement::Met { taken, .. } => {
                    assert_eq!(
                        judge(claim, bytes, false, &mut 0),
                        judge(claim, &bytes[..end], false, &mut 0)
                    );
                    return Some(taken);
                }
                Judgement::Wrong => return None,
                Judgement::Open => {}
            }
        }
        None
    }

    #[test]
    fn claims_are_met_by_framed_units() {
        assert_eq!(taken(&Claim::Exact(b"ab"), b"abc"), Some(2));
        assert_eq!(taken(&Claim::Exact(b"ab"), b"ac"), None);
        assert_eq!(taken(&Claim::Bytes(3, Some(&pattern("^a.c$"))), b"abcd"), Some(3));
        assert_eq!(taken(&Claim::Bytes(3, Some(&pattern("^abcd"))), b"abcd"), None);
        assert_eq!(taken(&Claim::Bytes(3, None), b"abc"), Some(3));
        assert_eq!(taken(&Claim::Line(Some(&pattern("^a$"))), b"a\r\nb"), Some(3));
        assert_eq!(taken(&Claim::Line(Some(&pattern(r"\n"))), b"a\n"), None);
        let until = pattern(r"^\.$");
        assert_eq!(taken(&Claim::Lines(&until, None), b"a\nb\n.\nc\n"), Some(6));
        assert_eq!(taken(&Claim::Lines(&until, Some(&pattern(r"a\nb"))), b"a\nb\n.\n"), Some(6));
        assert_eq!(taken(&Claim::Lines(&until, None), b"a\nb\n"), None);
        let no_b = pattern(r"\A[^b]*\z");
        let lines = Claim::Lines(&until, Some(&no_b));
        assert_eq!(judge(&lines, b"a\nb\n.\n", false, &mut 0), Judgement::Wrong);
    }

    #[test]
    fn the_rest_is_judged_at_its_end() {
        let matching = pattern("^abc$");
        let claim = Claim::Rest(Some(&matching));
        assert_eq!(judge(&claim, b"abc", false, &mut 0), Judgement::Open);
        assert!(matches!(judge(&claim, b"abc", true, &mut 0), Judgement::Met { .. }));
        assert_eq!(judge(&claim, b"ab", true, &mut 0), Judgement::Wrong);
    }

    #[test]
    fn an_answer_is_compared_without_what_is_ignored() {
        let answer = Answer { bytes: b"at  done".as_slice().into(), closed: true, pattern: None };
        let ignored = [Regex::new(r"\d+:\d+").unwrap()];
        let claim = Claim::Answer(&answer, &ignored);
        assert!(matches!(judge(&claim, b"at 12:55 done", true, &mut 0), Judgement::Met { .. }));
        assert_eq!(judge(&claim, b"at 12:", false, &mut 0), Judgement::Open);
        assert_eq!(judge(&claim, b"at 12:55 gone", true, &mut 0), Judgement::Wrong);
        assert_eq!(judge(&Claim::Answer(&answer, &[]), b"ax", false, &mut 0), Judgement::Wrong);
    }

    #[test]
    fn what_is_ignored_stays_open_in_the_pattern_of_an_answer() {
        let ignored = [Regex::new(r"\d+:\d+").unwrap()];
        let text = pattern_of(b"at 12:55 \xff (\xc3\xa9)\n", &ignored);
        let matching = pattern(&text);
        assert!(matching.is_match(b"at 0:1 \xff (\xc3\xa9)\n"), "{text}");
        assert!(!matching.is_match(b"at 0:1 \xfe (\xc3\xa9)\n"), "{text}");
        assert!(!matching.is_match(b"at 0:1 \xff (\xc3\xa9)\n."), "{text}");
    }

    #[test]
    fn a_pattern_sees_bytes_that_are_not_utf8() {
        let matching = pattern(r"^.\xff$");
        assert_eq!(taken(&Claim::Line(Some(&matching)), b"\xfe\xff\n"), Some(3));
        assert_eq!(taken(&Claim::Line(Some(&pattern("^.$"))), "é\n".as_bytes()), Some(3));
    }

    #[test]
    fn what_was_taken_holds_as_far_as_it_goes() {
        let answer = Answer { bytes: b"abc"[..].into(), closed: true, pattern: None };
        let ignored = [Regex::new("[0-9]+").unwrap()];
        for (claim, taken, holds) in [
            (Claim::Answer(&answer, &[]), &b"ab"[..], true),
            (Claim::Answer(&answer, &[]), b"b", false),
            (Claim::Answer(&answer, &ignored), b"b", true),
            (Claim::Exact(b"abc"), b"ab", true),
            (Claim::Exact(b"abc"), b"b", false),
            (Claim::Line(Some(&pattern("^b"))), b"a", true),
            (Claim::Line(Some(&pattern("^b"))), b"a\n", false),
            (Claim::Rest(Some(&pattern("^b"))), b"a", true),
            (Claim::Nothing, b"a", true),
        ] {
            assert_eq!(holds_so_far(&claim, taken), holds, "{taken:?}");
        }
    }
}
