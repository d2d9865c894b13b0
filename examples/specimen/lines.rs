//! From reads to lines, without the network.

use std::mem;
use std::process;

use crate::defect::Defect;

/// How many bytes a line may have, without its terminator.
const LIMIT: usize = 64;

/// What a read has completed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Text(String),
    NotUtf8,
    TooLong,
    /// Only with `cut-character`: no line, and no answer.
    Undecoded,
}

/// What is kept of a connection's stream between two reads.
pub(crate) struct Lines {
    defect: Option<Defect>,
    /// The line that has no terminator yet.
    line: Vec<u8>,
    /// Where in it the last read begins; only `two-cuts` looks at it.
    last_read: usize,
}

impl Lines {
    pub(crate) fn new(defect: Option<Defect>) -> Lines {
        Lines { defect, line: Vec::new(), last_read: 0 }
    }

    /// Whether the client has begun a line that it has not ended.
    pub(crate) fn is_within_line(&self) -> bool {
        !self.line.is_empty()
    }

    /// Takes what one read brought. Nothing may follow a line that is too long.
    pub(crate) fn take(&mut self, read: &[u8]) -> Vec<Line> {
        // DEFECT one-read: a read is taken for a line, whatever it holds and however it ends.
        if self.has(Defect::OneRead) {
            return vec![self.decide(read.to_vec())];
        }
        // DEFECT cut-character: a read may begin and end inside a character; only a line can't.
        if self.has(Defect::CutCharacter) && str::from_utf8(read).is_err() {
            return vec![Line::Undecoded];
        }
        let mut found = Vec::new();
        for fragment in read.split_inclusive(|byte| *byte == b'\n') {
            self.keep(fragment);
            if fragment.ends_with(b"\n") {
                let line = self.complete();
                // DEFECT glued: only the first line of a read is handled.
                if !self.has(Defect::Glued) || found.is_empty() {
                    found.push(line);
                }
            } else if without_return(&self.line).len() > LIMIT {
                // Nothing that may follow can make it shorter.
                found.push(Line::TooLong);
            }
        }
        // DEFECT crash: a line that so far is one byte is too much for it.
        if self.has(Defect::Crash) && self.line.len() == 1 {
            process::abort();
        }
        found
    }

    /// Takes the end of the stream: it ends a line that has no terminator.
    pub(crate) fn end(&mut self) -> Vec<Line> {
        // DEFECT flood: no bytes are taken for an empty line.
        if self.is_within_line() || self.has(Defect::Flood) {
            vec![self.complete()]
        } else {
            Vec::new()
        }
    }

    fn keep(&mut self, fragment: &[u8]) {
        // DEFECT two-cuts: what came before the last read of this line makes room for this one.
        if self.has(Defect::TwoCuts) {
            self.line.drain(..self.last_read);
        }
        self.last_read = self.line.len();
        self.line.extend_from_slice(fragment);
    }

    fn complete(&mut self) -> Line {
        self.last_read = 0;
        let line = mem::take(&mut self.line);
        self.decide(line)
    }

    fn decide(&self, mut line: Vec<u8>) -> Line {
        let text = without_return(line.strip_suffix(b"\n").unwrap_or(&line));
        // DEFECT long-incomplete: a line that has its end is never too long.
        if text.len() > LIMIT && !self.has(Defect::LongIncomplete) {
            return Line::TooLong;
        }
        line.truncate(text.len());
        String::from_utf8(line).map_or(Line::NotUtf8, Line::Text)
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }
}

/// A carriage return at the end may belong to the terminator: it never counts.
fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}
