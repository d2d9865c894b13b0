//! A JUnit report: one test case a conversation, as CI pages show them.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{terminal, words};
use crate::check::Checked;

/// The report of a run as XML; under `strict` unstable findings fail too.
pub fn report(target: &str, checked: &[Checked], strict: bool) -> String {
    let mut suite = TestSuite::new(format!("recut {target}"));
    for conversation in checked {
        let failing: Vec<_> =
            conversation.findings.iter().filter(|finding| strict || finding.is_stable()).collect();
        let status = match failing.first() {
            None => TestCaseStatus::success(),
            Some(first) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                let texts: Vec<_> = failing
                    .iter()
                    .map(|finding| terminal::finding(finding, None, &conversation.target, false))
                    .collect();
                status.set_type(first.law.name());
                status.set_message(format!(
                    "{}: expected {}, actual {}",
                    first.delivery,
                    words::expected(&first.seen.demand),
                    words::actual(&first.seen)
                ));
                status.set_description(texts.join("\n"));
                status
            }
        };
        let mut case = TestCase::new(conversation.name.clone(), status);
        case.set_time(conversation.elapsed);
        suite.add_test_case(case);
    }
    let mut report = Report::new("recut");
    report.add_test_suite(suite);
    report.to_string().unwrap_or_else(|error| format!("<!-- no report: {error} -->\n"))
}
