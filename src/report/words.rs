//! A mismatch in words, and why a conversation was not judged: the one place that turns what was
//! seen into sentences.

use crate::check::{Demand, GaveUp, Mismatch, NotProved, Then, Unchecked};
use crate::script::{ClientResult, literal};
use crate::text::counted;

/// What was expected: as the script language writes it, or what the server should be.
pub fn expected(demand: &Demand) -> String {
    match demand {
        Demand::Bytes(bytes) => literal(bytes),
        Demand::BytesThenClose(bytes) => literal(bytes) + " eof",
        Demand::Stated(expectation) => expectation.clone(),
        Demand::SomeAnswer => "an answer".to_owned(),
        Demand::NothingMore => "nothing more".to_owned(),
        Demand::AnEnd => "that the answer ends".to_owned(),
        Demand::NumberIn(name) => format!("a number in ${name}"),
        Demand::ReadsWhatIsSent => "that the server reads what is sent".to_owned(),
        Demand::Connects => "that the client connects".to_owned(),
        Demand::ClientEnds => "that the client ends, or a driver answers".to_owned(),
        Demand::Result(ClientResult { end, output }) => match end {
            Some(end) => format!("{} and {end}", literal(output)),
            None => literal(output),
        },
        Demand::AnotherResult => "an error, or any other result than the uncut one".to_owned(),
        Demand::LivesOn => "that the server keeps running".to_owned(),
        Demand::AcceptsConnections => "that the server accepts connections".to_owned(),
        Demand::SleepsWithoutClients => {
            "that the server sleeps while no client is connected".to_owned()
        }
        Demand::GivesBack => "that the server gives back its descriptors and threads".to_owned(),
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
        Then::Ended(how) => Some(how.clone()),
        Then::Spun(percent) => {
            Some(format!("it used {percent} % of a core while no client was connected"))
        }
        Then::Grew { plays, first, second } => Some(format!(
            "it kept {first} more descriptors and threads after {plays} plays, and {second} more \
             after the next {plays}"
        )),
        Then::WrongBytes | Then::Eof | Then::Reset | Then::Silence => None,
    }
}

/// Why nothing is said of a conversation in which nothing was found.
#[cfg(feature = "cli")]
pub(super) const INTERRUPTED: &str = "interrupted before everything was played";

/// Why a conversation that was played was not judged.
pub fn unchecked(why: &Unchecked) -> String {
    match why {
        Unchecked::FewJudged(judged, asked) => {
            format!(
                "only {judged} of {} could be judged",
                counted(*asked, "delivery", "deliveries")
            )
        }
        Unchecked::Volatile => {
            "the answer changes by itself, so no delivery could be judged".to_owned()
        }
        Unchecked::CrashesUncut => {
            "it crashes even if nothing is cut, so no delivery could be judged".to_owned()
        }
        Unchecked::FailedOnce => "the uncut conversation failed at first and held when it was \
                                  played again, so nothing was cut"
            .to_owned(),
        Unchecked::CantTell => "the server answers differently than at the beginning, and recut \
                                can't start it again to find out why"
            .to_owned(),
        Unchecked::Unconfirmed(law) => {
            format!("{law} was seen, but the server was gone before it could be confirmed")
        }
        Unchecked::OurLimit(limit) => format!("a play went beyond a limit of recut: {limit}"),
        Unchecked::NotReached(why) | Unchecked::BadClient(why) => why.clone(),
        Unchecked::NotProved(Some(why)) => not_proved(*why).to_owned(),
        Unchecked::NotProved(None) => "not proved: the proof was not begun".to_owned(),
        Unchecked::NoLaw => "none of the enabled laws can be checked with this target".to_owned(),
    }
}

/// Why every segmentation was not proved.
pub(super) fn not_proved(why: NotProved) -> &'static str {
    match why {
        NotProved::NotCloneable => {
            "not proved, because only a core in memory can be copied and compared; single cuts and \
             samples are played instead"
        }
        NotProved::GaveUp(GaveUp::Bounds) => {
            "not proved, because its state has too many forms, or the burst is too long, for the \
             time; single cuts and samples are played instead"
        }
        NotProved::GaveUp(GaveUp::Moody) => {
            "not proved, because the same segment, given twice to copies of one state, did not do \
             the same: copies share something, or there is chance in it"
        }
        NotProved::GaveUp(GaveUp::UnlikeEquals) => {
            "not proved, because two states that are equal (`Eq`) did not do the same with the \
             same segment: the comparison leaves something out"
        }
        NotProved::GaveUp(GaveUp::NotAgain) => {
            "not proved, because a fresh core did not come to the same state as a copy: copies \
             share something, or there is chance in it"
        }
        NotProved::GaveUp(GaveUp::Missed) => {
            "not proved, because a play broke a claim that the proof had found to hold: the \
             comparison of states (`Eq`) leaves something out, or copies share something"
        }
        NotProved::GaveUp(GaveUp::Unasked) => {
            "not proved, because a delivery breaks a claim, and the law that it breaks is not \
             enabled"
        }
        NotProved::GaveUp(GaveUp::Timer) => {
            "not proved, because the core waits for a moment, so that the time between segments \
             matters; single cuts and samples are played instead"
        }
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
    fn why_nothing_was_judged_is_said_with_its_figures() {
        let few = "only 3 of 100 deliveries could be judged";
        assert_eq!(unchecked(&Unchecked::FewJudged(3, 100)), few);
        let one = "only 0 of 1 delivery could be judged";
        assert_eq!(unchecked(&Unchecked::FewJudged(0, 1)), one);
        let limit = Unchecked::OurLimit("an answer of 64 MiB".to_owned());
        assert!(unchecked(&limit).ends_with(": an answer of 64 MiB"));
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
