//! The laws by name: what must hold for every delivery.

use std::fmt;
use std::str::FromStr;

/// The name of a law, and the kind of a finding that breaks it.
///
/// # Examples
///
/// ```
/// use recut::Law;
///
/// assert_eq!(Law::CutOff.name(), "cut-off");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Law {
    /// The server lives on.
    Crashed,
    /// The same stream gets the same answer: no wrong byte.
    Differs,
    /// The answer does not stop short by a close or a reset.
    CutOff,
    /// The answer does not stop short in silence.
    Hangs,
    /// The conversation holds when nothing is cut.
    Baseline,
    /// The baseline, played twice, gives the same answer.
    Unrepeatable,
    /// After a delivery a fresh client is served.
    Wedged,
    /// What one client did, or left half done, changes no other client's answer.
    Poisons,
    /// One silent client keeps no other from being served.
    Starves,
    /// No processor time is burnt while no client is connected.
    Spins,
    /// Descriptors and threads do not grow with the plays.
    Leaks,
    /// A client does not take a message that stops short for a whole one.
    Truncates,
}

impl Law {
    /// The laws that can be looked at if a server answers nothing.
    pub const ONE_WAY: [Self; 5] =
        [Law::Crashed, Law::Baseline, Law::Wedged, Law::Spins, Law::Leaks];

    /// All laws; if several are broken at once, the first of them is reported.
    pub const ALL: [Self; 12] = [
        Law::Crashed,
        Law::Differs,
        Law::CutOff,
        Law::Hangs,
        Law::Baseline,
        Law::Unrepeatable,
        Law::Wedged,
        Law::Poisons,
        Law::Starves,
        Law::Spins,
        Law::Leaks,
        Law::Truncates,
    ];

    /// Whether it is looked at unless something else is said: whether a client must miss what was
    /// cut off, only its author knows.
    pub fn is_default(self) -> bool {
        self != Law::Truncates
    }

    /// How it is written.
    pub fn name(self) -> &'static str {
        match self {
            Law::Crashed => "crashed",
            Law::Differs => "differs",
            Law::CutOff => "cut-off",
            Law::Hangs => "hangs",
            Law::Baseline => "baseline",
            Law::Unrepeatable => "unrepeatable",
            Law::Wedged => "wedged",
            Law::Poisons => "poisons",
            Law::Starves => "starves",
            Law::Spins => "spins",
            Law::Leaks => "leaks",
            Law::Truncates => "truncates",
        }
    }
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One word of a `laws` list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LawWord {
    /// `law`: plain words replace the default list.
    Only(Law),
    /// `+law`.
    Plus(Law),
    /// `-law`.
    Minus(Law),
}

impl fmt::Display for LawWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LawWord::Only(law) => law.fmt(f),
            LawWord::Plus(law) => write!(f, "+{law}"),
            LawWord::Minus(law) => write!(f, "-{law}"),
        }
    }
}

/// A word that is not the name of a law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLaw;

impl fmt::Display for UnknownLaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected one of {}", Law::ALL.map(Law::name).join(", "))
    }
}

impl std::error::Error for UnknownLaw {}

impl FromStr for LawWord {
    type Err = UnknownLaw;

    fn from_str(word: &str) -> Result<Self, UnknownLaw> {
        let law =
            |name: &str| Law::ALL.into_iter().find(|law| law.name() == name).ok_or(UnknownLaw);
        match word.split_at_checked(1) {
            Some(("+", name)) => law(name).map(LawWord::Plus),
            Some(("-", name)) => law(name).map(LawWord::Minus),
            _ => law(word).map(LawWord::Only),
        }
    }
}

/// Changes the laws that are checked as a `laws` list says.
///
/// `baseline` can't be removed: without it nothing else can be judged.
pub fn apply_laws(words: &[LawWord], laws: &mut Vec<Law>) {
    if words.iter().any(|word| matches!(word, LawWord::Only(_))) {
        laws.clear();
        laws.push(Law::Baseline);
    }
    for word in words {
        match *word {
            LawWord::Only(law) | LawWord::Plus(law) if !laws.contains(&law) => laws.push(law),
            LawWord::Only(_) | LawWord::Plus(_) => {}
            LawWord::Minus(law) => laws.retain(|other| *other != law || law == Law::Baseline),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for law in Law::ALL {
            for word in [LawWord::Only(law), LawWord::Plus(law), LawWord::Minus(law)] {
                assert_eq!(word.to_string().parse(), Ok(word));
            }
        }
    }

    #[test]
    fn the_error_lists_all_laws() {
        let told = UnknownLaw.to_string();
        assert!(Law::ALL.iter().all(|law| told.contains(law.name())), "{told}");
    }

    #[test]
    fn words_replace_add_and_remove() {
        let words = |list: &[&str]| list.iter().map(|word| word.parse().unwrap()).collect();
        let applied = |list: &[&str]| {
            let (words, mut laws): (Vec<LawWord>, _) = (words(list), Law::ALL.to_vec());
            apply_laws(&words, &mut laws);
            laws
        };
        assert_eq!(applied(&["hangs"]), [Law::Baseline, Law::Hangs]);
        let mut all_but_starves = Law::ALL.to_vec();
        all_but_starves.retain(|law| *law != Law::Starves);
        assert_eq!(applied(&["-starves", "-baseline", "+hangs"]), all_but_starves);
        assert_eq!("+hang".parse::<LawWord>(), Err(UnknownLaw));
    }
}
