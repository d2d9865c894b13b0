//! A conversation back to a script, in which form a finding is saved.

use super::accepted::Claimed;
use super::compose::{Composer, Fragment, one_line};
use super::conversation::{Action, Conversation, Count, Expected, Op, Payload, Piece, Step};
use super::literal::literal;
use super::syntax::{Expectation, Item, ItemKind, Number, Statement};
use super::{Pattern, Script, Spanned};

impl Conversation {
    /// The conversation as a script that needs no other file, without its settings. Repeats whose
    /// count is known are unrolled; variables that only a play knows keep their names.
    #[doc(hidden)]
    pub fn to_script(&self) -> Script {
        let mut script = Composer::new(size(&self.ops));
        self.ops.iter().for_each(|op| self.write_op(op, &mut script));
        for claim in &self.claims {
            script.push(match &claim.what {
                Claimed::Exit(code) => Statement::Exit(*code),
                Claimed::Output(pattern) => Statement::Output(pattern.as_str().to_owned().into()),
            });
        }
        script.finish()
    }

    fn write_op(&self, op: &Op, script: &mut Composer) {
        match op {
            Op::Step(step) => self.write_step(step, script),
            Op::Let { slot, payload } => {
                let name = self.variables[*slot].clone().into();
                let items = one_line(&self.segments(payload).concat());
                script.push(Statement::Let { name, items });
            }
            Op::Repeat { times, index, body, .. } => {
                let start = script.lines().len();
                body.iter().for_each(|op| self.write_op(op, script));
                let body = script.split_off(start);
                let times = self.number(*times);
                let index = index.map(|slot| self.variables[slot].clone().into());
                script.push(Statement::Repeat { times, index, body, end_comment: None });
            }
        }
    }

    fn write_step(&self, step: &Step, script: &mut Composer) {
        let name = || self.connections[step.connection].as_str();
        match &step.action {
            Action::Pause(duration) => script.pause(*duration),
            Action::Open => script.open(name()),
            Action::Listen(port) => {
                let on = &self.ports[*port].name;
                let on = (!on.is_empty()).then(|| on.clone().into());
                script.push(Statement::Listen { connection: name().to_owned(), on });
            }
            Action::Send { payload, ending } => {
                let mut segments = self.segments(payload);
                segments.retain(|segment| !segment.is_empty());
                match (segments.is_empty(), ending) {
                    (true, Some(close)) => script.end(name(), *close),
                    (true, None) => script.payload(name(), &[Vec::new()], None),
                    (false, ending) => script.payload(name(), &segments, *ending),
                }
            }
            Action::Expect { what, within } => match what {
                Expected::Exact(payload) => {
                    script.expect_payload(name(), &self.segments(payload).concat(), *within);
                }
                Expected::Answer(Some(answer)) => {
                    if let Some(pattern) = answer.pattern.clone().filter(|_| answer.closed) {
                        let rest = Expectation::Rest(Some(pattern.into()));
                        return script.expect(name(), rest, *within);
                    }
                    if !answer.bytes.is_empty() {
                        script.expect_payload(name(), &[Fragment::Bytes(&answer.bytes)], *within);
                    }
                    if answer.closed {
                        script.expect(name(), Expectation::Eof, *within);
                    }
                }
                // The answer is not known: at least one byte must come.
                Expected::Answer(None) => {
                    let one = Expectation::Bytes(Number::Literal(1).into(), None);
                    script.expect(name(), one, *within);
                }
                other => script.expect(name(), self.expectation(other), *within),
            },
        }
    }

    /// An expectation on one line.
    fn expectation(&self, expected: &Expected) -> Expectation {
        let text = |pattern: &Pattern| pattern.as_str().to_owned().into();
        let also = |pattern: &Option<Pattern>| pattern.as_ref().map(text);
        match expected {
            Expected::Exact(payload) => {
                Expectation::Exact(one_line(&self.segments(payload).concat()))
            }
            Expected::Bytes(count, matching) => {
                Expectation::Bytes(self.number(*count), also(matching))
            }
            Expected::Line(matching) => Expectation::Line(also(matching)),
            Expected::Lines { until, matching } => {
                Expectation::Lines { until: text(until), matching: also(matching) }
            }
            Expected::Rest(matching) => Expectation::Rest(also(matching)),
            Expected::Answer(_) => Expectation::Rest(None),
            Expected::Eof => Expectation::Eof,
            Expected::CleanEof => Expectation::CleanEof,
            Expected::Reset => Expectation::Reset,
            Expected::Closed => Expectation::Closed,
            Expected::Silence(duration) => Expectation::Silence(*duration),
        }
    }

    fn number(&self, count: Count) -> Spanned<Number> {
        match count {
            Count::Fixed(number) => Number::Literal(number),
            Count::Variable(slot) => Number::Variable(self.variables[slot].clone()),
        }
        .into()
    }

    /// The parts of a payload, in the segments that its pins make.
    fn segments<'a>(&self, payload: &'a Payload) -> Vec<Vec<Fragment<'a>>> {
        let is_pin = |piece: &Piece| matches!(piece, Piece::Pin);
        let parts = |pieces: &'a [Piece]| pieces.iter().filter_map(|piece| self.part(piece));
        payload.pieces.split(is_pin).map(|pieces| parts(pieces).collect()).collect()
    }

    fn part<'a>(&self, piece: &'a Piece) -> Option<Fragment<'a>> {
        let variable = |slot: usize| ItemKind::Variable(self.variables[slot].clone());
        Some(match piece {
            Piece::Bytes(bytes) => Fragment::Bytes(bytes),
            Piece::Variable(slot) => Fragment::Item(variable(*slot).into()),
            Piece::Repeated(piece, times) => {
                // Not split into runs and hex: `* N` belongs to one item.
                let kind = match &**piece {
                    Piece::Bytes(bytes) => ItemKind::Text(bytes.to_vec()),
                    Piece::Variable(slot) => variable(*slot),
                    Piece::Repeated(..) | Piece::Pin => return None,
                };
                Fragment::Item(Item { times: Some(self.number(*times)), ..kind.into() })
            }
            Piece::Pin => return None,
        })
    }
}

/// How many bytes the payloads have, about.
fn size(ops: &[Op]) -> usize {
    let size = |op: &Op| match op {
        Op::Step(Step {
            action: Action::Expect { what: Expected::Answer(answer), .. }, ..
        }) => answer.as_ref().map_or(0, |answer| answer.bytes.len()),
        Op::Step(step) => step.action.size(),
        Op::Let { payload, .. } => payload.size(),
        Op::Repeat { body, .. } => size(body),
    };
    ops.iter().map(size).sum()
}

/// An expectation as the script language writes it.
pub fn expected_text(conversation: &Conversation, expected: &Expected) -> String {
    match expected {
        Expected::Answer(Some(answer)) => literal(&answer.bytes),
        other => conversation.expectation(other).to_string(),
    }
}
