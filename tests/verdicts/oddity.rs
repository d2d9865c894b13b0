//! The server as a target, started by recut or by the test, and what a verdict is asked for.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use recut::check::{Checked, Options, check_once};
use recut::peer::Spawn;
use recut::{Conversation, Finding, Target};

/// One line and its answer.
pub(crate) const ONE: &str = "> \"hello\\n\"\n< \"<hello>\\n\"\n";

/// The options of a check whose plays wait so long for an answer.
pub(crate) fn options(timeout: Duration) -> Options {
    let mut options = Options { timeout: Some(timeout), ..Options::default() };
    options.limits.timeout = timeout;
    options
}

/// The options of most tests: short, since what does not come is waited for in full.
pub(crate) fn quick() -> Options {
    options(Duration::from_millis(500))
}

/// The server in this mode; it runs when somebody plays against it, and can be started anew.
pub(crate) fn spawn(mode: &str) -> Target {
    let oddity = env!("CARGO_BIN_EXE_oddity");
    let command = format!("'{oddity}' --listen 127.0.0.1:{{port}} {mode}");
    Target::spawn(Spawn::new(&command).unwrap())
}

/// A server that the test started: recut can only connect to it.
pub(crate) struct Running {
    child: Child,
    /// How recut reaches it.
    pub(crate) target: Target,
}

impl Running {
    pub(crate) fn start(mode: &str) -> Running {
        let mut child = Command::new(env!("CARGO_BIN_EXE_oddity"))
            .args(mode.split_whitespace())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on ");
        let target = Target::connect(address.unwrap_or_else(|| panic!("{mode}: {line:?}")));
        Running { child, target: target.unwrap() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn parse(script: &str) -> Conversation {
    Conversation::parse("oddity", script).unwrap_or_else(|errors| panic!("{}\n{script}", errors[0]))
}

/// Checks a server that recut starts.
pub(crate) fn by_spawn(mode: &str, script: &str, options: &Options) -> Checked {
    check_once(&spawn(mode), &parse(script), options).unwrap()
}

/// Checks a server that runs already.
pub(crate) fn by_connect(mode: &str, script: &str, options: &Options) -> Checked {
    let running = Running::start(mode);
    check_once(&running.target, &parse(script), options).unwrap()
}

/// The laws of the stable findings.
pub(crate) fn laws(checked: &Checked) -> Vec<&'static str> {
    checked.stable().map(|finding| finding.law.name()).collect()
}

/// What a failed test says of a verdict: a finding whole is too much to read.
pub(crate) fn told(checked: &Checked) -> String {
    let mut told = String::new();
    for finding in &checked.findings {
        told += &format!(
            "{} by `{}`, {:?}: {:?}\n{}",
            finding.law, finding.delivery, finding.confirmed, finding.seen.then, finding.script
        );
    }
    let Checked { unchecked, left_out, tally, error, target_lost, .. } = checked;
    told + &format!("{unchecked:?} {left_out:?} {tally:?} {error:?} lost: {target_lost}")
}

/// The one finding that there is: it is stable, and of this law.
#[track_caller]
pub(crate) fn only<'a>(checked: &'a Checked, law: &str) -> &'a Finding {
    let names: Vec<_> = checked.findings.iter().map(|finding| finding.law.name()).collect();
    assert_eq!(names, [law], "{}", told(checked));
    assert!(checked.findings[0].is_stable(), "{}", told(checked));
    &checked.findings[0]
}

/// Asserts that what was saved of a finding breaks the same law when it is checked.
#[track_caller]
pub(crate) fn fails_again(mode: &str, finding: &Finding, options: &Options) {
    let once = Options { confirm: 1, ..options.clone() };
    let again = by_spawn(mode, &finding.script, &once);
    let laws = laws(&again);
    assert!(laws.contains(&finding.law.name()), "{laws:?}: {}\n{}", finding.script, told(&again));
}

/// Asserts that nothing was found, and that enough was judged to say so.
#[track_caller]
pub(crate) fn holds(checked: &Checked) {
    assert!(checked.findings.is_empty() && checked.unchecked.is_none(), "{}", told(checked));
    assert!(checked.error.is_none() && !checked.target_lost, "{}", told(checked));
}

/// Asserts that no delivery is accused, and that the conversation is not called green.
#[track_caller]
pub(crate) fn no_delivery_is_to_blame(checked: &Checked) {
    let laws = laws(checked);
    assert!(laws.iter().all(|law| *law == "unrepeatable"), "{}", told(checked));
    assert!(!laws.is_empty() || checked.unchecked.is_some(), "green: {}", told(checked));
}
