//! What a client writes on its stdout: always read, kept as a whole up to a limit.

use std::io;
use std::os::fd::OwnedFd;
use std::process::ChildStdout;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;

/// How much of an output is kept, in bytes.
pub(super) const OUTPUT_LIMIT: usize = 16 << 20;

/// How many bytes are read at once.
const READ: usize = 64 * 1024;

/// What was written so far. A thread reads it until its end, or until this is dropped: a client
/// whose output nobody reads stops.
pub(super) struct KeptOutput {
    pipe: Arc<OutputPipe>,
}

struct OutputPipe {
    from: ChildStdout,
    kept: Mutex<Kept>,
    /// Can be read once nobody needs the output any more.
    over: OwnedFd,
}

#[derive(Default)]
struct Kept {
    bytes: Vec<u8>,
    /// Whether there was more than is kept.
    is_too_long: bool,
}

/// What a read of what is there came to.
#[derive(PartialEq, Eq)]
enum ReadEnd {
    /// Nothing more is there now.
    Empty,
    /// Nothing more will come.
    Closed,
}

impl KeptOutput {
    /// # Errors
    ///
    /// If there is no descriptor or no thread left.
    pub(super) fn new(from: ChildStdout) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&from, true)?;
        let over = eventfd(0, EventfdFlags::CLOEXEC)?;
        let pipe = Arc::new(OutputPipe { from, kept: Mutex::default(), over });
        let reader = Arc::clone(&pipe);
        std::thread::Builder::new().spawn(move || reader.read_to_end())?;
        Ok(Self { pipe })
    }

    /// What was written up to now; none if that is more than [`OUTPUT_LIMIT`].
    pub(super) fn so_far(&self) -> Option<Vec<u8>> {
        let mut kept = self.pipe.lock();
        // What is in the pipe was written before whoever asks has seen the client's end.
        self.pipe.read(&mut kept);
        (!kept.is_too_long).then(|| kept.bytes.clone())
    }
}

impl Drop for KeptOutput {
    fn drop(&mut self) {
        // It can't fail: nothing was written there before.
        let _ = rustix::io::write(&self.pipe.over, &1_u64.to_ne_bytes());
    }
}

impl OutputPipe {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_to_end(&self) {
        loop {
            let mut watched =
                [PollFd::new(&self.from, PollFlags::IN), PollFd::new(&self.over, PollFlags::IN)];
            // A signal that is handled ends a poll.
            while poll(&mut watched, None) == Err(Errno::INTR) {}
            if !watched[1].revents().is_empty() || self.read(&mut self.lock()) == ReadEnd::Closed {
                return;
            }
        }
    }

    /// Reads what is there, with the lock held, so that it stays in order.
    fn read(&self, kept: &mut Kept) -> ReadEnd {
        // One that never stops must not keep us for ever.
        for _ in 0..OUTPUT_LIMIT / READ {
            if kept.bytes.len() > OUTPUT_LIMIT {
                kept.is_too_long = true;
                kept.bytes.clear();
            }
            kept.bytes.reserve(READ);
            match rustix::io::read(&self.from, spare_capacity(&mut kept.bytes)) {
                Ok(0) => return ReadEnd::Closed,
                Ok(_) | Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return ReadEnd::Empty,
                Err(_) => return ReadEnd::Closed,
            }
        }
        ReadEnd::Empty
    }
}

/// The lines that a driver writes on its stdout. They are read only when one is waited for: a
/// driver that writes without end is stopped by its pipe.
pub(super) struct Lines {
    from: ChildStdout,
    unread: Vec<u8>,
}

/// What was read of a driver.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum DriverLine {
    /// A line, without its end.
    Line(Vec<u8>),
    /// Nothing yet.
    Nothing,
    /// It has closed its stdout.
    Closed,
    /// A line that is longer than [`OUTPUT_LIMIT`].
    TooLong,
}

impl Lines {
    /// # Errors
    ///
    /// If the pipe is not one.
    pub(super) fn new(from: ChildStdout) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&from, true)?;
        Ok(Self { from, unread: Vec::new() })
    }

    /// Whether it has written anything that was not taken as a line.
    pub(super) fn has_more(&mut self) -> bool {
        self.read(Duration::ZERO);
        !self.unread.is_empty()
    }

    /// The first line of what was not taken, as far as it has come.
    pub(super) fn first(&self) -> &[u8] {
        let end = memchr::memchr(b'\n', &self.unread).unwrap_or(self.unread.len());
        &self.unread[..end]
    }

    /// The next line, which is waited for at most so long.
    pub(super) fn next(&mut self, wait: Duration) -> DriverLine {
        if let Some(line) = self.take() {
            return DriverLine::Line(line);
        }
        let end = self.read(wait);
        match self.take() {
            Some(line) => DriverLine::Line(line),
            None if self.unread.len() > OUTPUT_LIMIT => DriverLine::TooLong,
            None if end == ReadEnd::Closed => DriverLine::Closed,
            None => DriverLine::Nothing,
        }
    }

    fn take(&mut self) -> Option<Vec<u8>> {
        let end = memchr::memchr(b'\n', &self.unread)?;
        let line = self.unread[..end].to_vec();
        self.unread.drain(..=end);
        Some(line)
    }

    /// Waits until something is there, and reads it.
    fn read(&mut self, wait: Duration) -> ReadEnd {
        if !wait.is_zero() {
            let wait = Timespec::try_from(wait).ok();
            let _ = poll(&mut [PollFd::new(&self.from, PollFlags::IN)], wait.as_ref());
        }
        self.unread.reserve(READ);
        match rustix::io::read(&self.from, spare_capacity(&mut self.unread)) {
            Ok(1..) | Err(Errno::AGAIN | Errno::INTR) => ReadEnd::Empty,
            Ok(0) | Err(_) => ReadEnd::Closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    /// A process that writes this, and has ended.
    fn written(script: &str) -> ChildStdout {
        let mut child =
            Command::new("sh").args(["-c", script]).stdout(Stdio::piped()).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        child.wait().unwrap();
        stdout
    }

    #[test]
    fn what_was_written_at_the_end_is_kept_although_a_child_holds_it_open() {
        let mut child = Command::new("sh")
            .args(["-c", "sleep 600 & echo $! >&2; echo all of it"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = KeptOutput::new(child.stdout.take().unwrap()).unwrap();
        let mut pid = String::new();
        let mut stderr = io::BufReader::new(child.stderr.take().unwrap());
        io::BufRead::read_line(&mut stderr, &mut pid).unwrap();
        child.wait().unwrap();
        assert_eq!(output.so_far().unwrap(), b"all of it\n");
        assert!(Command::new("kill").arg(pid.trim()).status().unwrap().success());
    }

    #[test]
    fn lines_come_one_by_one_and_their_end_is_told() {
        let mut lines = Lines::new(written("printf 'one\\ntwo\\nrest'")).unwrap();
        let line = |text: &str| DriverLine::Line(text.as_bytes().to_vec());
        let second = Duration::from_secs(20);
        assert_eq!(lines.next(second), line("one"));
        assert!(lines.has_more());
        assert_eq!(lines.next(second), line("two"));
        assert_eq!(lines.next(second), DriverLine::Closed);
        let mut silent = Command::new("sleep").arg("600").stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = Lines::new(silent.stdout.take().unwrap()).unwrap();
        assert!(!lines.has_more());
        assert_eq!(lines.next(Duration::from_millis(1)), DriverLine::Nothing);
        silent.kill().unwrap();
        silent.wait().unwrap();
    }
}
