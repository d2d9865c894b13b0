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
use crate::script::Conversation;
use crate::text::visible;

/// The reports of a check, each of which is told all that happens.
pub(super) struct Reports<'a> {
    output: &'a Output,
    files: Vec<(Box<dyn Reporter + Send>, ReportFile)>,
    /// The report on stdout, if none of the others is written there.
    stdout: Option<Box<dyn Reporter + Send>>,
    stderr: Option<SummaryReporter>,
}

/// A file that a report is written to.
struct ReportFile {
    path: PathBuf,
    /// Where it is written to; nothing once a write has failed.
    sink: Option<Sink>,
}

/// What a report is written to.
enum Sink {
    File(File),
    /// `-`
    Stdout,
}

impl<'a> Reports<'a> {
    /// Why the reports that were asked for can't all be written, if they can't: one that a program
    /// reads is alone on stdout, and each has a file of its own.
    pub(super) fn contradiction(args: &CheckArgs) -> Option<Failed> {
        let on_stdout = || args.report.iter().filter(|(_, path)| is_stdout(path));
        let is_alone = args.format == Format::Json || on_stdout().any(|(kind, _)| !kind.is_mixed);
        let count = on_stdout().count() + usize::from(args.format == Format::Json);
        if is_alone && count > 1 {
            let message = "only one report can go to stdout: write the others to files";
            return Some(Failed::usage(message));
        }
        let mut files: Vec<PathBuf> = Vec::new();
        for (_, path) in args.report.iter().filter(|(_, path)| !is_stdout(path)) {
            let file = place_of(path);
            if files.contains(&file) {
                let path = visible(&path.display().to_string());
                let message = format!("two reports can't go to one file, {path}: name another one");
                return Some(Failed::usage(message));
            }
            files.extend((!is_device(&file)).then_some(file));
        }
        None
    }

    /// Why a report would destroy what is checked, if it would.
    pub(super) fn destroys(args: &CheckArgs, conversations: &[Conversation]) -> Option<Failed> {
        let names = |conversation: &'_ Conversation| {
            let sources = conversation.sources.iter().map(|source| &source.name);
            let names = sources.chain(&conversation.files);
            names.map(|name| place_of(Path::new(name))).collect::<Vec<_>>()
        };
        let read: Vec<PathBuf> = conversations.iter().flat_map(names).collect();
        let written = args.report.iter().filter(|(_, path)| !is_stdout(path));
        let mut destroyed = written.filter(|(_, path)| {
            let place = place_of(path);
            place.is_file() && read.contains(&place)
        });
        let (kind, path) = destroyed.next()?;
        let path = visible(&path.display().to_string());
        Some(Failed::usage(format!(
            "--report {}={path} would overwrite what is checked: name another file",
            kind.name
        )))
    }

    /// The report on stdout, in the format that was asked for. If that is not for a person, the
    /// last line goes to stderr.
    pub(super) fn new(args: &CheckArgs, output: &'a Output) -> Self {
        let CheckArgs { quiet, verbose, .. } = *args;
        // `Output` takes the colours out if they are not wanted.
        let options = TerminalOptions { styled: true, quiet, verbose };
        // A report on stdout that a program reads is alone there; annotations may stand anywhere.
        let is_taken = args.report.iter().any(|(kind, path)| is_stdout(path) && !kind.is_mixed);
        let (stdout, stderr): (Option<Box<dyn Reporter + Send>>, _) = match args.format {
            _ if is_taken => (None, Some(SummaryReporter)),
            Format::Human => (Some(Box::new(TerminalReporter::new(options))), None),
            Format::Json => (Some(Box::new(JsonReporter)), Some(SummaryReporter)),
        };
        if args.report.iter().any(|(kind, path)| is_stdout(path) && kind.is_mixed) {
            output.disarm();
        }
        Self { output, files: Vec::new(), stdout, stderr }
    }

    /// Opens the files that were asked for: if a report can't be written, that should be known
    /// before anything is played.
    pub(super) fn open(&mut self, args: &CheckArgs) -> Result<(), Failed> {
        for (kind, path) in &args.report {
            let sink = match is_stdout(path) {
                true => Sink::Stdout,
                false => {
                    Sink::File(File::create(path).map_err(|error| cannot_write(path, &error))?)
                }
            };
            let file = ReportFile { path: path.clone(), sink: Some(sink) };
            self.files.push((kind.reporter(args.strict), file));
        }
        Ok(())
    }

    /// Tells all reports what happened, and writes what they say of it. The exit code is the one
    /// of a file that can't be written any more, if there is one.
    pub(super) fn tell(&mut self, event: &ReportEvent<'_>) -> Exit {
        let mut exit = Exit::Held;
        for (reporter, file) in &mut self.files {
            if let Err(failed) = file.write(&reporter.event(event), self.output) {
                self.output.error(&failed.message);
                exit = exit.or(failed.exit);
            }
        }
        if let Some(stdout) = &mut self.stdout {
            // What a program reads stands there as it is.
            match self.stderr {
                Some(_) => self.output.report(&stdout.event(event)),
                None => self.output.text(&stdout.event(event)),
            }
        }
        if let Some(stderr) = &mut self.stderr {
            self.output.notes(&stderr.event(event));
        }
        exit
    }
}

impl ReportFile {
    fn write(&mut self, text: &str, output: &Output) -> Result<(), Failed> {
        let file = match &mut self.sink {
            None => return Ok(()),
            Some(Sink::Stdout) => {
                output.report(text);
                return Ok(());
            }
            Some(Sink::File(file)) => file,
        };
        file.write_all(text.as_bytes()).map_err(|error| {
            self.sink = None;
            cannot_write(&self.path, &error)
        })
    }
}

/// How many links lead from one to the next before a path is taken for a circle of them.
const LINKS: usize = 40;

/// Where a path leads, as far as it is there: a link may lead to a file that is still to be made.
fn place_of(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        if let Ok(place) = path.canonicalize() {
            return place;
        }
        let Ok(next) = path.read_link() else { break };
        path = folder_of(&path).join(next);
    }
    let name = path.file_name().unwrap_or_default();
    let folder = folder_of(&path).canonicalize();
    folder.map_or_else(|_| path.clone(), |folder| folder.join(name))
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Whether it is something else than a file, of which any number of reports can be written.
fn is_device(place: &Path) -> bool {
    place.exists() && !place.is_file()
}

fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failed {
    Failed::unreachable(format!("can't write {}: {error}", path.display()))
}
