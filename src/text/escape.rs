//! Bytes between quotes, and back: text with Rust's escapes, and pairs of hexadecimal digits.

use std::fmt::{self, Write};

/// The text between the quotes of a `"…"` literal for these bytes.
///
/// Printable characters stand for themselves; others, and bytes that are not UTF-8, are escaped.
///
/// # Examples
///
/// ```
/// assert_eq!(recut::text::escape("é\t\"\n\0".as_bytes()), r#"é\t\"\n\0"#);
/// assert_eq!(recut::text::escape(b"\xff\x1b"), r"\xff\x1b");
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
                // Shown as it is, it would look like a fault of the terminal.
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

/// The digits between the quotes of a `hex"…"` literal: pairs with a space between them.
pub fn hex(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

/// An escape that stands for nothing: where it is, and what was expected instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEscape {
    /// Its first byte in the content.
    pub start: usize,
    /// The end of its last byte in the content.
    pub end: usize,
    /// What would be an escape.
    pub expected: &'static str,
}

impl fmt::Display for BadEscape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "bytes {} to {} are not an escape: expected {}",
            self.start, self.end, self.expected
        )
    }
}

impl std::error::Error for BadEscape {}

/// The bytes that the text between the quotes of a `"…"` literal stands for.
///
/// # Errors
///
/// The first escape that stands for nothing.
///
/// # Examples
///
/// ```
/// assert_eq!(recut::text::unescape(r"\xe2\u{41}\n").unwrap(), b"\xe2A\n");
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

/// The bytes that the digits of a `hex"…"` literal stand for; white space may stand between
/// pairs. `None` if they are not pairs of hexadecimal digits.
pub fn unhex(content: &str) -> Option<Vec<u8>> {
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
}
