//! One renderer with a caret, for errors of a script and for claims that were not met.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::script::{Inclusion, ScriptError};
use crate::text::{shows_as_itself, visible};

/// How wide a message may be, in columns: long lines are shown around their caret.
const WIDTH: usize = 100;

/// A message with the line that it speaks of, and a caret under the place.
#[derive(Clone, Debug)]
pub struct Caret<'a> {
    /// What is wrong.
    pub title: &'a str,
    /// The kind of a finding, in brackets.
    pub id: Option<&'a str>,
    /// The file.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The place in the text, in bytes.
    pub span: Range<usize>,
    /// What stands beside the caret.
    pub label: &'a str,
    /// What was expected.
    pub help: Option<&'a str>,
}

impl Caret<'_> {
    /// The message as lines of text, with colours if it is `styled`.
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        let (text, span, line) = self.window();
        let mut title = Level::ERROR.primary_title(visible(self.title));
        if let Some(id) = self.id {
            title = title.id(id);
        }
        let mut annotation = AnnotationKind::Primary.span(span);
        if !self.label.is_empty() {
            annotation = annotation.label(self.label);
        }
        let snippet =
            Snippet::source(&text).line_start(line).path(visible(self.path)).annotation(annotation);
        let mut group = title.element(snippet);
        if let Some(help) = self.help {
            group = group.element(Level::HELP.message(visible(help)));
        }
        renderer.term_width(WIDTH).render(&[group])
    }

    /// The line of the place alone, without a mark at its start: the renderer need not see the
    /// rest of a long text. Also the place in that line, and the number of the line.
    fn window(&self) -> (String, Range<usize>, usize) {
        let length = self.text.len();
        let start = self.text.floor_char_boundary(self.span.start.min(length));
        let end = self.text.ceil_char_boundary(self.span.end.clamp(start, length));
        let line_start = self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let bom = if self.text[line_start..].starts_with('\u{FEFF}') { 3 } else { 0 };
        let line_start = line_start + bom;
        let line_end = self.text[start..].find('\n').map_or(length, |newline| start + newline);
        let line = self.text[line_start..line_end].trim_end_matches('\r');
        let number = self.text[..line_start].matches('\n').count() + 1;
        let from = start.saturating_sub(line_start).min(line.len());
        let to = end.saturating_sub(line_start).clamp(from, line.len());
        // The renderer has pictures of ASCII's control characters, but not of all others.
        let is_other = |c: char| !c.is_ascii() && !shows_as_itself(c);
        let pictured = |text: &str| text.replace(is_other, "\u{fffd}");
        let [before, marked, behind] = [&line[..from], &line[from..to], &line[to..]].map(pictured);
        let span = before.len()..before.len() + marked.len();
        (before + &marked + &behind, span, number)
    }
}

/// All that is wrong with a script.
pub fn script_errors(errors: &[ScriptError], styled: bool) -> String {
    let render = |error: &ScriptError| {
        let source = error.source();
        let help = error.kind().help();
        let caret = Caret {
            title: &error.kind().to_string(),
            id: None,
            path: &source.name,
            text: &source.text,
            span: error.span().start..error.span().end,
            label: "",
            help: help.as_deref(),
        };
        let included =
            |by: &Inclusion| format!("included from {}:{}\n", visible(&by.by.name), by.line());
        let chain: String = source.inclusions().map(included).collect();
        caret.render(styled) + "\n" + &chain
    };
    errors.iter().map(render).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, marked: &str, label: &str) -> String {
        let start = text.find(marked).unwrap();
        let caret = Caret {
            title: "wrong",
            id: Some("kind"),
            path: "a.recut",
            text,
            span: start..start + marked.len(),
            label,
            help: None,
        };
        assert!(!caret.window().0.contains(['\r', '\n']), "the renderer sees one line");
        caret.render(false)
    }

    #[test]
    fn a_line_is_shown_alone_with_a_caret_under_its_place() {
        let text = "\u{FEFF}first\r\n> é \u{202e} \"ñ\" b\r\nlast";
        let message = |place: &str, number: u8, line: &str, caret: &str| {
            let head = format!("error[kind]: wrong\n --> a.recut:{place}\n  |\n");
            format!("{head}{number} | {line}\n  | {caret}")
        };
        assert_eq!(shown(text, "first", "here"), message("1:1", 1, "first", "^^^^^ here"));
        let second = message("2:7", 2, "> é \u{fffd} \"ñ\" b", "      ^^^");
        assert_eq!(shown(text, "\"ñ\"", ""), second);
        assert_eq!(shown(text, "st", "x"), message("1:4", 1, "first", "   ^^ x"));
        assert_eq!(shown(text, "last", ""), message("3:1", 3, "last", "^^^^"));
        // As far as the line goes.
        assert_eq!(shown(text, "t\r\n> é", ""), message("1:5", 1, "first", "    ^"));
    }
}
