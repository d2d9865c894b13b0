//! A conversation: what both sides say, its references resolved, ready to be played.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::delivery::Word;

use super::accepted::{ClientResult, Port, ResultClaim};
use super::law::LawWord;
use super::pattern::Pattern;
use super::source::{Place, Source};
use super::syntax::Close;

/// The largest payload of one statement, in bytes.
pub const PAYLOAD_LIMIT: usize = 64 << 20;

/// The payloads and patterns of a whole conversation, in bytes.
pub const CONVERSATION_LIMIT: u64 = 256 << 20;

/// How many bytes a piece counts that only a play can make: more than it takes, since no script
/// needs a million of them and resolving them would take long.
pub(super) const UNKNOWN_SIZE: usize = 256;

/// The most statements of a conversation, repeats unrolled.
pub const STATEMENT_LIMIT: usize = 100_000;

/// The variables that are always there, in the order of their slots.
pub const PREDEFINED: [&str; 3] = ["host", "port", "play"];

/// What both sides say: a script with its files, and its variables and repeats as far as they are
/// known before the play.
///
/// # Examples
///
/// ```
/// use recut::Conversation;
///
/// assert!(Conversation::parse("greet", "> \"hi\\n\"\n< \"hi\\n\"\n").is_ok());
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "_internals"), non_exhaustive)]
pub struct Conversation {
    /// What messages call it.
    #[doc(hidden)]
    pub name: String,
    /// What the script sets.
    #[doc(hidden)]
    pub settings: Settings,
    /// The connections' names, in the order in which they appear; empty is the default one.
    #[doc(hidden)]
    pub connections: Vec<String>,
    /// The names of the variables that are known in a play only; the first are `PREDEFINED`.
    #[doc(hidden)]
    pub variables: Vec<String>,
    /// The names that a definition from outside, `-D`, can set: those of `let`, and those that are
    /// used.
    #[doc(hidden)]
    pub names: BTreeSet<String>,
    /// What happens, in order.
    #[doc(hidden)]
    pub ops: Vec<Op>,
    /// The files in which its statements stand.
    #[doc(hidden)]
    pub sources: Vec<Arc<Source>>,
    /// The files whose bytes are part of it.
    #[doc(hidden)]
    pub files: BTreeSet<String>,
    /// A raw stream: its answer is judged as a whole, against that of its baseline.
    #[doc(hidden)]
    pub raw: bool,
    /// It is sent to a server that answers nothing: what is sent must be read, and that is all.
    #[doc(hidden)]
    pub one_way: bool,
    /// The ports on which it listens.
    #[doc(hidden)]
    pub ports: Vec<Port>,
    /// What it claims of the client's end.
    #[doc(hidden)]
    pub claims: Vec<ResultClaim>,
    /// What came of it for the client when nothing was cut, once that is known.
    #[doc(hidden)]
    pub result: Option<ClientResult>,
}

/// What a script sets, as it says it.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `timeout`
    pub timeout: Option<Duration>,
    /// The `deliver` statements, in order.
    pub deliver: Vec<Vec<Word>>,
    /// The `laws` statements, in order.
    pub laws: Vec<Vec<LawWord>>,
    /// `spawn`
    pub spawn: Option<String>,
    /// `ready`
    pub ready: Option<String>,
    /// `client`
    pub client: Option<String>,
    /// `driver`
    pub driver: Option<String>,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Op {
    /// A step.
    Step(Step),
    /// A variable whose value is known only in a play.
    Let {
        /// Its slot.
        slot: usize,
        /// What it becomes.
        payload: Payload,
    },
    /// A repeat whose count is known only in a play.
    Repeat {
        /// How often.
        times: Count,
        /// The slot that counts.
        index: Option<usize>,
        /// What is repeated.
        body: Vec<Op>,
        /// Where it stands.
        place: Place,
    },
}

/// One event of a conversation.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it stands.
    pub place: Place,
    /// Index of its connection.
    pub connection: usize,
    /// What happens.
    pub action: Action,
}

/// What happens in a step.
#[derive(Clone, Debug)]
pub enum Action {
    /// The connection is opened.
    Open,
    /// The connection is accepted, on the port with that index.
    Listen(usize),
    /// Something is sent.
    Send {
        /// What is sent; empty if the stream only ends.
        payload: Payload,
        /// How the stream ends after it.
        ending: Option<Close>,
    },
    /// Something is expected.
    Expect {
        /// What is expected.
        what: Expected,
        /// Its own time limit, if it has one.
        within: Option<Duration>,
    },
    /// Time passes.
    Pause(Duration),
}

/// Bytes, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payload {
    /// The pieces, in order; neighbours of [`Piece::Bytes`] are joined.
    pub pieces: Vec<Piece>,
}

/// A piece of a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Known bytes.
    Bytes(Arc<[u8]>),
    /// What a variable holds.
    Variable(usize),
    /// Bytes or a variable, repeated as often as a variable says.
    Repeated(Box<Piece>, Count),
    /// A `|`.
    Pin,
}

/// A number: how often, or how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// This number.
    Fixed(u64),
    /// The number that the variable in this slot holds.
    Variable(usize),
}

/// What is expected, ready to be matched.
#[derive(Clone, Debug)]
pub enum Expected {
    /// Exactly these bytes next.
    Exact(Payload),
    /// This number of bytes.
    Bytes(Count, Option<Pattern>),
    /// One line.
    Line(Option<Pattern>),
    /// Lines, up to and with the first that `until` matches.
    Lines {
        /// Matches the last line.
        until: Pattern,
        /// Sees all of them whole.
        matching: Option<Pattern>,
    },
    /// All to EOF.
    Rest(Option<Pattern>),
    /// All to EOF, or until the server is quiet: the answer to a raw stream, once it is known.
    Answer(Option<Answer>),
    /// EOF; a reset too, if the server was not seen to have read everything.
    Eof,
    /// EOF by a FIN, whatever the server had read.
    CleanEof,
    /// A reset.
    Reset,
    /// Either.
    Closed,
    /// Nothing arrives for that time.
    Silence(Duration),
}

/// The answer that a raw stream got in its baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// All bytes, without those that are ignored.
    pub bytes: Arc<[u8]>,
    /// Whether the server closed after them.
    pub closed: bool,
    /// If something is ignored: a pattern of the whole answer that leaves those parts open.
    pub pattern: Option<String>,
}

impl Action {
    /// How much of [`CONVERSATION_LIMIT`] its payload takes, in bytes.
    pub(crate) fn size(&self) -> usize {
        match self {
            Action::Send { payload, .. } => payload.size(),
            Action::Expect { what: Expected::Exact(payload), .. } => payload.size(),
            Action::Expect { .. } | Action::Open | Action::Listen(_) | Action::Pause(_) => 0,
        }
    }
}

impl Piece {
    /// How much of [`CONVERSATION_LIMIT`] it takes, in bytes.
    pub(crate) fn size(&self) -> usize {
        match self {
            Piece::Bytes(bytes) => bytes.len(),
            Piece::Variable(_) | Piece::Repeated(..) | Piece::Pin => UNKNOWN_SIZE,
        }
    }
}

impl Payload {
    /// How much of [`CONVERSATION_LIMIT`] it takes, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.pieces.iter().map(Piece::size).sum()
    }

    /// Known bytes.
    pub fn bytes(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self { pieces: vec![Piece::Bytes(bytes.into())] }
    }

    /// The bytes without the pins; `None` if not all of them are known.
    pub fn known(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Bytes(known) => bytes.extend_from_slice(known),
                Piece::Pin => {}
                Piece::Variable(_) | Piece::Repeated(..) => return None,
            }
        }
        Some(bytes)
    }

    /// Whether it is known without any answer of the server.
    pub(super) fn is_static(&self) -> bool {
        self.pieces.iter().all(|piece| match piece {
            Piece::Bytes(_) | Piece::Pin => true,
            Piece::Variable(slot) => *slot < PREDEFINED.len(),
            Piece::Repeated(..) => false,
        })
    }
}

impl Conversation {
    /// Whether all that is sent is known before the play, so that it can be sent at once.
    #[doc(hidden)]
    pub fn has_static_sends(&self) -> bool {
        self.ops.iter().all(|op| match op {
            Op::Step(Step { action: Action::Send { payload, .. }, .. }) => payload.is_static(),
            Op::Step(_) => true,
            Op::Let { .. } => true,
            Op::Repeat { .. } => false,
        })
    }

    /// The op at that index, if it is a step.
    #[doc(hidden)]
    pub fn step_mut(&mut self, index: usize) -> Option<&mut Step> {
        match self.ops.get_mut(index) {
            Some(Op::Step(step)) => Some(step),
            _ => None,
        }
    }

    /// The steps from the op at that index on, without what is inside other ops; none if there are
    /// fewer ops.
    #[doc(hidden)]
    pub fn steps_from(&self, op: usize) -> impl Iterator<Item = &Step> {
        self.ops.get(op..).unwrap_or_default().iter().filter_map(|op| match op {
            Op::Step(step) => Some(step),
            Op::Let { .. } | Op::Repeat { .. } => None,
        })
    }

    /// The steps, without what is inside other ops.
    #[doc(hidden)]
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.steps_from(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_beyond_the_last_op_are_none() {
        let raw = Conversation::raw("raw", b"hi".to_vec()).unwrap();
        assert_eq!([0, 2, 3, 4].map(|op| raw.steps_from(op).count()), [3, 1, 0, 0]);
    }

    #[test]
    fn sizes_are_those_of_bytes_and_more_than_those_of_what_a_play_makes() {
        let pieces = vec![Piece::Bytes(b"abc"[..].into()), Piece::Pin, Piece::Variable(2)];
        let payload = Payload { pieces };
        assert_eq!(payload.size(), 3 + 2 * UNKNOWN_SIZE);
        let what = Expected::Exact(payload.clone());
        let (exact, send) =
            (Action::Expect { what, within: None }, Action::Send { payload, ending: None });
        assert_eq!([exact.size(), send.size()], [3 + 2 * UNKNOWN_SIZE; 2]);
        let line = Action::Expect { what: Expected::Line(None), within: None };
        assert_eq!([line.size(), Action::Open.size()], [0; 2]);
    }
}
