//! What a process writes on its stdout and stderr: read always, the last lines kept.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use regex::bytes::Regex;

/// How many lines are kept.
const LINES: usize = 20;

/// How much of a line is kept, in bytes.
const LINE: usize = 400;

/// The last lines that a process wrote.
#[derive(Clone, Default)]
pub(super) struct Output(Arc<Shared>);

#[derive(Default)]
struct Shared {
    lines: Mutex<VecDeque<Vec<u8>>>,
    ready: AtomicBool,
}

impl Output {
    /// Reads until the end, in a thread of its own: a process whose output nobody reads stops.
    /// The process is ready once a line matches.
    pub(super) fn read(&self, from: impl Read + Send + 'static, ready: Option<Regex>) {
        let output = self.clone();
        std::thread::spawn(move || {
            let mut from = BufReader::new(from);
            while let Ok(Some(line)) = next_line(&mut from) {
                output.take(line, ready.as_ref());
            }
        });
    }

    fn take(&self, line: Vec<u8>, ready: Option<&Regex>) {
        let is_ready = ready.is_some_and(|ready| ready.is_match(&line));
        let mut lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line);
        if is_ready {
            self.0.ready.store(true, Ordering::Release);
        }
    }

    /// Whether a line said that the process is ready.
    pub(super) fn is_ready(&self) -> bool {
        self.0.ready.load(Ordering::Acquire)
    }

    /// The last lines of a process that has ended, once they were read: bounded, since what it
    /// started may hold its output open.
    pub(super) fn settled_tail(&self) -> Vec<String> {
        const MOMENT: Duration = Duration::from_millis(200);
        let until = Instant::now() + MOMENT;
        while Arc::strong_count(&self.0) > 1 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.tail()
    }

    /// The last lines, oldest first; control characters are escaped.
    pub(super) fn tail(&self) -> Vec<String> {
        let lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(|line| visible(line)).collect()
    }
}

/// The next line without its end, as much of it as is kept; none at the end.
fn next_line(from: &mut impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    loop {
        let buffer = from.fill_buf()?;
        if buffer.is_empty() {
            return Ok((!line.is_empty()).then_some(line));
        }
        let end = memchr::memchr(b'\n', buffer);
        let content = &buffer[..end.unwrap_or(buffer.len())];
        line.extend_from_slice(&content[..content.len().min(LINE - line.len())]);
        let taken = content.len() + usize::from(end.is_some());
        from.consume(taken);
        if end.is_some() {
            return Ok(Some(line));
        }
    }
}

fn visible(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => out.push(' '),
            control if control.is_control() => out.extend(control.escape_default()),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_to_the_end_and_cut_where_they_are_long() {
        let long = [b"x".repeat(2 * LINE), b"\n\x1b[2Jend".to_vec()].concat();
        let mut from = BufReader::with_capacity(7, long.as_slice());
        let (output, ready) = (Output::default(), Regex::new("^x+$").unwrap());
        while let Some(line) = next_line(&mut from).unwrap() {
            output.take(line, Some(&ready));
        }
        assert_eq!(output.tail(), ["x".repeat(LINE), "\\u{1b}[2Jend".to_owned()]);
        assert!(output.is_ready());
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        let output = Output::default();
        (0..100).for_each(|number| output.take(number.to_string().into_bytes(), None));
        assert_eq!(output.tail().len(), LINES);
        assert_eq!(output.tail().last().unwrap(), "99");
        assert!(!output.is_ready());
    }
}
