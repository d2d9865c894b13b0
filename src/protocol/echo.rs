//! The echo protocol: text back to the sender, a line `q` ends the session.
//!
//! It is written twice: [`respond`] works on the whole stream and is the definition; [`Echo`] works
//! incrementally, must agree with it for every delivery, and answers as early as it can.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::utf8::Decoder;
use super::{Flow, Protocol};

/// How much of a segment is decoded and searched at once, in bytes: so little that both passes and
/// the copy find it in the first-level cache, and less when it is fuzzed, so that inputs reach the
/// border between two such blocks.
const BLOCK: usize = if cfg!(fuzzing) { 64 } else { 16 * 1024 };

/// Texts that are shorter than this, in bytes, are searched without setting up a searcher.
const SHORT: usize = 64;

/// Finds where a line starts with `q`; made once, since setting it up costs as much as searching
/// half a segment.
static LINE_START_Q: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\nq"));

/// The echo's answer to a whole stream, and whether the client quit: the oracle.
///
/// The stream is decoded as UTF-8, each maximal ill-formed subpart replaced by U+FFFD. The answer
/// is that text up to the first quit line: a line that is exactly `q` or `q\r`, terminated
/// by `\n` or by the end of the stream.
///
/// # Examples
///
/// ```
/// assert_eq!(recut::respond(b"hi\nq\nlost"), (b"hi\n".to_vec(), true));
/// assert_eq!(recut::respond(b"quit\n\xff"), ("quit\n\u{FFFD}".as_bytes().to_vec(), false));
/// ```
pub fn respond(stream: &[u8]) -> (Vec<u8>, bool) {
    let text = String::from_utf8_lossy(stream);
    match quit_line(&text) {
        Some(start) => (text[..start].into(), true),
        None => (text.into_owned().into_bytes(), false),
    }
}

/// Where the first quit line of a whole text starts, terminated or not.
pub(crate) fn quit_line(text: &str) -> Option<usize> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if matches!(line, "q" | "q\r" | "q\n" | "q\r\n") {
            return Some(start);
        }
        start += line.len();
    }
    None
}

/// The echo server's side of one connection, in constant space.
///
/// After any prefix of the stream, exactly what is decided has been replied: an incomplete
/// character and a line start that may become the quit line are held back, nothing else.
///
/// # Examples
///
/// ```
/// use recut::{Echo, Flow, Protocol};
///
/// let (mut echo, mut reply) = (Echo::default(), Vec::new());
/// assert_eq!(echo.receive(b"hi\nq", &mut reply), Flow::Continue);
/// assert_eq!(reply, b"hi\n"); // the `q` may be the quit line
/// assert_eq!(echo.receive(b"\n", &mut reply), Flow::Quit);
/// assert_eq!(reply, b"hi\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Echo {
    decoder: Decoder,
    line: LineSoFar,
}

/// How much of the current line has been seen, as far as it matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LineSoFar {
    /// Nothing.
    #[default]
    Start,
    /// `q`, held back.
    Q,
    /// `q\r`, held back.
    QCr,
    /// More, or something else: this line is not the quit line.
    Inside,
}

impl LineSoFar {
    /// What is held back of a line that may be the quit line.
    fn held(self) -> &'static [u8] {
        match self {
            LineSoFar::Start | LineSoFar::Inside => b"",
            LineSoFar::Q => b"q",
            LineSoFar::QCr => b"q\r",
        }
    }
}

impl Protocol for Echo {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        for block in segment.chunks(BLOCK) {
            let start = self.release(reply);
            self.decoder.decode(block, reply);
            if self.settle(start, reply) == Flow::Quit {
                return Flow::Quit;
            }
        }
        Flow::Continue
    }

    fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
        // An incomplete character has released what was held, so only one of the two is there.
        self.decoder.finish(reply);
        match self.line {
            LineSoFar::Q | LineSoFar::QCr => Flow::Quit,
            LineSoFar::Start | LineSoFar::Inside => Flow::Close,
        }
    }
}

impl Echo {
    /// Appends what was held back to the reply, since the rest of its line follows; returns the
    /// place at which the text of this round starts.
    fn release(&self, reply: &mut Vec<u8>) -> usize {
        let start = reply.len();
        reply.extend_from_slice(self.line.held());
        start
    }

    /// Decides on the text from `start` on: removes the quit line and what follows it, or what must
    /// be held back.
    fn settle(&mut self, start: usize, reply: &mut Vec<u8>) -> Flow {
        let text = &reply[start..];
        let at_line_start = self.line != LineSoFar::Inside;
        if let Some(quit) = find_quit_line(text, at_line_start) {
            reply.truncate(start + quit);
            return Flow::Quit;
        }
        self.line = if !self.decoder.pending().is_empty() {
            // The incomplete character is neither CR nor LF: the line is not the quit line.
            LineSoFar::Inside
        } else {
            line_at_end(text, at_line_start)
        };
        reply.truncate(reply.len() - self.line.held().len());
        Flow::Continue
    }
}

/// Where in `text` the first terminated quit line starts.
fn find_quit_line(text: &[u8], at_line_start: bool) -> Option<usize> {
    let is_quit = |rest: &[u8]| rest.starts_with(b"q\n") || rest.starts_with(b"q\r\n");
    if at_line_start && is_quit(text) {
        return Some(0);
    }
    if text.len() < SHORT {
        return (1..text.len()).find(|&at| text[at - 1] == b'\n' && is_quit(&text[at..]));
    }
    LINE_START_Q.find_iter(text).map(|newline| newline + 1).find(|&at| is_quit(&text[at..]))
}

/// What the last line of `text` is, if `text` has no terminated quit line.
fn line_at_end(text: &[u8], at_line_start: bool) -> LineSoFar {
    let ends_with = |tail: &[u8]| match text.strip_suffix(tail) {
        Some([]) => at_line_start,
        Some([.., before]) => *before == b'\n',
        None => false,
    };
    if ends_with(b"") {
        LineSoFar::Start
    } else if ends_with(b"q") {
        LineSoFar::Q
    } else if ends_with(b"q\r") {
        LineSoFar::QCr
    } else {
        LineSoFar::Inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(segments: &[&[u8]]) -> (Vec<u8>, bool) {
        let (mut echo, mut reply) = (Echo::default(), Vec::new());
        for segment in segments {
            match echo.receive(segment, &mut reply) {
                Flow::Continue => {}
                Flow::Quit => return (reply, true),
                Flow::Close => panic!("the echo gives nobody up"),
            }
        }
        let flow = echo.end(&mut reply);
        (reply, flow == Flow::Quit)
    }

    #[test]
    fn what_quits_and_what_does_not() {
        for (stream, expected, quit) in [
            ("q\n", "", true),
            ("q\r\n", "", true),
            ("q", "", true),
            ("q\r", "", true),
            ("a\nq\nb", "a\n", true),
            ("Q\n", "Q\n", false),
            ("qq\n", "qq\n", false),
            (" q\n", " q\n", false),
            ("q\r\r\n", "q\r\r\n", false),
            ("aq\n", "aq\n", false),
            ("\rq\n", "\rq\n", false),
            ("", "", false),
        ] {
            let expected = (expected.as_bytes().to_vec(), quit);
            assert_eq!(respond(stream.as_bytes()), expected, "{stream:?}");
            assert_eq!(answer(&[stream.as_bytes()]), expected, "{stream:?}");
        }
    }

    #[test]
    fn an_incomplete_character_releases_the_q() {
        let (mut echo, mut reply) = (Echo::default(), Vec::new());
        let _ = echo.receive(b"q", &mut reply);
        assert_eq!(reply, b"");
        let _ = echo.receive(b"\xe2", &mut reply);
        assert_eq!(reply, b"q");
        assert_eq!(echo.end(&mut reply), Flow::Close);
        assert_eq!(reply, "q\u{FFFD}".as_bytes());
    }

    #[test]
    fn what_stood_in_the_reply_stays() {
        let mut reply = b"\n".to_vec();
        assert_eq!(Echo::default().receive(b"q\n", &mut reply), Flow::Quit);
        assert_eq!(reply, b"\n");
    }

    #[test]
    fn a_quit_line_at_every_place_around_a_block_border() {
        for at in BLOCK - 8..BLOCK + 8 {
            for quit in ["\nq\n", "\nq\r\n", "\nq"] {
                let mut stream = vec![b'x'; at];
                stream.extend(quit.bytes());
                assert_eq!(answer(&[&stream]), (stream[..at + 1].to_vec(), true));
            }
        }
    }
}
