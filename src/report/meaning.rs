//! What the map of a burst says of the defect: what all cuts that break it have in common.

use std::borrow::Cow;

use crate::check::CutMap;

/// What ends a line, a block of lines, or a text in a protocol of lines.
const TERMINATORS: [&[u8]; 4] = [b"\r\n.\r\n", b"\r\n\r\n", b"\r\n", b"\n\n"];

/// The longest header that is told from a limit, in bytes.
const HEADER: usize = 16;

/// What a map says about the defect, and the delivery that shows it, in `@` words; none if it says
/// nothing for certain.
pub(super) fn meaning(map: &CutMap, delivery: &str) -> Option<Cow<'static, str>> {
    // Whatever was not tried may hold or break: if that changes the meaning, there is none.
    let known = |untried: bool| {
        let broken = map.broken.iter().map(|mark| mark.unwrap_or(untried)).collect();
        Tried { stream: &map.stream, broken }.meaning(delivery)
    };
    let meaning = known(false);
    if meaning == known(true) { meaning } else { None }
}

/// A map of which every offset is known.
struct Tried<'m> {
    stream: &'m [u8],
    /// One mark an offset, from 1 on.
    broken: Vec<bool>,
}

impl Tried<'_> {
    fn meaning(&self, delivery: &str) -> Option<Cow<'static, str>> {
        if !self.broken.contains(&true) {
            return Some(self.together(delivery).into());
        }
        let is_everywhere = self.broken.iter().all(|broken| *broken);
        let several = self.broken.iter().filter(|broken| **broken).count() > 1;
        if self.breaks_only(|at| self.is_inside_character(at)) {
            let text = "only cuts inside a character break it: each read is decoded on its own";
            return Some(text.into());
        }
        // If all cuts break it, it is chance that they are all in the same kind of place.
        if !is_everywhere && self.breaks_only(|at| self.is_inside_terminator(at)) {
            let text = "only cuts inside a terminator break it: the end is looked for in each read \
                        on its own";
            return Some(text.into());
        }
        if !is_everywhere && self.breaks_only(|at| self.is_inside_number(at)) {
            let text = "only cuts inside a number break it: the digits that have come are taken \
                        for all of them";
            return Some(text.into());
        }
        if is_everywhere || (several && self.is_up_to_line_end()) {
            let which = if is_everywhere { "every cut" } else { "every cut before its line end" };
            let text = format!(
                "{which} breaks it: one read is taken for one message, or what comes after the \
                 first read is ignored"
            );
            return Some(text.into());
        }
        self.stretch()
    }

    /// What is said if no single cut breaks it.
    fn together(&self, delivery: &str) -> &'static str {
        match self.cuts_in(delivery) {
            Some(cuts) if self.are_inside_one_character(&cuts) => {
                "two cuts inside one character break it, and one does not: what is kept of a \
                 character is joined with the next read once"
            }
            _ => "no single cut breaks it: it takes the cuts of the delivery together",
        }
    }

    /// What is said if the cuts that break it are those at one end of the burst, or only one.
    fn stretch(&self) -> Option<Cow<'static, str>> {
        let first = 1 + self.broken.iter().position(|broken| *broken)?;
        let last = 1 + self.broken.iter().rposition(|broken| *broken)?;
        let count = self.broken.iter().filter(|broken| **broken).count();
        let is_whole = count == last - first + 1;
        let text = if is_whole && first == 1 && last < HEADER && !self.is_up_to_line_end() {
            let length = last + 1;
            format!(
                "only cuts in the first {length} bytes break it: they are read in one piece, as a \
                 header"
            )
        } else if is_whole && first == 1 && last >= HEADER {
            format!(
                "every cut up to offset {last} breaks it, and none after it: a limit near {last} \
                 bytes"
            )
        } else if is_whole && count > 1 && last == self.broken.len() && first > HEADER {
            format!(
                "every cut from offset {first} on breaks it, and none before it: a limit near \
                 {first} bytes"
            )
        } else if count == 1 {
            return Some("one cut breaks it: a boundary case".into());
        } else {
            return None;
        };
        Some(text.into())
    }

    /// Whether all cuts break it but those after which only the line end is left, which many a
    /// server strips.
    fn is_up_to_line_end(&self) -> bool {
        let is_end = |byte: &&u8| matches!(byte, b'\r' | b'\n');
        let text = self.stream.len() - self.stream.iter().rev().take_while(is_end).count();
        let is_inside = |offset: usize| offset < text;
        (1..).zip(&self.broken).all(|(offset, broken)| *broken == is_inside(offset))
    }

    fn breaks_only(&self, is_such: impl Fn(usize) -> bool) -> bool {
        (1..).zip(&self.broken).all(|(offset, broken)| !broken || is_such(offset))
    }

    fn is_inside_character(&self, at: usize) -> bool {
        self.stream.get(at).is_some_and(|byte| (0x80..0xC0).contains(byte))
    }

    fn is_inside_terminator(&self, at: usize) -> bool {
        TERMINATORS.iter().any(|terminator| {
            let mut starts = at.saturating_sub(terminator.len() - 1)..at;
            starts.any(|start| self.stream[start..].starts_with(terminator))
        })
    }

    fn is_inside_number(&self, at: usize) -> bool {
        let is_digit = |at: usize| self.stream.get(at).is_some_and(u8::is_ascii_digit);
        is_digit(at) && is_digit(at - 1)
    }

    /// The offsets of the cuts of a delivery that has nothing but cuts in one burst, in order.
    fn cuts_in(&self, delivery: &str) -> Option<Vec<usize>> {
        let cut = |word: &str| -> Option<(String, usize)> {
            let place = word.strip_prefix("cut@")?;
            let at = place.rfind([':', '.']).map_or(0, |at| at + 1);
            Some((place[..at].to_owned(), place[at..].parse().ok()?))
        };
        let cuts: Vec<_> = delivery.split_whitespace().map(cut).collect::<Option<_>>()?;
        let is_one_burst = cuts.iter().all(|(burst, _)| *burst == cuts[0].0);
        let mut offsets: Vec<usize> = cuts.into_iter().map(|(_, offset)| offset).collect();
        offsets.sort_unstable();
        is_one_burst.then_some(offsets)
    }

    fn are_inside_one_character(&self, cuts: &[usize]) -> bool {
        let &[first, second] = cuts else { return false };
        first < second && (first..=second).all(|at| self.is_inside_character(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said, up to its explanation, of a stream of which these cuts break it.
    fn means(stream: impl AsRef<[u8]>, breaks: impl Fn(usize) -> bool) -> Option<String> {
        told(stream, |offset| Some(breaks(offset)), "cut@1")
    }

    fn told(
        stream: impl AsRef<[u8]>,
        mark: impl Fn(usize) -> Option<bool>,
        delivery: &str,
    ) -> Option<String> {
        let stream = stream.as_ref().to_vec();
        let broken = (1..stream.len()).map(mark).collect();
        let meaning = meaning(&CutMap { stream, broken }, delivery);
        meaning.map(|meaning| meaning.split(':').next().unwrap_or_default().to_owned())
    }

    fn is(meaning: Option<String>, expected: &str) {
        assert_eq!(meaning.as_deref(), Some(expected));
    }

    #[test]
    fn a_map_means_what_all_its_breaks_have_in_common() {
        let stream = "aé€b"; // Offsets inside characters: 2, 4, 5.
        let among = |breaks: &'static [usize]| means(stream, |offset| breaks.contains(&offset));
        is(among(&[]), "no single cut breaks it");
        is(among(&[2, 4, 5]), "only cuts inside a character break it");
        is(among(&[1, 2, 3, 4, 5, 6]), "every cut breaks it");
        is(among(&[3]), "one cut breaks it");
        assert_eq!(among(&[2, 3]), None);
    }

    #[test]
    fn a_line_end_that_is_stripped_is_no_part_of_a_message() {
        let every = "every cut before its line end breaks it";
        is(means("hello\n", |at| at < 5), every);
        is(means("hello\r\n", |at| at < 5), every);
        is(means("hello\r\n", |at| at < 4), "only cuts in the first 4 bytes break it");
        is(means("ab\n", |at| at < 2), "one cut breaks it");
    }

    #[test]
    fn what_was_not_tried_takes_the_meaning_away_if_it_could_change_it() {
        let stream = "aé€b";
        let untried = |untried: usize, breaks: &'static [usize]| {
            let mark = |at: usize| (at != untried).then(|| breaks.contains(&at));
            told(stream, mark, "cut@1")
        };
        for breaks in [&[3][..], &[], &[2], &[1, 2, 3, 4, 5]] {
            assert_eq!(untried(6, breaks), None, "{breaks:?}");
        }
        // Whatever comes of this one is said already.
        is(untried(4, &[2]), "only cuts inside a character break it");
    }

    #[test]
    fn a_header_that_is_read_in_one_piece() {
        let stream = [b'a'; 40];
        is(means(stream, |at| at < 4), "only cuts in the first 4 bytes break it");
        is(means(stream, |at| at < 2), "only cuts in the first 2 bytes break it");
        is(means(stream, |at| at < 16), "only cuts in the first 16 bytes break it");
        for near in [&[1, 3][..], &[2, 3], &[1, 2, 3, 30]] {
            assert_eq!(means(stream, |at| near.contains(&at)), None, "{near:?}");
        }
    }

    #[test]
    fn a_limit_near_an_offset() {
        let stream = [b'a'; 40];
        let before = "every cut up to offset 16 breaks it, and none after it";
        is(means(stream, |at| at <= 16), before);
        is(
            means(stream, |at| at >= 17),
            "every cut from offset 17 on breaks it, and none before it",
        );
        is(means(stream, |at| at == 39), "one cut breaks it");
        for near in [|at: usize| at >= 16, |at| (17..39).contains(&at), |at| at >= 17 && at != 20] {
            assert_eq!(means(stream, near), None);
        }
    }

    #[test]
    fn a_terminator_that_is_cut() {
        let only = "only cuts inside a terminator break it";
        let http = "GET /\r\nA: b\r\n\r\nbody"; // Line ends at 5..7 and 11..15.
        is(means(http, |at| [6, 12, 13, 14].contains(&at)), only);
        is(means(http, |at| at == 13), only);
        is(means("a\n\nb", |at| at == 2), only);
        is(means("DATA\r\n.\r\nb", |at| at == 7), only);
        for near in [5, 7, 11, 15] {
            assert_eq!(means(http, |at| at == 6 || at == near), None, "{near}");
        }
        is(means("\r\n", |_| true), "every cut breaks it");
        is(means("a\rb\nc", |at| at == 3), "one cut breaks it");
    }

    #[test]
    fn a_length_that_is_cut() {
        let only = "only cuts inside a number break it";
        let sized = "set k 0 0 123\r\n1"; // The number is at 10..13.
        is(means(sized, |at| [11, 12].contains(&at)), only);
        is(means("12:hello", |at| at == 1), only);
        for near in [10, 13] {
            assert_eq!(means(sized, |at| at == 11 || at == near), None, "{near}");
        }
        is(means("12345", |_| true), "every cut breaks it");
    }

    #[test]
    fn two_cuts_inside_one_character() {
        let stream = "a€ü𝄞"; // Characters at 1..4, 4..6, 6..10.
        let held = |delivery: &str| told(stream, |_| Some(false), delivery);
        let both = "two cuts inside one character break it, and one does not";
        for delivery in ["cut@2 cut@3", "cut@bob:2.9 cut@bob:2.7"] {
            is(held(delivery), both);
        }
        for near in [
            "cut@2 cut@5",
            "cut@2 cut@4",
            "cut@1 cut@3",
            "cut@2 cut@3 cut@7",
            "cut@2 cut@2.3",
            "cut@2 cut@3 joined",
            "bytes",
        ] {
            is(held(near), "no single cut breaks it");
        }
    }
}
