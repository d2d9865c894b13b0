//! Where output goes: results to stdout, progress and messages to stderr, with colours if they are
//! wanted.

use std::borrow::Cow;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::AutoStream;
use clap::ColorChoice;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report::without_commands;
use crate::text::visible;

/// Both streams. The program goes on if nobody reads them any more: the exit code still tells.
pub(super) struct Output {
    stdout: Mutex<AutoStream<std::io::Stdout>>,
    stderr: Mutex<AutoStream<std::io::Stderr>>,
    bar: ProgressBar,
    /// Whether somebody takes lines of the output for commands: a runner of GitHub Actions does.
    is_disarmed: AtomicBool,
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
            is_disarmed: AtomicBool::new(std::env::var_os("GITHUB_ACTIONS").is_some()),
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

    /// From now on nothing that a server or a script says is a command to a runner.
    pub(super) fn disarm(&self) {
        self.is_disarmed.store(true, Ordering::Relaxed);
    }

    /// The text as it is written for a person.
    fn disarmed<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.is_disarmed.load(Ordering::Relaxed) {
            true => without_commands(text),
            false => Cow::Borrowed(text),
        }
    }

    /// Writes results.
    pub(super) fn text(&self, text: &str) {
        self.report(&self.disarmed(text));
    }

    /// Writes what a program reads, as it is.
    pub(super) fn report(&self, text: &str) {
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

    /// Writes messages.
    pub(super) fn notes(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        let text = self.disarmed(text);
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
