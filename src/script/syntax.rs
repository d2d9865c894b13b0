//! The syntax tree: what a script says, line by line, its comments and references kept.

use std::time::Duration;

use crate::delivery::Word;

use super::law::LawWord;
use super::source::{Span, Spanned};

/// The words that can't be names.
pub const KEYWORDS: [&str; 26] = [
    "as", "bytes", "close", "closed", "deliver", "end", "eof", "file", "hex", "include", "laws",
    "let", "line", "lines", "open", "pause", "re", "ready", "repeat", "reset", "rest", "silence",
    "spawn", "timeout", "until", "within",
];

/// A line of a script: a statement, a comment, both, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// What it says.
    pub statement: Option<Statement>,
    /// Its comment, from the `#` on.
    pub comment: Option<String>,
    /// The statement, without the comment.
    pub span: Span,
}

impl Line {
    /// Whether it says nothing at all.
    pub fn is_blank(&self) -> bool {
        self.statement.is_none() && self.comment.is_none()
    }
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// `let name = items`
    Let {
        /// The variable.
        name: Spanned<String>,
        /// Its value.
        items: Vec<Item>,
    },
    /// `timeout 2s`
    Timeout(Duration),
    /// `pause 20ms`
    Pause(Duration),
    /// `repeat 3 as i … end`
    Repeat {
        /// How often.
        times: Spanned<Number>,
        /// The variable that counts from 1.
        index: Option<Spanned<String>>,
        /// What is repeated.
        body: Vec<Line>,
        /// The comment after `end`.
        end_comment: Option<String>,
    },
    /// `open [NAME]`; an empty name is the default connection.
    Open(String),
    /// `include "other.recut"`
    Include(Spanned<String>),
    /// `spawn "command {port}"`
    Spawn(String),
    /// `ready re"…"`
    Ready(Spanned<String>),
    /// `client "command {port}"`
    Client(String),
    /// `driver "command"`
    Driver(String),
    /// `listen [NAME] [on PORTNAME]`; an empty name is the default connection.
    Listen {
        /// The connection that is accepted.
        connection: String,
        /// The port, if it is not the common one.
        on: Option<Spanned<String>>,
    },
    /// `exit 0`
    Exit(u8),
    /// `output re"…"`
    Output(Spanned<String>),
    /// `deliver LIST`
    Deliver(Vec<Spanned<Word>>),
    /// `laws LIST`
    Laws(Vec<LawWord>),
    /// `> …`
    Send(Send),
    /// `< …`
    Expect(Expect),
}

/// What the script sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Send {
    /// The connection; empty is the default one.
    pub connection: String,
    /// The items, in the segments that `|` pins. Each segment has at least one item; if there is no
    /// ending, there is at least one segment.
    pub segments: Vec<Vec<Item>>,
    /// How the stream ends after them.
    pub ending: Option<Close>,
}

/// How a script ends its side of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Close {
    /// `eof`: FIN, still reading.
    Eof,
    /// `close`: FIN both ways.
    Close,
    /// `reset`: RST.
    Reset,
}

/// What the script expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    /// The connection; empty is the default one.
    pub connection: String,
    /// What is expected.
    pub what: Expectation,
    /// Its own time limit, which counts as `timeout` does.
    pub within: Option<Duration>,
}

/// An expectation; a pattern is only ever applied to a framed unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// Exactly these bytes next.
    Exact(Vec<Item>),
    /// `N bytes [re"…"]`
    Bytes(Spanned<Number>, Option<Spanned<String>>),
    /// `line [re"…"]`
    Line(Option<Spanned<String>>),
    /// `lines until re"…" [re"…"]`
    Lines {
        /// The last line is the first that this matches.
        until: Spanned<String>,
        /// This sees all of them.
        matching: Option<Spanned<String>>,
    },
    /// `rest [re"…"]`: all to EOF.
    Rest(Option<Spanned<String>>),
    /// `eof`: the stream ends, or is reset while the server had left bytes unread.
    Eof,
    /// `eof clean`: a FIN, and no reset.
    CleanEof,
    /// `reset`
    Reset,
    /// `closed`: either.
    Closed,
    /// `silence 100ms`
    Silence(Duration),
}

/// A number, or the variable that holds one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// Itself.
    Literal(u64),
    /// `$name`
    Variable(String),
}

/// One item of a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// `* N`
    pub times: Option<Spanned<Number>>,
    /// Its place.
    pub span: Span,
}

/// What an item of a payload is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// `"…"`, its escapes resolved.
    Text(Vec<u8>),
    /// `hex"…"`
    Hex(Vec<u8>),
    /// `file"…"`
    File(String),
    /// `$name`
    Variable(String),
}

impl From<ItemKind> for Item {
    fn from(kind: ItemKind) -> Self {
        Self { kind, times: None, span: Span::default() }
    }
}
