//! The server's log: what happens, as lines on stderr that nobody waits for.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use clap::ColorChoice;
use tracing::level_filters::LevelFilter;
use tracing::{debug, info, warn};

use super::args::LogFormat;
use crate::shell::server::ServerEvent;
use crate::text::escape;

/// How many lines wait at most while stderr is blocked; more are lost.
const LINES: usize = 1024;

/// How many bytes of what is said at once are shown at most.
const SHOWN: usize = 1024;

/// How long the last lines may take.
const LAST_LINES: Duration = Duration::from_secs(1);

/// The log; when it is dropped, the lines that wait are written, for a bounded time.
pub(super) struct Log(Sender<Message>);

/// What the thread that writes is told.
enum Message {
    Line(Vec<u8>),
    /// Nothing more comes; dropping this tells that all was written.
    End(Sender<()>),
}

/// Hands lines over to the thread that writes them.
struct Queue {
    messages: Sender<Message>,
    /// How many lines wait.
    waiting: Arc<AtomicUsize>,
}

impl Write for Queue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.waiting.load(Ordering::Relaxed) < LINES {
            self.waiting.fetch_add(1, Ordering::Relaxed);
            // The thread ends with the log: lines that come after that are lost.
            let _ = self.messages.send(Message::Line(line.to_vec()));
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes lines as they come, until the end.
fn write(messages: &Receiver<Message>, waiting: &AtomicUsize, mut to: impl Write) {
    for message in messages {
        match message {
            Message::Line(line) => {
                // If nobody reads stderr any more, there is nobody to tell.
                let _ = to.write_all(&line);
                waiting.fetch_sub(1, Ordering::Relaxed);
            }
            Message::End(_written) => return,
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let (written, is_written) = mpsc::channel();
        if self.0.send(Message::End(written)).is_ok() {
            let _ = is_written.recv_timeout(LAST_LINES);
        }
    }
}

/// Starts the log.
///
/// # Errors
///
/// If the thread that writes it can't be started.
pub(super) fn start(verbose: u8, format: LogFormat, color: ColorChoice) -> io::Result<Log> {
    let (messages, received) = mpsc::channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    let log = Log(messages.clone());
    let writes = Arc::clone(&waiting);
    let name = "log".to_owned();
    thread::Builder::new().name(name).spawn(move || write(&received, &writes, io::stderr()))?;
    let queue = move || Queue { messages: messages.clone(), waiting: Arc::clone(&waiting) };
    let level = match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let lines = tracing_subscriber::fmt().with_max_level(level).with_target(false);
    let lines = lines.with_writer(queue).with_ansi(is_coloured(color));
    match format {
        LogFormat::Human => lines.init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    Ok(log)
}

fn is_coloured(color: ColorChoice) -> bool {
    match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            io::stderr().is_terminal()
                && anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
        }
    }
}

/// Writes what a server tells.
pub(super) fn tell(event: &ServerEvent<'_>) {
    match event {
        ServerEvent::Opened { peer } => info!(%peer, "opened"),
        ServerEvent::Heard { peer, bytes } => {
            debug!(%peer, bytes = bytes.len(), text = %Said(bytes), "heard");
        }
        ServerEvent::Told { peer, bytes } => {
            debug!(%peer, bytes = bytes.len(), text = %Said(bytes), "told");
        }
        ServerEvent::Closed { peer, heard, told, lasted, ending } => {
            let microseconds = u64::try_from(lasted.as_micros()).unwrap_or(u64::MAX);
            info!(%peer, bytes_in = heard, bytes_out = told, microseconds, %ending, "closed");
        }
        ServerEvent::Full { limit } => {
            warn!(
                connections = limit,
                "the limit of open connections is reached, new clients wait (--max-connections)"
            );
        }
        ServerEvent::CannotAccept(error) => warn!(%error, "can't accept for now, clients wait"),
        ServerEvent::NoThread(error) => warn!(%error, "no thread for a client for now, it waits"),
        ServerEvent::Datagram { peer, bytes, answered } => {
            debug!(%peer, bytes = bytes.len(), text = %Said(bytes), "heard");
            match answered {
                Some(bytes_out) => info!(%peer, bytes_in = bytes.len(), bytes_out, "answered"),
                None => info!(%peer, bytes_in = bytes.len(), "not answered"),
            }
        }
    }
}

/// What a peer has said, as a payload literal of a script: on one line, and without a character
/// that does something to a terminal.
struct Said<'a>(&'a [u8]);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.len().min(SHOWN)];
        let rest = self.0.len() - shown.len();
        write!(f, "\"{}\"", escape(shown))?;
        if rest > 0 { write!(f, " and {rest} bytes more") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_writes_no_line_and_moves_no_cursor() {
        let said = "\u{1b}[2J\r\n2026 INFO opened\u{202e}\u{85}\u{9b}\"\x7f\\".as_bytes();
        let shown = Said(said).to_string();
        assert!(shown.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{shown}");
        assert_eq!(Said(b"\xff\0").to_string(), r#""\xff\0""#);
    }

    #[test]
    fn lines_that_nobody_takes_are_lost_and_the_rest_is_written_in_order() {
        let (messages, received) = mpsc::channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let mut queue = Queue { messages: messages.clone(), waiting: Arc::clone(&waiting) };
        for number in 0..2 * LINES {
            let line = format!("{number:04}\n");
            queue.write_all(line.as_bytes()).expect("a queue that takes or loses every line");
        }
        let (end, ended) = mpsc::channel();
        messages.send(Message::End(end)).expect("a receiver");
        let mut written = Vec::new();
        write(&received, &waiting, &mut written);
        let lines: Vec<String> = (0..LINES).map(|number| format!("{number:04}\n")).collect();
        assert_eq!(String::from_utf8_lossy(&written), lines.concat());
        assert!(ended.recv().is_err(), "all was written");
    }

    #[test]
    fn what_is_long_is_cut_short() {
        let said = vec![b'x'; SHOWN + 7];
        let shown = Said(&said).to_string();
        assert_eq!(shown, format!("\"{}\" and 7 bytes more", "x".repeat(SHOWN)));
        assert!(!Said(&said[7..]).to_string().contains("more"));
    }
}
