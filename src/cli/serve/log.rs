//! The server's log: what happens, as lines on stderr that nobody waits for.

use std::io::IsTerminal;
use std::sync::mpsc;
use std::time::Duration;
use std::{fmt, thread};

use clap::ColorChoice;
use tracing::level_filters::LevelFilter;
use tracing::{debug, info, warn};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};

use super::args::LogFormat;
use crate::script::escape;
use crate::shell::server::Event;

/// How many lines wait at most where stderr is blocked; more are lost.
const LINES: usize = 1024;

/// How many bytes of what is said at once are shown at most.
const SHOWN: usize = 1024;

/// How long the last lines may take.
const LAST_LINES: Duration = Duration::from_secs(1);

/// The log; when it is dropped, what waits is written, for a bounded time.
pub(super) struct Log(Option<WorkerGuard>);

impl Drop for Log {
    fn drop(&mut self) {
        let guard = self.0.take();
        let (is_done, done) = mpsc::channel();
        // Where stderr is blocked, the guard says so on stdout, which may be blocked as well.
        let spawned = thread::Builder::new().spawn(move || {
            drop(guard);
            is_done.send(())
        });
        if spawned.is_ok() {
            let _ = done.recv_timeout(LAST_LINES);
        }
    }
}

/// Starts the log.
pub(super) fn start(verbose: u8, format: LogFormat, color: ColorChoice) -> Log {
    let (writer, guard) =
        NonBlockingBuilder::default().buffered_lines_limit(LINES).finish(std::io::stderr());
    let level = match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let lines = tracing_subscriber::fmt().with_max_level(level).with_target(false);
    let lines = lines.with_writer(writer).with_ansi(is_coloured(color));
    match format {
        LogFormat::Human => lines.init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    Log(Some(guard))
}

fn is_coloured(color: ColorChoice) -> bool {
    match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            std::io::stderr().is_terminal()
                && anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
        }
    }
}

/// Writes what a server tells.
pub(super) fn tell(event: &Event<'_>) {
    match event {
        Event::Opened { peer } => info!(%peer, "opened"),
        Event::Heard { peer, bytes } => {
            debug!(%peer, bytes = bytes.len(), text = %Said(bytes), "heard");
        }
        Event::Told { peer, bytes } => {
            debug!(%peer, bytes = bytes.len(), text = %Said(bytes), "told");
        }
        Event::Closed { peer, heard, told, lasted, ending } => {
            let microseconds = u64::try_from(lasted.as_micros()).unwrap_or(u64::MAX);
            info!(%peer, bytes_in = heard, bytes_out = told, microseconds, %ending, "closed");
        }
        Event::Full { limit } => {
            warn!(
                connections = limit,
                "as many as may be are open, more have to wait (--max-connections)"
            );
        }
        Event::CannotAccept(error) => warn!(%error, "can't accept for now, clients wait"),
        Event::NoThread(error) => warn!(%error, "no thread for a client for now, it waits"),
        Event::Datagram { peer, bytes, answered } => {
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
    fn what_is_long_is_cut_short() {
        let said = vec![b'x'; SHOWN + 7];
        let shown = Said(&said).to_string();
        assert_eq!(shown, format!("\"{}\" and 7 bytes more", "x".repeat(SHOWN)));
        assert!(!Said(&said[7..]).to_string().contains("more"));
    }
}
