//! Bytes as payload literals, and back: `"text"` with Rust's escapes, `hex"…"`.

use std::fmt::Write;

/// From how many equal bytes on a run is written `"x" * N`.
const RUN: usize = 24;

/// About how many bytes of payload stand on one line of a printed script.
pub(crate) const LINE: usize = 60;

/// The text between the quotes of a `"…"` literal for these bytes.
///
/// Printable characters stand for themselves; others, and bytes that are no UTF-8, are escaped.
///
/// # Examples
///
/// ```
/// assert_eq!(recut::script::escape("é\t\"\n\0".as_bytes()), r#"é\t\"\n\0"#);
/// assert_eq!(recut::script::escape(b"\xff\x1b"), r"\xff\x1b");
/// ```
pub fn escape(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\0' => out.push_str("\\0"),
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                ' '..='~' => out.push(character),
                control if control.is_ascii_control() => {
                    let _ = write!(out, "\\x{:02x}", u32::from(control));
                }
                // It looks like a fault of the terminal.
                char::REPLACEMENT_CHARACTER => out.push_str("\\u{fffd}"),
                // A mark that extends the character before it stays with it.
                other if !out.is_empty() => {
                    let after_another: String = ['a', other].iter().collect();
                    out.extend(after_another.escape_debug().skip(1));
                }
                // Rust's own notion of what is not printable: it becomes \u{…}.
                other => out.extend(other.escape_debug()),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// Whether a character may stand for itself in what a terminal shows: it is no control character,
/// and does not show text in another order than it has (the bidirectional controls of Unicode
/// Standard Annex 9).
///
/// # Examples
///
/// ```
/// use recut::script::shows_as_itself;
///
/// assert!(['é', '\u{5d0}', ' '].into_iter().all(shows_as_itself));
/// assert!(!['\x1b', '\n', '\u{202e}'].into_iter().any(shows_as_itself));
/// ```
pub fn shows_as_itself(character: char) -> bool {
    let reorders = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    !character.is_control() && !reorders
}

/// Words that somebody else chose, as they may stand on one line of a terminal or in a comment of
/// a script: characters that do not [show as themselves](shows_as_itself) are escaped. A file's
/// name may hold such things, and so may what a server said when it died.
///
/// # Examples
///
/// ```
/// assert_eq!(recut::script::visible("a\x1b[2J\nb"), r"a\u{1b}[2J\nb");
/// ```
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if shows_as_itself(character) {
            out.push(character);
        } else {
            out.extend(character.escape_default());
        }
    }
    out
}

/// The digits between the quotes of a `hex"…"` literal: pairs, a space between.
pub fn hex(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

/// Why an escape is none, and which bytes of the content it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEscape {
    /// Where it starts.
    pub start: usize,
    /// Behind its last byte.
    pub end: usize,
    /// What would be one.
    pub expected: &'static str,
}

/// What the text between the quotes of a `"…"` literal stands for.
///
/// # Errors
///
/// The first escape that is none.
///
/// # Examples
///
/// ```
/// assert_eq!(recut::script::unescape(r"\xe2\u{41}\n").unwrap(), b"\xe2A\n");
/// ```
pub fn unescape(content: &str) -> Result<Vec<u8>, BadEscape> {
    let mut bytes = Vec::with_capacity(content.len());
    let mut at = 0;
    while let Some(found) = content[at..].find('\\') {
        bytes.extend_from_slice(&content.as_bytes()[at..at + found]);
        let start = at + found;
        let rest = &content[start + 1..];
        let character = rest.chars().next();
        let bad = |length: usize, expected| {
            let end = content.floor_char_boundary((start + length).min(content.len()));
            Err(BadEscape { start, end, expected })
        };
        let taken = match character {
            Some('n') => one(&mut bytes, b'\n'),
            Some('r') => one(&mut bytes, b'\r'),
            Some('t') => one(&mut bytes, b'\t'),
            Some('0') => one(&mut bytes, 0),
            Some(same @ ('\\' | '"' | '\'')) => one(&mut bytes, same as u8),
            Some('x') => match rest.get(1..3).map(hex_number) {
                Some(Some(byte)) => one(&mut bytes, byte as u8) + 2,
                _ => return bad(2, "two hexadecimal digits: \\x1b"),
            },
            Some('u') => {
                let digits = rest[1..].strip_prefix('{').and_then(|rest| rest.split_once('}'));
                let scalar = digits.and_then(|(digits, _)| {
                    hex_number(digits).and_then(char::from_u32).zip(Some(digits))
                });
                let Some((scalar, digits)) = scalar else {
                    return bad(2, "a Unicode scalar value: \\u{20ac}");
                };
                bytes.extend_from_slice(scalar.encode_utf8(&mut [0; 4]).as_bytes());
                3 + digits.len()
            }
            other => {
                let length = 1 + other.map_or(0, char::len_utf8);
                return bad(length, r#"one of \n \r \t \0 \\ \" \xHH \u{…}"#);
            }
        };
        at = start + 1 + taken;
    }
    bytes.extend_from_slice(&content.as_bytes()[at..]);
    Ok(bytes)
}

fn one(bytes: &mut Vec<u8>, byte: u8) -> usize {
    bytes.push(byte);
    1
}

/// The value of 1 to 6 hexadecimal digits.
fn hex_number(digits: &str) -> Option<u32> {
    let well_formed = digits.len() <= 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    well_formed.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// What the digits of a `hex"…"` literal stand for; white space may stand between pairs.
pub(crate) fn unhex(content: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for word in content.split_ascii_whitespace() {
        if !word.is_ascii() || word.len() % 2 == 1 {
            return None;
        }
        for at in (0..word.len()).step_by(2) {
            bytes.push(hex_number(&word[at..at + 2])? as u8);
        }
    }
    Some(bytes)
}

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
    fn every_byte_and_every_scalar_comes_back() {
        for byte in 0..=255 {
            assert_eq!(unescape(&escape(&[byte])).unwrap(), [byte]);
        }
        for scalar in (0..0x11_0000).step_by(7).filter_map(char::from_u32) {
            let text = scalar.to_string().into_bytes();
            assert_eq!(unescape(&escape(&text)).unwrap(), text);
        }
    }

    #[test]
    fn bad_escapes_say_where_and_what() {
        for (content, start, end) in [
            ("ab\\y", 2, 4),
            ("\\", 0, 1),
            ("\\x1", 0, 2),
            ("\\x+1", 0, 2),
            ("\\xé1", 0, 2),
            ("é\\u{d800}", 2, 4),
            ("\\u{}", 0, 2),
            ("\\u{+41}", 0, 2),
            ("\\u{0000041}", 0, 2),
        ] {
            let bad = unescape(content).unwrap_err();
            assert_eq!((bad.start, bad.end), (start, end), "{content}");
        }
    }

    #[test]
    fn hex_takes_pairs() {
        assert_eq!(unhex("e2 82ac"), Some(vec![0xe2, 0x82, 0xac]));
        assert_eq!(unhex(""), Some(vec![]));
        for bad in ["e", "e 2", "xy", "é"] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }

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
