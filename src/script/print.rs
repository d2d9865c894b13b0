//! The canonical form of a script: what `recut fmt` writes. Parsing it gives the tree back.

use std::fmt::{self, Display};

use super::source::Spanned;
use super::syntax::{Close, Expect, Expectation, Item, ItemKind, Line, Number, Send, Statement};
use crate::text::{escape, hex, print_duration};

/// Prints lines in canonical form: one statement a line, blocks indented by two spaces, at most
/// one blank line in a row, and no blank line at either end.
pub(super) fn lines(lines: &[Line]) -> String {
    let mut out = String::new();
    block(&mut out, lines, 0);
    out
}

fn block(out: &mut String, lines: &[Line], depth: usize) {
    let end = lines.iter().rposition(|line| !line.is_blank()).map_or(0, |last| last + 1);
    let mut was_blank = true;
    for line in &lines[..end] {
        if line.is_blank() {
            if !was_blank {
                out.push('\n');
            }
            was_blank = true;
            continue;
        }
        was_blank = false;
        match &line.statement {
            None => row(out, depth, "", line.comment.as_deref()),
            Some(Statement::Repeat { times, index, body, end_comment }) => {
                let index = index.as_ref().map(|index| format!(" as {}", index.value));
                let head = format!("repeat {}{}", times.value, index.unwrap_or_default());
                row(out, depth, &head, line.comment.as_deref());
                block(out, body, depth + 1);
                row(out, depth, "end", end_comment.as_deref());
            }
            Some(statement) => row(out, depth, &statement.to_string(), line.comment.as_deref()),
        }
    }
}

fn row(out: &mut String, depth: usize, statement: &str, comment: Option<&str>) {
    out.push_str(&"  ".repeat(depth));
    out.push_str(statement);
    if let Some(comment) = comment {
        if !statement.is_empty() {
            out.push_str("  ");
        }
        out.push_str(comment);
    }
    out.push('\n');
}

/// The statement on one line; of a `repeat`, only its head.
impl Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Statement::Let { name, items } => write!(f, "let {} = {}", name.value, join(items)),
            Statement::Timeout(duration) => write!(f, "timeout {}", print_duration(*duration)),
            Statement::Pause(duration) => write!(f, "pause {}", print_duration(*duration)),
            Statement::Repeat { times, .. } => write!(f, "repeat {}", times.value),
            Statement::Open(name) if name.is_empty() => f.write_str("open"),
            Statement::Open(name) => write!(f, "open {name}"),
            Statement::Include(path) => write!(f, "include {}", quoted(path.value.as_bytes())),
            Statement::Client(command) => write!(f, "client {}", quoted(command.as_bytes())),
            Statement::Driver(command) => write!(f, "driver {}", quoted(command.as_bytes())),
            Statement::Listen { connection, on } => {
                f.write_str("listen")?;
                if !connection.is_empty() {
                    write!(f, " {connection}")?;
                }
                on.as_ref().map_or(Ok(()), |on| write!(f, " on {}", on.value))
            }
            Statement::Exit(code) => write!(f, "exit {code}"),
            Statement::Output(pattern) => write!(f, "output {}", regex(pattern)),
            Statement::Spawn(command) => write!(f, "spawn {}", quoted(command.as_bytes())),
            Statement::Ready(pattern) => write!(f, "ready {}", regex(pattern)),
            Statement::Deliver(words) => {
                f.write_str("deliver")?;
                words.iter().try_for_each(|word| write!(f, " {}", word.value))
            }
            Statement::Laws(words) => {
                f.write_str("laws")?;
                words.iter().try_for_each(|word| write!(f, " {word}"))
            }
            Statement::Send(send) => send.fmt(f),
            Statement::Expect(expect) => expect.fmt(f),
        }
    }
}

fn arrow(f: &mut fmt::Formatter<'_>, connection: &str, arrow: &str) -> fmt::Result {
    if !connection.is_empty() {
        write!(f, "{connection} ")?;
    }
    f.write_str(arrow)
}

impl Display for Send {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        arrow(f, &self.connection, ">")?;
        for (index, segment) in self.segments.iter().enumerate() {
            if index > 0 {
                f.write_str(" |")?;
            }
            write!(f, " {}", join(segment))?;
        }
        match self.ending {
            None => Ok(()),
            Some(Close::Eof) => f.write_str(" eof"),
            Some(Close::Close) => f.write_str(" close"),
            Some(Close::Reset) => f.write_str(" reset"),
        }
    }
}

impl Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        arrow(f, &self.connection, "<")?;
        write!(f, " {}", self.what)?;
        match self.within {
            None => Ok(()),
            Some(duration) => write!(f, " within {}", print_duration(duration)),
        }
    }
}

impl Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let also = |pattern: &Option<Spanned<String>>| match pattern {
            None => String::new(),
            Some(pattern) => format!(" {}", regex(pattern)),
        };
        match self {
            Expectation::Exact(items) => f.write_str(&join(items)),
            Expectation::Bytes(count, matching) => {
                write!(f, "{} bytes{}", count.value, also(matching))
            }
            Expectation::Line(matching) => write!(f, "line{}", also(matching)),
            Expectation::Lines { until, matching } => {
                write!(f, "lines until {}{}", regex(until), also(matching))
            }
            Expectation::Rest(matching) => write!(f, "rest{}", also(matching)),
            Expectation::Eof => f.write_str("eof"),
            Expectation::CleanEof => f.write_str("eof clean"),
            Expectation::Reset => f.write_str("reset"),
            Expectation::Closed => f.write_str("closed"),
            Expectation::Silence(duration) => write!(f, "silence {}", print_duration(*duration)),
        }
    }
}

impl Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Literal(number) => number.fmt(f),
            Number::Variable(name) => write!(f, "${name}"),
        }
    }
}

impl Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ItemKind::Text(bytes) => f.write_str(&quoted(bytes)),
            ItemKind::Hex(bytes) => write!(f, "hex\"{}\"", hex(bytes)),
            ItemKind::File(path) => write!(f, "file{}", quoted(path.as_bytes())),
            ItemKind::Variable(name) => write!(f, "${name}"),
        }?;
        match &self.times {
            None => Ok(()),
            Some(times) => write!(f, " * {}", times.value),
        }
    }
}

fn join(items: &[Item]) -> String {
    items.iter().map(Item::to_string).collect::<Vec<_>>().join(" ")
}

fn quoted(bytes: &[u8]) -> String {
    format!("\"{}\"", escape(bytes))
}

/// A regular expression as the lexer reads it back: a bare quote is escaped, escapes stay.
fn regex(pattern: &Spanned<String>) -> String {
    let mut out = String::from("re\"");
    let mut characters = pattern.value.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => {
                out.push('\\');
                out.extend(characters.next());
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
