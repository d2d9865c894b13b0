//! Places in a script: sources, spans, and the statements that include a file.

use std::sync::Arc;

/// A script's text under the name that messages give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The path, or a word such as `-`.
    pub name: String,
    /// The text, as it was read.
    pub text: String,
    /// The `include` statement that this file was read for; `None` for the script itself.
    pub included: Option<Inclusion>,
}

/// The place of an `include` statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// The file in which it stands.
    pub by: Arc<Source>,
    /// Where in that file.
    pub span: Span,
}

impl Inclusion {
    /// The line of the statement, from 1.
    pub fn line(&self) -> usize {
        self.by.position(self.span.start).0
    }
}

/// A range of a [`Source`]'s text, in bytes, on character borders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Its first byte.
    pub start: usize,
    /// The end of its last byte; `start <= end`.
    pub end: usize,
}

impl Span {
    /// The span from the start of this one to the end of the other.
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end.max(self.start) }
    }
}

/// A value with its place in a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value`, said at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

impl<T> From<T> for Spanned<T> {
    /// For a tree that is made and not read: nothing in it has a place yet.
    fn from(value: T) -> Self {
        Self { value, span: Span::default() }
    }
}

impl Source {
    /// A text and its name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), included: None }
    }

    /// The `include` statements that led to this file, the innermost first.
    pub fn inclusions(&self) -> impl Iterator<Item = &Inclusion> {
        std::iter::successors(self.included.as_ref(), |inner| inner.by.included.as_ref())
    }

    /// Line and column of an offset, both from 1; columns count characters.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = self.text.floor_char_boundary(offset);
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
        let column = before[line_start..].trim_start_matches('\u{FEFF}').chars().count() + 1;
        (line, column)
    }
}

/// Where a statement stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// Index of its file among the conversation's sources.
    pub source: usize,
    /// Where in the file.
    pub span: Span,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_by_characters() {
        let source = Source::new("s", "\u{feff}é!\n\nb\n");
        let places = [(0, (1, 1)), (3, (1, 1)), (4, (1, 1)), (5, (1, 2)), (6, (1, 3))];
        let places =
            places.into_iter().chain([(7, (2, 1)), (8, (3, 1)), (9, (3, 2)), (99, (4, 1))]);
        for (offset, position) in places {
            assert_eq!(source.position(offset), position, "{offset}");
        }
    }
}
