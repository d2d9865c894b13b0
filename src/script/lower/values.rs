//! Payloads, patterns and numbers: variables resolved as far as they are known.

use super::{Binding, Kind, Lowering};
use crate::script::conversation::{
    CONVERSATION_LIMIT, Count, Op, PAYLOAD_LIMIT, Payload, Piece, UNKNOWN_SIZE,
};
use crate::script::pattern::Pattern;
use crate::script::source::{Span, Spanned};
use crate::script::syntax::{Item, ItemKind, Number};

impl Lowering<'_> {
    /// Compiles a pattern and gives its named groups slots.
    pub(super) fn pattern(&mut self, text: Option<&Spanned<String>>) -> Option<Pattern> {
        let text = text?;
        if !self.has_room(0, text.span) {
            return None;
        }
        let mut pattern = match self.compiled(&text.value) {
            Ok(pattern) => pattern,
            Err(why) => {
                self.error(text.span, Kind::BadRegex(why.to_string()));
                return None;
            }
        };
        let groups: Vec<String> = pattern.groups().map(str::to_owned).collect();
        for group in groups {
            let slot = self.slot(&group);
            pattern.captures.push((group, slot));
        }
        Some(pattern)
    }

    /// A pattern of that text, compiled once, without captures. Its size counts; the next check
    /// finds out if that is too much.
    pub(super) fn compiled(&mut self, text: &str) -> Result<Pattern, regex::Error> {
        if let Some(pattern) = self.patterns.get(text) {
            return Ok(pattern.clone());
        }
        let pattern = Pattern::new(text)?;
        self.size += pattern.size() as u64;
        self.patterns.insert(text.to_owned(), pattern.clone());
        Ok(pattern)
    }

    /// Gives a name a slot, from here on.
    pub(super) fn slot(&mut self, name: &str) -> usize {
        if let Some(Binding::Slot(slot)) = self.names.get(name) {
            return *slot;
        }
        let slot = self.variables.len();
        self.variables.push(name.to_owned());
        self.names.insert(name.to_owned(), Binding::Slot(slot));
        slot
    }

    pub(super) fn assign(&mut self, name: &Spanned<String>, items: &[Item], ops: &mut Vec<Op>) {
        let mut payload = Payload::default();
        self.items(items, &mut payload);
        self.mention(&name.value);
        if self.defined.contains(&name.value) {
            return;
        }
        match payload.known() {
            Some(value) if self.dynamic == 0 => {
                self.names.insert(name.value.clone(), Binding::Known(value.into()));
            }
            None if self.dynamic == 0 && payload.is_static() => {
                let slot = self.new_slot(&name.value);
                let made = Binding::Made(payload.pieces.clone(), slot);
                self.names.insert(name.value.clone(), made);
                ops.push(Op::Let { slot, payload });
            }
            _ => {
                let slot = self.slot(&name.value);
                ops.push(Op::Let { slot, payload });
            }
        }
    }

    /// Notes that a definition from outside could set this name.
    fn mention(&mut self, name: &str) {
        if !self.mentioned.contains(name) {
            self.mentioned.insert(name.to_owned());
        }
    }

    pub(super) fn new_slot(&mut self, name: &str) -> usize {
        self.names.remove(name);
        self.slot(name)
    }

    pub(super) fn count(&mut self, number: &Spanned<Number>) -> Count {
        let name = match &number.value {
            Number::Literal(value) => return Count::Fixed(*value),
            Number::Variable(name) => name,
        };
        self.mention(name);
        match self.names.get(name) {
            Some(Binding::Slot(slot) | Binding::Made(_, slot)) => Count::Variable(*slot),
            Some(Binding::Known(value)) => match parse_count(value) {
                Some(value) => Count::Fixed(value),
                None => {
                    let value = crate::text::escape(value);
                    self.error(number.span, Kind::NotANumber { name: name.clone(), value });
                    Count::Fixed(0)
                }
            },
            None => {
                self.error(number.span, Kind::UnknownVariable(name.clone()));
                Count::Fixed(0)
            }
        }
    }

    /// Appends items to a payload, joined to one piece as far as they are known.
    pub(super) fn items(&mut self, items: &[Item], payload: &mut Payload) {
        let mut known: Vec<u8> = Vec::new();
        for item in items {
            if let ItemKind::Variable(name) = &item.kind {
                self.mention(name);
            }
            let piece = match &item.kind {
                ItemKind::Text(bytes) | ItemKind::Hex(bytes) => {
                    Piece::Bytes(bytes.as_slice().into())
                }
                ItemKind::File(path) => self.file(path, item.span),
                ItemKind::Variable(name) => match self.names.get(name).cloned() {
                    Some(Binding::Known(bytes)) => Piece::Bytes(bytes),
                    Some(Binding::Slot(slot)) => Piece::Variable(slot),
                    Some(Binding::Made(pieces, _)) if item.times.is_none() => {
                        if !known.is_empty() {
                            let known = std::mem::take(&mut known);
                            payload.pieces.push(Piece::Bytes(known.into()));
                        }
                        let size: usize = pieces.iter().map(Piece::size).sum();
                        if !self.has_room(size as u64, item.span) {
                            return;
                        }
                        payload.pieces.extend(pieces);
                        continue;
                    }
                    Some(Binding::Made(_, slot)) => Piece::Variable(slot),
                    None => {
                        self.error(item.span, Kind::UnknownVariable(name.clone()));
                        continue;
                    }
                },
            };
            let times = item.times.as_ref().map_or(Count::Fixed(1), |times| self.count(times));
            match (piece, times) {
                (Piece::Bytes(bytes), Count::Fixed(times)) => {
                    let size = (bytes.len() as u64).saturating_mul(times);
                    let payload_size = size.saturating_add(known.len() as u64);
                    if payload_size > PAYLOAD_LIMIT as u64 {
                        self.error(item.span, Kind::PayloadTooLarge);
                    }
                    if payload_size > PAYLOAD_LIMIT as u64 || !self.has_room(size, item.span) {
                        return;
                    }
                    for _ in 0..if bytes.is_empty() { 0 } else { times } {
                        known.extend_from_slice(&bytes);
                    }
                }
                (piece, times) => {
                    if !self.has_room(UNKNOWN_SIZE as u64, item.span) {
                        return;
                    }
                    if !known.is_empty() {
                        payload.pieces.push(Piece::Bytes(std::mem::take(&mut known).into()));
                    }
                    payload.pieces.push(match times {
                        Count::Fixed(1) => piece,
                        times => Piece::Repeated(Box::new(piece), times),
                    });
                }
            }
        }
        if !known.is_empty() {
            payload.pieces.push(Piece::Bytes(known.into()));
        }
    }

    /// Counts this many more bytes; false, after an error, if that is too much.
    pub(super) fn has_room(&mut self, size: u64, span: Span) -> bool {
        self.size = self.size.saturating_add(size);
        if self.size > CONVERSATION_LIMIT {
            self.error(span, Kind::PayloadTooLarge);
        }
        self.size <= CONVERSATION_LIMIT
    }

    fn file(&mut self, path: &str, span: Span) -> Piece {
        let from = self.sources[self.place(span).source].name.clone();
        match self.files.read(&from, path) {
            Ok(file) => {
                self.payload_files.insert(file.name);
                Piece::Bytes(file.bytes.into())
            }
            Err(error) => {
                self.error(span, Kind::Unreadable(error));
                Piece::Bytes([].into())
            }
        }
    }
}

/// A variable's value as a number: decimal digits.
pub fn parse_count(value: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(value).ok()?;
    digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}
