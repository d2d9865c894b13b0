//! How bytes are best written as a payload: as text, as hex, or as a run of one byte.

use crate::text::{escape, hex};

/// The least number of equal bytes that is written as a run, `"x" * N`.
const RUN: usize = 24;

/// A stretch of a payload, and how it is best written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stretch<'a> {
    /// As `"…"`.
    Text(&'a [u8]),
    /// As `hex"…"`.
    Hex(&'a [u8]),
    /// As `"x" * N`: the byte, and how often.
    Run(u8, usize),
}

/// Splits bytes into stretches that read well: each long run of one byte is a stretch, and what
/// is not text is written as hex.
pub(super) fn stretches(bytes: &[u8]) -> Vec<Stretch<'_>> {
    let mut stretches = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        let run = bytes[at..].iter().take_while(|&&byte| byte == bytes[at]).count();
        if run >= RUN && bytes[at] < 0x80 {
            stretches.extend(plain(&bytes[start..at]));
            stretches.push(Stretch::Run(bytes[at], run));
            start = at + run;
        }
        at += run;
    }
    stretches.extend(plain(&bytes[start..]));
    stretches
}

/// How many of the bytes are well-formed text; of the control characters only white space counts.
pub(super) fn readable(bytes: &[u8]) -> usize {
    let valid: usize = bytes.utf8_chunks().map(|chunk| chunk.valid().len()).sum();
    let control =
        bytes.iter().filter(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
    valid - control.count()
}

fn plain(bytes: &[u8]) -> Option<Stretch<'_>> {
    if bytes.is_empty() {
        return None;
    }
    let is_text = readable(bytes) * 2 >= bytes.len();
    Some(if is_text { Stretch::Text(bytes) } else { Stretch::Hex(bytes) })
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
    let stretches: Vec<_> = stretches(bytes)
        .into_iter()
        .map(|stretch| match stretch {
            Stretch::Text(text) => format!("\"{}\"", escape(text)),
            Stretch::Hex(bytes) => format!("hex\"{}\"", hex(bytes)),
            Stretch::Run(byte, times) => format!("\"{}\" * {times}", escape(&[byte])),
        })
        .collect();
    stretches.join(" ")
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
        assert!(literal(&[0x80; 30]).starts_with("hex\"80 80"), "half a character is not a run");
        assert_eq!(literal(&[0x7f; 30]), r#""\x7f" * 30"#);
    }
}
