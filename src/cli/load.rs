//! Loads what the arguments name. Every script is parsed before anything is played.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::Failed;
use super::args::CheckArgs;
use super::builtin::BUILTIN;
use super::files::{RAW_LIMIT, SCRIPT_LIMIT, read};
use super::output::Output;
use super::values::Shard;
use crate::report::caret::script_errors;
use crate::script::{Conversation, LoadError, ScriptError, load_bytes};
use crate::text::{stable_hash, visible};

/// The conversations of a check, in the order in which they are played.
pub(super) fn conversations(
    args: &CheckArgs,
    output: &Output,
) -> Result<Vec<Conversation>, Failed> {
    let define = &args.common.define;
    let mut loader = Loader::default();
    if let Some(send) = &args.send {
        loader.take(Conversation::raw("--send", send.0.clone()).map_err(LoadError::from));
    } else if args.paths.is_empty() {
        for (name, text) in BUILTIN {
            let path = format!("{name}.recut");
            loader.take(load_bytes(&path, text.as_bytes().to_vec(), define));
        }
    } else {
        for path in &args.paths {
            for file in files(path, args.raw)? {
                loader.take(conversation(&file, args.raw, define));
            }
        }
    }
    let mut loaded = loader.finish()?;
    warn_of_unused(define, &loaded, output);
    if let Some(filter) = &args.filter {
        loaded.retain(|conversation| filter.is_match(&conversation.name));
    }
    if loaded.is_empty() {
        return Err(Failed::usage(nothing_to_play(args)));
    }
    if let Some(shard) = args.shard {
        loaded.retain(|conversation| is_in_shard(&conversation.name, shard));
    }
    Ok(loaded)
}

/// Warns of definitions that no conversation uses: their names may be misspelt.
pub(super) fn warn_of_unused(
    define: &[(String, Vec<u8>)],
    loaded: &[Conversation],
    output: &Output,
) {
    let names: BTreeSet<&str> =
        loaded.iter().flat_map(|one| &one.names).map(String::as_str).collect();
    for (name, _) in define.iter().filter(|(name, _)| !names.contains(name.as_str())) {
        output.note(&format!("recut: warning: {}", unused(name, &names)));
    }
}

/// What is said of a definition that no script uses, of scripts with these names.
fn unused(name: &str, names: &BTreeSet<&str>) -> String {
    /// How many names are listed.
    const LISTED: usize = 12;
    let listed: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > LISTED { ", …" } else { "" };
    let there = match listed.is_empty() {
        true => "there is no variable to set".to_owned(),
        false => format!("the variables that can be set are {}{more}", listed.join(", ")),
    };
    format!("-D {name}=… changes nothing, because no script uses `${name}`: {there}")
}

fn nothing_to_play(args: &CheckArgs) -> String {
    match (&args.filter, args.raw) {
        (Some(filter), _) => format!("no conversation has a name that matches `{filter}`"),
        (None, true) => "the paths that were given have no file".to_owned(),
        (None, false) => {
            "the paths that were given have no .recut file (--raw takes all files)".to_owned()
        }
    }
}

/// One conversation: a script, a script on stdin, or a raw stream.
pub(super) fn conversation(
    path: &Path,
    raw: bool,
    define: &[(String, Vec<u8>)],
) -> Result<Conversation, LoadError> {
    let name = path.display().to_string();
    let is_stdin = path == Path::new("-");
    let is_script = path.extension().is_some_and(|extension| extension == "recut");
    if is_stdin || (is_script && !raw) {
        load_bytes(&name, read(path, SCRIPT_LIMIT)?, define)
    } else {
        Ok(Conversation::raw(name, read(path, RAW_LIMIT)?)?)
    }
}

/// The files that a path names: the file itself, or the files of a directory, in order.
pub(super) fn files(path: &Path, raw: bool) -> Result<Vec<PathBuf>, Failed> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in WalkDir::new(path).follow_links(true).sort_by_file_name() {
        let entry = entry.map_err(|error| Failed::usage(format!("can't read: {error}")))?;
        let is_script = entry.path().extension().is_some_and(|extension| extension == "recut");
        if entry.file_type().is_file() && (raw || is_script) {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

/// The message for a load error, with a caret if a script is wrong.
pub(super) fn failed(error: &LoadError) -> Failed {
    match error {
        LoadError::Script(errors) => Failed::usage(script_errors(errors, true)),
        other => Failed::usage(other.to_string()),
    }
}

/// Collects what could be loaded, and all errors in the rest.
#[derive(Default)]
struct Loader {
    loaded: Vec<Conversation>,
    errors: Vec<ScriptError>,
    unreadable: BTreeMap<PathBuf, String>,
}

impl Loader {
    fn take(&mut self, result: Result<Conversation, LoadError>) {
        match result {
            Ok(conversation) => self.loaded.push(conversation),
            Err(LoadError::Script(errors)) => self.errors.extend(errors),
            Err(LoadError::TooLarge(error)) => {
                let message = error.to_string();
                self.unreadable.insert(error.name.into(), message);
            }
            Err(other @ LoadError::Unreadable { .. }) => {
                let message = other.to_string();
                let LoadError::Unreadable { path, .. } = other else { return };
                self.unreadable.insert(path, message);
            }
        }
    }

    fn finish(self) -> Result<Vec<Conversation>, Failed> {
        if self.errors.is_empty() && self.unreadable.is_empty() {
            return Ok(self.loaded);
        }
        let mut parts: Vec<String> = self
            .unreadable
            .values()
            .map(|message| format!("error: {}\n", visible(message)))
            .collect();
        if !self.errors.is_empty() {
            parts.push(script_errors(&self.errors, true));
        }
        Err(Failed::usage(parts.join("\n")))
    }
}

/// Whether a name falls into a share. The machines that share the work must agree on it, whatever
/// release of recut and of Rust each of them has, so the hash is one that is specified: FNV-1a. The
/// hashers of the standard library and of most packages may change with a release.
fn is_in_shard(name: &str, shard: Shard) -> bool {
    stable_hash(name.as_bytes()) % shard.count == shard.index - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_that_nothing_uses_is_told_with_the_names_that_can_be_set() {
        let names =
            |count: usize| -> Vec<String> { (10..10 + count).map(|n| format!("n{n}")).collect() };
        let told = |count| unused("x", &names(count).iter().map(String::as_str).collect());
        assert_eq!(
            told(2),
            "-D x=… changes nothing, because no script uses `$x`: the variables that can be set \
             are `n10`, `n11`"
        );
        assert!(told(0).ends_with(": there is no variable to set"));
        assert!(told(12).ends_with("`n21`") && told(13).ends_with("`n21`, …"));
    }

    #[test]
    fn shares_are_stable_and_take_every_name_once() {
        for (name, _) in BUILTIN {
            let shares = (1..=3).filter(|&index| is_in_shard(name, Shard { index, count: 3 }));
            assert_eq!(shares.count(), 1, "{name}");
        }
        assert!(is_in_shard("greeting", Shard { index: 1, count: 1 }));
    }
}
