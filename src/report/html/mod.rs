//! One self-contained page of a run: nothing is fetched, and it can be read without scripts, which
//! only add filters and buttons.

mod finding;
mod ladder;
mod page;
mod strip;

use self::page::Page;
use super::event::{ReportEvent, Reporter};
use super::omission::OmissionLine;
use crate::check::{Checked, Finding};

/// The report of a run as a page of HTML, which is written when the run is over.
#[derive(Debug, Default)]
pub struct HtmlReporter {
    target: String,
    findings: Vec<ShownFinding>,
    conversations: Vec<Checked>,
    left_out: Vec<OmissionLine>,
    /// Conversations that could not be played, and why.
    errors: Vec<(String, String)>,
}

/// A finding, and what the command line knows of it.
#[derive(Debug)]
struct ShownFinding {
    finding: Finding,
    saved: Option<String>,
    target: String,
}

impl Reporter for HtmlReporter {
    fn event(&mut self, event: &ReportEvent<'_>) -> String {
        match *event {
            ReportEvent::Start { target, .. } => target.clone_into(&mut self.target),
            ReportEvent::Conversation(checked) => self.conversations.push(checked.clone()),
            ReportEvent::Finding { finding, target, saved } => self.findings.push(ShownFinding {
                finding: finding.clone(),
                saved: saved.map(str::to_owned),
                target: target.to_owned(),
            }),
            ReportEvent::LeftOut(line) => self.left_out.push(line.clone()),
            ReportEvent::Error { conversation, message } => {
                self.errors.push((conversation.unwrap_or("recut").to_owned(), message.to_owned()));
            }
            ReportEvent::Summary(summary) => return Page { run: self, summary }.to_html(),
        }
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::sample::{checked, finding};
    use super::super::summary::Summary;
    use super::*;
    use crate::check::{CutMap, Mismatch, ObservedPlay, TranscriptEvent};

    /// The page of a run with these conversations.
    fn page(conversations: &[Checked]) -> String {
        let mut reporter = HtmlReporter::default();
        reporter.event(&ReportEvent::Start {
            target: "echo",
            seed: 7,
            conversations: 1,
            started: Duration::ZERO,
        });
        let mut summary = Summary::default();
        for checked in conversations {
            for finding in &checked.findings {
                let event = ReportEvent::Finding { finding, target: "-", saved: Some("f.recut") };
                assert_eq!(reporter.event(&event), "", "it is written at the end");
            }
            reporter.event(&ReportEvent::Conversation(checked));
            summary.add(checked, false);
        }
        reporter.event(&ReportEvent::Summary(&summary))
    }

    fn count(page: &str, what: &str) -> usize {
        page.matches(what).count()
    }

    #[test]
    fn every_conversation_is_a_row_and_every_finding_a_section() {
        let broken = Checked { findings: vec![finding(), finding()], ..checked("accent") };
        let page = page(&[checked("plain"), broken]);
        assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
        assert_eq!(count(&page, "<tr class=\"conversation"), 2);
        assert_eq!(count(&page, "<section class=\"finding"), 2);
        assert_eq!(count(&page, "<svg"), 2);
        // Two offsets each: in the row, and in the section.
        assert_eq!(count(&page, "<li class=\"broken\""), 4);
        assert_eq!(count(&page, "<li class=\"held\""), 4);
        assert!(page.contains("recut check f.recut -"));
        assert!(page.contains("deliver cut@1"), "the script that was saved");
    }

    #[test]
    fn a_run_without_findings_says_so() {
        let page = page(&[checked("plain")]);
        assert_eq!(count(&page, "<section class=\"finding"), 0);
        assert!(page.contains("Every law held."), "{page}");
    }

    #[test]
    fn nothing_is_fetched() {
        let page = page(&[Checked { findings: vec![finding()], ..checked("a") }]);
        for fetches in ["http:", "https:", "src=", "url(", "@import", "<link"] {
            assert!(!page.contains(fetches), "{fetches}");
        }
    }

    #[test]
    fn what_a_server_or_a_script_says_is_text_and_no_markup() {
        const EVIL: &str = "</script><script>alert(1)</script><img onerror='x'>\"'&\u{202e}\u{0}";
        let mut play = ObservedPlay {
            connections: vec![EVIL.to_owned()],
            delivery: EVIL.to_owned(),
            ..ObservedPlay::default()
        };
        let received = TranscriptEvent::Received(0, EVIL.into());
        play.transcript.push(Duration::ZERO, received);
        let seen = Mismatch {
            actual: EVIL.into(),
            output: vec![EVIL.to_owned()],
            plays: vec![play],
            ..finding().seen
        };
        let map = CutMap { stream: EVIL.into(), broken: vec![None; EVIL.len() - 1] };
        let evil = Finding {
            conversation: EVIL.to_owned(),
            delivery: EVIL.to_owned(),
            script: EVIL.to_owned(),
            map: Some(map),
            seen,
            ..finding()
        };
        let error = Some(EVIL.to_owned());
        let page = page(&[Checked { findings: vec![evil], error, ..checked(EVIL) }]);
        assert!(!page.contains("<img") && !page.contains("<script>alert"), "{page}");
        assert_eq!(count(&page, "<script"), 1);
        assert!(!page.contains('\u{202e}') && !page.contains('\u{0}'));
    }
}
