//! Words of a `deliver` list that can't belong to one delivery.

use std::fmt;

use super::{PlaceKind, PlaceWord, Set, Word};

/// Two words of a list that can't belong to one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// Which word of the list is one too many.
    pub index: usize,
    /// That word.
    pub word: Word,
    /// The `@` word beside which it can't be.
    pub place: PlaceWord,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { word, place, .. } = self;
        let why = match place.kind {
            PlaceKind::Slow(_) => "all cuts of a delivery must have the same pause",
            PlaceKind::Interleaved => {
                "another client must come at all cuts of the delivery, in the script's order"
            }
            _ => "a delivery can end only once",
        };
        write!(f, "`{word}` can't stand beside `{place}`: {why}")
    }
}

/// The first contradiction in a list: all `@` words of it are one delivery, which ends once, and
/// does the same at all of its cuts.
///
/// # Examples
///
/// ```
/// use recut::delivery::{Word, contradiction};
///
/// let words = |list: &str| -> Vec<Word> { list.split(' ').map(|w| w.parse().unwrap()).collect() };
/// let told = contradiction(&words("half-close drop@3")).unwrap().to_string();
/// assert_eq!(told, "`half-close` can't stand beside `drop@3`: a delivery can end only once");
/// assert_eq!(contradiction(&words("half-close cut@3 drop")), None);
/// ```
pub fn contradiction(words: &[Word]) -> Option<Contradiction> {
    let ends = |word: &Word| match word {
        Word::Set(Set::HalfClose) => true,
        Word::Place(place) => place.kind.is_vanishing(),
        _ => false,
    };
    let cuts_like_no = |slow: PlaceKind| {
        move |word: &Word| match word {
            Word::Place(place) => !place.kind.is_vanishing() && place.kind != slow,
            Word::Set(Set::Joined) => slow == PlaceKind::Interleaved,
            _ => false,
        }
    };
    let place_that = |is: fn(PlaceKind) -> bool| {
        words.iter().find_map(|word| match word {
            Word::Place(place) if is(place.kind) => Some(place),
            _ => None,
        })
    };
    let of = |place: &PlaceWord, index: usize| Contradiction {
        index,
        word: words[index].clone(),
        place: place.clone(),
    };
    let ends_twice = place_that(PlaceKind::is_vanishing).and_then(|place| {
        let other = |word: &Word| ends(word) && *word != Word::Place(place.clone());
        Some(of(place, words.iter().position(other)?))
    });
    let is_slow = |kind| matches!(kind, PlaceKind::Slow(_) | PlaceKind::Interleaved);
    let waits_twice = place_that(is_slow)
        .and_then(|place| Some(of(place, words.iter().position(cuts_like_no(place.kind))?)));
    ends_twice.or(waits_twice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_ends_once_and_waits_alike() {
        let told = |list: &str| {
            let words: Vec<Word> = list.split(' ').map(|word| word.parse().unwrap()).collect();
            contradiction(&words).map(|found| (found.index, found.to_string()))
        };
        let tells = |word: &str, place: &str| {
            format!("`{word}` can't stand beside `{place}`: a delivery can end only once")
        };
        assert_eq!(told("cut@1 drop@2 half-close"), Some((2, tells("half-close", "drop@2"))));
        assert_eq!(told("half-close reset@2 drop"), Some((0, tells("half-close", "reset@2"))));
        assert_eq!(told("drop@2 reset@2"), Some((1, tells("reset@2", "drop@2"))));
        let waits = |word: &str, place: &str| {
            let why = "all cuts of a delivery must have the same pause";
            format!("`{word}` can't stand beside `{place}`: {why}")
        };
        assert_eq!(told("cut@1 slow@2=1s drop"), Some((0, waits("cut@1", "slow@2=1s"))));
        assert_eq!(told("slow@1=1s slow@2=2s"), Some((1, waits("slow@2=2s", "slow@1=1s"))));
        for list in ["interleaved@1 joined", "joined interleaved@1 drop", "cut@1 interleaved@2"] {
            assert!(told(list).is_some(), "{list}");
        }
        for list in [
            "slow@1=1s slow@2=1s drop@3 joined single",
            "drop@2 drop@2 joined drop",
            "cut@1 half-close +reset",
            "interleaved@1 interleaved@5 drop@9 single",
            "half-close drop",
        ] {
            assert_eq!(told(list), None, "{list}");
        }
    }
}
