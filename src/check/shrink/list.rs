//! Shrinking: pure, it asks a predicate what to keep.

use std::ops::Range;

/// What the predicate says of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It still shows: go on from there.
    Keep,
    /// It does not.
    Reject,
    /// There is no more time: what was kept last is the result.
    Stop,
}

/// The shortest sublist that the predicate keeps, as far as removing stretches of it finds one:
/// large stretches first, then smaller ones, until no single item can go (delta debugging, after
/// Zeller and Hildebrandt, 2002).
///
/// # Examples
///
/// ```
/// use recut::check::{Verdict, shrink_list};
///
/// let needs_3_and_7 = |items: &[u32]| match items.contains(&3) && items.contains(&7) {
///     true => Verdict::Keep,
///     false => Verdict::Reject,
/// };
/// assert_eq!(shrink_list((0..100).collect(), needs_3_and_7), [3, 7]);
/// ```
pub fn shrink_list<T: Clone>(
    mut items: Vec<T>,
    mut verdict: impl FnMut(&[T]) -> Verdict,
) -> Vec<T> {
    let mut size = items.len();
    while size > 0 {
        let mut removed = false;
        let mut start = 0;
        while start < items.len() {
            let end = (start + size).min(items.len());
            let candidate = [&items[..start], &items[end..]].concat();
            match verdict(&candidate) {
                Verdict::Keep => {
                    items = candidate;
                    removed = true;
                }
                Verdict::Reject => start = end,
                Verdict::Stop => return items,
            }
        }
        // What was removed may have been what kept a single item needed.
        if !(removed && size == 1) {
            // Halving skips sizes; if there are few items, all sizes are tried.
            size = if size <= 8 { size - 1 } else { size / 2 };
        }
    }
    items
}

/// How many of the likely items are tried by themselves.
const LIKELY: usize = 16;

/// In a list of at most so many items each is tried by itself, if nothing quicker finds one.
const EACH: usize = 256;

/// The fewest items that the predicate keeps, as far as they are found soon; it keeps `items`. One
/// alone tells most: first those that are `likely` to do, then by bisection, which takes about as
/// many questions as the number of items has bits, then, if the list is short, each in its order.
pub fn fewest<T: Clone>(
    items: Vec<T>,
    likely: impl IntoIterator<Item = T>,
    mut verdict: impl FnMut(&[T]) -> Verdict,
) -> Vec<T> {
    let likely = likely.into_iter().take(LIKELY).map(|item| vec![item]);
    if let Some(one) = first_kept(likely, |one| verdict(one)) {
        return one;
    }
    let is_short = items.len() <= EACH;
    let half = bisected(items.clone(), &mut verdict);
    if half.len() < 2 {
        return half;
    }
    let few = shrink_list(half, &mut verdict);
    if few.len() < 2 || !is_short {
        return few;
    }
    let each = items.into_iter().map(|item| vec![item]);
    first_kept(each, |one| verdict(one)).unwrap_or(few)
}

/// What is left of a list that the predicate keeps, if it is halved as long as it keeps one of the
/// halves: the first one, if it keeps both.
fn bisected<T: Clone>(mut items: Vec<T>, mut verdict: impl FnMut(&[T]) -> Verdict) -> Vec<T> {
    while items.len() > 1 {
        let (first, second) = items.split_at(items.len() / 2);
        match first_kept([first, second], |half| verdict(half)).map(<[T]>::to_vec) {
            Some(half) => items = half,
            None => break,
        }
    }
    items
}

/// The first candidate that the predicate keeps.
pub fn first_kept<T>(
    candidates: impl IntoIterator<Item = T>,
    mut verdict: impl FnMut(&T) -> Verdict,
) -> Option<T> {
    for candidate in candidates {
        match verdict(&candidate) {
            Verdict::Keep => return Some(candidate),
            Verdict::Reject => {}
            Verdict::Stop => return None,
        }
    }
    None
}

/// A payload of so many bytes is read at a glance, and stays.
const SHORT: usize = 64;

/// A word is no longer than this; what is longer is data, whatever it is made of.
const LONGEST_WORD: usize = 32;

/// The stretches of a payload that may go without changing what it means around the places that
/// matter: `margin` bytes around each of them, around line ends and at both ends stay. Words that
/// somebody wrote go whole or stay whole; of longer data no character is cut.
pub(super) fn removable(bytes: &[u8], places: &[usize], margin: usize) -> Vec<(usize, usize)> {
    if bytes.len() <= SHORT {
        return Vec::new();
    }
    let newlines = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at);
    let mut fixed: Vec<usize> = newlines.chain(places.iter().copied()).collect();
    fixed.extend([0, bytes.len()]);
    fixed.sort_unstable();
    let words = words(bytes);
    let is_border = |at: usize| {
        let cuts_no_character = bytes.get(at).is_none_or(|byte| !(0x80..0xC0).contains(byte));
        let word = words.iter().find(|word| word.start < at && at <= word.end);
        cuts_no_character && word.is_none_or(|word| word.len() > LONGEST_WORD)
    };
    let mut stretches = Vec::new();
    for pair in fixed.windows(2) {
        let (start, end) = (pair[0] + margin, pair[1].saturating_sub(margin));
        let Some(start) = (start..end).find(|&at| is_border(at)) else { continue };
        let end = (start + 1..=end).rev().find(|&at| is_border(at));
        stretches.extend(end.map(|end| (start, end)));
    }
    stretches
}

/// The words of a payload: what stands between white space.
fn words(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace()) {
        match words.last_mut() {
            Some(word) if word.end == at => word.end += 1,
            _ => words.push(at..at + 1),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_cuts_to_the_one_that_matters() {
        let mut asked = 0;
        let kept = shrink_list((0..1000).collect(), |items: &[u32]| {
            asked += 1;
            if items.contains(&613) { Verdict::Keep } else { Verdict::Reject }
        });
        assert_eq!(kept, [613]);
        assert!(asked < 100, "{asked}");
    }

    /// What is kept of so many items, of which all that are needed must be there, and how often it
    /// was asked.
    fn fewest_of(count: u32, likely: &[u32], needed: &[u32]) -> (Vec<u32>, u32) {
        let mut asked = 0;
        let kept = fewest((0..count).collect(), likely.iter().copied(), |items| {
            asked += 1;
            let is_needed = needed.iter().all(|item| items.contains(item));
            if is_needed { Verdict::Keep } else { Verdict::Reject }
        });
        (kept, asked)
    }

    #[test]
    fn one_of_thousands_takes_as_many_questions_as_their_number_has_bits() {
        for needed in [0, 1, 1053, 1054, 1999, 2106] {
            let (kept, asked) = fewest_of(2107, &[], &[needed]);
            assert_eq!(kept, [needed]);
            assert!((11..=24).contains(&asked), "{needed}: {asked}");
        }
    }

    #[test]
    fn what_is_likely_is_asked_about_first_and_not_for_ever() {
        let likely: Vec<u32> = (100..200).collect();
        assert_eq!(fewest_of(2107, &likely, &[102]), (vec![102], 3));
        let (kept, asked) = fewest_of(2107, &likely, &[150]);
        assert_eq!(kept, [150]);
        assert!(asked <= 16 + 24, "{asked}");
    }

    #[test]
    fn two_of_thousands_are_found_before_each_is_tried_by_itself() {
        let (kept, asked) = fewest_of(2107, &[], &[3, 2000]);
        assert_eq!(kept, [3, 2000]);
        assert!(asked < 100, "{asked}");
    }

    #[test]
    fn one_that_only_shows_alone_is_found_in_a_short_list() {
        let mut asked = Vec::new();
        let kept = fewest((0..40).collect(), [], |items: &[u32]| {
            asked.push(items.len());
            // With others around it, it takes three of them.
            let shows = items == [25] || items.iter().filter(|item| **item % 10 == 0).count() > 2;
            if shows { Verdict::Keep } else { Verdict::Reject }
        });
        assert_eq!(kept, [25]);
    }

    #[test]
    fn when_time_is_up_what_was_halved_stands() {
        let mut left = 4;
        let kept = fewest((0..64).collect(), [], |items: &[u32]| {
            left -= 1;
            match left {
                ..=0 => Verdict::Stop,
                _ if items.contains(&0) => Verdict::Keep,
                _ => Verdict::Reject,
            }
        });
        assert_eq!(kept, (0..8).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_needed_together_stays_together() {
        let kept = shrink_list((0..64).collect(), |items: &[u32]| {
            let needed = [1, 2, 40].iter().all(|item| items.contains(item));
            if needed { Verdict::Keep } else { Verdict::Reject }
        });
        assert_eq!(kept, [1, 2, 40]);
    }

    #[test]
    fn what_was_needed_by_what_has_gone_goes_too() {
        let kept = shrink_list(vec![5, 3, 7, 4], |items: &[u32]| {
            let needed = [3, 4].iter().all(|item| items.contains(item));
            let helped = items.contains(&5) || !items.contains(&7);
            if needed && helped { Verdict::Keep } else { Verdict::Reject }
        });
        assert_eq!(kept, [3, 4]);
    }

    #[test]
    fn when_time_is_up_the_last_that_was_kept_stands() {
        let mut left = 6;
        let kept = shrink_list((0..64).collect(), |items: &[u32]| {
            left -= 1;
            match left {
                0 => Verdict::Stop,
                _ if items.contains(&0) => Verdict::Keep,
                _ => Verdict::Reject,
            }
        });
        assert!(kept.contains(&0) && kept.len() < 64);
    }

    #[test]
    fn stretches_keep_their_distance_and_cut_no_character() {
        let text = format!("{}\nxyz", "0123456789€€€€".repeat(4));
        let text = text.as_bytes();
        let end = text.len() - 4;
        assert_eq!(removable(text, &[], 4), [(4, end - 6)]);
        assert_eq!(removable(text, &[33], 4), [(4, 29), (38, end - 6)]);
        assert_eq!(removable(text, &[], 11), [(13, end - 12)]);
        assert!(removable(&text[..SHORT], &[], 4).is_empty(), "it is short");
    }

    #[test]
    fn no_word_that_somebody_wrote_is_cut() {
        let text =
            b"The quick brown fox jumps over the lazy dog and then it sleeps until the morning";
        let stretches = removable(text, &[40], 8);
        assert!(!stretches.is_empty());
        let words: Vec<&[u8]> = text.split(|byte| *byte == b' ').collect();
        for (start, end) in stretches {
            let left = [&text[..start], &text[end..]].concat();
            for word in left.split(|byte| *byte == b' ') {
                assert!(word.is_empty() || words.contains(&word), "{}", word.escape_ascii());
            }
        }
    }

    #[test]
    fn the_first_that_is_kept_ends_the_search() {
        let search = |stop| {
            first_kept(1..9, |number| match number {
                4 | 6 => Verdict::Keep,
                number if *number == stop => Verdict::Stop,
                _ => Verdict::Reject,
            })
        };
        assert_eq!([search(5), search(3), search(9)], [Some(4), None, Some(4)]);
    }
}
