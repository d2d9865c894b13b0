//! Other bytes in the place of the payload of an expectation: comments and layout stay.

use std::fmt;
use std::sync::Arc;

use super::literal::literal;
use super::parser::{LINE_LIMIT, parse};
use super::source::{Source, Span};
use super::syntax::{Expect, Expectation, Item, ItemKind, Line, Number, Statement};

/// Why the payload of an expectation can't be replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotRewritten {
    /// There is no expectation of exact bytes at that place.
    NotExact,
    /// A part that differs is a variable or a file, as the script writes it: it would be lost.
    Reference(String),
    /// Nothing is to be expected.
    Nothing,
    /// The line would be too long.
    TooLong,
}

impl fmt::Display for NotRewritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotRewritten::NotExact => f.write_str("only exact bytes can be replaced"),
            NotRewritten::Reference(text) => {
                write!(f, "`{text}` is a part of what differs, and would be lost")
            }
            NotRewritten::Nothing => {
                f.write_str("nothing was answered: remove this line, if that is right")
            }
            NotRewritten::TooLong => f.write_str("the answer is too long for a line of a script"),
        }
    }
}

impl std::error::Error for NotRewritten {}

/// What is to stand in the place of a part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The part.
    pub span: Span,
    /// What is to stand there.
    pub text: String,
}

/// How the expectation of exact bytes at that place becomes one of `observed`; `expected` is what
/// it stood for in the play.
///
/// # Errors
///
/// If that is not possible without losing something that somebody wrote.
pub fn rewrite(
    source: &Arc<Source>,
    statement: Span,
    expected: &[u8],
    observed: &[u8],
) -> Result<Replacement, NotRewritten> {
    let lines = parse(source).map_err(|_| NotRewritten::NotExact)?;
    let items = exact_items(&lines, statement).ok_or(NotRewritten::NotExact)?;
    if observed.is_empty() {
        return Err(NotRewritten::Nothing);
    }
    let values = values(items, expected);
    let has_reference = items.iter().any(|item| known(item).is_none());
    // What is text alone is replaced as a whole; else what still holds beside a reference stays.
    let (first, last, middle) = match has_reference {
        false => (0, items.len(), observed),
        true => between(items, &values, observed),
    };
    let text_of = |item: &Item| &source.text[item.span.start..item.span.end];
    let reference = items[first..last].iter().find(|item| known(item).is_none());
    if let Some(item) = reference {
        return Err(NotRewritten::Reference(text_of(item).to_owned()));
    }
    let replacement = match (items.get(first), items[first..last].last()) {
        (Some(from), Some(to)) => {
            let span = Span { start: from.span.start, end: end_of(to) };
            Replacement { span, text: literal(middle) }
        }
        // Something stands between two parts that hold.
        _ => {
            let at = first.checked_sub(1).map_or(items[0].span.start, |at| end_of(&items[at]));
            let literal = literal(middle);
            let text = if first == 0 { format!("{literal} ") } else { format!(" {literal}") };
            Replacement { span: Span { start: at, end: at }, text }
        }
    };
    if replacement.text.len() + (statement.end - statement.start) > LINE_LIMIT / 2 {
        return Err(NotRewritten::TooLong);
    }
    Ok(replacement)
}

/// The text with all that is to be replaced in it.
pub fn replaced(text: &str, replacements: &mut [Replacement]) -> String {
    replacements.sort_by_key(|one| one.span.start);
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for Replacement { span, text: new } in replacements {
        out.push_str(&text[at..span.start]);
        out.push_str(new);
        at = span.end;
    }
    out + &text[at..]
}

/// The end of an item with its `* N`.
fn end_of(item: &Item) -> usize {
    item.times.as_ref().map_or(item.span.end, |times| times.span.end.max(item.span.end))
}

/// The items of the expectation of exact bytes at that place.
fn exact_items(lines: &[Line], place: Span) -> Option<&[Item]> {
    lines.iter().find_map(|line| match &line.statement {
        Some(Statement::Expect(Expect { what: Expectation::Exact(items), .. }))
            if line.span == place =>
        {
            Some(items.as_slice())
        }
        Some(Statement::Repeat { body, .. }) => exact_items(body, place),
        _ => None,
    })
}

/// The bytes of an item that stands for itself.
fn known(item: &Item) -> Option<Vec<u8>> {
    let (ItemKind::Text(bytes) | ItemKind::Hex(bytes)) = &item.kind else { return None };
    match item.times.as_ref().map(|times| &times.value) {
        None => Some(bytes.clone()),
        Some(Number::Literal(times)) => Some(bytes.repeat(usize::try_from(*times).ok()?)),
        Some(Number::Variable(_)) => None,
    }
}

/// The bytes of each item, of which all together are `expected`: of one that does not stand for
/// itself they are what the others leave.
fn values(items: &[Item], expected: &[u8]) -> Vec<Option<Vec<u8>>> {
    let mut values: Vec<_> = items.iter().map(known).collect();
    let mut unknown = values.iter().enumerate().filter(|(_, value)| value.is_none());
    if let (Some((at, _)), None) = (unknown.next(), unknown.next()) {
        let length = |values: &[Option<Vec<u8>>]| values.iter().flatten().map(Vec::len).sum();
        let (before, behind): (usize, usize) = (length(&values[..at]), length(&values[at + 1..]));
        let end = expected.len().saturating_sub(behind);
        values[at] = expected.get(before..end).map(<[u8]>::to_vec);
    }
    values
}

/// The items between those at both ends that still hold, from which to which, and what was
/// observed there.
fn between<'o>(
    items: &[Item],
    values: &[Option<Vec<u8>>],
    observed: &'o [u8],
) -> (usize, usize, &'o [u8]) {
    let (mut first, mut last, mut middle) = (0, items.len(), observed);
    while let Some(Some(value)) = values[..last].get(first)
        && let Some(rest) = middle.strip_prefix(value.as_slice())
    {
        (first, middle) = (first + 1, rest);
    }
    while first < last
        && let Some(value) = &values[last - 1]
        && let Some(rest) = middle.strip_suffix(value.as_slice())
    {
        (last, middle) = (last - 1, rest);
    }
    (first, last, middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line after `expected` was found to be `observed`.
    fn rewritten(line: &str, expected: &str, observed: &str) -> Result<String, NotRewritten> {
        let text = format!("> \"a\"  # kept\n{line}");
        let source = Arc::new(Source::new("s", text.clone()));
        let lines = parse(&source).unwrap();
        let place = lines[1].span;
        rewrite(&source, place, expected.as_bytes(), observed.as_bytes()).map(|one| {
            let new = replaced(&text, &mut [one]);
            assert!(new.starts_with("> \"a\"  # kept\n"), "{new}");
            let lines = parse(&Arc::new(Source::new("s", new.clone()))).unwrap();
            assert_eq!(lines.len(), 2, "{new}");
            new["> \"a\"  # kept\n".len()..].to_owned()
        })
    }

    #[test]
    fn the_payload_is_replaced_and_the_rest_of_the_line_stays() {
        let new = rewritten("<   \"b\\n\"   within 2s # why", "b\n", "c\n").unwrap();
        assert_eq!(new, "<   \"c\\n\"   within 2s # why");
        let new = rewritten("bob < \"b\" * 3 \"\\n\" # why", "bbb\n", "é\n").unwrap();
        assert_eq!(new, "bob < \"é\\n\" # why");
        assert_eq!(rewritten("< hex\"00 01\"", "\0\u{1}", "hi\n").unwrap(), "< \"hi\\n\"");
        assert_eq!(rewritten("< \"b\" * 3", "bbb", "b").unwrap(), "< \"b\"");
    }

    #[test]
    fn what_still_holds_beside_a_variable_stays() {
        let line = "< \"hello, \" $who \"!\\n\"";
        let new = rewritten(line, "hello, Zoë!\n", "hi, Zoë!\n").unwrap();
        assert_eq!(new, "< \"hi, \" $who \"!\\n\"");
        let new = rewritten(line, "hello, Zoë!\n", "hello, Zoë.\n").unwrap();
        assert_eq!(new, "< \"hello, \" $who \".\\n\"");
        let new = rewritten("< $who \"\\n\"", "Zoë\n", "Zoë, hi\n").unwrap();
        assert_eq!(new, "< $who \", hi\" \"\\n\"");
        let new = rewritten("< $who", "Zoë", "hi, Zoë").unwrap();
        assert_eq!(new, "< \"hi, \" $who");
    }

    #[test]
    fn what_somebody_wrote_is_not_lost() {
        let line = "< \"hello, \" $who \"\\n\"";
        let lost = rewritten(line, "hello, Zoë\n", "hello, Bob\n").unwrap_err();
        assert_eq!(lost, NotRewritten::Reference("$who".to_owned()));
        let two = rewritten("< $a $b", "12", "13").unwrap_err();
        assert_eq!(two, NotRewritten::Reference("$a".to_owned()));
        assert_eq!(rewritten("< line re\"x\"", "", "y").unwrap_err(), NotRewritten::NotExact);
        assert_eq!(rewritten("< \"b\"", "b", "").unwrap_err(), NotRewritten::Nothing);
        let long = "\u{1}\u{2}".repeat(LINE_LIMIT);
        assert_eq!(rewritten("< \"b\"", "b", &long).unwrap_err(), NotRewritten::TooLong);
    }
}
