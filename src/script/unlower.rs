//! A conversation back to a script: what a saved finding and a transcript are printed as.

use super::conversation::{Action, Conversation, Count, Expected, Op, Payload, Piece, Step};
use super::literal::{self, LINE, literal, pieces};
use super::syntax::{Expect, Expectation, Item, ItemKind, Line, Number, Send, Statement};
use super::{Pattern, Script, Spanned};

impl Conversation {
    /// The conversation as a self-contained script, without its settings: files inlined, repeats
    /// unrolled, variables that only a play knows kept by name.
    pub fn to_script(&self) -> Script {
        let mut lines = Vec::new();
        for op in &self.ops {
            self.print_op(op, &mut lines);
        }
        Script { lines }
    }

    fn print_op(&self, op: &Op, lines: &mut Vec<Line>) {
        match op {
            Op::Step(step) => self.print_step(step, lines),
            Op::Let { slot, payload } => {
                let name = self.variables[*slot].clone().into();
                let items = self.items(payload).concat();
                push(lines, Statement::Let { name, items: or_empty(items) });
            }
            Op::Repeat { times, index, body, .. } => {
                let mut inside = Vec::new();
                body.iter().for_each(|op| self.print_op(op, &mut inside));
                push(
                    lines,
                    Statement::Repeat {
                        times: self.number(*times),
                        index: index.map(|slot| self.variables[slot].clone().into()),
                        body: inside,
                        end_comment: None,
                    },
                );
            }
        }
    }

    fn print_step(&self, step: &Step, lines: &mut Vec<Line>) {
        if let Action::Pause(duration) = &step.action {
            return push(lines, Statement::Pause(*duration));
        }
        let connection = &self.connections[step.connection];
        match &step.action {
            Action::Pause(_) => {}
            Action::Open => push(lines, Statement::Open(connection.clone())),
            Action::Send { payload, ending } => {
                let mut segments = self.items(payload);
                segments.retain(|segment| !segment.is_empty());
                match wrap(&segments) {
                    Some(rows) => {
                        let last = rows.len() - 1;
                        for (index, items) in rows.into_iter().enumerate() {
                            let ending = if index == last { *ending } else { None };
                            let segments = vec![items];
                            let connection = connection.clone();
                            push(lines, Statement::Send(Send { connection, segments, ending }));
                        }
                    }
                    None => {
                        if segments.is_empty() && ending.is_none() {
                            segments.push(or_empty(Vec::new()));
                        }
                        let send =
                            Send { connection: connection.clone(), segments, ending: *ending };
                        push(lines, Statement::Send(send));
                    }
                }
            }
            Action::Expect { what, within } => {
                let mut expect = |what, within| {
                    let connection = connection.clone();
                    push(lines, Statement::Expect(Expect { connection, what, within }));
                };
                match what {
                    Expected::Exact(payload) => {
                        let items = or_empty(self.items(payload).concat());
                        let rows = wrap(std::slice::from_ref(&items)).unwrap_or(vec![items]);
                        for row in rows {
                            expect(Expectation::Exact(row), *within);
                        }
                    }
                    Expected::Answer(answer) => {
                        let Some(answer) = answer else {
                            // Whatever it is, something must come.
                            let some = Number::Literal(1).into();
                            return expect(Expectation::Bytes(some, None), *within);
                        };
                        if let Some(pattern) = answer.pattern.clone().filter(|_| answer.closed) {
                            return expect(Expectation::Rest(Some(pattern.into())), *within);
                        }
                        let items = payload_items(&answer.bytes);
                        if !items.is_empty() {
                            let rows = wrap(std::slice::from_ref(&items)).unwrap_or(vec![items]);
                            for row in rows {
                                expect(Expectation::Exact(row), *within);
                            }
                        }
                        if answer.closed {
                            expect(Expectation::Eof, *within);
                        }
                    }
                    other => expect(self.expectation(other), *within),
                }
            }
        }
    }

    /// Any other expectation than exact bytes.
    fn expectation(&self, expected: &Expected) -> Expectation {
        let text = |pattern: &Pattern| pattern.as_str().to_owned().into();
        let also = |pattern: &Option<Pattern>| pattern.as_ref().map(text);
        match expected {
            Expected::Exact(payload) => Expectation::Exact(or_empty(self.items(payload).concat())),
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

    /// The items of a payload, in the segments that its pins make.
    fn items(&self, payload: &Payload) -> Vec<Vec<Item>> {
        let mut segments = vec![Vec::new()];
        for piece in &payload.pieces {
            let segment = segments.len() - 1;
            match piece {
                Piece::Pin => segments.push(Vec::new()),
                piece => segments[segment].extend(self.piece(piece)),
            }
        }
        segments
    }

    fn piece(&self, piece: &Piece) -> Vec<Item> {
        match piece {
            Piece::Bytes(bytes) => payload_items(bytes),
            Piece::Variable(slot) => {
                vec![ItemKind::Variable(self.variables[*slot].clone()).into()]
            }
            Piece::Repeated(piece, times) => {
                // Runs and hex stay one text here: `* N` holds for one item.
                let kind = match &**piece {
                    Piece::Bytes(bytes) => ItemKind::Text(bytes.to_vec()),
                    Piece::Variable(slot) => ItemKind::Variable(self.variables[*slot].clone()),
                    Piece::Repeated(..) | Piece::Pin => return Vec::new(),
                };
                vec![Item { times: Some(self.number(*times)), ..kind.into() }]
            }
            Piece::Pin => Vec::new(),
        }
    }
}

/// Bytes as the items of several statements, about 60 bytes each: for what is too long for one.
pub fn payload_rows(bytes: &[u8]) -> Vec<Vec<Item>> {
    let items = payload_items(bytes);
    wrap(std::slice::from_ref(&items)).unwrap_or(vec![or_empty(items)])
}

/// What an expectation says, as the script language has it.
pub fn expected_text(conversation: &Conversation, expected: &Expected) -> String {
    match expected {
        Expected::Answer(Some(answer)) => literal(&answer.bytes),
        other => conversation.expectation(other).to_string(),
    }
}

fn push(lines: &mut Vec<Line>, statement: Statement) {
    lines.push(Line { statement: Some(statement), ..Line::default() });
}

fn or_empty(mut items: Vec<Item>) -> Vec<Item> {
    if items.is_empty() {
        items.push(ItemKind::Text(Vec::new()).into());
    }
    items
}

/// Bytes as the items of a payload: runs of one byte apart, hex where it is no text.
pub fn payload_items(bytes: &[u8]) -> Vec<Item> {
    let item = |piece| match piece {
        literal::Piece::Text(text) => ItemKind::Text(text.to_vec()).into(),
        literal::Piece::Hex(bytes) => ItemKind::Hex(bytes.to_vec()).into(),
        literal::Piece::Run(byte, times) => {
            let times = Some(Number::Literal(times as u64).into());
            Item { times, ..ItemKind::Text(vec![byte]).into() }
        }
    };
    pieces(bytes).into_iter().map(item).collect()
}

/// Breaks one long segment into rows of about [`LINE`] bytes, at line ends where it can, never
/// inside a character; nothing where it is short, or where pins say how it is cut.
fn wrap(segments: &[Vec<Item>]) -> Option<Vec<Vec<Item>>> {
    const ROWS: usize = 2_000;
    let [segment] = segments else { return None };
    let size: usize = segment.iter().map(size_of).sum();
    if size <= LINE {
        return None;
    }
    let mut rows: Vec<Vec<Item>> = Vec::new();
    for item in segment {
        match &item.kind {
            ItemKind::Text(bytes) | ItemKind::Hex(bytes) if item.times.is_none() => {
                let is_text = matches!(item.kind, ItemKind::Text(_));
                // A very long payload has longer rows: a conversation has a limit of statements.
                for row in rows_of(bytes, LINE.max(bytes.len() / ROWS)) {
                    let row = row.to_vec();
                    let kind = if is_text { ItemKind::Text(row) } else { ItemKind::Hex(row) };
                    rows.push(vec![kind.into()]);
                }
            }
            _ => rows.push(vec![item.clone()]),
        }
    }
    Some(rows)
}

fn size_of(item: &Item) -> usize {
    match &item.kind {
        ItemKind::Text(bytes) | ItemKind::Hex(bytes) => bytes.len(),
        ItemKind::File(path) => path.len(),
        ItemKind::Variable(name) => name.len(),
    }
}

/// Bytes in rows of at most `row`, at line ends where it can, never inside a character. `row` is
/// at least 4, the length of the longest character.
pub(super) fn rows_of(mut bytes: &[u8], row: usize) -> Vec<&[u8]> {
    let mut rows = Vec::new();
    while bytes.len() > row {
        let newline = bytes[..row].iter().rposition(|&byte| byte == b'\n');
        let newline = newline.filter(|&newline| newline >= row / 2);
        let mut end = newline.map_or(row, |newline| newline + 1);
        // Not inside a character: at most three continuation bytes back, none behind a newline.
        for _ in 0..3 {
            let is_inside = newline.is_none() && (0x80..0xC0).contains(&bytes[end]);
            end -= usize::from(is_inside);
        }
        let (row, rest) = bytes.split_at(end);
        rows.push(row);
        bytes = rest;
    }
    if !bytes.is_empty() {
        rows.push(bytes);
    }
    rows
}
