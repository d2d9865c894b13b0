//! A mismatch in words: the one place that turns what was seen into sentences.

use crate::check::{Demand, Mismatch, Then};
use crate::script::literal;

/// What was expected: as the script language writes it, or what the server should be.
pub fn expected(demand: &Demand) -> String {
    match demand {
        Demand::Bytes(bytes) => literal(bytes),
        Demand::BytesThenClose(bytes) => literal(bytes) + " eof",
        Demand::Stated(expectation) => expectation.clone(),
        Demand::SomeAnswer => "an answer".to_owned(),
        Demand::NothingMore => "nothing more".to_owned(),
        Demand::NumberIn(name) => format!("a number in ${name}"),
        Demand::ReadsWhatIsSent => "a server that reads what is sent".to_owned(),
        Demand::LivesOn => "a server that lives on".to_owned(),
        Demand::AcceptsConnections => "a server that accepts connections".to_owned(),
        Demand::SleepsWithoutClients => "a server that sleeps without clients".to_owned(),
        Demand::GivesBack => "a server that gives back what it takes".to_owned(),
    }
}

/// What came instead, as a payload of the script language.
pub fn actual(mismatch: &Mismatch) -> String {
    literal(&mismatch.actual)
}

/// What came instead, and what the server did then.
pub fn actual_then(mismatch: &Mismatch) -> String {
    match mismatch.then.word() {
        Some(word) => format!("{} {word}", actual(mismatch)),
        None => actual(mismatch),
    }
}

/// What the server said when it crashed, or what it did while no client was connected.
pub fn message(then: &Then) -> Option<String> {
    match then {
        Then::Crashed(message) => Some(message.clone()),
        Then::Spun(percent) => {
            Some(format!("it wanted {percent} % of a core while no client was connected"))
        }
        Then::Grew { plays, first, second } => Some(format!(
            "it kept {first} more descriptors and threads after {plays} plays, and {second} more \
             after the next {plays}"
        )),
        Then::WrongBytes | Then::Eof | Then::Reset | Then::Silence => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_expected_is_said_as_a_script_says_it() {
        assert_eq!(expected(&Demand::Bytes(b"a\n".to_vec())), "\"a\\n\"");
        assert_eq!(expected(&Demand::BytesThenClose(b"a".to_vec())), "\"a\" eof");
        assert_eq!(expected(&Demand::Stated("line".to_owned())), "line");
        assert_eq!(expected(&Demand::NumberIn("n".to_owned())), "a number in $n");
    }

    #[test]
    fn what_a_server_did_between_plays_is_said_with_its_figures() {
        let grew = message(&Then::Grew { plays: 20, first: 21, second: 22 }).unwrap_or_default();
        for figure in ["21 more", "20 plays", "22 more"] {
            assert!(grew.contains(figure), "{grew}");
        }
        assert_eq!(message(&Then::Crashed("signal 9".to_owned())).as_deref(), Some("signal 9"));
        assert_eq!(message(&Then::Silence), None);
    }
}
