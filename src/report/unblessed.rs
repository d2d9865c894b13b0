//! A claim that is not met, and could not be written anew.

use super::caret::Caret;
use super::words;
use crate::check::Unblessed;

/// What could not be written, why, and what came; whole lines.
pub fn unblessed(left: &Unblessed, styled: bool) -> String {
    let (expected, actual) = (words::expected(&left.seen.demand), words::actual_then(&left.seen));
    let help = format!("expected {expected}, actual {actual}");
    let caret = Caret {
        title: "this is not met, and what came can't be written in its place",
        id: Some(left.seen.law.name()),
        path: &left.source.name,
        text: &left.source.text,
        span: left.span.start..left.span.end,
        label: &left.why.to_string(),
        help: Some(&help),
    };
    caret.render(styled) + "\n"
}
