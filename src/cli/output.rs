//! Where output goes: results to stdout, progress and messages to stderr, with colours if they are
//! wanted.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;

use anstream::AutoStream;
use clap::ColorChoice;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::text::visible;

/// Both streams. The program goes on if nobody reads them any more: the exit code still tells.
pub(super) struct Output {
    stdout: Mutex<AutoStream<std::io::Stdout>>,
    stderr: Mutex<AutoStream<std::io::Stderr>>,
    bar: ProgressBar,
}

impl Output {
    pub(super) fn new(color: ColorChoice) -> Self {
        let choice = match color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        };
        Self {
            stdout: Mutex::new(AutoStream::new(std::io::stdout(), choice)),
            stderr: Mutex::new(AutoStream::new(std::io::stderr(), choice)),
            bar: ProgressBar::hidden(),
        }
    }

    /// Shows a bar on stderr, if it is a terminal.
    pub(super) fn show_progress(&self) {
        if std::io::stderr().is_terminal() {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}");
            self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    pub(super) fn bar(&self) -> &ProgressBar {
        &self.bar
    }

    /// Writes results as they are.
    pub(super) fn text(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.bar.suspend(|| {
            let mut stdout = self.stdout.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        });
    }

    /// Writes a line of results. Colours are taken out if they are not wanted.
    pub(super) fn line(&self, text: &str) {
        self.text(&format!("{text}\n"));
    }

    /// Writes messages as they are.
    pub(super) fn notes(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.bar.suspend(|| {
            let mut stderr = self.stderr.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let _ = stderr.write_all(text.as_bytes());
        });
    }

    /// Writes a line of messages.
    pub(super) fn note(&self, text: &str) {
        self.notes(&format!("{text}\n"));
    }

    /// Writes what went wrong.
    pub(super) fn error(&self, text: &str) {
        if text.starts_with('\u{1b}') || text.starts_with("error") {
            self.note(text.trim_end());
        } else {
            let lines: Vec<String> = text.lines().map(visible).collect();
            self.note(&format!("recut: {}", lines.join("\n")));
        }
    }
}
