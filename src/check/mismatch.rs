//! A claim that was not met.

use crate::script::{Law, Place, literal};

/// A claim of the conversation that was not met in a play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The law that it breaks: `crashed`, `differs`, `cut-off` or `hangs`.
    pub law: Law,
    /// The statement whose claim it is.
    pub place: Place,
    /// Index of the connection.
    pub connection: usize,
    /// What was expected, as the script language has it.
    pub expected: String,
    /// What had arrived for it.
    pub actual: Vec<u8>,
    /// What the server did then.
    pub then: Then,
    /// The last lines that the server had written on its stdout and stderr, where it is ours.
    pub output: Vec<String>,
}

/// What the server did behind its last byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing that matters: the bytes are wrong.
    Went,
    /// It closed.
    Eof,
    /// It reset the connection.
    Reset,
    /// It was silent.
    Silence,
    /// It panicked, with this message; or its process ended, like this.
    Crashed(String),
    /// What it did between plays.
    Kept(String),
}

impl Then {
    /// The word for it in reports; none where nothing is to be said.
    pub fn word(&self) -> Option<&'static str> {
        match self {
            Then::Went | Then::Kept(_) => None,
            Then::Eof => Some("eof"),
            Then::Reset => Some("reset"),
            Then::Silence => Some("silence"),
            Then::Crashed(_) => Some("crash"),
        }
    }

    /// What it said when it crashed, or what it did between plays.
    pub fn message(&self) -> Option<&str> {
        match self {
            Then::Crashed(message) | Then::Kept(message) => Some(message),
            _ => None,
        }
    }
}

impl Mismatch {
    /// Whether the other says the same of its own statement.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let said = |mismatch: &Self| {
            (mismatch.expected.clone(), mismatch.actual.clone(), mismatch.then.clone())
        };
        said(self) == said(other)
    }

    /// What arrived, as a payload of the script language.
    pub fn actual_literal(&self) -> String {
        literal(&self.actual)
    }
}

/// The law that is broken where the answer stopped short like that.
pub(super) fn law_of(then: &Then) -> Law {
    match then {
        Then::Went | Then::Kept(_) => Law::Differs,
        Then::Eof | Then::Reset => Law::CutOff,
        Then::Silence => Law::Hangs,
        Then::Crashed(_) => Law::Crashed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_did_has_a_law_a_word_and_a_message() {
        let (gone, grows) = ("signal 9".to_owned(), "12 descriptors".to_owned());
        for (then, law, word, message) in [
            (Then::Went, Law::Differs, None, None),
            (Then::Eof, Law::CutOff, Some("eof"), None),
            (Then::Reset, Law::CutOff, Some("reset"), None),
            (Then::Silence, Law::Hangs, Some("silence"), None),
            (Then::Crashed(gone), Law::Crashed, Some("crash"), Some("signal 9")),
            (Then::Kept(grows), Law::Differs, None, Some("12 descriptors")),
        ] {
            assert_eq!((law_of(&then), then.word(), then.message()), (law, word, message));
        }
    }

    #[test]
    fn alike_is_what_says_the_same_wherever_it_stands() {
        let one = Mismatch {
            law: Law::Differs,
            place: Place::default(),
            connection: 0,
            expected: "line".into(),
            actual: b"a\n".to_vec(),
            then: Then::Went,
            output: Vec::new(),
        };
        assert_eq!(one.actual_literal(), r#""a\n""#);
        assert!(one.is_like(&Mismatch { connection: 1, ..one.clone() }));
        assert!(!one.is_like(&Mismatch { expected: "rest".into(), ..one.clone() }));
        assert!(!one.is_like(&Mismatch { actual: b"b\n".to_vec(), ..one.clone() }));
        assert!(!one.is_like(&Mismatch { then: Then::Eof, ..one.clone() }));
    }
}
