//! Script languages with one defect each.

use std::sync::Arc;

use recut::script::{STATEMENT_LIMIT, ScriptErrorKind, Span, syntax};
use recut::testing::{Language, Own};
use recut::{Conversation, Script, ScriptError};

type Parsed<T> = Result<T, Vec<ScriptError>>;

fn error(text: &str, kind: ScriptErrorKind) -> ScriptError {
    let source = recut::script::Source::new("input", text);
    ScriptError::new(&Arc::new(source), Span::default(), kind)
}

/// The same error, one byte longer, and behind all of the text.
fn behind(error: &ScriptError) -> ScriptError {
    let source = Arc::new(error.source().clone());
    let end = source.text.len();
    ScriptError::new(&source, Span { start: end, end: end + 1 }, error.kind().clone())
}

/// Leaves out the escape of a NUL.
pub(super) struct NulNotPrinted;

impl Language for NulNotPrinted {
    fn print(script: &Script) -> String {
        script.to_string().replace("\\0", "")
    }
}

/// Puts a comment where it stood, not where the canonical form has it.
pub(super) struct ColumnsKept;

impl Language for ColumnsKept {
    fn print(script: &Script) -> String {
        let mut printed = String::new();
        for line in &script.lines {
            let alone = Script { lines: vec![line.clone()] }.to_string();
            let (statement, comment) = match (&line.statement, &line.comment) {
                (Some(statement), Some(comment))
                    if !matches!(statement, syntax::Statement::Repeat { .. }) =>
                {
                    (statement.to_string(), comment)
                }
                _ => {
                    printed += if alone.is_empty() { "\n" } else { &alone };
                    continue;
                }
            };
            let width = line.span.end - line.span.start;
            let pad = " ".repeat(2 + width.saturating_sub(statement.len()));
            printed += &format!("{statement}{pad}{comment}\n");
        }
        printed
    }
}

/// Names a place behind the text.
pub(super) struct ErrorBehindText;

impl Language for ErrorBehindText {
    fn parse(text: &[u8]) -> Parsed<Script> {
        Own::parse(text).map_err(|errors| errors.iter().map(behind).collect())
    }
}

/// The same, of what the script refers to.
pub(super) struct UnresolvedBehindText;

impl Language for UnresolvedBehindText {
    fn resolve(text: &str) -> Parsed<Conversation> {
        Own::resolve(text).map_err(|errors| errors.iter().map(behind).collect())
    }
}

/// Points into another text.
pub(super) struct ErrorInAnotherText;

impl Language for ErrorInAnotherText {
    fn parse(text: &[u8]) -> Parsed<Script> {
        Own::parse(text).map_err(|_| vec![error("> x", ScriptErrorKind::Empty)])
    }
}

/// Reads the first line, and takes it for all.
pub(super) struct FirstLineOnly;

impl Language for FirstLineOnly {
    fn parse(text: &[u8]) -> Parsed<Script> {
        let mut script = Own::parse(text)?;
        script.lines.truncate(1);
        Ok(script)
    }
}

/// Unrolls whatever it is told to repeat.
pub(super) struct RepeatsWithoutBound;

impl Language for RepeatsWithoutBound {
    fn resolve(text: &str) -> Parsed<Conversation> {
        Own::resolve(text).or_else(|errors| {
            let is_large =
                |error: &ScriptError| matches!(error.kind(), ScriptErrorKind::TooManyStatements);
            if !errors.iter().all(is_large) {
                return Err(errors);
            }
            let mut conversation = Conversation::parse("input", "> \"x\"\n")?;
            conversation.ops = vec![conversation.ops.remove(0); STATEMENT_LIMIT + 1];
            Ok(conversation)
        })
    }
}
