//! Scripts as tests: a program of which each script is a test, for a file with `harness = false`.
//! It is a command line of its own: beside `cli` only this reads the environment and arguments.

use std::collections::BTreeSet;
use std::env;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use libtest_mimic::{Arguments, Failed, Trial};

use super::builder::Check;
use super::call::shown;
use crate::check::bless;
use crate::report::unblessed;

/// Makes a test of each script that a pattern names: the whole program of a test file.
///
/// Each pair of a pattern and a target makes tests; pairs are separated by `;`. A target is what
/// [`check`](crate::check()) takes, or a [`Check`](crate::Check) with options. Patterns are those
/// of the crate glob, relative to the folder of the crate that is tested. The files are looked for
/// when the program runs: a file that is added is a test without a new build.
/// With the word `every` after it, the target is a core whose state can be copied and compared, and
/// each script is proved: see [`prove`](crate::prove).
///
/// A test is called as its file is, without `.recut`, from the first part of the pattern on that is
/// not fixed: `tests/recut/*.recut` has a test `greet`. If there are several pairs, the name of the
/// target stands before it: `MyServer::greet`. `cargo test`, its filters and `--list`, and
/// `cargo nextest` work as with any other test. A file that does not parse is a test that fails,
/// and so is a pattern that nothing matches. A failure is the report of `recut check`.
///
/// With `RECUT=overwrite cargo test` the expectations of exact bytes that are not met are written
/// anew, with what came; comments and layout stay. Patterns and captures are never replaced: what
/// can't be written is told, and its test fails.
///
/// # Examples
///
/// In `Cargo.toml`:
///
/// ```toml
/// [dev-dependencies]
/// recut = { version = "…", default-features = false, features = ["tests"] }
///
/// [[test]]
/// name = "conversations"
/// harness = false
/// ```
///
/// The whole of `tests/conversations.rs`, where a crate has a server of its own for `Echo`:
///
/// ```standalone_crate
/// use recut::{Check, Echo};
///
/// recut::tests!(
///     "corpus/conversations/greeting*.recut", Echo::default;
///     "corpus/conversations/e*.recut", Echo::default, every;
///     "corpus/conversations/q*.recut", Check::new(Echo::default).deliver("+joined");
/// );
/// ```
#[macro_export]
macro_rules! tests {
    (@add $suite:ident, $pattern:expr, $target:expr) => {
        $suite.add($pattern, $target)
    };
    (@add $suite:ident, $pattern:expr, $target:expr, every) => {
        $suite.add($pattern, $crate::Check::proving($target))
    };
    ($($pattern:expr, $target:expr $(, $word:ident)?);+ $(;)?) => {
        // Cargo leaves this out where the file has no harness; where it has one, nothing else of
        // it is run.
        #[test]
        fn this_file_needs_harness_false() {
            panic!("recut::tests! makes a program: say `harness = false` of it in Cargo.toml");
        }

        fn main() -> ::std::process::ExitCode {
            let suite = $crate::Suite::new(env!("CARGO_MANIFEST_DIR"));
            $(let suite = $crate::tests!(@add suite, $pattern, $target $(, $word)?);)+
            suite.run()
        }
    };
}

/// The tests of a program that [`tests!`](crate::tests!) makes.
#[derive(Debug)]
#[must_use = "nothing is tested before `run`"]
pub struct Suite {
    /// The folder of the crate that is tested, as it was when it was built.
    built_in: PathBuf,
    pairs: Vec<(String, Check)>,
}

impl Suite {
    /// A suite without tests; patterns are relative to the folder of the crate.
    pub fn new(folder: &str) -> Self {
        Self { built_in: PathBuf::from(folder), pairs: Vec::new() }
    }

    /// The scripts that a pattern names, as tests of a target.
    pub fn add(mut self, pattern: &str, target: impl Into<Check>) -> Self {
        self.pairs.push((pattern.to_owned(), target.into()));
        self
    }

    /// Does what the arguments of the program ask for.
    pub fn run(self) -> ExitCode {
        let mut arguments = Arguments::from_args();
        let overwrite = match env::var_os("RECUT") {
            None => false,
            Some(word) if word.is_empty() => false,
            Some(word) if word == "overwrite" => true,
            Some(word) => {
                let word = word.to_string_lossy();
                tell(&format!("recut: RECUT={word} means nothing: expected RECUT=overwrite"));
                return ExitCode::from(2);
            }
        };
        if overwrite {
            // Two scripts may include the same file.
            arguments.test_threads = Some(1);
        }
        libtest_mimic::run(&arguments, self.trials(overwrite)).exit_code()
    }

    fn trials(self, overwrite: bool) -> Vec<Trial> {
        // Cargo says at run time where the crate is: it may have been moved since it was built.
        let folder = env::var_os("CARGO_MANIFEST_DIR").map_or(self.built_in, PathBuf::from);
        let is_alone = self.pairs.len() == 1;
        let mut named = BTreeSet::new();
        let mut trials = Vec::new();
        for (pattern, mut check) in self.pairs {
            // Tests run side by side, or each in a process of its own.
            check.options.jobs = check.options.jobs.or(Some(NonZeroUsize::MIN));
            let target = check.target.to_string();
            for (name, file) in scripts(&folder, &pattern) {
                let mut name = if is_alone { name } else { format!("{target}::{name}") };
                // Two pairs may have the same files, and targets of one name.
                while !named.insert(name.clone()) {
                    name.push_str(" again");
                }
                let check = check.clone();
                trials.push(Trial::test(name, move || test(&check, &file?, overwrite)));
            }
        }
        trials
    }
}

/// The scripts that a pattern names, each with the name of its test; what is wrong with the pattern
/// is a test that fails.
fn scripts(folder: &Path, pattern: &str) -> Vec<(String, Result<PathBuf, Failed>)> {
    let wrong = |why: String| vec![(pattern.to_owned(), Err(Failed::from(why)))];
    let root = glob::Pattern::escape(&folder.display().to_string());
    let paths = match glob::glob(&format!("{root}/{pattern}")) {
        Ok(paths) => paths,
        Err(error) => return wrong(format!("`{pattern}` is not a pattern of files: {error}")),
    };
    let fixed = folder.join(fixed_part(pattern));
    let mut found = Vec::new();
    for path in paths {
        match path {
            Ok(path) if path.is_file() => found.push((test_name(&path, &fixed), Ok(path))),
            Ok(_) => {}
            Err(error) => found.extend(wrong(format!("can't read: {error}"))),
        }
    }
    if found.is_empty() {
        return wrong(format!("no file matches `{pattern}` in {}", folder.display()));
    }
    found
}

/// The folders with which all paths begin that a pattern matches.
fn fixed_part(pattern: &str) -> PathBuf {
    let parent = Path::new(pattern).parent().unwrap_or(Path::new(""));
    let is_fixed =
        |part: &Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']);
    parent.components().take_while(is_fixed).collect()
}

/// The name of a file's test: its path below the part of the pattern that is fixed.
fn test_name(path: &Path, fixed: &Path) -> String {
    let path = path.strip_prefix(fixed).unwrap_or(path);
    let name = path.display().to_string();
    name.strip_suffix(".recut").unwrap_or(&name).to_owned()
}

/// One test.
fn test(check: &Check, file: &Path, overwrite: bool) -> Result<(), Failed> {
    // Messages name the file as the reader would type it.
    let here = env::current_dir().unwrap_or_default();
    let file = file.strip_prefix(&here).unwrap_or(file);
    if overwrite {
        write_anew(check, file)?;
    }
    let checked = check.run_file(file).map_err(|error| shown(&error))?;
    if checked.is_green() { Ok(()) } else { Err(Failed::from(checked.to_string())) }
}

/// Makes what comes what a file expects, as far as it can be written.
fn write_anew(check: &Check, file: &Path) -> Result<(), Failed> {
    let conversation = check.conversation(file).map_err(|error| shown(&error))?;
    let stop = AtomicBool::new(false);
    let blessing = bless(&check.target, &conversation, &check.options, &stop)?;
    blessing.write()?;
    for (source, _) in &blessing.files {
        tell(&format!("recut: {} was written", source.name));
    }
    match &blessing.left {
        Some(left) => Err(Failed::from(unblessed(left, false))),
        None => Ok(()),
    }
}

/// Says a line on stderr, whoever else does so.
fn tell(line: &str) {
    static STDERR: Mutex<()> = Mutex::new(());
    let _one = STDERR.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_called_as_its_file_is_below_what_is_fixed() {
        for (pattern, fixed) in [
            ("tests/recut/*.recut", "tests/recut"),
            ("tests/**/a.recut", "tests"),
            ("t?sts/recut/a.recut", ""),
            ("tests/greet.recut", "tests"),
            ("*.recut", ""),
        ] {
            assert_eq!(fixed_part(pattern), Path::new(fixed), "{pattern}");
        }
        let name = |path: &str| test_name(Path::new(path), Path::new("/c/tests"));
        assert_eq!(name("/c/tests/greet.recut"), "greet");
        assert_eq!(name("/c/tests/recut/smtp/greet.recut"), "recut/smtp/greet");
        assert_eq!(name("/c/tests/crash-1"), "crash-1");
    }
}
