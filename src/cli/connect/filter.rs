//! `recut connect` in a pipe: stdin goes out, what comes back goes to stdout.

use std::io::{self, IsTerminal, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::shell::client;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FilterEnd {
    /// The server ended the connection.
    Server,
    /// The server kept it open and said nothing for as long as we were to wait.
    Waited,
}

/// Passes on stdin and what comes back, until the server ends; after the end of stdin no longer
/// than `wait` after the last byte that came.
pub(super) fn pass(stream: TcpStream, wait: Duration) -> io::Result<FilterEnd> {
    let (sender, progress) = (stream.try_clone()?, Arc::new(PassProgress::new()));
    let (tell, sent) = mpsc::channel();
    let (over, is_over) = mpsc::channel::<()>();
    let watched = Arc::clone(&progress);
    // The thread may wait for input that never comes; the process does not wait for the thread.
    thread::spawn(move || {
        // The result is sent before the FIN, so that it is there when the server's answer ends.
        let _ = tell.send(client::send(io::stdin().lock(), &sender));
        let _ = sender.shutdown(Shutdown::Write);
        watched.note_end_of_input();
        if watched.is_quiet_for(wait, &is_over) {
            watched.state().has_waited = true;
            let _ = sender.shutdown(Shutdown::Read);
        }
    });
    if io::stdout().is_terminal() {
        client::show(&stream, |text| progress.during(|| io::stdout().write_all(text.as_bytes())))
    } else {
        client::receive(&stream, Noted { output: io::stdout(), progress: &progress })
    }?;
    drop(over);
    match sent.try_recv() {
        Ok(Err(error)) => {
            Err(io::Error::new(error.kind(), format!("stdin can't be read: {error}")))
        }
        Ok(Ok(())) | Err(_) if progress.state().has_waited => Ok(FilterEnd::Waited),
        Ok(Ok(())) | Err(_) => Ok(FilterEnd::Server),
    }
}

/// When something happened last.
struct PassProgress(Mutex<ProgressState>);

struct ProgressState {
    /// When the last bytes came, or our input ended after that.
    last: Instant,
    /// Whether bytes that came are being passed on: a slow reader is not a silent server.
    is_busy: bool,
    has_waited: bool,
}

impl PassProgress {
    fn new() -> Self {
        let state = ProgressState { last: Instant::now(), is_busy: false, has_waited: false };
        Self(Mutex::new(state))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, ProgressState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_end_of_input(&self) {
        self.state().last = Instant::now();
    }

    /// Passes on what came.
    fn during<T>(&self, pass_on: impl FnOnce() -> T) -> T {
        self.state().is_busy = true;
        let passed = pass_on();
        let mut state = self.state();
        (state.last, state.is_busy) = (Instant::now(), false);
        passed
    }

    /// Waits until nothing has come for so long; false if it was over before.
    fn is_quiet_for(&self, wait: Duration, is_over: &Receiver<()>) -> bool {
        loop {
            let (is_busy, last) = {
                let state = self.state();
                (state.is_busy, state.last)
            };
            let left = if is_busy { wait } else { wait.saturating_sub(last.elapsed()) };
            if left.is_zero() && !is_busy {
                return true;
            }
            // Never zero, so that a slow reader does not keep us busy.
            let left = left.max(Duration::from_millis(1));
            if is_over.recv_timeout(left) != Err(mpsc::RecvTimeoutError::Timeout) {
                return false;
            }
        }
    }
}

/// An output whose writes are noted.
struct Noted<'a, W> {
    output: W,
    progress: &'a PassProgress,
}

impl<W: Write> Write for Noted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.progress.during(|| self.output.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.progress.during(|| self.output.flush())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_who_is_slow_is_no_silent_server() {
        let progress = PassProgress::new();
        let (over, is_over) = mpsc::channel::<()>();
        assert!(progress.is_quiet_for(Duration::ZERO, &is_over));
        // Whoever passes something on is waited for; the end of everything ends the wait.
        progress.during(|| {
            drop(over);
            assert!(!progress.is_quiet_for(Duration::ZERO, &is_over));
        });
        assert!(progress.is_quiet_for(Duration::ZERO, &is_over));
    }
}
