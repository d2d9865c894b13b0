//! A long payload in rows that read well: split at line ends, text as text and the rest as hex.

use crate::script::literal::{LINE, Piece, pieces, readable};
use crate::script::syntax::{Item, ItemKind, Number};
use crate::script::unlower::{payload_items, rows_of};

/// Bytes as items in rows of at most `row` bytes, at line ends where it can, each part as text or
/// hex by what it is. Two rows in a row hold more than `row` bytes, which are at least [`LINE`].
pub(super) fn rows(bytes: &[u8], row: usize) -> Vec<Vec<Item>> {
    /// What a run counts, however long it is: about as much as is written.
    const RUN: usize = 12;
    if bytes.len() <= LINE {
        return vec![payload_items(bytes)];
    }
    let (mut rows, mut filled, mut is_text) = (vec![Vec::new()], 0, true);
    let mut fit = |size: usize, items: &mut dyn Iterator<Item = Item>| {
        if filled + size > row {
            rows.push(Vec::new());
            filled = 0;
        }
        filled += size;
        let last = rows.len() - 1;
        items.for_each(|item| join(&mut rows[last], item));
    };
    for piece in pieces(bytes) {
        match piece {
            Piece::Run(byte, times) => {
                let times = Some(Number::Literal(times as u64).into());
                let run = Item { times, ..ItemKind::Text(vec![byte]).into() };
                fit(RUN, &mut std::iter::once(run));
            }
            Piece::Text(plain) | Piece::Hex(plain) => {
                for plain in rows_of(plain, row) {
                    let parts = rows_of(plain, LINE).into_iter();
                    fit(plain.len(), &mut parts.flat_map(|part| items(part, &mut is_text)));
                }
            }
        }
    }
    rows
}

/// A part of a payload as text or as hex. Text with a few bytes that are none stays text; behind
/// hex only what is clearly text is: some rows of a picture look a little like it.
fn items(part: &[u8], is_text: &mut bool) -> Vec<Item> {
    let was_text = *is_text;
    *is_text = readable(part) * 100 >= part.len() * if was_text { 75 } else { 95 };
    if *is_text {
        return vec![ItemKind::Text(part.to_vec()).into()];
    }
    // Where a head ends and a picture begins.
    let line_ends = (1..=part.len()).rev().filter(|&end| was_text && part[end - 1] == b'\n');
    let head = line_ends.map(|end| &part[..end]).find(|head| readable(head) == head.len());
    let (text, hex) = part.split_at(head.map_or(0, <[u8]>::len));
    let items = [ItemKind::Text(text.to_vec()), ItemKind::Hex(hex.to_vec())];
    let is_empty = |kind: &ItemKind| matches!(kind, ItemKind::Text(bytes) if bytes.is_empty());
    items.into_iter().filter(|kind| !is_empty(kind)).map(Item::from).collect()
}

/// Adds an item to a row; what is written the same way is one.
fn join(row: &mut Vec<Item>, item: Item) {
    let before = row.last_mut().filter(|before| before.times.is_none() && item.times.is_none());
    match (before.map(|before| &mut before.kind), &item.kind) {
        (Some(ItemKind::Text(before)), ItemKind::Text(more))
        | (Some(ItemKind::Hex(before)), ItemKind::Hex(more)) => before.extend_from_slice(more),
        _ => row.push(item),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::syntax::{Line, Send, Statement};
    use crate::script::{Action, Conversation, Script, Step};

    /// Random text, runs and binary.
    fn payload(seed: u64, size: usize) -> Vec<u8> {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut bytes = Vec::new();
        while bytes.len() < size {
            match random.u8(..4) {
                0 => bytes.extend("dé\r\n".repeat(random.usize(..9)).bytes()),
                1 => bytes.extend(std::iter::repeat_n(b' ', random.usize(..90))),
                2 => bytes.extend((0..random.usize(..99)).map(|_| random.u8(..))),
                _ => bytes.push(random.u8(..)),
            }
        }
        bytes
    }

    fn said(items: &[Item]) -> Vec<(&'static str, usize)> {
        let said = |item: &Item| match &item.kind {
            ItemKind::Text(bytes) if item.times.is_some() => ("run", bytes.len()),
            ItemKind::Text(bytes) => ("text", bytes.len()),
            ItemKind::Hex(bytes) => ("hex", bytes.len()),
            other => panic!("{other:?}"),
        };
        items.iter().map(said).collect()
    }

    #[test]
    fn a_part_is_what_most_of_it_is_and_what_was_before_it_counts() {
        let part = |readable: usize, of: usize| [vec![b'a'; readable], vec![0xff; of - readable]];
        for (readable, of, behind_text, behind_hex) in [
            (60, 60, "text", "text"),
            (57, 60, "text", "text"),
            (56, 60, "text", "hex"),
            (45, 60, "text", "hex"),
            (44, 60, "hex", "hex"),
            (0, 1, "hex", "hex"),
        ] {
            for (was_text, expected) in [(true, behind_text), (false, behind_hex)] {
                let mut is_text = was_text;
                let items = items(&part(readable, of).concat(), &mut is_text);
                assert_eq!(said(&items), [(expected, of)], "{readable} of {of} behind {was_text}");
                assert_eq!(is_text, expected == "text");
            }
        }
    }

    #[test]
    fn a_head_ends_with_its_last_line_and_a_picture_follows() {
        let part = [b"a: b\r\n\n", &b"\x80\xff\n".repeat(5)[..]].concat();
        assert_eq!(said(&items(&part, &mut true)), [("text", 7), ("hex", 15)]);
        assert_eq!(said(&items(&part, &mut false)), [("hex", 22)]);
        assert_eq!(said(&items(&part[..15], &mut true)), [("text", 7), ("hex", 8)]);
    }

    #[test]
    fn what_is_written_the_same_way_is_one_item_of_a_row() {
        let text = |count: usize| b"text\n".repeat(count);
        let hex = |count: usize| b"\xfe\xff".repeat(count);
        let of = |bytes: &[u8], row| rows(bytes, row).iter().map(|row| said(row)).collect();
        let whole: Vec<Vec<_>> = of(&[text(36), hex(60), text(36)].concat(), 1000);
        assert_eq!(whole, [[("text", 180), ("hex", 120), ("text", 180)]]);
        let run: Vec<Vec<_>> = of(&[text(12), vec![b'-'; 99], text(12)].concat(), 1000);
        assert_eq!(run, [[("text", 60), ("run", 1), ("text", 60)]]);
        let parted: Vec<Vec<_>> = of(&text(40), 100);
        assert_eq!(parted, [[("text", 100)], [("text", 100)]]);
    }

    #[test]
    fn rows_say_what_the_payload_says_and_are_not_many() {
        for (seed, row) in (0..8).flat_map(|seed| [LINE, 1000, 1 << 16].map(|row| (seed, row))) {
            let bytes = payload(seed, 40_000);
            let rows = rows(&bytes, row);
            assert!(rows.len() <= 2 * bytes.len() / (row - 3) + 1, "{} rows", rows.len());
            let line = |items| {
                let send = Send { connection: String::new(), segments: vec![items], ending: None };
                Line { statement: Some(Statement::Send(send)), ..Line::default() }
            };
            let script = Script { lines: rows.into_iter().map(line).collect() };
            let conversation = Conversation::parse("rows", &script.to_string()).unwrap();
            let said = |step: &Step| match &step.action {
                Action::Send { payload, .. } => payload.known().unwrap(),
                _ => Vec::new(),
            };
            assert!(conversation.steps().flat_map(said).eq(bytes), "seed {seed}, rows of {row}");
        }
    }
}
