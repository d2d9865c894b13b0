//! Harnesses with one defect each.

use recut::check::Checked;
use recut::delivery::{Set, Word};
use recut::report::words;
use recut::script::Law;
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
        let expected = words::expected(&finding.seen.demand);
        finding.script = finding.script.replace(&expected, &words::actual(&finding.seen));
    }
    Ok(checked)
}

/// Says that all is well.
pub(super) fn finds_nothing(conversation: &Conversation, options: &Options) -> Result {
    let mut checked = check("echo", conversation, options)?;
    checked.findings.clear();
    Ok(checked)
}

/// Cuts nothing.
pub(super) fn only_uncut(conversation: &Conversation, options: &Options) -> Result {
    let options = Options { deliver: vec![Word::Set(Set::Uncut)], ..options.clone() };
    check("echo", conversation, &options)
}

/// Says of everybody what is true of somebody.
pub(super) fn accuses_everybody(conversation: &Conversation, options: &Options) -> Result {
    let wrong = Conversation::parse("wrong", "> \"x\\n\"\n< \"y\\n\"\n").expect("a script");
    let mut checked = check("echo", conversation, options)?;
    if checked.findings.is_empty() {
        checked.findings = check("echo", &wrong, options)?.findings;
    }
    Ok(checked)
}

/// Says of a conversation that does not hold that it is not answered twice in the same way.
pub(super) fn unrepeatable(conversation: &Conversation, options: &Options) -> Result {
    let mut checked = check("echo", conversation, options)?;
    checked.findings.iter_mut().for_each(|finding| finding.law = Law::Unrepeatable);
    Ok(checked)
}
