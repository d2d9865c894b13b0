//! One line of a script as tokens.

use super::error::{LineResult, Quoted, ScriptErrorKind as Kind};
use super::source::Span;
use crate::text::{unescape, unhex};

/// One token of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A keyword, a name, a number, a duration.
    Word(&'a str),
    /// `"…"`, its escapes resolved.
    Text(Vec<u8>),
    /// `hex"…"`.
    Hex(Vec<u8>),
    /// `file"…"`.
    File(Vec<u8>),
    /// `re"…"`.
    Regex(String),
    /// `$name`.
    Variable(&'a str),
    /// `>`
    Send,
    /// `<`
    Expect,
    /// `|`
    Pin,
    /// `*`
    Times,
    /// `=`
    Equals,
}

impl Token<'_> {
    /// What a message calls it.
    pub(super) fn describe(&self) -> String {
        match self {
            Token::Word(word) => format!("`{word}`"),
            Token::Text(_) => "a text".to_owned(),
            Token::Hex(_) => "hex".to_owned(),
            Token::File(_) => "a file".to_owned(),
            Token::Regex(_) => "a regular expression".to_owned(),
            Token::Variable(name) => format!("`${name}`"),
            Token::Send => "`>`".to_owned(),
            Token::Expect => "`<`".to_owned(),
            Token::Pin => "`|`".to_owned(),
            Token::Times => "`*`".to_owned(),
            Token::Equals => "`=`".to_owned(),
        }
    }
}

/// A line as tokens with their spans, and its comment from the `#` on.
#[derive(Debug, Default)]
pub(super) struct Tokens<'a> {
    pub(super) tokens: Vec<(Token<'a>, Span)>,
    pub(super) comment: Option<String>,
}

/// Splits a line, which starts at `offset` of its source, into tokens.
pub(super) fn tokens(line: &str, offset: usize) -> LineResult<Tokens<'_>> {
    let mut lexer = Lexer { line, at: 0, offset };
    let mut out = Tokens::default();
    loop {
        lexer.skip_space();
        let start = lexer.at;
        let Some(first) = lexer.rest().chars().next() else { return Ok(out) };
        if first == '#' {
            lexer.check_comment()?;
            out.comment = Some(lexer.rest().trim_end().to_owned());
            return Ok(out);
        }
        let token = lexer.token(first)?;
        let is_list = out.tokens.is_empty() && matches!(token, Token::Word("deliver" | "laws"));
        out.tokens.push((token, lexer.span(start)));
        if is_list {
            lexer.list(&mut out.tokens);
        }
    }
}

/// Whether a name may hold this character.
pub(super) fn in_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | '@' | ':' | '+')
}

struct Lexer<'a> {
    line: &'a str,
    at: usize,
    offset: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.line[self.at..]
    }

    fn span(&self, start: usize) -> Span {
        Span { start: self.offset + start, end: self.offset + self.at }
    }

    fn skip_space(&mut self) {
        self.at = self.line.len() - self.rest().trim_start_matches([' ', '\t']).len();
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|character| !wanted(character)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// A comment may hold anything but control characters, which would reach a terminal.
    fn check_comment(&self) -> LineResult<()> {
        match self.rest().char_indices().find(|(_, c)| c.is_control() && *c != '\t') {
            Some((at, c)) => {
                let start = self.offset + self.at + at;
                Err((Kind::ControlCharacter(c), Span { start, end: start + c.len_utf8() }))
            }
            None => Ok(()),
        }
    }

    /// The words of a `deliver` or `laws` list: white space or commas between them.
    fn list(&mut self, tokens: &mut Vec<(Token<'a>, Span)>) {
        let is_space = |character: char| matches!(character, ' ' | '\t' | ',');
        loop {
            self.take_while(is_space);
            let start = self.at;
            let word = self.take_while(|character| !is_space(character) && character != '#');
            if word.is_empty() {
                return;
            }
            tokens.push((Token::Word(word), self.span(start)));
        }
    }

    fn token(&mut self, first: char) -> LineResult<Token<'a>> {
        let start = self.at;
        self.at += first.len_utf8();
        Ok(match first {
            '>' => Token::Send,
            '<' => Token::Expect,
            '|' => Token::Pin,
            '*' => Token::Times,
            '=' => Token::Equals,
            '"' => Token::Text(self.text(self.at)?),
            '$' => match self.take_while(|c| c.is_alphanumeric() || c == '_') {
                "" => return Err((Kind::StrayCharacter('$'), self.span(start))),
                name => Token::Variable(name),
            },
            control if control.is_control() => {
                return Err((Kind::ControlCharacter(control), self.span(start)));
            }
            letter if in_word(letter) => {
                self.take_while(in_word);
                let word = &self.line[start..self.at];
                if !self.rest().starts_with('"') {
                    return Ok(Token::Word(word));
                }
                self.at += 1;
                let content = self.at;
                match word {
                    "hex" => Token::Hex(self.hex(content)?),
                    "file" => Token::File(self.text(content)?),
                    "re" => Token::Regex(self.regex(content)?),
                    _ => {
                        let kind = Kind::UnknownPrefix(word.to_owned());
                        self.at -= 1;
                        return Err((kind, self.span(start)));
                    }
                }
            }
            stray => return Err((Kind::StrayCharacter(stray), self.span(start))),
        })
    }

    /// The content of a literal up to its closing quote, which is consumed.
    fn quoted(&mut self, start: usize, what: Quoted) -> LineResult<&'a str> {
        let bytes = self.line.as_bytes();
        let mut at = start;
        loop {
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') if what != Quoted::Hex => at += 2,
                Some(_) => at += 1,
                None => {
                    let quote = Span {
                        start: self.offset + start - 1,
                        end: self.offset + self.line.trim_end().len().max(start),
                    };
                    return Err((Kind::UnclosedQuote(what), quote));
                }
            }
        }
        let content = &self.line[start..at];
        if let Some((at, control)) = content.char_indices().find(|(_, c)| c.is_control()) {
            let start = self.offset + start + at;
            let end = start + control.len_utf8();
            return Err((Kind::ControlCharacter(control), Span { start, end }));
        }
        self.at = at + 1;
        Ok(content)
    }

    fn text(&mut self, start: usize) -> LineResult<Vec<u8>> {
        let content = self.quoted(start, Quoted::Text)?;
        unescape(content).map_err(|bad| {
            let base = self.offset + start;
            let span = Span { start: base + bad.start, end: base + bad.end };
            (Kind::BadEscape(bad.expected), span)
        })
    }

    fn hex(&mut self, start: usize) -> LineResult<Vec<u8>> {
        let content = self.quoted(start, Quoted::Hex)?;
        let span = Span { start: self.offset + start, end: self.offset + self.at - 1 };
        unhex(content).ok_or((Kind::BadHex, span))
    }

    /// `\"` is a quote; every other escape belongs to the regular expression. (A quote after an
    /// escaped backslash ends the literal: that backslash does not escape it.)
    fn regex(&mut self, start: usize) -> LineResult<String> {
        Ok(self.quoted(start, Quoted::Regex)?.replace("\\\"", "\""))
    }
}
