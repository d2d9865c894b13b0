//! A JUnit report: one test case for each conversation, as the pages of CI systems show them.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::DateTime;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::event::{ReportEvent, Reporter};
use super::finding::FindingText;
use super::omission::OmissionScope;
use super::{advice, saved, words};
use crate::check::{Checked, Finding};
use crate::script::Law;

/// What the test cases of all runs have in common: their place in a page of tests.
const CLASS: &str = "recut";

/// The report of a run as XML, which is written when the run is over.
#[derive(Debug)]
pub struct JunitReporter {
    strict: bool,
    suite: TestSuite,
    /// Where the scripts of findings were saved, by conversation and law.
    saved: BTreeMap<(String, Law), String>,
}

impl JunitReporter {
    /// A report without a test case; if it is `strict`, unstable findings fail too.
    pub fn new(strict: bool) -> Self {
        Self { strict, suite: TestSuite::new("recut"), saved: BTreeMap::new() }
    }

    fn conversation(&self, checked: &Checked) -> TestCase {
        let counts = |finding: &&Finding| self.strict || finding.is_stable();
        let failing: Vec<_> = checked.findings.iter().filter(counts).collect();
        let status = match (&failing[..], &checked.error) {
            ([first, ..], _) => self.failure(first, &failing),
            ([], Some(message)) => error(message),
            ([], None) => match (&checked.unchecked, &checked.findings[..]) {
                (Some(why), _) => skipped(&words::unchecked(why), Some(advice::unchecked(why))),
                (None, [unstable, ..]) => {
                    let Finding { law, confirmed: (shown, of), .. } = unstable;
                    skipped(&format!("unstable: {law} showed in {shown} of {of} replays"), None)
                }
                (None, []) if checked.interrupted => skipped(words::INTERRUPTED, None),
                (None, []) => TestCaseStatus::success(),
            },
        };
        let mut case = case(&checked.name, status);
        case.set_time(checked.elapsed);
        case.extra.insert("file".into(), checked.file.as_str().into());
        let line = failing.first().map_or(1, |finding| finding.line());
        case.extra.insert("line".into(), line.to_string().into());
        if let (Some(message), false) = (&checked.error, failing.is_empty()) {
            // A test case has one status: a failure says more.
            case.set_system_err(message);
        }
        case
    }

    /// The status of a conversation that failed: the first finding in a line, and all of them in
    /// full, each with its script.
    fn failure(&self, first: &Finding, failing: &[&Finding]) -> TestCaseStatus {
        let text = |finding: &&Finding| {
            let saved = self.saved.get(&(finding.conversation.clone(), finding.law));
            let text = FindingText::new(finding, saved.map(String::as_str), &finding.options);
            format!("{}\n{}", text.plain(), saved::text(finding))
        };
        let texts: Vec<String> = failing.iter().map(text).collect();
        let Finding { law, delivery, seen, .. } = first;
        let (expected, actual) = (words::expected(&seen.demand), words::actual_then(seen));
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type(law.name());
        status.set_message(format!("{delivery}: expected {expected}, actual {actual}"));
        status.set_description(texts.join("\n"));
        status
    }
}

fn case(name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(CLASS);
    case
}

/// The status of a conversation about which nothing is known.
fn error(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(message);
    status
}

/// The status of a conversation that is neither right nor wrong.
fn skipped(why: &str, what_to_do: Option<&str>) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(why);
    if let Some(what) = what_to_do {
        status.set_description(what);
    }
    status
}

impl Reporter for JunitReporter {
    fn event(&mut self, event: &ReportEvent<'_>) -> String {
        let case = match *event {
            ReportEvent::Start { target, started, .. } => {
                self.suite.name = target.into();
                self.suite.timestamp = timestamp(started);
                return String::new();
            }
            ReportEvent::Finding { finding, saved, .. } => {
                if let Some(saved) = saved {
                    let key = (finding.conversation.clone(), finding.law);
                    self.saved.insert(key, saved.to_owned());
                }
                return String::new();
            }
            ReportEvent::Conversation(checked) => self.conversation(checked),
            ReportEvent::LeftOut(line) if line.scope == OmissionScope::Conversations => {
                case(&line.example, skipped(&line.why, None))
            }
            ReportEvent::Error { conversation, message } => {
                case(conversation.unwrap_or("recut"), error(message))
            }
            ReportEvent::LeftOut(_) => return String::new(),
            ReportEvent::Summary(summary) => {
                let mut report = Report::new("recut");
                self.suite.set_time(summary.elapsed);
                report.set_time(summary.elapsed);
                report.add_test_suite(self.suite.clone());
                let text = report.to_string();
                return text.unwrap_or_else(|error| format!("<!-- no report: {error} -->\n"));
            }
        };
        self.suite.add_test_case(case);
        String::new()
    }
}

/// The date of a time after the Unix epoch.
fn timestamp(started: Duration) -> Option<DateTime<chrono::FixedOffset>> {
    let seconds = i64::try_from(started.as_secs()).ok()?;
    DateTime::from_timestamp(seconds, 0).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::super::omission::OmissionLine;
    use super::super::sample::{checked, finding};
    use super::super::summary::Summary;
    use super::*;
    use crate::check::Unchecked;

    /// When a run began, and how long it took.
    const TIME: &str = r#" timestamp="1970-01-01T00:00:00.000+00:00" time="0.000""#;

    /// The test suite of a report on these events.
    fn suite(strict: bool, events: &[ReportEvent<'_>]) -> String {
        let mut reporter = JunitReporter::new(strict);
        let start = ReportEvent::Start {
            target: "echo",
            seed: 0,
            conversations: 1,
            started: Duration::ZERO,
        };
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
            format!(
                r#"    <testsuite name="echo" tests="3" skipped="1" errors="1" failures="0"{TIME}>
        <testcase name="a" classname="recut" time="1.500" file="a.recut" line="1"/>
        <testcase name="b" classname="recut">
            <skipped message="--fail-fast"/>
        </testcase>
        <testcase name="c" classname="recut">
            <error message="can&apos;t start `&lt;c&gt;`"/>
        </testcase>
    </testsuite>"#
            )
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
        let shown = FindingText::new(&finding(), Some("f.recut"), "--target tutorial").plain();
        let text = format!("{shown}\n{}", saved::text(&finding()));
        let escape =
            |text: &str| text.replace('>', "&gt;").replace('<', "&lt;").replace('"', "&quot;");
        let message = escape(r#"cut@1: expected "é\n", actual "" eof"#);
        let told = ReportEvent::Finding {
            finding: &broken.findings[0],
            target: "",
            saved: Some("f.recut"),
        };
        assert_eq!(
            suite(false, &[told, ReportEvent::Conversation(&broken)]),
            format!(
                r#"    <testsuite name="echo" tests="1" skipped="0" errors="0" failures="1"{TIME}>
        <testcase name="accent" classname="recut" time="1.500" file="a.recut" line="2">
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
            let text = suite(strict, &[ReportEvent::Conversation(&unstable)]);
            assert!(text.contains(failures), "{text}");
            let skipped = "<skipped message=\"unstable: cut-off showed in 1 of 3 replays\"/>";
            assert_eq!(text.contains(skipped), !strict, "{text}");
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
