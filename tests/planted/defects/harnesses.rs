//! Harnesses with one defect each.

use recut::check::Checked;
use recut::{Conversation, Options, Target, TargetError, check_once};

type Result = std::result::Result<Checked, TargetError>;

fn check(target: &str, conversation: &Conversation, options: &Options) -> Result {
    check_once(&Target::builtin(target).expect("it is built in"), conversation, options)
}

/// Plays against a server that takes one read for one message: the harness accuses it, and the
/// check of the harness takes it for the echo.
pub(super) fn one_read_one_message(conversation: &Conversation, options: &Options) -> Result {
    check("tutorial", conversation, options)
}

/// Each job plays as many deliveries as all of them may.
pub(super) fn share_for_each_job(conversation: &Conversation, options: &Options) -> Result {
    let jobs = options.jobs.map_or(1, |jobs| jobs.get() as u64);
    let options = Options { max: options.max.map(|max| max * jobs), ..options.clone() };
    check("echo", conversation, &options)
}

/// What is saved of a finding claims what arrived, not what was expected.
pub(super) fn answer_saved_as_claim(conversation: &Conversation, options: &Options) -> Result {
    let mut checked = check("echo", conversation, options)?;
    for finding in &mut checked.findings {
        finding.script = finding.script.replace(&finding.expected, &finding.actual);
    }
    Ok(checked)
}
