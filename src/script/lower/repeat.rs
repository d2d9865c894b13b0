//! Repeats: unrolled if their count is known, kept for the play if it is not.

use std::sync::Arc;

use super::{Binding, Lowering};
use crate::script::conversation::{CONVERSATION_LIMIT, Count, Op, Payload};
use crate::script::source::{Span, Spanned};
use crate::script::syntax::{Expect, Expectation, Line, Number, Statement};

impl Lowering<'_> {
    pub(super) fn repeat(
        &mut self,
        times: &Spanned<Number>,
        index: Option<&Spanned<String>>,
        body: &[Line],
        span: Span,
        ops: &mut Vec<Op>,
    ) {
        match self.count(times) {
            Count::Fixed(times) if self.dynamic == 0 => {
                for number in 1..=times {
                    // Each round counts, even an empty one.
                    if !self.errors.is_empty() || !self.counts(span) {
                        return;
                    }
                    if let Some(index) = index {
                        let value = number.to_string().into_bytes().into();
                        self.names.insert(index.value.clone(), Binding::Known(value));
                    }
                    self.lines(body, ops);
                }
            }
            times => self.repeat_in_the_play(times, index, body, span, ops),
        }
    }

    /// A repeat whose count is known only in the play: so is every variable that it sets, in its
    /// first round and in the statements around it.
    fn repeat_in_the_play(
        &mut self,
        times: Count,
        index: Option<&Spanned<String>>,
        body: &[Line],
        span: Span,
        ops: &mut Vec<Op>,
    ) {
        let mut set = Vec::new();
        self.names_set_in(body, &mut set);
        set.extend(index.map(|index| index.value.clone()));
        for name in set {
            let payload = match self.names.get(&name) {
                Some(Binding::Known(value)) => Payload::bytes(Arc::clone(value)),
                Some(Binding::Made(pieces, _)) => Payload { pieces: pieces.clone() },
                Some(Binding::Slot(_)) | None => continue,
            };
            if !self.defined.contains(&name) {
                let slot = self.new_slot(&name);
                ops.push(Op::Let { slot, payload });
            }
        }
        let index = index.map(|index| self.slot(&index.value));
        self.dynamic += 1;
        let mut inside = Vec::new();
        self.lines(body, &mut inside);
        if self.dynamic == 1 && self.errors.is_empty() {
            // A second round must be able to follow the first, which may have closed a connection.
            self.lines(body, &mut Vec::new());
        }
        self.dynamic -= 1;
        let place = self.place(span);
        ops.push(Op::Repeat { times, index, body: inside, place });
    }

    /// The names that statements set, at any depth.
    fn names_set_in(&mut self, lines: &[Line], names: &mut Vec<String>) {
        for statement in lines.iter().filter_map(|line| line.statement.as_ref()) {
            match statement {
                Statement::Let { name, .. } => names.push(name.value.clone()),
                Statement::Repeat { index, body, .. } => {
                    names.extend(index.as_ref().map(|index| index.value.clone()));
                    self.names_set_in(body, names);
                }
                Statement::Expect(Expect { what, .. }) => match what {
                    Expectation::Bytes(_, matching)
                    | Expectation::Line(matching)
                    | Expectation::Rest(matching) => self.groups(matching.as_ref(), names),
                    Expectation::Lines { until, matching } => {
                        self.groups(Some(until), names);
                        self.groups(matching.as_ref(), names);
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }

    fn groups(&mut self, pattern: Option<&Spanned<String>>, names: &mut Vec<String>) {
        // If there is too much already, resolving the statement will say so.
        let pattern = pattern.filter(|_| self.size <= CONVERSATION_LIMIT);
        let pattern = pattern.and_then(|pattern| self.compiled(&pattern.value).ok());
        names.extend(pattern.iter().flat_map(|pattern| pattern.groups().map(str::to_owned)));
    }
}
