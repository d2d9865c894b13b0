//! The tokens of one line to its statement.

use regex::bytes::Regex;

use super::error::{LineResult, ScriptErrorKind as Kind};
use super::lexer::Token;
use super::source::{Span, Spanned};
use super::syntax::{
    Close, Expect, Expectation, Item, ItemKind, KEYWORDS, Number, Send, Statement,
};
use crate::delivery::{Word, contradiction};
use crate::text::parse_duration;

/// What a line with tokens says.
pub(super) enum Parsed {
    Statement(Statement),
    /// `end`
    End,
}

/// Reads the tokens of a line, whose place is `span`; `None` if there are no tokens.
pub(super) fn parse(tokens: &[(Token<'_>, Span)], span: Span) -> LineResult<Option<Parsed>> {
    let mut cursor = Cursor { tokens, at: 0, span };
    let Some((first, first_span)) = tokens.first() else { return Ok(None) };
    let statement = match first {
        Token::Send | Token::Expect => cursor.event(String::new())?,
        Token::Word(word) => {
            cursor.at = 1;
            match (*word, tokens.get(1)) {
                (name, Some((Token::Send | Token::Expect, _))) => {
                    let name = name_of(name, *first_span)?;
                    cursor.event(name)?
                }
                ("end", _) => {
                    cursor.finish()?;
                    return Ok(Some(Parsed::End));
                }
                (word, _) => cursor.statement(word, *first_span)?,
            }
        }
        other => {
            return Err((
                Kind::Expected { expected: "a statement", found: other.describe() },
                *first_span,
            ));
        }
    };
    cursor.finish()?;
    Ok(Some(Parsed::Statement(statement)))
}

/// A word as a name: of a connection or a variable.
fn name_of(word: &str, span: Span) -> LineResult<String> {
    let starts = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if !starts || !word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
        let expected = "a name: letters, digits, `_` and `-`, starting with a letter";
        return Err((Kind::Expected { expected, found: format!("`{word}`") }, span));
    }
    if KEYWORDS.contains(&word) {
        return Err((Kind::Reserved(word.to_owned()), span));
    }
    Ok(word.to_owned())
}

struct Cursor<'a, 't> {
    tokens: &'a [(Token<'t>, Span)],
    at: usize,
    span: Span,
}

impl<'a, 't> Cursor<'a, 't> {
    fn peek(&self) -> Option<&'a Token<'t>> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn peek_second(&self) -> Option<&'a Token<'t>> {
        self.tokens.get(self.at + 1).map(|(token, _)| token)
    }

    /// The place of the next token; after the last one, the end of the line.
    fn here(&self) -> Span {
        let end = Span { start: self.span.end, end: self.span.end };
        self.tokens.get(self.at).map_or(end, |(_, span)| *span)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(&Token::Word(word));
        self.at += usize::from(found);
        found
    }

    fn expected<T>(&self, expected: &'static str) -> LineResult<T> {
        let found = self.peek().map_or_else(|| "the end of the line".into(), Token::describe);
        Err((Kind::Expected { expected, found }, self.here()))
    }

    fn finish(&self) -> LineResult<()> {
        if self.at == self.tokens.len() { Ok(()) } else { self.expected("the end of the line") }
    }

    fn word(&mut self, expected: &'static str) -> LineResult<(&'t str, Span)> {
        let span = self.here();
        let Some(Token::Word(word)) = self.peek() else { return self.expected(expected) };
        self.at += 1;
        Ok((word, span))
    }

    fn name(&mut self) -> LineResult<Spanned<String>> {
        let (word, span) = self.word("a name")?;
        Ok(Spanned::new(name_of(word, span)?, span))
    }

    /// The name of a variable: what `$name` can refer to.
    fn variable(&mut self) -> LineResult<Spanned<String>> {
        let name = self.name()?;
        if name.value.contains('-') {
            let expected = "a name of letters, digits and `_`, so that `$name` can refer to it";
            return Err((
                Kind::Expected { expected, found: format!("`{}`", name.value) },
                name.span,
            ));
        }
        Ok(name)
    }

    fn statement(&mut self, word: &str, span: Span) -> LineResult<Statement> {
        Ok(match word {
            "let" => {
                let name = self.variable()?;
                if self.peek() != Some(&Token::Equals) {
                    return self.expected("`=`");
                }
                self.at += 1;
                Statement::Let { name, items: self.items()? }
            }
            "timeout" => Statement::Timeout(self.duration()?),
            "pause" => Statement::Pause(self.duration()?),
            "repeat" => {
                let times = self.number()?;
                let index = if self.take_word("as") { Some(self.variable()?) } else { None };
                Statement::Repeat { times, index, body: Vec::new(), end_comment: None }
            }
            "open" if self.peek().is_none() => Statement::Open(String::new()),
            "open" => Statement::Open(self.name()?.value),
            "include" => Statement::Include(self.text("a path in quotes")?),
            "spawn" => Statement::Spawn(self.text("a command in quotes")?.value),
            "ready" => match self.regex()? {
                Some(pattern) => Statement::Ready(pattern),
                None => return self.expected("a regular expression: re\"…\""),
            },
            "client" => Statement::Client(self.text("a command in quotes")?.value),
            "driver" => Statement::Driver(self.text("a command in quotes")?.value),
            "listen" => self.listen()?,
            "exit" => Statement::Exit(self.exit_code()?),
            "output" => match self.regex()? {
                Some(pattern) => Statement::Output(pattern),
                None => return self.expected("a regular expression: re\"…\""),
            },
            "deliver" => Statement::Deliver(self.deliveries()?),
            "laws" => Statement::Laws(self.laws()?),
            word => return Err((Kind::UnknownStatement(word.to_owned()), span)),
        })
    }

    /// What stands after `listen`: `on` is a word here only, so that it stays a name elsewhere.
    fn listen(&mut self) -> LineResult<Statement> {
        let left = self.tokens.len() - self.at;
        let connection = match self.peek() {
            None => String::new(),
            Some(Token::Word("on")) if left == 2 => String::new(),
            Some(_) => self.name()?.value,
        };
        let on = if self.take_word("on") { Some(self.variable()?) } else { None };
        Ok(Statement::Listen { connection, on })
    }

    fn exit_code(&mut self) -> LineResult<u8> {
        let (word, span) = self.word("an exit code from 0 to 255")?;
        let expected = "an exit code from 0 to 255";
        let found = || format!("`{word}`");
        word.parse().map_err(|_| (Kind::Expected { expected, found: found() }, span))
    }

    fn duration(&mut self) -> LineResult<std::time::Duration> {
        let (word, span) = self.word("a duration: 500us, 20ms, 2s")?;
        parse_duration(word).ok_or((Kind::BadDuration(word.to_owned()), span))
    }

    fn number(&mut self) -> LineResult<Spanned<Number>> {
        let span = self.here();
        let number = match self.peek() {
            Some(Token::Variable(name)) => Number::Variable((*name).to_owned()),
            Some(Token::Word(word)) => {
                let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
                let number = is_number.then(|| word.parse().ok()).flatten();
                Number::Literal(number.ok_or((Kind::BadNumber((*word).to_owned()), span))?)
            }
            _ => return self.expected("a number"),
        };
        self.at += 1;
        Ok(Spanned::new(number, span))
    }

    fn text(&mut self, expected: &'static str) -> LineResult<Spanned<String>> {
        let span = self.here();
        let Some(Token::Text(bytes)) = self.peek() else { return self.expected(expected) };
        self.at += 1;
        let text = String::from_utf8(bytes.clone()).map_err(|_| (Kind::TextNotUtf8, span))?;
        Ok(Spanned::new(text, span))
    }

    /// The next token, if it is a regular expression.
    fn regex(&mut self) -> LineResult<Option<Spanned<String>>> {
        let span = self.here();
        let Some(Token::Regex(pattern)) = self.peek() else { return Ok(None) };
        if let Err(error) = Regex::new(pattern) {
            // The crate's message draws the pattern again above its last line.
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            let why = last.strip_prefix("error: ").unwrap_or(last);
            return Err((Kind::BadRegex(why.to_owned()), span));
        }
        self.at += 1;
        Ok(Some(Spanned::new(pattern.clone(), span)))
    }

    fn deliveries(&mut self) -> LineResult<Vec<Spanned<Word>>> {
        let mut words = Vec::new();
        while self.at < self.tokens.len() {
            let (word, span) = self.word("a delivery")?;
            let parsed = word.parse().map_err(|why| (Kind::BadDelivery(word.into(), why), span))?;
            words.push(Spanned::new(parsed, span));
        }
        if words.is_empty() {
            return self.expected("a delivery");
        }
        let plain: Vec<Word> =
            words.iter().map(|word: &Spanned<Word>| word.value.clone()).collect();
        if let Some(found) = contradiction(&plain) {
            let span = words[found.index].span;
            return Err((Kind::MixedDelivery(Box::new(found)), span));
        }
        Ok(words)
    }

    fn laws(&mut self) -> LineResult<Vec<super::law::LawWord>> {
        let mut words = Vec::new();
        while self.at < self.tokens.len() {
            let (word, span) = self.word("a law")?;
            words.push(word.parse().map_err(|_| (Kind::BadLaw(word.to_owned()), span))?);
        }
        if words.is_empty() { self.expected("a law") } else { Ok(words) }
    }

    /// `> …` or `< …`
    fn event(&mut self, connection: String) -> LineResult<Statement> {
        self.at += 1;
        match self.tokens[self.at - 1].0 {
            Token::Send => self.send(connection).map(Statement::Send),
            _ => {
                let what = self.expectation()?;
                let within = if self.take_word("within") { Some(self.duration()?) } else { None };
                Ok(Statement::Expect(Expect { connection, what, within }))
            }
        }
    }

    fn send(&mut self, connection: String) -> LineResult<Send> {
        let mut segments = Vec::new();
        let mut ending = self.close();
        if ending.is_none() {
            segments.push(self.segment()?);
            while self.peek() == Some(&Token::Pin) {
                self.at += 1;
                segments.push(self.segment()?);
            }
            ending = self.close();
        }
        Ok(Send { connection, segments, ending })
    }

    fn segment(&mut self) -> LineResult<Vec<Item>> {
        match self.peek() {
            Some(Token::Pin) => Err((Kind::PinAtEdge, self.here())),
            None if self.tokens[self.at - 1].0 == Token::Pin => {
                Err((Kind::PinAtEdge, self.tokens[self.at - 1].1))
            }
            _ => self.items(),
        }
    }

    fn close(&mut self) -> Option<Close> {
        let close = match self.peek()? {
            Token::Word("eof") => Close::Eof,
            Token::Word("close") => Close::Close,
            Token::Word("reset") => Close::Reset,
            _ => return None,
        };
        self.at += 1;
        Some(close)
    }

    fn items(&mut self) -> LineResult<Vec<Item>> {
        let mut items = Vec::new();
        while let Some(item) = self.item()? {
            items.push(item);
        }
        if items.is_empty() {
            return self.expected("a payload: \"…\", hex\"…\", file\"…\", $name");
        }
        Ok(items)
    }

    fn item(&mut self) -> LineResult<Option<Item>> {
        let mut span = self.here();
        let kind = match self.peek() {
            Some(Token::Text(bytes)) => ItemKind::Text(bytes.clone()),
            Some(Token::Hex(bytes)) => ItemKind::Hex(bytes.clone()),
            Some(Token::File(path)) => {
                let path =
                    String::from_utf8(path.clone()).map_err(|_| (Kind::TextNotUtf8, span))?;
                ItemKind::File(path)
            }
            Some(Token::Variable(name)) => ItemKind::Variable((*name).to_owned()),
            _ => return Ok(None),
        };
        self.at += 1;
        let mut times = None;
        if self.peek() == Some(&Token::Times) {
            self.at += 1;
            times = Some(self.number()?);
            span = span.to(self.tokens[self.at - 1].1);
        }
        Ok(Some(Item { kind, times, span }))
    }

    fn expectation(&mut self) -> LineResult<Expectation> {
        let counts = self.peek_second() == Some(&Token::Word("bytes"));
        Ok(match self.peek() {
            Some(Token::Variable(_) | Token::Word(_)) if counts => {
                let count = self.number()?;
                self.at += 1;
                Expectation::Bytes(count, self.regex()?)
            }
            Some(Token::Word(word)) => {
                let span = self.here();
                self.at += 1;
                match *word {
                    "line" => Expectation::Line(self.regex()?),
                    "lines" => {
                        if !self.take_word("until") {
                            return self.expected("`until`");
                        }
                        let Some(until) = self.regex()? else {
                            return self.expected("a regular expression: re\"…\"");
                        };
                        Expectation::Lines { until, matching: self.regex()? }
                    }
                    "rest" => Expectation::Rest(self.regex()?),
                    "eof" => self.eof()?,
                    "reset" => Expectation::Reset,
                    "closed" => Expectation::Closed,
                    "silence" => Expectation::Silence(self.duration()?),
                    other => {
                        let expected = "a payload, N bytes, line, lines until, rest, eof, \
                                        eof clean, reset, closed or silence";
                        let found = format!("`{other}`");
                        return Err((Kind::Expected { expected, found }, span));
                    }
                }
            }
            _ => Expectation::Exact(self.items()?),
        })
    }

    /// What stands after `eof`: `clean` is a word here only, so that it stays a name elsewhere.
    fn eof(&mut self) -> LineResult<Expectation> {
        if self.take_word("clean") {
            return Ok(Expectation::CleanEof);
        }
        match self.peek() {
            None | Some(Token::Word("within")) => Ok(Expectation::Eof),
            Some(_) => self.expected("`clean`, `within` or the end of the line"),
        }
    }
}
