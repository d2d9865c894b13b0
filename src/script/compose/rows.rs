//! A long payload in rows that read well: split at line ends, text as text and the rest as hex.

use crate::script::literal::{Stretch, readable, stretches};
use crate::script::syntax::{Item, ItemKind, Number};

/// About how many bytes of payload stand on one line of a script.
pub(super) const LINE: usize = 60;

/// A part of a payload that is to be written.
#[derive(Clone, Debug)]
pub enum Fragment<'a> {
    /// Bytes, which may be split and written as reads best.
    Bytes(&'a [u8]),
    /// An item that is written as it is.
    Item(Item),
}

impl Fragment<'_> {
    /// About how many bytes it takes on a line.
    fn size(&self) -> usize {
        match self {
            Fragment::Bytes(bytes) => bytes.len(),
            Fragment::Item(Item { kind: ItemKind::Text(bytes) | ItemKind::Hex(bytes), .. }) => {
                bytes.len()
            }
            Fragment::Item(Item {
                kind: ItemKind::File(name) | ItemKind::Variable(name), ..
            }) => name.len(),
        }
    }
}

/// Bytes as the items of one payload: each long run of one byte is an item, and what is not text
/// is hex.
pub fn payload_items(bytes: &[u8]) -> Vec<Item> {
    let item = |stretch| match stretch {
        Stretch::Text(text) => ItemKind::Text(text.to_vec()).into(),
        Stretch::Hex(bytes) => ItemKind::Hex(bytes.to_vec()).into(),
        Stretch::Run(byte, times) => run(byte, times),
    };
    stretches(bytes).into_iter().map(item).collect()
}

fn run(byte: u8, times: usize) -> Item {
    let times = Some(Number::Literal(times as u64).into());
    Item { times, ..ItemKind::Text(vec![byte]).into() }
}

/// The items of one line; an empty payload is an empty text.
pub(in crate::script) fn one_line(parts: &[Fragment<'_>]) -> Vec<Item> {
    let items = |part: &Fragment<'_>| match part {
        Fragment::Bytes(bytes) => payload_items(bytes),
        Fragment::Item(item) => vec![item.clone()],
    };
    let row: Vec<Item> = parts.iter().flat_map(items).collect();
    if row.is_empty() { vec![ItemKind::Text(Vec::new()).into()] } else { row }
}

/// A payload as the items of one line or more, none of them empty.
///
/// What is longer than [`LINE`] is split into rows of at most `width` bytes, at line ends where
/// that is possible, and each part of it is text or hex by what it is. Two rows that follow each
/// other hold more than `width` bytes together. `width` is at least [`LINE`].
pub(super) fn rows(parts: &[Fragment<'_>], width: usize) -> Vec<Vec<Item>> {
    /// What a run counts, however long it is: about as much as is written.
    const RUN: usize = 12;
    if parts.iter().map(Fragment::size).sum::<usize>() <= LINE {
        return vec![one_line(parts)];
    }
    let (mut rows, mut filled, mut is_text) = (vec![Vec::new()], 0, true);
    let mut fit = |size: usize, items: &mut dyn Iterator<Item = Item>| {
        if filled + size > width && filled > 0 {
            rows.push(Vec::new());
            filled = 0;
        }
        filled += size;
        let last = rows.len() - 1;
        items.for_each(|item| join(&mut rows[last], item));
    };
    for part in parts {
        let bytes = match part {
            Fragment::Bytes(bytes) => bytes,
            Fragment::Item(item) => {
                fit(part.size(), &mut std::iter::once(item.clone()));
                continue;
            }
        };
        for stretch in stretches(bytes) {
            match stretch {
                Stretch::Run(byte, times) => fit(RUN, &mut std::iter::once(run(byte, times))),
                Stretch::Text(plain) | Stretch::Hex(plain) => {
                    for plain in rows_of(plain, width) {
                        let parts = rows_of(plain, LINE).into_iter();
                        fit(plain.len(), &mut parts.flat_map(|part| items(part, &mut is_text)));
                    }
                }
            }
        }
    }
    rows
}

/// Bytes in rows of at most `width`, at line ends where that is possible, never inside a
/// character. `width` is at least 4, the length of the longest character.
fn rows_of(mut bytes: &[u8], width: usize) -> Vec<&[u8]> {
    let mut rows = Vec::new();
    while bytes.len() > width {
        let newline = bytes[..width].iter().rposition(|&byte| byte == b'\n');
        let newline = newline.filter(|&newline| newline >= width / 2);
        let mut end = newline.map_or(width, |newline| newline + 1);
        // Not inside a character: at most three continuation bytes back, none after a newline.
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

/// A part of a payload as text or as hex. Text stays text with a few other bytes in it; after hex
/// only what is clearly text is text, since some rows of a picture look a little like it.
fn items(part: &[u8], is_text: &mut bool) -> Vec<Item> {
    let was_text = *is_text;
    *is_text = readable(part) * 100 >= part.len() * if was_text { 75 } else { 95 };
    if *is_text {
        return vec![ItemKind::Text(part.to_vec()).into()];
    }
    // The place where a head ends and a picture begins.
    let line_ends = (1..=part.len()).rev().filter(|&end| was_text && part[end - 1] == b'\n');
    let head = line_ends.map(|end| &part[..end]).find(|head| readable(head) == head.len());
    let (text, hex) = part.split_at(head.map_or(0, <[u8]>::len));
    let items = [ItemKind::Text(text.to_vec()), ItemKind::Hex(hex.to_vec())];
    let is_empty = |kind: &ItemKind| matches!(kind, ItemKind::Text(bytes) if bytes.is_empty());
    items.into_iter().filter(|kind| !is_empty(kind)).map(Item::from).collect()
}

/// Adds an item to a row; two neighbours that are written in the same way become one.
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
    use crate::script::{Action, Composer, Conversation, Step};

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
                assert_eq!(said(&items), [(expected, of)], "{readable} of {of} after {was_text}");
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
        let of = |bytes: &[u8], width| {
            rows(&[Fragment::Bytes(bytes)], width).iter().map(|row| said(row)).collect()
        };
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
            let rows = rows(&[Fragment::Bytes(&bytes)], row);
            assert!(rows.len() <= 2 * bytes.len() / (row - 3) + 1, "{} rows", rows.len());
            let mut composer = Composer::default();
            rows.into_iter().for_each(|items| composer.send("", vec![items], None));
            let text = composer.finish().to_string();
            let conversation = Conversation::parse("rows", &text).unwrap();
            let said = |step: &Step| match &step.action {
                Action::Send { payload, .. } => payload.known().unwrap(),
                _ => Vec::new(),
            };
            assert!(conversation.steps().flat_map(said).eq(bytes), "seed {seed}, rows of {row}");
        }
    }

    #[test]
    fn rows_end_after_a_line_end_in_their_second_half() {
        let row = |newline: usize| {
            let mut bytes = b"ab".repeat(40);
            bytes[newline] = b'\n';
            said(&rows(&[Fragment::Bytes(&bytes)], LINE)[0])[0]
        };
        let lengths = [60, 31, 46, 60, 60].map(|length| ("text", length));
        assert_eq!([29, 30, 45, 59, 60].map(row), lengths);
        // And never inside a character, wherever the 60th byte is.
        for start in ["", "b", "bc", "bcd"] {
            let text = start.to_owned() + &"aé€😀".repeat(30);
            let rows = rows_of(text.as_bytes(), LINE);
            let rows: Vec<&str> =
                rows.iter().map(|row| std::str::from_utf8(row).unwrap()).collect();
            assert!(rows.len() >= 5 && rows.concat() == text, "{rows:?}");
        }
    }
}
