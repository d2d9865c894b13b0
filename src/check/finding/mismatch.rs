//! A claim that was not met, as bytes and offsets: only a report puts it into words.

use super::observed::ObservedPlay;
use crate::script::{ClientResult, Conversation, Law, Place};

/// How much of what arrived a mismatch keeps, in bytes.
const KEPT: usize = 64 * 1024;

/// A claim of the conversation that was not met in a play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The law that it breaks.
    pub law: Law,
    /// The statement whose claim it is.
    pub place: Place,
    /// How many steps of the conversation had begun: those of a repeat count each time.
    pub step: usize,
    /// Index of the connection.
    pub connection: usize,
    /// What was expected.
    pub demand: Demand,
    /// What had arrived for it: the first 64 KiB.
    pub actual: Vec<u8>,
    /// How many bytes had arrived for it.
    pub arrived: usize,
    /// What the server did then.
    pub then: Then,
    /// The last lines that the server had written on its stdout and stderr since the play began,
    /// if it is ours.
    pub output: Vec<String>,
    /// How many connections a client had made for which the script does not listen.
    pub waiting: usize,
    /// The play, and what was played before it on the same server as far as it led to that, if it
    /// was watched: the play that is the last may have gone on after what is told here.
    pub plays: Vec<ObservedPlay>,
}

/// What was expected and did not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Demand {
    /// These bytes.
    Bytes(Vec<u8>),
    /// These bytes, then a close.
    BytesThenClose(Vec<u8>),
    /// An expectation that names no bytes, as the script language writes it: `line re"^x$"`.
    Stated(String),
    /// Some answer at all.
    SomeAnswer,
    /// The end of what comes: the script expects nothing more.
    NothingMore,
    /// An end of what comes after our FIN: the script knows nothing of it, and it does not stop.
    AnEnd,
    /// A number in this variable, which was captured from an answer.
    NumberIn(String),
    /// A server that reads what is sent to it.
    ReadsWhatIsSent,
    /// A client that connects.
    Connects,
    /// A client that comes to its end, or a driver that answers, after the conversation.
    ClientEnds,
    /// The result that the uncut conversation had for the client.
    Result(ClientResult),
    /// Another result than the uncut conversation had, since a message stopped short.
    AnotherResult,
    /// A server that lives on.
    LivesOn,
    /// A server that accepts connections.
    AcceptsConnections,
    /// A server that sleeps while no client is connected.
    SleepsWithoutClients,
    /// A server that gives back the descriptors and threads that a client took.
    GivesBack,
}

/// What the server did after its last byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// The connection stayed open, and the bytes are wrong.
    WrongBytes,
    /// It closed.
    Eof,
    /// It reset the connection.
    Reset,
    /// It was silent.
    Silence,
    /// It panicked, with this message; or its process ended, in this way.
    Crashed(String),
    /// The client ended like this, or a driver answered.
    Ended(String),
    /// While no client was connected it wanted this share of one core, in percent.
    Spun(u32),
    /// It kept descriptors and threads after two batches of so many plays.
    Grew {
        /// The plays of each batch.
        plays: usize,
        /// How many more it held after the first batch.
        first: usize,
        /// How many more it held after the second batch.
        second: usize,
    },
}

impl Then {
    /// The script language's word for it; none if the language has no word for it.
    pub fn word(&self) -> Option<&'static str> {
        match self {
            Then::WrongBytes | Then::Ended(_) | Then::Spun(_) | Then::Grew { .. } => None,
            Then::Eof => Some("eof"),
            Then::Reset => Some("reset"),
            Then::Silence => Some("silence"),
            Then::Crashed(_) => Some("crash"),
        }
    }

    /// The law that is broken if this happens while an answer is awaited; none for what a server
    /// does while no conversation is played.
    pub fn law(&self) -> Option<Law> {
        match self {
            Then::WrongBytes | Then::Ended(_) => Some(Law::Differs),
            Then::Eof | Then::Reset => Some(Law::CutOff),
            Then::Silence => Some(Law::Hangs),
            Then::Crashed(_) => Some(Law::Crashed),
            Then::Spun(_) | Then::Grew { .. } => None,
        }
    }
}

impl Mismatch {
    /// A claim of an answer that was not met; `actual` is all that arrived for it.
    pub(in crate::check) fn of_answer(
        place: Place,
        connection: usize,
        demand: Demand,
        actual: &[u8],
        then: Then,
    ) -> Box<Self> {
        let law = then.law().unwrap_or(Law::Differs);
        Box::new(Self {
            law,
            place,
            step: 0,
            connection,
            demand,
            actual: actual[..actual.len().min(KEPT)].to_vec(),
            arrived: actual.len(),
            then,
            output: Vec::new(),
            waiting: 0,
            plays: Vec::new(),
        })
    }

    /// What is wrong with a server rather than with an answer: it stands at the first statement.
    pub(in crate::check) fn of_server(
        conversation: &Conversation,
        law: Law,
        demand: Demand,
        then: Then,
        output: Vec<String>,
    ) -> Box<Self> {
        let first = conversation.steps().next();
        Box::new(Self {
            law,
            place: first.map_or(Place::default(), |step| step.place),
            step: 0,
            connection: first.map_or(0, |step| step.connection),
            demand,
            actual: Vec::new(),
            arrived: 0,
            then,
            output,
            waiting: 0,
            plays: Vec::new(),
        })
    }

    /// The same, seen in these plays.
    pub(in crate::check) fn in_plays(mut self: Box<Self>, plays: Vec<ObservedPlay>) -> Box<Self> {
        self.plays = plays;
        self
    }

    /// Whether a longer wait might have shown something else: the rest of an answer, or its end.
    pub(in crate::check) fn is_of_haste(&self) -> bool {
        self.then == Then::Silence || self.demand == Demand::AnEnd
    }

    /// Where the bytes that arrived first differ from those that were expected, which may be the
    /// end of one of them; none if that is not known, or if no exact bytes were expected.
    pub fn first_difference(&self) -> Option<usize> {
        let expected: &[u8] = match &self.demand {
            Demand::Bytes(expected) | Demand::BytesThenClose(expected) => expected,
            Demand::Result(result) => &result.output,
            _ => return None,
        };
        let equal = |(expected, actual): &(&u8, &u8)| expected == actual;
        let common = expected.iter().zip(&self.actual).take_while(equal).count();
        let is_end_of_kept = common == self.actual.len() && self.arrived > common;
        (common < expected.len().max(self.actual.len()) && !is_end_of_kept).then_some(common)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_did_has_a_law_and_a_word() {
        let grew = Then::Grew { plays: 20, first: 20, second: 21 };
        for (then, law, word) in [
            (Then::WrongBytes, Some(Law::Differs), None),
            (Then::Eof, Some(Law::CutOff), Some("eof")),
            (Then::Reset, Some(Law::CutOff), Some("reset")),
            (Then::Silence, Some(Law::Hangs), Some("silence")),
            (Then::Crashed("signal 9".to_owned()), Some(Law::Crashed), Some("crash")),
            (Then::Spun(98), None, None),
            (grew, None, None),
        ] {
            assert_eq!((then.law(), then.word()), (law, word));
        }
    }

    fn mismatch(expected: &[u8], actual: &[u8]) -> Mismatch {
        let demand = Demand::Bytes(expected.to_vec());
        *Mismatch::of_answer(Place::default(), 0, demand, actual, Then::WrongBytes)
    }

    #[test]
    fn the_first_difference_is_a_byte_or_the_end_of_one_side() {
        assert_eq!(mismatch(b"abc", b"abd").first_difference(), Some(2));
        assert_eq!(mismatch(b"abc", b"ab").first_difference(), Some(2));
        assert_eq!(mismatch(b"ab", b"abc").first_difference(), Some(2));
        assert_eq!(mismatch(b"ab", b"ab").first_difference(), None);
        let long = vec![b'x'; KEPT + 5];
        assert_eq!(mismatch(&long, &long[1..]).first_difference(), None, "it is not kept");
        let stated = Demand::Stated("line".to_owned());
        let line = Mismatch { demand: stated, ..mismatch(b"a", b"b") };
        assert_eq!(line.first_difference(), None);
    }

    #[test]
    fn a_long_answer_is_kept_in_part_and_counted_whole() {
        let long = mismatch(b"", &[b'x'; KEPT + 5]);
        assert_eq!((long.actual.len(), long.arrived), (KEPT, KEPT + 5));
    }
}
