//! A JUnit report: one test case for each conversation, as the pages of CI systems show them.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::event::{ReportEvent, Reporter};
use super::finding::FindingText;
use super::omission::OmissionScope;
use super::{advice, words};
use crate::check::{Checked, Finding};

/// The report of a run as XML, which is written when the run is over.
#[derive(Debug)]
pub struct JunitReporter {
    strict: bool,
    suite: TestSuite,
}

impl JunitReporter {
    /// A report without a test case; if it is `strict`, unstable findings fail too.
    pub fn new(strict: bool) -> Self {
        Self { strict, suite: TestSuite::new("recut") }
    }

    fn conversation(&self, checked: &Checked) -> TestCase {
        let counts = |finding: &&Finding| self.strict || finding.is_stable();
        let failing: Vec<_> = checked.findings.iter().filter(counts).collect();
        let status = match (&failing[..], &checked.error) {
            ([first, ..], _) => {
                let texts: Vec<_> = failing
                    .iter()
                    .map(|finding| FindingText::new(finding, None, &checked.target).plain())
                    .collect();
                let Finding { law, delivery, seen, .. } = first;
                let (expected, actual) = (words::expected(&seen.demand), words::actual(seen));
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_type(law.name());
                status.set_message(format!("{delivery}: expected {expected}, actual {actual}"));
                status.set_description(texts.join("\n"));
                status
            }
            ([], Some(message)) => error(message),
            ([], None) => match &checked.unchecked {
                Some(why) => {
                    let mut status = TestCaseStatus::skipped();
                    status.set_message(words::unchecked(why));
                    status.set_description(advice::unchecked(why));
                    status
                }
                None => TestCaseStatus::success(),
            },
        };
        let mut case = TestCase::new(checked.name.clone(), status);
        case.set_time(checked.elapsed);
        if let (Some(message), false) = (&checked.error, failing.is_empty()) {
            // A test case has one status: a failure says more.
            case.set_system_err(message);
        }
        case
    }
}

/// The status of a conversation about which nothing is known.
fn error(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(message);
    status
}

impl Reporter for JunitReporter {
    fn event(&mut self, event: &ReportEvent<'_>) -> String {
        let case = match *event {
            ReportEvent::Start { target, .. } => {
                self.suite.name = format!("recut {target}").into();
                return String::new();
            }
            ReportEvent::Conversation(checked) => self.conversation(checked),
            ReportEvent::LeftOut(line) if line.scope == OmissionScope::Conversations => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(line.why.as_str());
                TestCase::new(line.example.as_str(), status)
            }
            ReportEvent::Error { conversation, message } => {
                TestCase::new(conversation.unwrap_or("recut"), error(message))
            }
            // The findings of a conversation came with it.
            ReportEvent::LeftOut(_) | ReportEvent::Finding { .. } => return String::new(),
            ReportEvent::Summary(_) => {
                let mut report = Report::new("recut");
                report.add_test_suite(self.suite.clone());
                let text = report.to_string();
                return text.unwrap_or_else(|error| format!("<!-- no report: {error} -->\n"));
            }
        };
        self.suite.add_test_case(case);
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::super::omission::OmissionLine;
    use super::super::sample::{checked, finding};
    use super::super::summary::Summary;
    use super::*;
    use crate::check::Unchecked;

    /// The test suite of a report on these events.
    fn suite(strict: bool, events: &[ReportEvent<'_>]) -> String {
        let mut reporter = JunitReporter::new(strict);
        let start = ReportEvent::Start { target: "echo", seed: 0, conversations: 1 };
        for event in [&start].into_iter().chain(events) {
            assert_eq!(reporter.event(event), "", "it is written at the end");
        }
        let text = reporter.event(&ReportEvent::Summary(&Summary::default()));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], r#"<?xml version="1.0" encoding="UTF-8"?>"#);
        assert!(lines[1].starts_with("<testsuites name=\"recut\" "), "{text}");
        assert_eq!(lines.last(), Some(&"</testsuites>"));
        lines[2..lines.len() - 1].join("\n")
    }

    #[test]
    fn a_conversation_that_held_one_that_was_not_played_and_one_that_could_not_be() {
        let left_out = OmissionLine::not_played("b", "--fail-fast");
        let error = ReportEvent::Error { conversation: Some("c"), message: "can't start `<c>`" };
        let held = checked("a");
        assert_eq!(
            suite(
                false,
                &[ReportEvent::Conversation(&held), ReportEvent::LeftOut(&left_out), error]
            ),
            r#"    <testsuite name="recut echo" tests="3" skipped="1" errors="1" failures="0">
        <testcase name="a" time="1.500"/>
        <testcase name="b">
            <skipped message="--fail-fast"/>
        </testcase>
        <testcase name="c">
            <error message="can&apos;t start `&lt;c&gt;`"/>
        </testcase>
    </testsuite>"#
        );
    }

    #[test]
    fn a_conversation_that_was_not_judged_is_skipped_with_the_reason() {
        let mut unchecked = Checked { unchecked: Some(Unchecked::CantTell), ..checked("a") };
        let text = suite(false, &[ReportEvent::Conversation(&unchecked)]);
        assert!(text.contains(r#"tests="1" skipped="1" errors="0" failures="0""#), "{text}");
        assert!(text.contains("<skipped message=\"the server answers differently "), "{text}");
        assert!(text.contains(">check with --spawn to know</skipped>"), "{text}");
        unchecked.findings.push(finding());
        let text = suite(false, &[ReportEvent::Conversation(&unchecked)]);
        assert!(text.contains(r#"skipped="0" errors="0" failures="1""#), "{text}");
    }

    #[test]
    fn a_finding_is_a_failure_with_its_text() {
        let broken = Checked { findings: vec![finding()], ..checked("accent") };
        let text = FindingText::new(&finding(), None, "--target tutorial").plain();
        let escape =
            |text: &str| text.replace('>', "&gt;").replace('<', "&lt;").replace('"', "&quot;");
        let message = escape(r#"cut@1: expected "é\n", actual """#);
        assert_eq!(
            suite(false, &[ReportEvent::Conversation(&broken)]),
            format!(
                r#"    <testsuite name="recut echo" tests="1" skipped="0" errors="0" failures="1">
        <testcase name="accent" time="1.500">
            <failure message="{message}" type="cut-off">{}</failure>
        </testcase>
    </testsuite>"#,
                escape(&text)
            )
        );
    }

    #[test]
    fn an_unstable_finding_fails_a_strict_report_only() {
        let unstable = Finding { confirmed: (1, 3), ..finding() };
        let unstable = Checked { findings: vec![unstable], ..checked("accent") };
        for (strict, failures) in [(false, "failures=\"0\""), (true, "failures=\"1\"")] {
            assert!(suite(strict, &[ReportEvent::Conversation(&unstable)]).contains(failures));
        }
    }

    #[test]
    fn a_server_that_did_not_come_up_again_is_an_error_beside_a_failure_if_there_is_one() {
        let lost = Checked { error: Some("can't start".to_owned()), ..checked("a") };
        let suite = |checked: &Checked| suite(false, &[ReportEvent::Conversation(checked)]);
        assert!(suite(&lost).contains("<error message=\"can&apos;t start\"/>"));
        let broken = suite(&Checked { findings: vec![finding()], ..lost });
        assert!(broken.contains("errors=\"0\" failures=\"1\""), "{broken}");
        assert!(broken.contains("<system-err>can&apos;t start</system-err>"), "{broken}");
    }
}
