//! A crate in a temporary folder that depends on this one, as a user's does.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// The crate's server, which has a bug if it is asked for one.
const SERVER: &str = r#"//! A server that shouts back.

use recut::{Flow, Protocol};

/// Answers each line in capital letters.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Shout {
    line: Vec<u8>,
    short: u8,
}

impl Protocol for Shout {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.line.extend_from_slice(segment);
        let bug = std::env::var("BUG").unwrap_or_default();
        self.short = if segment.len() == 1 { self.short + 1 } else { 0 };
        if bug == "three" && self.short == 3 {
            self.line.clear();
        }
        let whole = match bug.as_str() {
            "one" => self.line.len(),
            _ => self.line.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1),
        };
        let lines: Vec<u8> = self.line.drain(..whole).collect();
        let Ok(text) = std::str::from_utf8(&lines) else { return Flow::Close };
        reply.extend(text.to_uppercase().bytes());
        Flow::Continue
    }

    fn end(&mut self, _reply: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}
"#;

/// The whole test file.
pub(crate) const TESTS: &str = r#"recut::tests!("tests/recut/**/*.recut", user::Shout::default);
"#;

/// A crate that depends on this one.
pub(crate) struct User {
    folder: PathBuf,
    target: PathBuf,
}

/// What came of `cargo test`.
pub(crate) struct Tested {
    passed: bool,
    output: String,
}

impl User {
    /// The crate, without scripts. Nothing is fetched: its lock file is ours, as far as it goes.
    pub(crate) fn new() -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        // Always the same folder, so that what it depends on is built once and not by each run.
        let temporary = Path::new(env!("CARGO_TARGET_TMPDIR")).join("suite");
        let (folder, target) = (temporary.join("crate"), temporary.join("target"));
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        let user = Self { folder, target };
        user.rewrite_manifest("harness = false");
        user.write("src/lib.rs", SERVER);
        user.write("tests/conversations.rs", TESTS);
        fs::copy(here.join("Cargo.lock"), user.folder.join("Cargo.lock")).unwrap();
        user
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes a script.
    pub(crate) fn script(&self, name: &str, text: &str) {
        self.write(&format!("tests/recut/{name}.recut"), text);
    }

    /// Removes a script.
    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.script_path(name)).unwrap();
    }

    /// What a script says.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.script_path(name)).unwrap()
    }

    fn script_path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("tests/recut/{name}.recut"))
    }

    /// Writes `Cargo.toml`, which says this of the test file.
    pub(crate) fn rewrite_manifest(&self, of_tests: &str) {
        let here = env!("CARGO_MANIFEST_DIR");
        let text = format!(
            "[package]\nname = \"user\"\nedition = \"2024\"\n\n[dependencies]\n\
             recut = {{ path = \"{here}\", default-features = false, features = [\"tests\"] }}\n\n\
             [[test]]\nname = \"conversations\"\n{of_tests}\n\n[workspace]\n"
        );
        self.write("Cargo.toml", &text);
    }

    /// Replaces the whole test file.
    pub(crate) fn rewrite_tests(&self, text: &str) {
        self.write("tests/conversations.rs", text);
    }

    /// Runs `cargo test` with these variables, and these arguments of the tests.
    pub(crate) fn test(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Tested {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["test", "--offline", "--test", "conversations", "--"]).args(arguments);
        cargo.current_dir(&self.folder).env("CARGO_TARGET_DIR", &self.target);
        for variable in ["RECUT", "BUG", "CARGO_MANIFEST_DIR", "RUSTFLAGS"] {
            cargo.env_remove(variable);
        }
        cargo.env("CARGO_TERM_COLOR", "never").envs(variables.iter().copied());
        // Less to build, and to keep.
        cargo.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0");
        let output = cargo.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let both = text(&output.stderr) + &text(&output.stdout);
        Tested { passed: output.status.success(), output: both }
    }

    /// When the program of the tests was built.
    pub(crate) fn built(&self) -> SystemTime {
        let programs = fs::read_dir(self.target.join("debug/deps")).unwrap();
        let times = programs.map(Result::unwrap).filter(|file| {
            let name = file.file_name().to_string_lossy().into_owned();
            name.starts_with("conversations-") && !name.contains('.')
        });
        times.map(|file| file.metadata().unwrap().modified().unwrap()).max().unwrap()
    }
}

impl Tested {
    /// Whether all tests passed.
    pub(crate) fn has_passed(&self) -> bool {
        self.passed
    }

    /// Whether it was said.
    pub(crate) fn says(&self, part: &str) -> bool {
        self.output.contains(part)
    }

    /// The lines of the list of tests.
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.output.lines().filter(|line| line.ends_with(": test")).collect()
    }
}

impl fmt::Display for Tested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.output)
    }
}
