//! Where the reports of a check go: stdout, stderr, files.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::{CheckArgs, Format};
use super::output::Output;
use super::{Exit, Failed};
use crate::report::{
    JsonReporter, ReportEvent, Reporter, SummaryReporter, TerminalOptions, TerminalReporter,
};

/// The reports of a check, each of which is told all that happens.
pub(super) struct Reports<'a> {
    output: &'a Output,
    files: Vec<(Box<dyn Reporter + Send>, ReportFile)>,
    stdout: Box<dyn Reporter + Send>,
    stderr: Option<SummaryReporter>,
}

/// A file that a report is written to.
struct ReportFile {
    path: PathBuf,
    /// The open file; nothing once a write has failed.
    file: Option<File>,
}

impl<'a> Reports<'a> {
    /// The report on stdout, in the format that was asked for. If that is not for a person, the
    /// last line goes to stderr.
    pub(super) fn new(args: &CheckArgs, output: &'a Output) -> Self {
        let CheckArgs { quiet, verbose, .. } = *args;
        // `Output` takes the colours out if they are not wanted.
        let options = TerminalOptions { styled: true, quiet, verbose };
        let (stdout, stderr): (Box<dyn Reporter + Send>, _) = match args.format {
            Format::Human => (Box::new(TerminalReporter::new(options)), None),
            Format::Json => (Box::new(JsonReporter), Some(SummaryReporter)),
        };
        Self { output, files: Vec::new(), stdout, stderr }
    }

    /// Opens the files that were asked for: if a report can't be written, that should be known
    /// before anything is played.
    pub(super) fn open(&mut self, args: &CheckArgs) -> Result<(), Failed> {
        for (kind, path) in &args.report {
            let file = File::create(path).map_err(|error| cannot_write(path, &error))?;
            let file = ReportFile { path: path.clone(), file: Some(file) };
            self.files.push((kind.reporter(args.strict), file));
        }
        Ok(())
    }

    /// Tells all reports what happened, and writes what they say of it. The exit code is the one
    /// of a file that can't be written any more, if there is one.
    pub(super) fn tell(&mut self, event: &ReportEvent<'_>) -> Exit {
        let mut exit = Exit::Held;
        for (reporter, file) in &mut self.files {
            if let Err(failed) = file.write(&reporter.event(event)) {
                self.output.error(&failed.message);
                exit = exit.or(failed.exit);
            }
        }
        self.output.text(&self.stdout.event(event));
        if let Some(stderr) = &mut self.stderr {
            self.output.notes(&stderr.event(event));
        }
        exit
    }
}

impl ReportFile {
    fn write(&mut self, text: &str) -> Result<(), Failed> {
        let Some(file) = &mut self.file else { return Ok(()) };
        file.write_all(text.as_bytes()).map_err(|error| {
            self.file = None;
            cannot_write(&self.path, &error)
        })
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failed {
    Failed::unreachable(format!("can't write {}: {error}", path.display()))
}
