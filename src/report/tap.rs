//! The Test Anything Protocol: a line for each conversation, and what was found below it.
//!
//! Source: TAP version 14 specification.

use super::event::{ReportEvent, Reporter};
use super::finding::FindingText;
use super::omission::OmissionScope;
use super::{advice, words};
use crate::check::{Checked, Finding};

/// The test points of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct TapReporter {
    strict: bool,
    told: usize,
}

impl TapReporter {
    /// A report without a test point; if it is `strict`, unstable findings fail too.
    pub fn new(strict: bool) -> Self {
        Self { strict, told: 0 }
    }

    fn conversation(&mut self, checked: &Checked) -> String {
        let counts = |finding: &&Finding| self.strict || finding.is_stable();
        let text = |finding| FindingText::new(finding, None, &checked.target).plain();
        let mut texts: Vec<_> = checked.findings.iter().filter(counts).map(text).collect();
        texts.extend(checked.error.clone());
        let unstable = checked.findings.first();
        let why = match (&checked.unchecked, unstable) {
            _ if !texts.is_empty() => None,
            (Some(why), _) => {
                Some(format!("{}: {}", words::unchecked(why), advice::unchecked(why)))
            }
            (None, Some(Finding { law, confirmed: (shown, of), .. })) => {
                Some(format!("unstable: {law} showed in {shown} of {of} replays"))
            }
            (None, None) if checked.interrupted => Some(words::INTERRUPTED.to_owned()),
            (None, None) => None,
        };
        self.point(&checked.name, &texts, why.as_deref())
    }

    /// A test point: it fails if there is a text, and is skipped if there is a reason for that.
    fn point(&mut self, name: &str, texts: &[String], skipped: Option<&str>) -> String {
        self.told += 1;
        let word = if texts.is_empty() { "ok" } else { "not ok" };
        let skip = skipped.map(|why| format!(" # SKIP {}", line(why))).unwrap_or_default();
        let mut out = format!("{word} {} - {}{skip}\n", self.told, line(name));
        if !texts.is_empty() {
            out.push_str("  ---\n  message: |\n");
            for line in texts.join("\n").lines() {
                out.push_str(format!("    {line}").trim_end());
                out.push('\n');
            }
            out.push_str("  ...\n");
        }
        out
    }
}

/// Text on one line, in which nothing begins a directive.
fn line(text: &str) -> String {
    crate::text::visible(text).replace('\\', "\\\\").replace('#', "\\#")
}

impl Reporter for TapReporter {
    fn event(&mut self, event: &ReportEvent<'_>) -> String {
        match *event {
            ReportEvent::Start { conversations, .. } => {
                format!("TAP version 14\n1..{conversations}\n")
            }
            ReportEvent::Conversation(checked) => self.conversation(checked),
            ReportEvent::Error { conversation: None, message } => {
                format!("Bail out! {}\n", line(message))
            }
            ReportEvent::Error { conversation: Some(name), message } => {
                self.point(name, &[message.to_owned()], None)
            }
            ReportEvent::LeftOut(left) if left.scope == OmissionScope::Conversations => {
                self.point(&left.example, &[], Some(&left.why))
            }
            ReportEvent::LeftOut(_) | ReportEvent::Finding { .. } => String::new(),
            ReportEvent::Summary(summary) => format!("# {summary}\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::omission::OmissionLine;
    use super::super::sample::{checked, finding};
    use super::*;
    use crate::check::Unchecked;

    fn told(events: &[ReportEvent<'_>]) -> String {
        let mut reporter = TapReporter::new(false);
        events.iter().map(|event| reporter.event(event)).collect()
    }

    #[test]
    fn each_conversation_is_a_point_and_there_are_as_many_as_were_planned() {
        let left_out = OmissionLine::not_played("d", "--fail-fast");
        let unchecked = Checked { unchecked: Some(Unchecked::CantTell), ..checked("b#1") };
        let unstable = Finding { confirmed: (1, 3), ..finding() };
        let unstable = Checked { findings: vec![unstable], ..checked("e") };
        let (target, started) = ("echo", Duration::ZERO);
        let text = told(&[
            ReportEvent::Start { target, seed: 0, conversations: 5, started },
            ReportEvent::Conversation(&checked("a")),
            ReportEvent::Conversation(&unchecked),
            ReportEvent::Error { conversation: Some("c"), message: "no server" },
            ReportEvent::LeftOut(&left_out),
            ReportEvent::Conversation(&unstable),
        ]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..3], ["TAP version 14", "1..5", "ok 1 - a"]);
        assert!(lines[3].starts_with("ok 2 - b\\#1 # SKIP the server answers "), "{text}");
        let failed = ["not ok 3 - c", "  ---", "  message: |", "    no server", "  ..."];
        assert_eq!(lines[4..9], failed);
        assert_eq!(lines[9], "ok 4 - d # SKIP --fail-fast");
        assert_eq!(lines[10], "ok 5 - e # SKIP unstable: cut-off showed in 1 of 3 replays");
    }

    #[test]
    fn a_finding_stands_below_its_point_as_a_block() {
        let broken = Checked { findings: vec![finding()], ..checked("a") };
        let text = told(&[ReportEvent::Conversation(&broken)]);
        assert!(
            text.starts_with("not ok 1 - a\n  ---\n  message: |\n    error[cut-off]: "),
            "{text}"
        );
        assert!(
            text.contains("\n      delivery  cut@1\n") && text.ends_with("\n  ...\n"),
            "{text}"
        );
    }
}
