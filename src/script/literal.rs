//! How bytes are best written as a payload: as text, as hex, or as a run of one byte.

use crate::text::{escape, hex};

/// From how many equal bytes on a run is written `"x" * N`.
const RUN: usize = 24;

/// About how many bytes of payload stand on one line of a printed script.
pub(crate) const LINE: usize = 60;

/// A piece of a payload as it is best written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// As `"…"`.
    Text(&'a [u8]),
    /// As `hex"…"`.
    Hex(&'a [u8]),
    /// As `"x" * N`: the byte, and how often.
    Run(u8, usize),
}

/// Splits bytes into pieces that read well: runs of one byte apart, hex where it is no text.
pub(crate) fn pieces(bytes: &[u8]) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        let run = bytes[at..].iter().take_while(|&&byte| byte == bytes[at]).count();
        if run >= RUN && bytes[at] < 0x80 {
            pieces.extend(plain(&bytes[start..at]));
            pieces.push(Piece::Run(bytes[at], run));
            start = at + run;
        }
        at += run;
    }
    pieces.extend(plain(&bytes[start..]));
    pieces
}

/// How many of the bytes are well-formed text and no control characters but white space.
pub(super) fn readable(bytes: &[u8]) -> usize {
    let valid: usize = bytes.utf8_chunks().map(|chunk| chunk.valid().len()).sum();
    let control =
        bytes.iter().filter(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
    valid - control.count()
}

fn plain(bytes: &[u8]) -> Option<Piece<'_>> {
    if bytes.is_empty() {
        return None;
    }
    let is_text = readable(bytes) * 2 >= bytes.len();
    Some(if is_text { Piece::Text(bytes) } else { Piece::Hex(bytes) })
}

/// Bytes as a payload of the script language, on one line.
///
/// # Examples
///
/// ```
/// use recut::script::literal;
///
/// assert_eq!(literal(b"hi\n"), r#""hi\n""#);
/// assert_eq!(literal(&[0xe2, 0x82]), r#"hex"e2 82""#);
/// assert_eq!(literal(&[b'x'; 4096]), r#""x" * 4096"#);
/// ```
pub fn literal(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "\"\"".to_owned();
    }
    let pieces: Vec<_> = pieces(bytes)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => format!("\"{}\"", escape(text)),
            Piece::Hex(bytes) => format!("hex\"{}\"", hex(bytes)),
            Piece::Run(byte, times) => format!("\"{}\" * {times}", escape(&[byte])),
        })
        .collect();
    pieces.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_half_text_is_written_as_text() {
        for (bytes, written) in [
            (&b"\n\r\n"[..], r#""\n\r\n""#),
            (b"a\x01", r#""a\x01""#),
            ("a\u{301}".as_bytes(), "\"a\u{301}\""),
            ("\u{301}a".as_bytes(), r#""\u{301}a""#),
            (b"a\x01\x02", r#"hex"61 01 02""#),
            (b"\x80a\x81", r#"hex"80 61 81""#),
        ] {
            assert_eq!(literal(bytes), written);
        }
        assert!(literal(&[0x80; 30]).starts_with("hex\"80 80"), "half a character is no run");
        assert_eq!(literal(&[0x7f; 30]), r#""\x7f" * 30"#);
    }
}
