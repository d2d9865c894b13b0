//! Verdicts as text without colours, for whoever has no terminal: a test.

use std::fmt;

use super::event::{ReportEvent, Reporter};
use super::finding::FindingText;
use super::omission::OmissionTable;
use super::summary::Summary;
use super::terminal::{TerminalOptions, TerminalReporter};
use crate::check::{Checked, Finding};

/// What the terminal shows of it, without colours.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&FindingText::new(self, None, &self.options).plain())
    }
}

/// What `recut check` prints for this conversation, without colours.
impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut reporter = TerminalReporter::new(TerminalOptions::default());
        let mut summary = Summary { seed: self.seed, elapsed: self.elapsed, ..Summary::default() };
        summary.add(self, false);
        let left_out = OmissionTable::of(self);
        left_out.lines().for_each(|line| summary.left_out.add(line));
        let target = self.target.strip_prefix("--target ").unwrap_or(&self.target);
        let seed = self.seed;
        let start = ReportEvent::Start { target, seed, conversations: 1, started: self.elapsed };
        f.write_str(&reporter.event(&start))?;
        for finding in &self.findings {
            let target = finding.options.as_str();
            let event = ReportEvent::Finding { finding, target, saved: None };
            f.write_str(&reporter.event(&event))?;
        }
        f.write_str(&reporter.event(&ReportEvent::Conversation(self)))?;
        for line in left_out.lines() {
            f.write_str(&reporter.event(&ReportEvent::LeftOut(line)))?;
        }
        f.write_str(&reporter.event(&ReportEvent::Summary(&summary)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{checked, finding};
    use super::*;

    #[test]
    fn a_verdict_reads_as_the_report_of_its_conversation() {
        let broken = Checked { findings: vec![finding()], seed: 7, ..checked("accent") };
        let text = broken.to_string();
        assert!(text.starts_with(&finding().to_string()), "{text}");
        assert!(text.contains("\n   BROKEN  accent "), "{text}");
        assert!(text.contains(", 1 finding, seed 7, 1.50s\n"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}
