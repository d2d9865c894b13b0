//! The specimen server as a target, and the options with which the tests check it.

use std::time::Duration;

use recut::check::{Checked, Options, check_once};
use recut::peer::Spawn;
use recut::{Conversation, Target};

/// A word, its echo, and the end.
pub(crate) const ECHO: &str =
    "> \"echo hello\\n\"\n< \"hello\\n\"\n> \"quit\\n\"\n< \"bye\\n\"\n< eof\n";

/// The options of a check whose plays wait so long for an answer.
pub(crate) fn options(timeout: Duration) -> Options {
    let mut options = Options { timeout: Some(timeout), ..Options::default() };
    // `options.timeout` is that of the scripts; this one also limits the opening of a connection.
    options.limits.timeout = timeout;
    // The late answers of the specimen come after 100 ms: it is quiet for less than that.
    options.limits.quiet_for = Duration::from_millis(40);
    options
}

/// The specimen with these arguments; it runs when somebody plays against it.
pub(crate) fn spawn(arguments: &str) -> Target {
    let specimen = env!("CARGO_BIN_EXE_specimen");
    let command = format!("'{specimen}' --listen 127.0.0.1:{{port}} {arguments}");
    Target::spawn(Spawn::new(&command).unwrap())
}

/// Checks the specimen with these arguments by a script.
pub(crate) fn check(arguments: &str, script: &str, options: &Options) -> Checked {
    let conversation = Conversation::parse("specimen", script).unwrap();
    check_once(&spawn(arguments), &conversation, options).unwrap()
}
