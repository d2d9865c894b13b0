//! A syntax tree without its spans: what it says, without where it says it.

use super::Script;
use super::source::{Span, Spanned};
use super::syntax::{Expect, Expectation, Item, Line, Number, Send, Statement};

impl Script {
    /// The same script with an empty span at every place: two texts that say the same become equal.
    ///
    /// # Examples
    ///
    /// ```
    /// use recut::Script;
    ///
    /// let parse = |text| Script::parse("s", text).unwrap();
    /// let (tight, loose) = (parse(">\"hi\"\n"), parse(">  \"hi\"\n"));
    /// assert_ne!(tight, loose);
    /// assert_eq!(tight.without_spans(), loose.without_spans());
    /// ```
    pub fn without_spans(mut self) -> Self {
        lines(&mut self.lines);
        self
    }
}

fn lines(all: &mut [Line]) {
    for line in all {
        line.span = Span::default();
        if let Some(said) = &mut line.statement {
            statement(said);
        }
    }
}

fn statement(statement: &mut Statement) {
    match statement {
        Statement::Let { name, items: value } => {
            spanned(name);
            items(value);
        }
        Statement::Repeat { times, index, body, end_comment: _ } => {
            spanned(times);
            index.iter_mut().for_each(spanned);
            lines(body);
        }
        Statement::Include(text) | Statement::Ready(text) | Statement::Output(text) => {
            spanned(text);
        }
        Statement::Listen { on, .. } => on.iter_mut().for_each(spanned),
        Statement::Deliver(words) => words.iter_mut().for_each(spanned),
        Statement::Send(Send { segments, .. }) => segments.iter_mut().for_each(|all| items(all)),
        Statement::Expect(Expect { what, .. }) => expectation(what),
        Statement::Timeout(_)
        | Statement::Pause(_)
        | Statement::Open(_)
        | Statement::Spawn(_)
        | Statement::Client(_)
        | Statement::Driver(_)
        | Statement::Exit(_)
        | Statement::Laws(_) => {}
    }
}

fn expectation(expectation: &mut Expectation) {
    match expectation {
        Expectation::Exact(exact) => items(exact),
        Expectation::Bytes(count, matching) => {
            spanned(count);
            matching.iter_mut().for_each(spanned);
        }
        Expectation::Line(matching) | Expectation::Rest(matching) => {
            matching.iter_mut().for_each(spanned);
        }
        Expectation::Lines { until, matching } => {
            spanned(until);
            matching.iter_mut().for_each(spanned);
        }
        Expectation::Eof
        | Expectation::CleanEof
        | Expectation::Reset
        | Expectation::Closed
        | Expectation::Silence(_) => {}
    }
}

fn items(all: &mut [Item]) {
    for Item { kind: _, times, span } in all {
        *span = Span::default();
        times.iter_mut().for_each(spanned::<Number>);
    }
}

fn spanned<T>(spanned: &mut Spanned<T>) {
    spanned.span = Span::default();
}
