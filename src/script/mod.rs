//! What is said: the script language.
//!
//! [`Script::parse`] reads a text into a syntax tree and is pure; printing the tree gives the
//! canonical form, and parsing that gives the tree back. [`load`] resolves what a script refers
//! to and makes a [`Conversation`] of it, which can be played. This module knows no targets.

mod accepted;
mod carried;
mod compose;
mod conversation;
mod demands;
mod error;
mod files;
mod law;
mod lexer;
mod literal;
mod load;
mod lower;
mod mirror;
mod parser;
mod pattern;
mod print;
mod raw;
mod rewrite;
mod source;
mod statement;
pub mod syntax;
mod to_script;
mod without_spans;

use std::fmt;
use std::sync::Arc;

pub use accepted::{Claimed, ClientResult, Port, RESERVED_PORTS, ResultClaim};
pub use carried::{Carried, Side, Stored};
pub use compose::{Composer, Fragment, payload_items};
pub use conversation::{
    Action, Answer, CONVERSATION_LIMIT, Conversation, Count, Expected, Op, PAYLOAD_LIMIT,
    PREDEFINED, Payload, Piece, STATEMENT_LIMIT, Settings, Step,
};
pub use error::{FileError, Quoted, ScriptError, ScriptErrorKind};
pub use files::{Files, NoFiles, ReadFile};
pub use law::{Law, LawWord, UnknownLaw, apply_laws};
pub use literal::literal;
pub use load::{FileSystem, LoadError, load, load_bytes, load_stream, read};
pub use lower::parse_count;
pub use parser::LINE_LIMIT;
pub use pattern::Pattern;
pub(crate) use pattern::exactly;
pub use raw::StreamTooLarge;
pub use rewrite::{NotRewritten, Replacement, replaced, rewrite};
pub use source::{Inclusion, Place, Source, Span, Spanned};
pub use to_script::expected_text;

/// A parsed script: what it says line by line, with its comments, its references unresolved.
///
/// # Examples
///
/// ```
/// use recut::Script;
///
/// let script = Script::parse("greet.recut", ">\"hi\\n\"   # greets\n<   \"hi\\n\"").unwrap();
/// assert_eq!(script.to_string(), "> \"hi\\n\"  # greets\n< \"hi\\n\"\n");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Its lines, in order.
    pub lines: Vec<syntax::Line>,
}

impl Script {
    /// Parses a text; errors call it `name`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the text, in the order of its lines.
    pub fn parse(name: &str, text: &str) -> Result<Self, Vec<ScriptError>> {
        parser::parse(&Arc::new(Source::new(name, text))).map(|lines| Self { lines })
    }

    /// Parses bytes, which must be UTF-8.
    ///
    /// # Errors
    ///
    /// As [`Script::parse`]; or the place from which on the bytes are not UTF-8.
    pub fn parse_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, Vec<ScriptError>> {
        parser::parse(&decode(name, bytes, None)?).map(|lines| Self { lines })
    }

    /// Resolves what the script refers to, and makes a conversation of it; `defined` variables
    /// override its `let`s.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn resolve(
        name: &str,
        text: &str,
        defined: &[(String, Vec<u8>)],
        files: &dyn Files,
    ) -> Result<Conversation, Vec<ScriptError>> {
        let source = Arc::new(Source::new(name, text));
        lower::lower(&source, &parser::parse(&source)?, defined, files)
    }
}

/// The canonical form.
impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&print::lines(&self.lines))
    }
}

/// A source from bytes, which must be UTF-8.
fn decode(
    name: &str,
    bytes: Vec<u8>,
    included: Option<Inclusion>,
) -> Result<Arc<Source>, Vec<ScriptError>> {
    let source = |text| Arc::new(Source { included, ..Source::new(name, text) });
    match String::from_utf8(bytes) {
        Ok(text) => Ok(source(text)),
        Err(error) => {
            let start = error.utf8_error().valid_up_to();
            let end = start + char::REPLACEMENT_CHARACTER.len_utf8();
            let source = source(String::from_utf8_lossy(error.as_bytes()).into_owned());
            Err(vec![ScriptError::new(&source, Span { start, end }, ScriptErrorKind::NotUtf8)])
        }
    }
}
