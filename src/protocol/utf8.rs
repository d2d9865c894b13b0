//! Incremental UTF-8 decoding with replacement of maximal ill-formed subparts.
//!
//! The Unicode Standard, chapter 3.9: table 3-7 says which byte sequences are well-formed, and
//! "U+FFFD Substitution of Maximal Subparts" (table 3-8 ff.) how many replacements an ill-formed
//! sequence is worth. The result is that of [`String::from_utf8_lossy`] on the whole stream,
//! however the stream is cut.

use simdutf8::{basic, compat};

/// What replaces each maximal ill-formed subpart: U+FFFD.
pub const REPLACEMENT: &str = "\u{FFFD}";

/// How far the decoder walks byte by byte after an ill-formed sequence before it tries the
/// vectorised check again. Ill-formed text comes in stretches; a failed check costs more than a
/// short walk.
const WALK: usize = 512;

/// Segments that are shorter than this, in bytes, are walked through without that check.
const SHORT: usize = 16;

/// An incremental decoder. Its state is the incomplete character at the end of what was decoded:
/// at most 3 bytes, and a count.
///
/// # Examples
///
/// ```
/// use recut::protocol::utf8::Decoder;
///
/// let (mut decoder, mut text) = (Decoder::default(), Vec::new());
/// decoder.decode(b"\xe2\x82", &mut text);
/// assert!(text.is_empty() && decoder.pending() == b"\xe2\x82");
/// decoder.decode(b"\xac!", &mut text);
/// assert_eq!(text, "€!".as_bytes());
/// decoder.decode(b"\xf0\x9f", &mut text);
/// decoder.finish(&mut text);
/// assert_eq!(text, "€!\u{FFFD}".as_bytes());
/// assert_eq!(decoder.replaced(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    pending: [u8; 3],
    /// `0..=3`; the first `len` bytes of `pending` start a well-formed character.
    len: u8,
    replaced: u64,
}

/// The bytes after the pending ones are left from before, and mean nothing.
impl PartialEq for Decoder {
    fn eq(&self, other: &Self) -> bool {
        (self.pending(), self.replaced) == (other.pending(), other.replaced)
    }
}

impl Eq for Decoder {}

/// What some bytes start with.
#[derive(Debug, PartialEq, Eq)]
enum Sequence {
    /// A well-formed character of this many bytes.
    Character(usize),
    /// A maximal ill-formed subpart of this many bytes.
    IllFormed(usize),
    /// The start of a well-formed character; more bytes are needed to tell.
    Incomplete,
}

impl Decoder {
    /// The incomplete character that waits for its next byte: at most 3 bytes.
    pub fn pending(&self) -> &[u8] {
        &self.pending[..usize::from(self.len)]
    }

    /// How many ill-formed subparts were replaced so far. After [`finish`](Self::finish), 0 says
    /// that the stream is what [`str::from_utf8`] accepts.
    pub fn replaced(&self) -> u64 {
        self.replaced
    }

    /// Decodes the next bytes of the stream and appends their text, which is well-formed UTF-8.
    pub fn decode(&mut self, mut segment: &[u8], text: &mut Vec<u8>) {
        if self.len > 0 {
            segment = self.resume(segment, text);
            if segment.is_empty() {
                return;
            }
        }
        if segment.len() < SHORT {
            self.walk(segment, text);
            return;
        }
        // Nearly all streams are well-formed; then only a character at the end may be cut.
        let (whole, tail) = segment.split_at(segment.len() - incomplete_tail(segment));
        if basic::from_utf8(whole).is_ok() {
            text.extend_from_slice(whole);
            self.keep(tail);
            return;
        }
        while !segment.is_empty() {
            let Err(error) = compat::from_utf8(segment) else {
                text.extend_from_slice(segment);
                return;
            };
            let (valid, rest) = segment.split_at(error.valid_up_to());
            text.extend_from_slice(valid);
            segment = self.walk(rest, text);
        }
    }

    /// The stream has ended: a character that is still incomplete is ill-formed.
    pub fn finish(&mut self, text: &mut Vec<u8>) {
        if self.len > 0 {
            self.replace(text);
            self.len = 0;
        }
    }

    fn replace(&mut self, text: &mut Vec<u8>) {
        text.extend_from_slice(REPLACEMENT.as_bytes());
        self.replaced += 1;
    }

    /// Completes the pending character, or finds that it is ill-formed; returns what is left.
    fn resume<'a>(&mut self, segment: &'a [u8], text: &mut Vec<u8>) -> &'a [u8] {
        let pending = usize::from(self.len);
        let mut window = [0; 6];
        window[..pending].copy_from_slice(self.pending());
        let taken = segment.len().min(3);
        window[pending..pending + taken].copy_from_slice(&segment[..taken]);
        let window = &window[..pending + taken];
        self.len = 0;
        match sequence(window) {
            Sequence::Character(length) => {
                text.extend_from_slice(&window[..length]);
                &segment[length - pending..]
            }
            // The pending bytes start a well-formed character, so the subpart has all of them.
            Sequence::IllFormed(length) => {
                self.replace(text);
                &segment[length - pending..]
            }
            Sequence::Incomplete => {
                self.keep(window);
                &[]
            }
        }
    }

    /// Decodes up to about `WALK` bytes one character at a time; returns what is left.
    fn walk<'a>(&mut self, segment: &'a [u8], text: &mut Vec<u8>) -> &'a [u8] {
        let (mut at, mut copied) = (0, 0);
        while at < segment.len() && at < WALK {
            match sequence(&segment[at..]) {
                Sequence::Character(length) => at += length,
                Sequence::IllFormed(length) => {
                    text.extend_from_slice(&segment[copied..at]);
                    self.replace(text);
                    at += length;
                    copied = at;
                }
                Sequence::Incomplete => {
                    text.extend_from_slice(&segment[copied..at]);
                    self.keep(&segment[at..]);
                    return &[];
                }
            }
        }
        text.extend_from_slice(&segment[copied..at]);
        &segment[at..]
    }

    fn keep(&mut self, incomplete: &[u8]) {
        self.pending[..incomplete.len()].copy_from_slice(incomplete);
        self.len = incomplete.len() as u8;
    }
}

/// How many bytes at the end start a well-formed character that more bytes could complete; at most
/// 3. The bytes before them need not be well-formed.
fn incomplete_tail(bytes: &[u8]) -> usize {
    if bytes.last().is_none_or(u8::is_ascii) {
        return 0;
    }
    (1..=bytes.len().min(3))
        .find(|&length| {
            let tail = &bytes[bytes.len() - length..];
            tail[0] >= 0xC0 && sequence(tail) == Sequence::Incomplete
        })
        .unwrap_or(0)
}

/// Reads the sequence at the start of `bytes`, which are not empty (table 3-7).
#[inline]
fn sequence(bytes: &[u8]) -> Sequence {
    let (length, second) = match bytes[0] {
        0x00..=0x7F => return Sequence::Character(1),
        0xC2..=0xDF => (2, 0x80..=0xBF),
        0xE0 => (3, 0xA0..=0xBF),
        0xED => (3, 0x80..=0x9F),
        0xE1..=0xEF => (3, 0x80..=0xBF),
        0xF0 => (4, 0x90..=0xBF),
        0xF1..=0xF3 => (4, 0x80..=0xBF),
        0xF4 => (4, 0x80..=0x8F),
        _ => return Sequence::IllFormed(1),
    };
    match bytes.get(1) {
        None => return Sequence::Incomplete,
        Some(byte) if !second.contains(byte) => return Sequence::IllFormed(1),
        Some(_) => {}
    }
    for at in 2..length {
        match bytes.get(at) {
            None => return Sequence::Incomplete,
            Some(0x80..=0xBF) => {}
            Some(_) => return Sequence::IllFormed(at),
        }
    }
    Sequence::Character(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(segments: &[&[u8]]) -> String {
        let (mut decoder, mut text) = (Decoder::default(), Vec::new());
        for segment in segments {
            decoder.decode(segment, &mut text);
            assert!(decoder.pending().len() <= 3);
        }
        decoder.finish(&mut text);
        String::from_utf8(text).unwrap()
    }

    /// The examples of chapter 3.9 (tables 3-8 to 3-11), with the replacements they are worth.
    #[test]
    fn the_standard_s_own_examples() {
        let r = REPLACEMENT;
        for (bytes, expected) in [
            (
                &b"\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64"[..],
                format!("a{r}{r}{r}b{r}c{r}{r}d"),
            ),
            (b"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", format!("{}A", r.repeat(8))),
            (b"\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", format!("{}A", r.repeat(8))),
            (b"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", format!("{}A{r}{r}B", r.repeat(5))),
            (b"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", format!("{}A", r.repeat(4))),
        ] {
            assert_eq!(decode(&[bytes]), expected);
            let single: Vec<_> = bytes.chunks(1).collect();
            assert_eq!(decode(&single), expected);
        }
    }

    #[test]
    fn long_text_with_a_fault_at_every_place_of_a_block() {
        for at in 0..600 {
            let mut stream = "héllo €uro 😀 ".repeat(80).into_bytes();
            stream[at] = 0xFF;
            let expected = String::from_utf8_lossy(&stream).into_owned();
            assert_eq!(decode(&[&stream]), expected);
            assert_eq!(decode(&[&stream[..at + 1], &stream[at + 1..]]), expected);
        }
    }

    /// Every sequence of up to 4 bytes that start, continue or break a character, at every cut.
    #[test]
    fn agrees_with_from_utf8_lossy() {
        const BYTES: &[u8] = b"a\x80\x8f\x90\x9f\xa0\xbf\xc1\xc2\xe0\xe1\xed\xf0\xf1\xf4\xf5";
        let mut stream = Vec::new();
        for index in 0..BYTES.len().pow(4) {
            stream.clear();
            let mut rest = index;
            while rest > 0 {
                stream.push(BYTES[rest % BYTES.len()]);
                rest /= BYTES.len();
            }
            let expected = String::from_utf8_lossy(&stream);
            for cut in 0..=stream.len() {
                assert_eq!(decode(&[&stream[..cut], &stream[cut..]]), expected, "{stream:x?}");
            }
        }
    }
}
