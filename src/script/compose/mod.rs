//! The one writer of scripts: every script that is made statement by statement is made here, so
//! that one rule wraps all long payloads.

mod rows;

use std::time::Duration;

pub(super) use self::rows::one_line;
pub use self::rows::{Fragment, payload_items};
use self::rows::{LINE, rows};
use super::Script;
use super::syntax::{Close, Expect, Expectation, Item, Line, Send, Statement};

/// About the most lines that the rows of long payloads take in one script: fewer than the
/// statements that a script may have.
pub(super) const ROWS: usize = 30_000;

/// The most bytes of a segment that stand on one line. In the delivery `written` each line is a
/// segment: a segment that somebody saw has as few lines as can be read.
const SEGMENT: usize = 64 * 1024;

/// A script while it is written.
///
/// # Examples
///
/// ```
/// use recut::script::Composer;
/// use recut::script::syntax::Close;
///
/// let mut composer = Composer::default();
/// composer.segment("bob", b"hi\n");
/// composer.expect_bytes("bob", b"hi\n");
/// composer.end("bob", Close::Eof);
/// assert_eq!(composer.finish().to_string(), "bob > \"hi\\n\"\nbob < \"hi\\n\"\nbob > eof\n");
/// ```
#[derive(Clone, Debug)]
pub struct Composer {
    lines: Vec<Line>,
    /// How many bytes of a long payload stand on one line.
    width: usize,
}

impl Default for Composer {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Composer {
    /// A script whose payloads have about `size` bytes in all: if they are many, the lines of long
    /// payloads are longer, so that there are not too many of them.
    pub fn new(size: usize) -> Self {
        // Every other row holds at least half of the width.
        Self { lines: Vec::new(), width: LINE.max(size.div_ceil(ROWS / 2)) }
    }

    /// The lines so far.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Takes the lines from that one on out of the script.
    ///
    /// # Panics
    ///
    /// If there are fewer than `start` lines.
    pub fn split_off(&mut self, start: usize) -> Vec<Line> {
        self.lines.split_off(start)
    }

    /// A statement.
    pub fn push(&mut self, statement: Statement) {
        self.lines.push(Line { statement: Some(statement), ..Line::default() });
    }

    /// A line that is a comment; `comment` starts with `#`.
    pub fn comment(&mut self, comment: String) {
        self.lines.push(Line { comment: Some(comment), ..Line::default() });
    }

    /// A line that is a comment, before the line with that index.
    ///
    /// # Panics
    ///
    /// If there are fewer lines.
    pub fn comment_at(&mut self, index: usize, comment: String) {
        self.lines.insert(index, Line { comment: Some(comment), ..Line::default() });
    }

    /// A comment after the last statement; `comment` starts with `#`.
    pub fn comment_last(&mut self, comment: String) {
        if let Some(last) = self.lines.last_mut() {
            last.comment = Some(comment);
        }
    }

    /// A connection is opened.
    pub fn open(&mut self, connection: &str) {
        self.push(Statement::Open(connection.to_owned()));
    }

    /// Time passes.
    pub fn pause(&mut self, duration: Duration) {
        self.push(Statement::Pause(duration));
    }

    /// Items are sent on one line, with a pin between two segments.
    pub fn send(&mut self, connection: &str, segments: Vec<Vec<Item>>, ending: Option<Close>) {
        self.push(Statement::Send(Send { connection: connection.to_owned(), segments, ending }));
    }

    /// A segment that somebody saw is sent: on one line, unless it is longer than 64 KiB.
    pub fn segment(&mut self, connection: &str, bytes: &[u8]) {
        self.segment_of(connection, &[Fragment::Bytes(bytes)]);
    }

    /// The same of several parts.
    pub fn segment_of(&mut self, connection: &str, parts: &[Fragment<'_>]) {
        for row in rows(parts, SEGMENT) {
            self.send(connection, vec![row], None);
        }
    }

    /// A payload is sent, its segments parted by pins: a long one takes several lines, unless it
    /// has pins, which say how it is cut.
    pub fn payload(
        &mut self,
        connection: &str,
        segments: &[Vec<Fragment<'_>>],
        ending: Option<Close>,
    ) {
        let [segment] = segments else {
            let segments = segments.iter().map(|segment| one_line(segment)).collect();
            return self.send(connection, segments, ending);
        };
        let mut rows = rows(segment, self.width);
        let last = rows.pop();
        rows.into_iter().for_each(|row| self.send(connection, vec![row], None));
        self.send(connection, last.into_iter().collect(), ending);
    }

    /// Our side of a connection ends.
    pub fn end(&mut self, connection: &str, close: Close) {
        self.send(connection, Vec::new(), Some(close));
    }

    /// Something is expected, within the time limit of the script or its own.
    pub fn expect(&mut self, connection: &str, what: Expectation, within: Option<Duration>) {
        let connection = connection.to_owned();
        self.push(Statement::Expect(Expect { connection, what, within }));
    }

    /// A payload is expected; a long one takes several lines.
    pub fn expect_payload(
        &mut self,
        connection: &str,
        parts: &[Fragment<'_>],
        within: Option<Duration>,
    ) {
        for row in rows(parts, self.width) {
            self.expect(connection, Expectation::Exact(row), within);
        }
    }

    /// These bytes are expected; many take several lines.
    pub fn expect_bytes(&mut self, connection: &str, bytes: &[u8]) {
        self.expect_payload(connection, &[Fragment::Bytes(bytes)], None);
    }

    /// The script.
    pub fn finish(self) -> Script {
        Script { lines: self.lines }
    }
}
