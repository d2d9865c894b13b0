//! What the echo must have answered at each place of a stream, computed without the echo.

use crate::protocol::utf8::REPLACEMENT;
use crate::protocol::{quit_line, respond};

/// What the oracle says of a stream; its buffers are used again.
#[derive(Default)]
pub(super) struct EchoOracle {
    /// The whole answer.
    pub(super) answer: String,
    /// Whether the client quits.
    pub(super) quit: bool,
    /// How many bytes of the answer are decided after each prefix of the stream; one entry more
    /// than the stream has bytes.
    pub(super) decided: Vec<usize>,
    /// After how many bytes of the stream the quit line is complete; `None` if only the end of the
    /// stream completes it, or if there is none.
    pub(super) quits_at: Option<usize>,
}

/// Appends the text that `String::from_utf8_lossy` makes of `bytes`.
pub(super) fn push_lossy(bytes: &[u8], text: &mut String) {
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push_str(REPLACEMENT);
        }
    }
}

impl EchoOracle {
    /// Looks at a stream.
    pub(super) fn look(&mut self, stream: &[u8]) {
        self.answer.clear();
        push_lossy(stream, &mut self.answer);
        let quit = quit_line(&self.answer);
        self.decide(stream, quit);
        self.quit = quit.is_some();
        self.answer.truncate(quit.unwrap_or(self.answer.len()));
    }

    /// Walks through the stream and its text, byte by byte.
    fn decide(&mut self, stream: &[u8], quit: Option<usize>) {
        self.decided.clear();
        self.decided.push(0);
        self.quits_at = None;
        let limit = quit.unwrap_or(usize::MAX);
        // How much of the text is known, and where its last line starts.
        let (mut known, mut line) = (0, 0);
        for chunk in stream.utf8_chunks() {
            for character in chunk.valid().chars() {
                for _ in 1..character.len_utf8() {
                    self.decided.push(known.min(limit));
                }
                known += character.len_utf8();
                if character == '\n' {
                    if quit == Some(line) && self.quits_at.is_none() {
                        self.quits_at = Some(self.decided.len());
                    }
                    line = known;
                }
                self.decided.push((known - held(&self.answer[line..known])).min(limit));
            }
            let ill_formed = chunk.invalid();
            if ill_formed.is_empty() {
                continue;
            }
            for _ in 1..ill_formed.len() {
                self.decided.push(known.min(limit));
            }
            // The next byte decides what could still become a character.
            let is_open = can_grow(ill_formed);
            let behind = known + REPLACEMENT.len();
            self.decided.push(if is_open { known } else { behind }.min(limit));
            known = behind;
        }
    }
}

/// How many bytes at the end of a line that has begun may still become the quit line.
fn held(line: &str) -> usize {
    if matches!(line, "q" | "q\r") { line.len() } else { 0 }
}

/// Whether some continuation makes a character of these bytes.
fn can_grow(bytes: &[u8]) -> bool {
    matches!(std::str::from_utf8(bytes), Err(error) if error.error_len().is_none())
}

/// What is decided after a prefix of a stream: its answer without an incomplete character, and
/// without a line start that may become the quit line.
///
/// This is the definition, for one prefix; the bodies use all prefixes at once.
pub fn decided(prefix: &[u8]) -> Vec<u8> {
    let incomplete = (1..=prefix.len().min(3))
        .find(|&length| can_grow(&prefix[prefix.len() - length..]))
        .unwrap_or(0);
    let whole = &prefix[..prefix.len() - incomplete];
    let (answer, quit) = respond(whole);
    let is_terminated = quit && respond(&[whole, b"x"].concat()).1;
    if quit && !is_terminated && incomplete > 0 {
        // The incomplete character follows the line start: that is not the quit line.
        return String::from_utf8_lossy(whole).into_owned().into_bytes();
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every stream of up to five bytes that start, continue and break characters and lines.
    #[test]
    fn what_is_decided_at_all_places_is_what_is_decided_at_each() {
        const BYTES: &[u8] = b"q\n\ra\x80\xbf\xc3\xe2\xed\xf0\xff";
        let mut expected = EchoOracle::default();
        let mut stream = Vec::new();
        for length in 0..=5_u32 {
            for index in 0..BYTES.len().pow(length) {
                stream.clear();
                let digits = (0..length).map(|place| index / BYTES.len().pow(place));
                stream.extend(digits.map(|digit| BYTES[digit % BYTES.len()]));
                expected.look(&stream);
                let (answer, quit) = respond(&stream);
                assert_eq!((expected.answer.as_bytes(), expected.quit), (&answer[..], quit));
                assert_eq!(expected.decided.len(), stream.len() + 1, "{stream:x?}");
                for (place, &length) in expected.decided.iter().enumerate() {
                    let prefix = &stream[..place];
                    assert_eq!(&answer[..length], decided(prefix), "{stream:x?} at {place}");
                    let has_quit = respond(&[prefix, b"x"].concat()).1;
                    assert_eq!(expected.quits_at.is_some_and(|at| at <= place), has_quit);
                }
            }
        }
    }
}
