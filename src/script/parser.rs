//! Text to syntax tree: a statement a line, every error of the file reported.

use std::sync::Arc;

use super::error::{LineResult, ScriptError, ScriptErrorKind as Kind};
use super::lexer;
use super::source::{Source, Span};
use super::statement;
use super::syntax::{Line, Statement};

/// The longest line of a script, in bytes.
pub const LINE_LIMIT: usize = 1 << 20;

/// How deep `repeat` may stand inside `repeat`.
const DEPTH: usize = 32;

/// Parses a whole text: its lines, or everything that is wrong with it.
pub(super) fn parse(source: &Arc<Source>) -> Result<Vec<Line>, Vec<ScriptError>> {
    let mut parser = Parser { errors: Vec::new(), open: Vec::new(), lines: Vec::new() };
    let text = source.text.strip_prefix('\u{FEFF}').unwrap_or(&source.text);
    let mut offset = source.text.len() - text.len();
    for line in text.split_inclusive('\n') {
        let content = line.strip_suffix('\n').unwrap_or(line);
        let content = content.strip_suffix('\r').unwrap_or(content);
        if let Err((kind, span)) = parser.line(content, offset) {
            parser.errors.push(ScriptError::new(source, span, kind));
            if content.split_whitespace().next() == Some("repeat") {
                // This line is wrong, but its `end` is not.
                parser.begin(None);
            }
        }
        offset += line.len();
    }
    for head in parser.open.iter().filter_map(|open| open.head.as_ref()) {
        parser.errors.push(ScriptError::new(source, head.span, Kind::UnclosedRepeat));
    }
    if parser.errors.is_empty() { Ok(parser.take_block()) } else { Err(parser.errors) }
}

struct Parser {
    errors: Vec<ScriptError>,
    /// The `repeat`s that wait for their `end`, outermost first.
    open: Vec<Open>,
    /// The lines of the innermost open block.
    lines: Vec<Line>,
}

struct Open {
    /// `None` if it is wrong, which has been said already.
    head: Option<Line>,
    /// The lines of the block around it, so far.
    around: Vec<Line>,
}

impl Parser {
    fn line(&mut self, text: &str, offset: usize) -> LineResult<()> {
        let whole = Span { start: offset, end: offset + text.len() };
        if text.len() > LINE_LIMIT {
            let end = offset + text.floor_char_boundary(20);
            return Err((Kind::LineTooLong(text.len()), Span { start: offset, end }));
        }
        let tokens = lexer::tokens(text, offset)?;
        let span = match (tokens.tokens.first(), tokens.tokens.last()) {
            (Some((_, first)), Some((_, last))) => first.to(*last),
            _ => whole,
        };
        let parsed = statement::parse(&tokens.tokens, span)?;
        let comment = tokens.comment;
        match parsed {
            // A blank line separates statements: one is enough, and there is none at either end.
            None if comment.is_none() && self.lines.last().is_none_or(Line::is_blank) => {}
            None => self.lines.push(Line { statement: None, comment, span }),
            Some(statement::Parsed::End) => self.end(comment, span)?,
            Some(statement::Parsed::Statement(statement)) => {
                let is_block = matches!(statement, Statement::Repeat { .. });
                let line = Line { statement: Some(statement), comment, span };
                if is_block && self.open.len() >= DEPTH {
                    return Err((Kind::TooDeep, span));
                } else if is_block {
                    self.begin(Some(line));
                } else {
                    self.lines.push(line);
                }
            }
        }
        Ok(())
    }

    /// The lines of the innermost block, which ends here.
    fn take_block(&mut self) -> Vec<Line> {
        self.lines.pop_if(|last| last.is_blank());
        std::mem::take(&mut self.lines)
    }

    /// Opens a block.
    fn begin(&mut self, head: Option<Line>) {
        let around = std::mem::take(&mut self.lines);
        self.open.push(Open { head, around });
    }

    /// Closes the innermost block.
    fn end(&mut self, comment: Option<String>, span: Span) -> LineResult<()> {
        let Open { head, around } = self.open.pop().ok_or((Kind::StrayEnd, span))?;
        let inside = self.take_block();
        self.lines = around;
        let Some(mut head) = head else { return Ok(()) };
        if let Some(Statement::Repeat { body, end_comment, .. }) = &mut head.statement {
            *body = inside;
            *end_comment = comment;
        }
        self.lines.push(head);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;

    #[test]
    fn a_line_knows_its_place_and_blank_lines_separate_statements() {
        let text = "\n\n# é\n\n \n  > \"a\"  # b\n\nrepeat 2\n\n\n> \"c\"\n\nend\n\n\n";
        let lines = parse(&Arc::new(Source::new("s", text))).unwrap();
        let said = |line: &Line| text[line.span.start..line.span.end].to_owned();
        let all: Vec<String> = lines.iter().map(said).collect();
        assert_eq!(all, ["# é", "", "> \"a\"", "", "repeat 2"]);
        let Some(Statement::Repeat { body, .. }) = &lines[4].statement else { panic!("{lines:?}") };
        assert_eq!(body.iter().map(said).collect::<Vec<_>>(), ["> \"c\""]);
    }

    #[test]
    fn lists_are_printed_as_they_are_written() {
        for list in
            ["laws hangs", "laws -spins +hangs -leaks", "deliver all -pairs", "deliver cut@2"]
        {
            let text = format!("{list}\n> \"a\"\n");
            let lines = parse(&Arc::new(Source::new("s", text.as_str()))).unwrap();
            assert_eq!(Script { lines }.to_string(), text);
        }
    }
}
