//! The named sets of deliveries, and which of them a conversation asks for.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::words::{Word, WordError, delivery_of, has_places, joins_places, pause};
use super::{Delivery, PlaceWord};
use crate::text::print_duration;

/// How many segmentations `random` plays if it is not followed by a number.
const RANDOM: u64 = 100;

/// A name for a set of deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Set {
    /// Each burst is one segment: the baseline.
    Uncut,
    /// Each line of the script is a segment, and its `|` and `pause` count.
    Written,
    /// Every byte is a segment.
    Bytes,
    /// One cut, at every offset of every burst in turn.
    Single,
    /// Two cuts, every pair.
    Pairs,
    /// All segmentations, if there are at most 13 places to cut.
    All,
    /// All segmentations of any burst, proved for a core whose state can be copied and compared.
    Every,
    /// This number of random segmentations, seeded.
    Random(u64),
    /// One cut, at every telling offset in turn, where the client waits for that time.
    Slow(Duration),
    /// At a few offsets inside the first line of each burst another client has the whole
    /// conversation, before the rest follows.
    Interleaved,
    /// All bursts of a connection in one write.
    Joined,
    /// The FIN is sent together with the last segment.
    HalfClose,
    /// A connection vanishes with a FIN, after each offset in turn.
    Drop,
    /// A connection vanishes with a RST, after each offset in turn.
    Reset,
}

impl Set {
    /// Every name, as it is written.
    pub const NAMES: [&str; 14] = [
        "uncut",
        "written",
        "bytes",
        "single",
        "pairs",
        "all",
        "every",
        "random=N",
        "slow=DURATION",
        "interleaved",
        "joined",
        "half-close",
        "drop",
        "reset",
    ];

    /// What is played, of each name.
    pub const MEANINGS: [&str; 14] = [
        "each burst is one segment: the baseline, always first",
        "each line of the script is a segment; `|` and `pause` count",
        "every byte is a segment",
        "one cut, at every offset of every burst in turn",
        "two cuts, every pair",
        "all segmentations, if there are at most 13 places to cut",
        "all segmentations, proved, for a core in memory that can be copied and compared",
        "N random segmentations, seeded",
        "one cut, at every telling offset in turn, where the client waits for that time",
        "in the midst of a message another client has the whole conversation",
        "all bursts of a connection in one write, as a client that pipelines",
        "the FIN is sent together with the last segment",
        "the client vanishes with a FIN after each offset in turn",
        "the client vanishes with a RST after each offset in turn",
    ];

    /// Whether its deliveries cut bursts, so that it needs a burst that can be cut.
    pub fn cuts(self) -> bool {
        match self {
            Set::Bytes
            | Set::Single
            | Set::Pairs
            | Set::All
            | Set::Every
            | Set::Random(_)
            | Set::Slow(_)
            | Set::Interleaved => true,
            Set::Uncut | Set::Written | Set::Joined | Set::HalfClose | Set::Drop | Set::Reset => {
                false
            }
        }
    }

    /// Whether the two have the same name; their numbers do not matter.
    fn same_name(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Set::Uncut => f.write_str("uncut"),
            Set::Written => f.write_str("written"),
            Set::Bytes => f.write_str("bytes"),
            Set::Single => f.write_str("single"),
            Set::Pairs => f.write_str("pairs"),
            Set::All => f.write_str("all"),
            Set::Every => f.write_str("every"),
            Set::Random(plays) => write!(f, "random={plays}"),
            Set::Slow(pause) => write!(f, "slow={}", print_duration(*pause)),
            Set::Interleaved => f.write_str("interleaved"),
            Set::Joined => f.write_str("joined"),
            Set::HalfClose => f.write_str("half-close"),
            Set::Drop => f.write_str("drop"),
            Set::Reset => f.write_str("reset"),
        }
    }
}

impl FromStr for Set {
    type Err = WordError;

    fn from_str(word: &str) -> Result<Self, WordError> {
        Ok(match word {
            "uncut" => Set::Uncut,
            "written" => Set::Written,
            "bytes" => Set::Bytes,
            "single" => Set::Single,
            "pairs" => Set::Pairs,
            "all" => Set::All,
            "every" => Set::Every,
            "random" => Set::Random(RANDOM),
            "interleaved" => Set::Interleaved,
            "joined" => Set::Joined,
            "half-close" => Set::HalfClose,
            "drop" => Set::Drop,
            "reset" => Set::Reset,
            "slow" => return Err(WordError::Duration),
            _ => match word.split_once('=') {
                Some(("random", plays)) => {
                    Set::Random(plays.parse().map_err(|_| WordError::Number)?)
                }
                Some(("slow", duration)) => Set::Slow(pause(duration)?),
                _ => return Err(WordError::Unknown),
            },
        })
    }
}

/// The deliveries of a conversation: sets, and single ones that were written with `@` words.
///
/// # Examples
///
/// ```
/// use recut::delivery::{Choice, Set, Word};
///
/// let mut choice = Choice::new(&[Set::Uncut, Set::Single, Set::Drop]);
/// let words = ["-drop", "+joined"].map(|word| word.parse::<Word>().unwrap());
/// choice.apply(&words, &[""]).unwrap();
/// assert_eq!(choice.sets, [Set::Uncut, Set::Single, Set::Joined]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The sets, in the order in which they are played.
    pub sets: Vec<Set>,
    /// Deliveries that were written with `@` words.
    pub explicit: Vec<Delivery>,
}

impl Choice {
    /// These sets only.
    pub fn new(sets: &[Set]) -> Self {
        Self { sets: sets.to_vec(), explicit: Vec::new() }
    }

    /// Applies one `deliver` statement or option: plain words replace the sets, `+word` and `-word`
    /// change them, and all `@` words together, with a plain `joined` and `half-close` beside them,
    /// are one delivery.
    ///
    /// # Errors
    ///
    /// The first place whose connection is not one of `names`; the sets of the list are applied.
    pub fn apply<'a>(
        &mut self,
        words: &'a [Word],
        names: &[impl AsRef<str>],
    ) -> Result<(), &'a PlaceWord> {
        let spelt = delivery_of(words, names);
        let has_places = has_places(words);
        let sets = words.iter().filter(|word| !(has_places && joins_places(word)));
        if sets.clone().any(|word| matches!(word, Word::Set(_))) {
            self.sets.clear();
            self.explicit.clear();
        } else if matches!(spelt, Ok(Some(_))) && self.explicit.is_empty() {
            self.sets = vec![Set::Uncut];
        }
        for word in sets {
            match *word {
                Word::Set(set) | Word::Plus(set) => {
                    self.sets.retain(|other| !other.same_name(set));
                    self.sets.push(set);
                }
                Word::Minus(set) => self.sets.retain(|other| !other.same_name(set)),
                Word::Place(_) => unreachable!("places join the delivery that they spell out"),
            }
        }
        self.explicit.extend(spelt?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_as_it_is_printed() {
        for name in Set::NAMES {
            let name = name.replace("DURATION", "2s").replace('N', "7");
            assert_eq!(name.parse().map(|set: Set| set.to_string()), Ok(name));
        }
        assert_eq!("random".parse(), Ok(Set::Random(RANDOM)));
        assert_eq!("random=".parse::<Set>(), Err(WordError::Number));
        assert_eq!("slow=1.5m".parse::<Set>(), Err(WordError::LongPause));
        assert_eq!("slow=60s".parse(), Ok(Set::Slow(Duration::from_secs(60))));
        assert_eq!("randoms".parse::<Set>(), Err(WordError::Unknown));
    }

    #[test]
    fn a_set_is_there_once_and_goes_by_its_name() {
        let mut choice = Choice::new(&[Set::Uncut, Set::Random(5), Set::Single]);
        let mut apply = |word: &str| {
            choice.apply(&[word.parse().expect(word)], &[""]).expect("no places");
            choice.sets.clone()
        };
        assert_eq!(apply("+random=7"), [Set::Uncut, Set::Single, Set::Random(7)]);
        assert_eq!(apply("-random"), [Set::Uncut, Set::Single]);
        assert_eq!(apply("drop"), [Set::Drop]);
    }

    #[test]
    fn names_beside_places_are_sets_that_are_played_too() {
        let apply = |lists: &[&str]| {
            let mut choice = Choice::new(&[Set::Uncut, Set::Bytes]);
            let mut unknown = Vec::new();
            for list in lists {
                let words: Vec<Word> = list.split(' ').map(|word| word.parse().unwrap()).collect();
                unknown.extend(choice.apply(&words, &[""]).err().map(PlaceWord::to_string));
            }
            let sets = choice.sets.iter().map(Set::to_string);
            let explicit = choice.explicit.iter().map(|delivery| delivery.words(&[""]));
            (sets.collect::<Vec<_>>().join(","), explicit.collect::<Vec<_>>().join(","), unknown)
        };
        let told = |sets: &str, explicit: &str| (sets.to_owned(), explicit.to_owned(), vec![]);
        assert_eq!(apply(&["uncut cut@1 drop"]), told("uncut,drop", "cut@1"));
        assert_eq!(apply(&["cut@1 joined cut@2"]), told("uncut", "cut@1 cut@2 joined"));
        assert_eq!(apply(&["cut@1 +joined half-close"]), told("uncut,joined", "cut@1 half-close"));
        assert_eq!(apply(&["single drop", "cut@1", "drop@2 -uncut"]), told("", "cut@1,drop@2"));
        assert_eq!(apply(&["cut@1", "cut@2 drop"]), told("drop", "cut@2"));
        assert_eq!(apply(&["cut@1", "drop"]), told("drop", ""));
        let unknown = ("drop".to_owned(), String::new(), vec!["cut@bob:1".to_owned()]);
        assert_eq!(apply(&["cut@bob:1 drop"]), unknown);
    }
}
