//! The connection that a blocking handler reads and writes: a pipe in memory, of which the other
//! end sees when the handler waits for more.

use std::io::{self, ErrorKind, Read, Write};
use std::panic::resume_unwind;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// How much the handler may write before it must wait until somebody reads it, in bytes.
const WRITTEN: usize = 1 << 20;

/// How often a handler may ask for more after the end before it is taken for one that never ends.
const ASKS_AFTER_END: u32 = 1000;

/// A connection in memory, as a blocking handler sees it: see
/// [`Target::blocking`](crate::Target::blocking).
///
/// It is read and written as a `TcpStream` is, also through a shared reference, and a clone is
/// another handle of the same connection. It ends when its last handle is dropped.
///
/// # Examples
///
/// ```
/// use std::io::{BufRead, BufReader, Write};
/// use recut::{Pipe, Target};
///
/// /// Answers each line with the line.
/// fn serve(mut stream: Pipe) -> std::io::Result<()> {
///     let mut lines = BufReader::new(stream.clone());
///     let mut line = Vec::new();
///     while lines.read_until(b'\n', &mut line)? > 0 {
///         stream.write_all(&line)?;
///         line.clear();
///     }
///     Ok(())
/// }
///
/// let script = "> \"hello, Zoë\\n\"\n< \"hello, Zoë\\n\"\n> eof\n< eof\n";
/// recut::check(Target::blocking("lines", serve), script).assert();
/// ```
#[derive(Debug)]
pub struct Pipe(pub(super) Arc<PipeShared>);

/// What both ends share.
#[derive(Debug, Default)]
pub(super) struct PipeShared {
    state: Mutex<PipeState>,
    changed: Condvar,
}

/// A connection, as far as it has come.
#[derive(Debug, Default)]
pub(super) struct PipeState {
    /// The segment that is being read.
    pub(super) segment: Vec<u8>,
    /// How much of it was read.
    pub(super) read: usize,
    /// What the handler wrote and nobody has taken yet.
    pub(super) written: Vec<u8>,
    /// No more segments come.
    pub(super) fin: bool,
    /// How the client left, if it does not read any more.
    pub(super) left: Option<ErrorKind>,
    /// Whether the handler waits for a segment.
    pub(super) waits: bool,
    /// How often it asked for more after the end.
    pub(super) asked: u32,
    /// How many handles there are.
    handles: usize,
    /// Whether the handler has returned.
    pub(super) returned: bool,
    /// What it panicked with.
    pub(super) panic: Option<String>,
    /// Nobody wants to know any more: what the handler does next is its end.
    pub(super) abandoned: bool,
}

impl PipeState {
    /// Whether everything that was sent was read.
    pub(super) fn is_read(&self) -> bool {
        self.read == self.segment.len()
    }

    /// Whether the handler has ended the connection.
    pub(super) fn has_ended(&self) -> bool {
        self.handles == 0 || self.returned
    }

    /// Whether nothing more can happen before something is sent: the handler waits for a segment,
    /// has ended the connection, or asks for more again and again after the end.
    pub(super) fn is_still(&self) -> bool {
        // One that waits is about to learn of an end.
        let waits = self.waits && self.is_read() && !self.fin;
        self.has_ended() || waits || self.asked > ASKS_AFTER_END
    }
}

/// Unwinds a handler that nobody listens to any more.
struct Abandoned;

impl PipeShared {
    pub(super) fn lock(&self) -> MutexGuard<'_, PipeState> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Changes the state, and tells the other end.
    pub(super) fn change(&self, change: impl FnOnce(&mut PipeState)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Waits until the condition holds, or until so much time has passed; the state then.
    pub(super) fn wait_until(
        &self,
        patience: Duration,
        holds: impl Fn(&PipeState) -> bool,
    ) -> MutexGuard<'_, PipeState> {
        let start = Instant::now();
        let mut state = self.lock();
        while !holds(&state) {
            let left = patience.saturating_sub(start.elapsed());
            if left.is_zero() {
                break;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(|poisoned| poisoned.into_inner()).0;
        }
        state
    }

    /// Waits for the other end as a handler does.
    fn wait<'s>(&'s self, state: MutexGuard<'s, PipeState>) -> MutexGuard<'s, PipeState> {
        self.changed.wait(state).unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Pipe {
    pub(super) fn new(shared: &Arc<PipeShared>) -> Self {
        shared.lock().handles += 1;
        Self(Arc::clone(shared))
    }

    /// The state, unless the handler is to end: then it is unwound here.
    fn lock(&self) -> MutexGuard<'_, PipeState> {
        let state = self.0.lock();
        self.unless_abandoned(state)
    }

    fn unless_abandoned<'s>(
        &'s self,
        state: MutexGuard<'s, PipeState>,
    ) -> MutexGuard<'s, PipeState> {
        if state.abandoned {
            drop(state);
            // Without a message: nobody has made a mistake.
            resume_unwind(Box::new(Abandoned));
        }
        state
    }
}

impl Clone for Pipe {
    fn clone(&self) -> Self {
        Self::new(&self.0)
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        // A panic is told before the end that it brings.
        if !std::thread::panicking() {
            self.0.change(|state| state.handles -= 1);
        }
    }
}

impl Read for &Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.lock();
        loop {
            if state.left == Some(ErrorKind::ConnectionReset) {
                state.asked += 1;
                return Err(ErrorKind::ConnectionReset.into());
            }
            if !state.is_read() {
                let taken = buffer.len().min(state.segment.len() - state.read);
                buffer[..taken].copy_from_slice(&state.segment[state.read..state.read + taken]);
                state.read += taken;
                drop(state);
                self.0.changed.notify_all();
                return Ok(taken);
            }
            if state.fin {
                state.asked += 1;
                drop(state);
                self.0.changed.notify_all();
                return Ok(0);
            }
            state.waits = true;
            self.0.changed.notify_all();
            state = self.unless_abandoned(self.0.wait(state));
            state.waits = false;
        }
    }
}

impl Write for &Pipe {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let mut state = self.lock();
        while state.written.len() >= WRITTEN && state.left.is_none() {
            state = self.unless_abandoned(self.0.wait(state));
        }
        if let Some(kind) = state.left {
            return Err(kind.into());
        }
        state.written.extend_from_slice(buffer);
        drop(state);
        self.0.changed.notify_all();
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }
}

impl Write for Pipe {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        (&*self).write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
