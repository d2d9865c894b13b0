//! `recut check --bless`: what is observed becomes what scripts expect.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::args::CheckArgs;
use super::load::{conversation, failed};
use super::output::Output;
use super::signals::interrupts;
use super::{Exit, Failed};
use crate::check::{Options, bless};
use crate::peer::Target;
use crate::report::unblessed;
use crate::script::Conversation;
use crate::text::{counted, visible};

/// Why nothing can be blessed, if it can't.
pub(super) fn contradiction(args: &CheckArgs) -> Option<Failed> {
    let is_file = |path: &Path| path != Path::new("-");
    match !args.paths.is_empty() && args.paths.iter().all(|path| is_file(path)) {
        true => None,
        false => Some(Failed::usage("--bless writes into files: name the scripts")),
    }
}

/// Plays each conversation uncut, and writes what was observed into its files.
pub(super) fn run(
    args: &CheckArgs,
    conversations: &[Conversation],
    targets: &[Arc<Target>],
    options: &Options,
    output: &Output,
) -> Result<Exit, Failed> {
    let stop = interrupts()?;
    let mut exit = Exit::Held;
    let (mut expectations, mut files) = (0, 0);
    for (read, target) in conversations.iter().zip(targets) {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        match one(args, read, target, options, &stop, output) {
            Ok((exit_of_one, expectations_of_one, files_of_one)) => {
                exit = exit.or(exit_of_one);
                (expectations, files) = (expectations + expectations_of_one, files + files_of_one);
            }
            Err(failed) => {
                output.error(&failed.message);
                exit = exit.or(failed.exit);
            }
        }
    }
    if stop.load(Ordering::Relaxed) {
        exit = Exit::Interrupted;
    }
    output.line(&format!(
        "recut: {}, {} written in {}",
        counted(conversations.len() as u64, "conversation", "conversations"),
        counted(expectations as u64, "expectation", "expectations"),
        counted(files as u64, "file", "files"),
    ));
    Ok(exit)
}

/// One conversation: how it ends, and how many expectations of how many files were written.
fn one(
    args: &CheckArgs,
    read: &Conversation,
    target: &Target,
    options: &Options,
    stop: &AtomicBool,
    output: &Output,
) -> Result<(Exit, usize, usize), Failed> {
    // A file that several scripts include may have been written since all were read.
    let path = read.sources.first().map_or("", |source| source.name.as_str());
    let again = conversation(Path::new(path), args.raw, &args.common.define);
    let again = again.map_err(|error| failed(&error))?;
    let blessing = bless(target, &again, options, stop);
    let blessing = blessing.map_err(|error| Failed::unreachable(error.to_string()))?;
    if stop.load(Ordering::Relaxed) {
        return Ok((Exit::Interrupted, 0, 0));
    }
    blessing.write().map_err(|error| Failed::unreachable(error.to_string()))?;
    for (source, _) in &blessing.files {
        output.line(&format!("written: {}", visible(&source.name)));
    }
    let exit = match &blessing.left {
        Some(left) => {
            output.note(unblessed(left, true).trim_end());
            Exit::Broken
        }
        None => Exit::Held,
    };
    Ok((exit, blessing.expectations, blessing.files.len()))
}
