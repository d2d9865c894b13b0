//! What a process writes on its stdout and stderr: always read, the last lines kept.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use regex::bytes::Regex;

use crate::text::visible;
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::io::Errno;

/// How many lines are kept.
const LINES: usize = 100;

/// How much of a line is kept, in bytes.
const LINE: usize = 400;

/// The last lines that a process wrote. They are read until their end, or until this is dropped:
/// a daemon that the process has left behind may hold its stderr for ever.
pub(super) struct ProcessOutput {
    shared: Arc<Shared>,
}

struct Shared {
    tail: Mutex<Tail>,
    /// Hears when a reader has come to the end.
    ended: Condvar,
    /// Can be read once nobody needs the output any more.
    over: OwnedFd,
}

#[derive(Default)]
struct Tail {
    lines: VecDeque<Vec<u8>>,
    /// How many of them were there before what is asked about began.
    before: usize,
    /// Whether a line said that the process is ready.
    is_ready: bool,
    /// How many threads read.
    readers: usize,
}

impl ProcessOutput {
    /// The output of a process to come.
    ///
    /// # Errors
    ///
    /// If there is no descriptor left.
    pub(super) fn new() -> io::Result<Self> {
        let over = eventfd(0, EventfdFlags::CLOEXEC)?;
        let (tail, ended) = (Mutex::default(), Condvar::new());
        Ok(Self { shared: Arc::new(Shared { tail, ended, over }) })
    }

    /// Reads until the end, in a thread of its own: a process whose output nobody reads stops.
    /// The process is ready once a line matches.
    ///
    /// # Errors
    ///
    /// If there is no thread left.
    pub(super) fn read(
        &self,
        from: impl Read + AsFd + Send + 'static,
        ready: Option<Regex>,
    ) -> io::Result<()> {
        let reader = Reader::new(&self.shared);
        std::thread::Builder::new().spawn(move || {
            let over = &reader.0.over;
            let mut from = BufReader::new(UntilOver { from, over });
            while let Ok(Some(line)) = next_line(&mut from) {
                reader.0.take(line, ready.as_ref());
            }
        })?;
        Ok(())
    }

    /// Whether a line said that the process is ready.
    pub(super) fn is_ready(&self) -> bool {
        self.shared.lock().is_ready
    }

    /// The last lines of a process that has ended, once they were read: bounded, since what it
    /// started may hold its output open.
    pub(super) fn settled_tail(&self) -> Vec<String> {
        const MOMENT: Duration = Duration::from_millis(200);
        let tail = self.shared.lock();
        // A poisoned lock holds lines all the same.
        drop(self.shared.ended.wait_timeout_while(tail, MOMENT, |tail| tail.readers > 0));
        self.tail()
    }

    /// The last lines since the last [`begin`](Self::begin), oldest first; control characters are
    /// escaped.
    pub(super) fn tail(&self) -> Vec<String> {
        let tail = self.shared.lock();
        tail.lines.iter().skip(tail.before).map(|line| shown(line)).collect()
    }

    /// Whoever asks next wants to know only what comes from now on.
    pub(super) fn begin(&self) {
        let mut tail = self.shared.lock();
        tail.before = tail.lines.len();
    }
}

impl Drop for ProcessOutput {
    fn drop(&mut self) {
        // It can't fail: nothing was written there before.
        let _ = rustix::io::write(&self.shared.over, &1_u64.to_ne_bytes());
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, line: Vec<u8>, ready: Option<&Regex>) {
        let is_ready = ready.is_some_and(|ready| ready.is_match(&line));
        let mut tail = self.lock();
        if tail.lines.len() == LINES {
            tail.lines.pop_front();
            tail.before = tail.before.saturating_sub(1);
        }
        tail.lines.push_back(line);
        tail.is_ready |= is_ready;
    }
}

/// One that reads; counted until it is dropped.
struct Reader(Arc<Shared>);

impl Reader {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.lock().readers += 1;
        Self(Arc::clone(shared))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.lock().readers -= 1;
        self.0.ended.notify_all();
    }
}

/// Reads until the end, or until nobody needs it any more.
struct UntilOver<'a, R> {
    from: R,
    over: &'a OwnedFd,
}

impl<R: Read + AsFd> Read for UntilOver<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut watched =
            [PollFd::new(&self.from, PollFlags::IN), PollFd::new(self.over, PollFlags::IN)];
        // A signal that is handled ends a poll, unlike a read.
        while poll(&mut watched, None) == Err(Errno::INTR) {}
        let is_over = !watched[1].revents().is_empty();
        if is_over { Ok(0) } else { self.from.read(buffer) }
    }
}

/// The next line without its end, as much of it as is kept; none at the end.
fn next_line(from: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
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

/// A line as it is shown, without what is beyond its limit.
pub(super) fn shown(line: &[u8]) -> String {
    let line = &line[..line.len().min(LINE)];
    let text = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
    visible(&text.replace('\t', " "))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::wire::Deadline;

    #[test]
    fn lines_are_read_to_the_end_and_cut_where_they_are_long() {
        let long = [b"x".repeat(2 * LINE), b"\n\x1b[2Jend".to_vec()].concat();
        let mut from = BufReader::with_capacity(7, long.as_slice());
        let (output, ready) = (ProcessOutput::new().unwrap(), Regex::new("^x+$").unwrap());
        while let Some(line) = next_line(&mut from).unwrap() {
            output.shared.take(line, Some(&ready));
        }
        assert_eq!(output.tail(), ["x".repeat(LINE), "\\u{1b}[2Jend".to_owned()]);
        assert!(output.is_ready());
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        let output = ProcessOutput::new().unwrap();
        (0..100).for_each(|number| output.shared.take(number.to_string().into_bytes(), None));
        assert_eq!(output.tail().len(), LINES);
        assert_eq!(output.tail().last().unwrap(), "99");
        assert!(!output.is_ready());
    }

    #[test]
    fn what_was_written_before_the_end_has_been_read() {
        let output = ProcessOutput::new().unwrap();
        for text in ["one\n", "two"] {
            let (from, mut to) = io::pipe().unwrap();
            output.read(from, None).unwrap();
            to.write_all(text.as_bytes()).unwrap();
        }
        let mut tail = output.settled_tail();
        tail.sort();
        assert_eq!(tail, ["one", "two"]);
    }

    #[test]
    fn nobody_reads_after_the_output_was_dropped() {
        let output = ProcessOutput::new().unwrap();
        let (from, mut to) = io::pipe().unwrap();
        output.read(from, None).unwrap();
        drop(output);
        // The thread gives its end up, although ours is open: then a write fails.
        let until = Deadline::after(Duration::from_secs(30));
        while to.write_all(b"a line\n").is_ok() {
            assert!(!until.is_over(), "somebody still reads");
            std::thread::yield_now();
        }
    }
}
