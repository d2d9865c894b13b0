//! What is wrong with a script, and where.

use std::fmt;
use std::sync::Arc;

use crate::delivery::{Contradiction, WordError};

use super::source::{Source, Span};

/// What one line of a script says, or what is wrong with it and where.
pub(super) type LineResult<T> = Result<T, (ScriptErrorKind, Span)>;

/// One thing that is wrong with a script.
///
/// # Examples
///
/// ```
/// let errors = recut::Conversation::parse("greet.recut", "> \"hi\nfrobnicate\n").unwrap_err();
/// assert_eq!(errors.len(), 2);
/// assert_eq!(errors[0].to_string(), "greet.recut:1:3: this text has no closing quote");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    source: Arc<Source>,
    span: Span,
    kind: ScriptErrorKind,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScriptErrorKind {
    /// The file is not UTF-8 from here on.
    NotUtf8,
    /// A control character stands in the text itself.
    ControlCharacter(char),
    /// A line is longer than [`super::LINE_LIMIT`].
    LineTooLong(usize),
    /// A character with which nothing can start.
    StrayCharacter(char),
    /// A literal has no closing quote.
    UnclosedQuote(Quoted),
    /// A word before a quote that is not the name of a kind of literal.
    UnknownPrefix(String),
    /// A backslash that does not start an escape; what would.
    BadEscape(&'static str),
    /// A `hex"…"` that does not hold pairs of digits.
    BadHex,
    /// A path or a command that is not UTF-8.
    TextNotUtf8,
    /// Something else was expected.
    Expected {
        /// What was expected.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A line starts with a word that is not a statement.
    UnknownStatement(String),
    /// A keyword is used as a name.
    Reserved(String),
    /// Not a number, or one that is too large.
    BadNumber(String),
    /// Not a duration.
    BadDuration(String),
    /// Not a regular expression; what the crate regex says.
    BadRegex(String),
    /// Not a word of a `deliver` list.
    BadDelivery(String, WordError),
    /// A word that can't be beside an `@` word.
    MixedDelivery(Box<Contradiction>),
    /// A `deliver` list names a connection that the script does not have.
    NoSuchConnection(String),
    /// Not a word of a `laws` list.
    BadLaw(String),
    /// A `|` that does not stand between two items.
    PinAtEdge,
    /// A `repeat` without its `end`.
    UnclosedRepeat,
    /// An `end` without its `repeat`.
    StrayEnd,
    /// `repeat` inside `repeat`, too deep.
    TooDeep,
    /// A setting after the first event.
    LateSetting(&'static str),
    /// A variable that nothing before it sets.
    UnknownVariable(String),
    /// A variable that must be a number, but is not.
    NotANumber {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// Something is sent on a connection whose stream has ended.
    SentAfterEnd(String),
    /// Something is expected on a connection that was closed or reset.
    ExpectedAfterEnd(String),
    /// `open` of a connection that is open.
    AlreadyOpen(String),
    /// `listen` on a port that can't be called so.
    BadPortName(String),
    /// `listen` without `on` in a script that starts a server.
    ListenWithoutOn,
    /// A connection of a client that nothing has listened for.
    NotListenedFor(String),
    /// More than one of `spawn`, `client` and `driver`.
    StartsTwo,
    /// `exit` beside `driver`.
    ExitOfDriver,
    /// A second `exit`.
    ExitTwice,
    /// `exit` or `output` in a script that accepts no connection.
    ClaimWithoutListen,
    /// A conversation that can't be played from the other side, and why.
    NotMirrored(String),
    /// A payload larger than [`super::PAYLOAD_LIMIT`], or too much in all.
    PayloadTooLarge,
    /// More statements than [`super::STATEMENT_LIMIT`], repeats unrolled.
    TooManyStatements,
    /// A `file""` or `include` that cannot be read.
    Unreadable(FileError),
    /// An `include` of a file that is being included.
    IncludeCycle(String),
    /// `include` inside `include`, too deep: perhaps a cycle of files under ever longer names.
    IncludedTooDeep,
    /// The script does not have an event.
    Empty,
}

/// A literal that ends with a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoted {
    /// `"…"` or `file"…"`
    Text,
    /// `hex"…"`
    Hex,
    /// `re"…"`
    Regex,
}

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Quoted::Text => "text",
            Quoted::Hex => "hex",
            Quoted::Regex => "regular expression",
        })
    }
}

/// Why a file that a script refers to can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The path that was tried.
    pub path: String,
    /// What the system says.
    pub why: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "can't read {}: {}", self.path, self.why)
    }
}

impl std::error::Error for FileError {}

impl ScriptError {
    /// That kind of error, at that place.
    #[doc(hidden)]
    pub fn new(source: &Arc<Source>, span: Span, kind: ScriptErrorKind) -> Self {
        Self { source: Arc::clone(source), span, kind }
    }

    /// What is wrong.
    #[doc(hidden)]
    pub fn kind(&self) -> &ScriptErrorKind {
        &self.kind
    }

    /// The file in which it is wrong. Its `inclusions` are the `include`
    /// statements that led there.
    #[doc(hidden)]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The place in the file.
    #[doc(hidden)]
    pub fn span(&self) -> Span {
        self.span
    }

    /// Line and column, from 1.
    pub fn position(&self) -> (usize, usize) {
        self.source.position(self.span.start)
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.position();
        write!(f, "{}:{line}:{column}: {}", self.source.name, self.kind)
    }
}

impl std::error::Error for ScriptError {}

impl ScriptErrorKind {
    /// What was expected there, if the message alone does not say it.
    pub fn help(&self) -> Option<String> {
        use ScriptErrorKind as Kind;
        Some(match self {
            Kind::NotUtf8 => {
                "a script must be UTF-8; write other bytes as \\xHH or hex\"…\"".into()
            }
            Kind::ControlCharacter('\0') => "write a NUL as \\0".into(),
            Kind::ControlCharacter(_) => "write it as an escape: \\n \\r \\t \\xHH".into(),
            Kind::LineTooLong(_) => {
                "split it into several `>` lines (they are one burst), or use file\"…\"".into()
            }
            Kind::StrayCharacter(_) => "expected a word, a payload, `>`, `<`, `|`, `*`, `=`".into(),
            Kind::UnclosedQuote(_) => "a literal must end on the line on which it starts".into(),
            Kind::UnknownPrefix(_) => "expected hex\"…\", file\"…\", re\"…\" or \"…\"".into(),
            Kind::BadEscape(expected) => format!("expected {expected}"),
            Kind::BadHex => "expected pairs of hexadecimal digits: hex\"e2 82 ac\"".into(),
            Kind::Expected { .. } | Kind::TextNotUtf8 | Kind::Empty => return None,
            Kind::UnknownStatement(_) => "expected `>`, `<`, a connection's name before one of \
                 them, or let, timeout, pause, repeat, end, open, listen, include, spawn, ready, \
                 client, driver, exit, output, deliver, laws"
                .into(),
            Kind::Reserved(_) => "choose another name".into(),
            Kind::BadNumber(_) => "expected a whole number below 2^64, or a variable".into(),
            Kind::BadDuration(_) => {
                "expected a number and a unit, at most 24h: 500us, 20ms, 2s, 1.5m, 1h".into()
            }
            Kind::BadRegex(why) => why.clone(),
            Kind::BadDelivery(_, why) => why.to_string(),
            Kind::MixedDelivery(_) => {
                "all `@` words of a `deliver` statement are one delivery: write a second \
                 statement for another one"
                    .into()
            }
            Kind::NoSuchConnection(_) => {
                "expected the name of a connection that this script uses".into()
            }
            Kind::BadLaw(_) => super::law::UnknownLaw.to_string(),
            Kind::PinAtEdge => "a `|` pins a cut between two items, as in \"a\" | \"b\"".into(),
            Kind::UnclosedRepeat => {
                "write a line `end` after the statements that it repeats".into()
            }
            Kind::StrayEnd => "remove it, or write `repeat N` on a line before it".into(),
            Kind::TooDeep => "at most 32 levels of `repeat` are allowed".into(),
            Kind::LateSetting(_) => {
                "move it before the first statement that sends, expects, opens, \
                 listens or pauses"
                    .into()
            }
            Kind::UnknownVariable(_) => "set it before this line by `let`, a named group, \
                 `repeat … as` or -D; $host, $port and $play are always set"
                .into(),
            Kind::NotANumber { .. } => "expected a whole number in decimal digits".into(),
            Kind::SentAfterEnd(_) | Kind::ExpectedAfterEnd(_) => {
                "to open the connection again after a close or reset, write `open`".into()
            }
            Kind::AlreadyOpen(_) => {
                "`open` needs a connection that is new, or that was closed or reset".into()
            }
            Kind::BadPortName(_) => "expected a name of letters, digits and `_` that is not port, \
                 host, dir, socket, ca or the name of a variable"
                .into(),
            Kind::ListenWithoutOn => "write `listen on NAME`, and {NAME} in the command: the port \
                 of the server itself is {port}"
                .into(),
            Kind::NotListenedFor(name) => {
                let listen = if name.is_empty() { "listen" } else { &format!("listen {name}") };
                format!("write `{listen}` before it")
            }
            Kind::StartsTwo => "a script has one of `spawn`, `client` and `driver`".into(),
            Kind::ExitOfDriver => "a driver answers with a line: write `output re\"…\"`".into(),
            Kind::ExitTwice => "a process ends once: keep one of them".into(),
            Kind::ClaimWithoutListen => "they are claims on a client, which connects to a script \
                 that has `listen`"
                .into(),
            Kind::NotMirrored(_) => "a script without `listen` is mirrored for a client: what \
                 it expects is sent. Expect bytes here, or write a script with `listen`"
                .into(),
            Kind::PayloadTooLarge => {
                "a payload may have at most 64 MiB, and all payloads of a conversation 256 MiB"
                    .into()
            }
            Kind::TooManyStatements => {
                "at most 100,000 are allowed; a statement inside `repeat` counts each time".into()
            }
            Kind::Unreadable(_) => {
                "the path is relative to the directory of the file that names it".into()
            }
            Kind::IncludeCycle(_) => "include a file that does not include this one, directly or \
             through others"
                .into(),
            Kind::IncludedTooDeep => "at most 32 levels of `include` are allowed".into(),
        })
    }
}

impl fmt::Display for ScriptErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ScriptErrorKind as Kind;
        let on = |name: &str| match name {
            "" => "the connection".to_owned(),
            name => format!("`{name}`"),
        };
        match self {
            Kind::NotUtf8 => f.write_str("the file is not UTF-8 here"),
            Kind::ControlCharacter(c) => {
                write!(f, "unexpected control character U+{:04X}", u32::from(*c))
            }
            Kind::LineTooLong(length) => write!(f, "this line is too long: {length} bytes"),
            Kind::StrayCharacter(c) => write!(f, "unexpected `{}`", c.escape_debug()),
            Kind::UnclosedQuote(what) => write!(f, "this {what} has no closing quote"),
            Kind::UnknownPrefix(word) => write!(f, "`{word}\"…\"` is not a kind of literal"),
            Kind::BadEscape(_) => f.write_str("this is not a valid escape"),
            Kind::BadHex => f.write_str("this is not a sequence of hexadecimal bytes"),
            Kind::TextNotUtf8 => f.write_str("a path or a command must be UTF-8"),
            Kind::Expected { expected, found } => write!(f, "expected {expected}, found {found}"),
            Kind::UnknownStatement(word) => write!(f, "unknown statement `{word}`"),
            Kind::Reserved(word) => write!(f, "`{word}` is a keyword and can't be a name"),
            Kind::BadNumber(word) => write!(f, "`{word}` is not a number"),
            Kind::BadDuration(word) => write!(f, "`{word}` is not a duration"),
            Kind::BadRegex(_) => f.write_str("this is not a valid regular expression"),
            Kind::BadDelivery(word, _) => write!(f, "`{word}` is not a delivery"),
            Kind::MixedDelivery(found) => found.fmt(f),
            Kind::NoSuchConnection(name) if name.is_empty() => {
                f.write_str("the script has no default connection")
            }
            Kind::NoSuchConnection(name) => write!(f, "the script has no connection `{name}`"),
            Kind::BadLaw(word) => write!(f, "`{word}` is not a law"),
            Kind::PinAtEdge => f.write_str("`|` must stand between two items"),
            Kind::UnclosedRepeat => f.write_str("this `repeat` has no `end`"),
            Kind::StrayEnd => f.write_str("this `end` has no `repeat`"),
            Kind::TooDeep => f.write_str("this `repeat` is nested too deeply"),
            Kind::LateSetting(word) => write!(f, "`{word}` is a setting, and it comes too late"),
            Kind::UnknownVariable(name) => write!(f, "`${name}` is not set"),
            Kind::NotANumber { name, value } => {
                write!(f, "`${name}` must be a number, but it is \"{value}\"")
            }
            Kind::SentAfterEnd(name) => {
                write!(f, "the script has ended its side of {}: it can't send more", on(name))
            }
            Kind::ExpectedAfterEnd(name) => {
                write!(f, "the script has closed {}: it can't expect more", on(name))
            }
            Kind::AlreadyOpen(name) => write!(f, "{} is already open", on(name)),
            Kind::BadPortName(name) => write!(f, "a port can't be called `{name}`"),
            Kind::ListenWithoutOn => {
                f.write_str("`listen` in a script that starts a server needs `on`")
            }
            Kind::NotListenedFor(name) => {
                write!(f, "nothing listens for {}, and a client is not connected to", on(name))
            }
            Kind::StartsTwo => f.write_str("the script starts two programs"),
            Kind::ExitOfDriver => f.write_str("a driver does not end with each conversation"),
            Kind::ExitTwice => f.write_str("the script has another `exit`"),
            Kind::ClaimWithoutListen => {
                f.write_str("`exit` and `output` have no client to speak of")
            }
            Kind::NotMirrored(why) => write!(f, "the script can't be mirrored: {why}"),
            Kind::PayloadTooLarge => f.write_str("this payload is too large"),
            Kind::TooManyStatements => f.write_str("the conversation has too many statements"),
            Kind::Unreadable(error) => error.fmt(f),
            Kind::IncludeCycle(path) => write!(f, "{path} includes itself"),
            Kind::IncludedTooDeep => f.write_str("this `include` is nested too deeply"),
            Kind::Empty => f.write_str("the script sends and expects nothing"),
        }
    }
}
