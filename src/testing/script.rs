//! The script language: any text is parsed, printed and resolved.

use super::{Body, BodyResult, Look};
use crate::script::{
    CONVERSATION_LIMIT, Conversation, NoFiles, Op, STATEMENT_LIMIT, Script, ScriptError, Span,
};

const INVERSE: &str = "what is printed parses to the same script";
const IDEMPOTENT: &str = "what is printed, parsed and printed again stays as it is";
const WHOLE: &str = "what is printed has all lines";
const INSIDE: &str = "each error lies inside the text, and there is one";
const RESOLVED: &str = "each error of what the script refers to lies inside the text, too";
const BOUNDED: &str = "a conversation has a bounded number of statements and of bytes";

pub(super) const BODY: Body = Body {
    name: "script",
    check: script,
    // There is nothing to look deeper at.
    replay: script,
    claims: &[INVERSE, IDEMPOTENT, WHOLE, INSIDE, RESOLVED, BOUNDED],
    of_streams: false,
};

/// A script language: recut's own, or one with a planted defect.
pub trait Language {
    /// As [`Script::parse_bytes`].
    fn parse(text: &[u8]) -> Result<Script, Vec<ScriptError>> {
        Script::parse_bytes(NAME, text.to_vec())
    }

    /// As [`Script`]'s `Display`.
    fn print(script: &Script) -> String {
        script.to_string()
    }

    /// As [`Script::resolve`], without files.
    fn resolve(text: &str) -> Result<Conversation, Vec<ScriptError>> {
        Script::resolve(NAME, text, &[], &NoFiles)
    }
}

/// recut's own.
pub struct Own;

impl Language for Own {}

const NAME: &str = "input";

/// For any text the parser says what it means or where it is wrong, and the printer is its inverse.
///
/// # Errors
///
/// The claim that does not hold.
pub fn script(text: &[u8]) -> BodyResult {
    script_with::<Own>(text, Look::QUICK)
}

/// The same for any script language.
///
/// # Errors
///
/// The claim that does not hold.
pub fn script_with<L: Language>(text: &[u8], look: Look) -> BodyResult {
    let script = match L::parse(text) {
        Ok(script) => script,
        Err(errors) => return inside(INSIDE, &errors, text, look),
    };
    let printed = L::print(&script);
    let again = L::parse(printed.as_bytes());
    let shown = || format!("printed: {printed:?}");
    let reprinted = again.as_ref().map_or_else(|_| printed.clone(), L::print);
    let again = again.map(Script::without_spans);
    look.claim(INVERSE, again == Ok(script.without_spans()), shown)?;
    look.claim(IDEMPOTENT, reprinted == printed, shown)?;
    // What parses is UTF-8.
    let read = String::from_utf8_lossy(text);
    look.claim(WHOLE, said(&printed).count() == said(&read).count(), shown)?;
    match L::resolve(&read) {
        Ok(conversation) => {
            let (statements, bytes) = size(&conversation.ops);
            let is_bounded = statements <= STATEMENT_LIMIT && bytes as u64 <= CONVERSATION_LIMIT;
            look.claim(BOUNDED, is_bounded, || format!("{statements} statements, {bytes} bytes"))
        }
        Err(errors) => inside(RESOLVED, &errors, text, look),
    }
}

/// The lines that are not blank; a byte order mark does not count.
fn said(text: &str) -> impl Iterator<Item = &str> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    text.lines().filter(|line| !line.trim().is_empty())
}

fn inside(claim: &'static str, errors: &[ScriptError], text: &[u8], look: Look) -> BodyResult {
    let text = String::from_utf8_lossy(text);
    let is_inside = |error: &ScriptError| {
        let Span { start, end } = error.span();
        error.source().text == text && text.get(start..end).is_some()
    };
    let holds = !errors.is_empty() && errors.iter().all(is_inside);
    look.claim(claim, holds, || format!("the errors: {errors:?}"))
}

/// How many statements there are, and how many bytes they count.
fn size(ops: &[Op]) -> (usize, usize) {
    ops.iter().fold((0, 0), |(statements, total), op| {
        let (more, bytes) = match op {
            Op::Repeat { body, .. } => size(body),
            Op::Let { payload, .. } => (0, payload.size()),
            Op::Step(step) => (0, step.action.size()),
        };
        (statements + more + 1, total + bytes)
    })
}
