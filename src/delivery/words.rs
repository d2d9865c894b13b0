//! The words of a `deliver` list: sets, changes to them, and the `@` words that spell one
//! delivery out.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Cut, Cuts, Delivery, Ending, Order, Set, Vanish};
use crate::text::{parse_duration, print_duration};

/// The longest pause at a cut.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What an `@` word says of its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlaceKind {
    /// A segment ends there.
    Cut,
    /// A segment ends there, and the client waits for that time.
    Slow(Duration),
    /// A segment ends there, and another client has the whole conversation.
    Interleaved,
    /// The connection vanishes there with a FIN.
    Drop,
    /// The connection vanishes there with a RST.
    Reset,
}

/// An `@` word: `cut@[NAME:][BURST.]OFFSET`, `drop@…`, `reset@…`, `interleaved@…`,
/// `slow@…=DURATION`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PlaceWord {
    /// What happens there.
    pub kind: PlaceKind,
    /// Name of the connection; empty for the default one.
    pub connection: String,
    /// Which burst of the connection, from 1.
    pub burst: usize,
    /// Bytes of the burst before the place.
    pub offset: usize,
}

/// One word of a `deliver` list.
///
/// # Examples
///
/// ```
/// use recut::delivery::Word;
///
/// let word: Word = "cut@bob:2.17".parse().unwrap();
/// assert_eq!(word.to_string(), "cut@bob:2.17");
/// assert!("cut@".parse::<Word>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    /// A set.
    Set(Set),
    /// `+set`: the set too.
    Plus(Set),
    /// `-set`: without the set.
    Minus(Set),
    /// An `@` word.
    Place(PlaceWord),
}

/// Why a word does not belong in a `deliver` list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordError {
    /// It is not the name of a set.
    Unknown,
    /// What follows `=` is not a number.
    Number,
    /// What follows `@` is not `[NAME:][BURST.]OFFSET`.
    Place,
    /// What follows the `=` of a pause is not a duration, or nothing does.
    Duration,
    /// A pause of no time.
    NoPause,
    /// A pause of more than a minute.
    LongPause,
    /// A cut at offset 0, which would make an empty segment; or burst 0: bursts count from 1.
    Zero,
}

impl fmt::Display for WordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WordError::Unknown => {
                write!(
                    f,
                    "expected one of {}, cut@…, drop@…, reset@…, interleaved@…, slow@…",
                    Set::NAMES.join(", ")
                )
            }
            WordError::Number => f.write_str("expected a number after `=`"),
            WordError::Place => f.write_str("expected [NAME:][BURST.]OFFSET after `@`"),
            WordError::Duration => {
                f.write_str("expected a duration after `=`, as in slow=20ms or slow@5=2s")
            }
            WordError::NoPause => f.write_str(
                "a pause must be longer than 0; for cuts without a pause use `single` or cut@…",
            ),
            WordError::LongPause => f.write_str("a pause may be at most 1m long"),
            WordError::Zero => f.write_str("bursts and the offsets of cuts are counted from 1"),
        }
    }
}

impl std::error::Error for WordError {}

impl FromStr for Word {
    type Err = WordError;

    fn from_str(word: &str) -> Result<Self, WordError> {
        if let Some((kind, place)) = word.split_once('@') {
            return place_of(kind, place).map(Word::Place);
        }
        match word.split_at_checked(1) {
            Some(("+", set)) => set.parse().map(Word::Plus),
            Some(("-", set)) => set.parse().map(Word::Minus),
            _ => word.parse().map(Word::Set),
        }
    }
}

fn place_of(kind: &str, place: &str) -> Result<PlaceWord, WordError> {
    let kind = match kind {
        "cut" => PlaceKind::Cut,
        "interleaved" => PlaceKind::Interleaved,
        "drop" => PlaceKind::Drop,
        "reset" => PlaceKind::Reset,
        "slow" => PlaceKind::Slow(pause(place.split_once('=').ok_or(WordError::Duration)?.1)?),
        _ => return Err(WordError::Unknown),
    };
    let place = match kind {
        PlaceKind::Slow(_) => place.split_once('=').map_or(place, |(place, _)| place),
        _ => place,
    };
    let (connection, place) = place.split_once(':').unwrap_or(("", place));
    let (burst, offset) = place.split_once('.').unwrap_or(("1", place));
    let number = |digits: &str| match digits.bytes().all(|byte| byte.is_ascii_digit()) {
        true => digits.parse::<usize>().map_err(|_| WordError::Place),
        false => Err(WordError::Place),
    };
    let (burst, offset) = (number(burst)?, number(offset)?);
    if burst == 0 || (offset == 0 && !kind.is_vanishing()) {
        return Err(WordError::Zero);
    }
    Ok(PlaceWord { kind, connection: connection.to_owned(), burst, offset })
}

impl PlaceKind {
    /// Whether the connection vanishes there.
    pub(super) fn is_vanishing(self) -> bool {
        matches!(self, PlaceKind::Drop | PlaceKind::Reset)
    }
}

/// The pause of a slow delivery.
pub(super) fn pause(word: &str) -> Result<Duration, WordError> {
    match parse_duration(word) {
        Some(pause) if pause > LONGEST_PAUSE => Err(WordError::LongPause),
        Some(pause) if !pause.is_zero() => Ok(pause),
        None if word != "0" => Err(WordError::Duration),
        _ => Err(WordError::NoPause),
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Word::Set(set) => set.fmt(f),
            Word::Plus(set) => write!(f, "+{set}"),
            Word::Minus(set) => write!(f, "-{set}"),
            Word::Place(place) => place.fmt(f),
        }
    }
}

impl fmt::Display for PlaceWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            PlaceKind::Cut => "cut@",
            PlaceKind::Slow(_) => "slow@",
            PlaceKind::Interleaved => "interleaved@",
            PlaceKind::Drop => "drop@",
            PlaceKind::Reset => "reset@",
        })?;
        if !self.connection.is_empty() {
            write!(f, "{}:", self.connection)?;
        }
        if self.burst != 1 {
            write!(f, "{}.", self.burst)?;
        }
        write!(f, "{}", self.offset)?;
        match self.kind {
            PlaceKind::Slow(pause) => write!(f, "={}", print_duration(pause)),
            _ => Ok(()),
        }
    }
}

/// Whether a list spells a delivery out: it has an `@` word.
pub(super) fn has_places(words: &[Word]) -> bool {
    words.iter().any(|word| matches!(word, Word::Place(_)))
}

/// Whether a word belongs to the delivery that the `@` words beside it spell out.
pub(super) fn joins_places(word: &Word) -> bool {
    matches!(word, Word::Place(_) | Word::Set(Set::Joined | Set::HalfClose))
}

/// The delivery that a list with `@` words spells out; `None` if the list does not have such a
/// word.
pub(super) fn delivery_of<'a>(
    words: &'a [Word],
    names: &[impl AsRef<str>],
) -> Result<Option<Delivery>, &'a PlaceWord> {
    if !has_places(words) {
        return Ok(None);
    }
    let mut cuts = Vec::new();
    let mut delivery = Delivery::UNCUT;
    for word in words {
        match word {
            Word::Place(place) => {
                let is_named = |name: &&str| *name == place.connection;
                let mut names = names.iter().map(AsRef::as_ref);
                let connection = names.position(|name| is_named(&name)).ok_or(place)?;
                let at = Cut { connection, burst: place.burst, offset: place.offset };
                match place.kind {
                    PlaceKind::Cut => cuts.push(at),
                    PlaceKind::Slow(pause) => {
                        cuts.push(at);
                        delivery.pause = pause;
                    }
                    PlaceKind::Interleaved => {
                        cuts.push(at);
                        delivery.order = Order::Interleaved;
                    }
                    PlaceKind::Drop => delivery.ending = Ending::Vanish { at, how: Vanish::Fin },
                    PlaceKind::Reset => delivery.ending = Ending::Vanish { at, how: Vanish::Rst },
                }
            }
            Word::Set(Set::Joined) => delivery.order = Order::Joined,
            Word::Set(Set::HalfClose) => delivery.ending = Ending::HalfClose,
            // Sets that are played too.
            _ => {}
        }
    }
    cuts.sort_unstable();
    cuts.dedup();
    if !cuts.is_empty() {
        delivery.cuts = Cuts::At(cuts);
    }
    Ok(Some(delivery))
}

impl Delivery {
    /// The delivery as the words of a `deliver` list; `names` are those of the connections.
    ///
    /// # Panics
    ///
    /// If `names` lacks a connection of the delivery.
    pub fn words(&self, names: &[impl AsRef<str>]) -> String {
        let place = |kind, at: &Cut| {
            let connection = names[at.connection].as_ref().to_owned();
            PlaceWord { kind, connection, burst: at.burst, offset: at.offset }.to_string()
        };
        let mut words: Vec<String> = match &self.cuts {
            Cuts::None => Vec::new(),
            Cuts::Written => vec![Set::Written.to_string()],
            Cuts::Every => vec![Set::Bytes.to_string()],
            Cuts::At(cuts) => {
                let kind = match self.pause.is_zero() {
                    _ if self.order == Order::Interleaved => PlaceKind::Interleaved,
                    true => PlaceKind::Cut,
                    false => PlaceKind::Slow(self.pause),
                };
                cuts.iter().map(|cut| place(kind, cut)).collect()
            }
        };
        if self.order == Order::Joined {
            words.push(Set::Joined.to_string());
        }
        match &self.ending {
            Ending::Natural => {}
            Ending::HalfClose => words.push(Set::HalfClose.to_string()),
            Ending::Vanish { at, how: Vanish::Fin } => words.push(place(PlaceKind::Drop, at)),
            Ending::Vanish { at, how: Vanish::Rst } => words.push(place(PlaceKind::Reset, at)),
        }
        if words.is_empty() {
            words.push(Set::Uncut.to_string());
        }
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_as_they_were_written() {
        for word in [
            "uncut",
            "written",
            "bytes",
            "single",
            "pairs",
            "all",
            "random=7",
            "+joined",
            "-half-close",
            "drop",
            "reset",
            "cut@5",
            "cut@2.5",
            "cut@bob:5",
            "drop@bob:2.0",
            "reset@0",
            "slow=20ms",
            "+slow=60s",
            "slow@5=2s",
            "slow@bob:2.5=1500ms",
            "interleaved",
            "interleaved@bob:2.5",
        ] {
            assert_eq!(word.parse::<Word>().unwrap().to_string(), word);
        }
    }

    #[test]
    fn words_that_are_wrong() {
        for (word, error) in [
            ("", WordError::Unknown),
            ("+", WordError::Unknown),
            ("singles", WordError::Unknown),
            ("bite@4", WordError::Unknown),
            ("random=", WordError::Number),
            ("random=-1", WordError::Number),
            ("cut@", WordError::Place),
            ("cut@a", WordError::Place),
            ("cut@1.2.3", WordError::Place),
            ("cut@+5", WordError::Place),
            ("cut@99999999999999999999", WordError::Place),
            ("cut@0", WordError::Zero),
            ("slow@0=1s", WordError::Zero),
            ("slow@5", WordError::Duration),
            ("slow", WordError::Duration),
            ("slow=soon", WordError::Duration),
            ("slow=0", WordError::NoPause),
            ("slow@5=0s", WordError::NoPause),
            ("slow=61s", WordError::LongPause),
            ("cut@5=1s", WordError::Place),
            ("drop@0.1", WordError::Zero),
        ] {
            assert_eq!(word.parse::<Word>(), Err(error), "{word}");
        }
    }

    #[test]
    fn one_list_spells_one_delivery() {
        let words = ["cut@bob:2.5", "cut@3", "joined", "drop@bob:1"];
        let words = words.map(|word| word.parse::<Word>().unwrap());
        let delivery = delivery_of(&words, &["", "bob"]).unwrap().unwrap();
        assert_eq!(delivery.words(&["", "bob"]), "cut@3 cut@bob:2.5 joined drop@bob:1");
        assert_eq!(delivery_of(&words, &[""]).unwrap_err().connection, "bob");
        let words =
            ["cut@3", "cut@3", "half-close", "+joined"].map(|word| word.parse::<Word>().unwrap());
        let delivery = delivery_of(&words, &[""]).unwrap().unwrap();
        assert_eq!(delivery.words(&[""]), "cut@3 half-close");
    }
}
