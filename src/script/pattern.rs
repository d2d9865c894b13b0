//! Regular expressions over bytes.

use std::sync::{Arc, OnceLock};

use regex::bytes::{Captures, Regex, RegexBuilder};

/// How large a compiled pattern may be, in bytes. A pattern counts as the smallest of these sizes
/// that is enough for it; the largest is the limit of the crate regex.
const PATTERN_SIZES: [usize; 4] = [16 << 10, 256 << 10, 2 << 20, 10 << 20];

/// A regular expression over bytes, and the variables its groups set.
#[derive(Clone, Debug)]
pub struct Pattern {
    compiled: Arc<Compiled>,
    /// Names of groups, and the slots they set.
    pub captures: Vec<(String, usize)>,
}

#[derive(Debug)]
struct Compiled {
    text: String,
    regex: Regex,
    /// The same with Unicode off, for units that are not UTF-8, made when it is needed; `None` if
    /// the pattern needs Unicode.
    bytewise: OnceLock<Option<Regex>>,
    size: usize,
}

impl Pattern {
    /// Compiles a pattern of the regex crate's language.
    ///
    /// # Errors
    ///
    /// What that crate says of a text that is not a pattern.
    pub fn new(text: &str) -> Result<Self, regex::Error> {
        let compile = |size| RegexBuilder::new(text).size_limit(size).build();
        let [sizes @ .., largest] = PATTERN_SIZES;
        let small = sizes.into_iter().find_map(|size| Some((compile(size).ok()?, size)));
        let (regex, size) = match small {
            Some(compiled) => compiled,
            None => (compile(largest)?, largest),
        };
        let (text, bytewise) = (text.to_owned(), OnceLock::new());
        let compiled = Arc::new(Compiled { text, regex, bytewise, size });
        Ok(Self { compiled, captures: Vec::new() })
    }

    /// How much of the limit of a conversation it takes, in bytes.
    pub(super) fn size(&self) -> usize {
        self.compiled.size
    }

    /// The pattern as it is written.
    pub fn as_str(&self) -> &str {
        &self.compiled.text
    }

    /// The names of its groups.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.compiled.regex.capture_names().flatten()
    }

    fn regex_for(&self, unit: &[u8]) -> &Regex {
        let Compiled { text, regex, bytewise, .. } = &*self.compiled;
        if std::str::from_utf8(unit).is_ok() {
            return regex;
        }
        let compile = || RegexBuilder::new(text).unicode(false).build().ok();
        bytewise.get_or_init(compile).as_ref().unwrap_or(regex)
    }

    /// Whether it matches somewhere in the unit.
    pub fn is_match(&self, unit: &[u8]) -> bool {
        self.regex_for(unit).is_match(unit)
    }

    /// What its groups match in the unit.
    pub fn match_groups<'u>(&self, unit: &'u [u8]) -> Option<Captures<'u>> {
        self.regex_for(unit).captures(unit)
    }
}

/// A pattern that, between anchors, only these bytes match. It has no control characters, so that
/// it can be written in a script.
pub(crate) fn exactly(bytes: &[u8]) -> String {
    let mut pattern = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                control if control.is_control() => {
                    pattern.push_str(&format!("\\x{{{:x}}}", u32::from(control)));
                }
                other => pattern.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
            }
        }
        for byte in chunk.invalid() {
            pattern.push_str(&format!("(?-u:\\x{byte:02x})"));
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_that_is_not_utf8_is_matched_byte_by_byte_if_that_is_possible() {
        let any = Pattern::new("^.$").unwrap();
        for (unit, matches) in [("é".as_bytes(), true), (b"\xff", true), (b"\xc3\xc3", false)] {
            assert_eq!(any.is_match(unit), matches, "{unit:x?}");
        }
        let letter = Pattern::new(r"^\p{L}").unwrap();
        assert!(letter.is_match(b"a\xff") && !letter.is_match(b"\xff"));
    }

    #[test]
    fn what_a_pattern_counts_as_grows_with_it() {
        let sizes =
            ["x", r"\w", r"\w{10}", r"\w{100}"].map(|text| Pattern::new(text).unwrap().size());
        assert_eq!(sizes, [16_384, 262_144, 2_097_152, 10_485_760]);
        assert!(Pattern::new(r"(\w{100}){100}").is_err());
    }

    #[test]
    fn a_pattern_of_just_these_bytes_can_be_read_and_printed() {
        for (bytes, pattern) in
            [(&b"a\xc3\xa9.*\n"[..], r"aé\.\*\x{a}"), (b"\xc2\x85\xff$", r"\x{85}(?-u:\xff)\$")]
        {
            assert_eq!(exactly(bytes), pattern);
            let whole = Pattern::new(&format!(r"\A{pattern}\z")).unwrap();
            assert!(whole.is_match(bytes) && !whole.is_match(b"a"), "{pattern}");
        }
    }
}
