//! Conversations with a server: what it is sent, and what it answers to that.

use proptest::collection::vec;
use proptest::prelude::*;

use super::pieces::pieces;
use super::stream::{bytes, text};
use super::talk::{NAMES, Talk};
use crate::protocol::Protocol;
use crate::script::syntax::Close;

/// One thing that happens, before the answer of the server is known.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    /// Index of the connection.
    pub(super) who: usize,
    /// What is sent, in segments with a pin between them.
    pub(super) says: Vec<Vec<u8>>,
    /// How often.
    pub(super) rounds: u64,
    /// Whether the answer is awaited, and how.
    pub(super) awaits: Option<Manner>,
    pub(super) extra: Extra,
}

/// What is special about a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extra {
    Nothing,
    /// The payload is a variable.
    Let,
    /// The last captured variable is sent after the payload.
    Captured,
    /// An item of the payload is repeated zero times.
    Never,
    /// A `pause` follows.
    Pause,
    /// The connection ends after it; its next turn opens it again.
    Ends(Close),
}

/// How an answer is expected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub(super) frame: Frame,
    /// It has a time limit of its own, and may end in either way.
    pub(super) loosely: bool,
}

impl Manner {
    /// Byte by byte.
    pub(super) const EXACT: Self = Self { frame: Frame::Exact, loosely: false };
}

/// How an expectation is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    Exact,
    Bytes,
    /// Its first line, and then what is left.
    Line,
    /// The same, and the line is remembered.
    Captured,
    /// All whole lines, and then what is left.
    Lines,
    /// All of it, if the server ends the stream.
    Rest,
}

/// Conversations with a server, as scripts that hold if nothing is cut: they expect what the server
/// answers to each burst in one piece. `connect` makes one server for each connection.
///
/// They have up to three connections, pins, pauses, variables, captures, repeats, every frame of an
/// expectation and every ending, and no files. `recut::check_once` then says whether the server
/// answers the same however it is cut.
///
/// # Examples
///
/// ```
/// use proptest::prelude::*;
/// use recut::strategies::conversation;
/// use recut::{Conversation, Echo, Options, Target, check_once};
///
/// let target = Target::memory("mine", Echo::default); // anything that implements recut::Protocol
/// proptest!(ProptestConfig::with_cases(16), |(script in conversation(Echo::default))| {
///     let said = Conversation::parse("generated", &script).unwrap();
///     let options = Options { max: Some(200), ..Options::default() };
///     let checked = check_once(&target, &said, &options).unwrap();
///     prop_assert!(checked.findings.is_empty(), "{}", checked.findings[0].script);
/// });
/// ```
pub fn conversation<P, C>(connect: C) -> impl Strategy<Value = String>
where
    P: Protocol,
    C: Fn() -> P,
{
    events().prop_map(move |events| Talk::new(&connect, |answer| answer).of(&events))
}

/// Conversations as [`conversation`] makes them, which need not hold: they expect some answers that
/// the server does not give. Each is a script that can be played.
///
/// # Examples
///
/// ```
/// use proptest::prelude::*;
/// use recut::strategies::doubtful_conversation;
/// use recut::{Conversation, Echo};
///
/// proptest!(|(script in doubtful_conversation(Echo::default))| {
///     prop_assert!(Conversation::parse("generated", &script).is_ok());
/// });
/// ```
pub fn doubtful_conversation<P, C>(connect: C) -> impl Strategy<Value = String>
where
    P: Protocol,
    C: Fn() -> P,
{
    let wrong = (bytes(), 0..3_usize, any::<prop::sample::Index>());
    (events(), vec(wrong, 1..4)).prop_map(move |(events, wrongs)| {
        let mut wrongs = wrongs.into_iter();
        let doubt = |mut answer: Vec<u8>| {
            if let Some((other, kind, at)) = wrongs.next() {
                let at = at.index(answer.len() + 1);
                match kind {
                    0 => answer.truncate(at),
                    1 => answer.splice(at..at, other).for_each(drop),
                    _ => answer = other,
                }
            }
            answer
        };
        Talk::new(&connect, doubt).of(&events)
    })
}

fn events() -> impl Strategy<Value = Vec<Turn>> {
    let said = prop_oneof![5 => text(), 1 => bytes()];
    let framed = prop::sample::select(vec![
        Frame::Bytes,
        Frame::Line,
        Frame::Captured,
        Frame::Lines,
        Frame::Rest,
    ]);
    let frame = prop_oneof![1 => Just(Frame::Exact), 1 => framed];
    let manner =
        (frame, prop::bool::weighted(0.2)).prop_map(|(frame, loosely)| Manner { frame, loosely });
    let extra = prop_oneof![
        6 => Just(Extra::Nothing),
        1 => Just(Extra::Let),
        1 => Just(Extra::Captured),
        1 => Just(Extra::Never),
        1 => Just(Extra::Pause),
        2 => prop::sample::select(vec![Close::Eof, Close::Close, Close::Reset])
            .prop_map(Extra::Ends),
    ];
    let rounds = prop_oneof![5 => Just(1), 1 => 2..4_u64];
    let awaits = proptest::option::weighted(0.7, manner);
    let event = (0..NAMES.len(), vec(said, 1..4), rounds, awaits, extra)
        .prop_map(|(who, says, rounds, awaits, extra)| Turn { who, says, rounds, awaits, extra });
    let plain = Turn {
        who: 0,
        says: vec![b"a".to_vec()],
        rounds: 1,
        awaits: Some(Manner::EXACT),
        extra: Extra::Nothing,
    };
    pieces(event, plain, |_| 1)
}
