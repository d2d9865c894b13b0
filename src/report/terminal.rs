//! What a person reads in a terminal.

use std::collections::BTreeSet;

use anstyle::{AnsiColor, Style};

use super::event::{ReportEvent, Reporter};
use super::finding::FindingText;
use super::summary::Summary;
use super::verdict::ConversationVerdict;
use super::{advice, saved, words};
use crate::check::{Checked, Finding};
use crate::script::Law;
use crate::text::visible;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const WARN: Style = AnsiColor::Yellow.on_default().bold();
const KEY: Style = Style::new().bold();

/// How much a person wants to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TerminalOptions {
    /// With colours.
    pub styled: bool,
    /// Only what broke.
    pub quiet: bool,
    /// Also what was left out of each conversation, and the script of each finding.
    pub verbose: bool,
}

/// The report for a person at a terminal.
#[derive(Debug)]
pub struct TerminalReporter {
    options: TerminalOptions,
    /// The other end, once it is known.
    target: Option<String>,
    /// What went wrong last: several conversations with one server tell it once.
    error: Option<String>,
    /// A line for each finding that counts.
    found: Vec<String>,
    /// The laws of all findings.
    laws: BTreeSet<Law>,
    /// Whether what is told next stands apart: nothing was told yet, or an empty line was last.
    is_apart: bool,
}

impl TerminalReporter {
    /// A report that has not begun.
    pub fn new(options: TerminalOptions) -> Self {
        let (found, laws) = (Vec::new(), BTreeSet::new());
        Self { options, target: None, error: None, found, laws, is_apart: true }
    }

    fn paint(&self, text: String, style: Style) -> String {
        if self.options.styled { format!("{style}{text}{style:#}") } else { text }
    }

    /// One line for a conversation, and why it was not judged if it was not.
    fn conversation(&self, checked: &Checked) -> String {
        let (word, style) = match ConversationVerdict::of(checked) {
            ConversationVerdict::Broken => ("BROKEN", BAD),
            ConversationVerdict::Unchecked => ("unchecked", WARN),
            ConversationVerdict::Unstable => ("unstable", WARN),
            ConversationVerdict::Interrupted => ("stopped", WARN),
            ConversationVerdict::Held => ("held", GOOD),
        };
        let laws: Vec<_> = checked.findings.iter().map(|finding| finding.law.name()).collect();
        let what = if laws.is_empty() { String::new() } else { format!("  {}", laws.join(", ")) };
        let plays = checked.tally.total();
        let noun = if plays == 1 { "delivery" } else { "deliveries" };
        let mut line = format!(
            "{}  {:<28} {:>6} {noun:<10} {:>8.3}s{what}\n",
            self.paint(format!("{word:>9}"), style),
            visible(&checked.name),
            plays,
            checked.elapsed.as_secs_f64(),
        );
        if let Some(why) = &checked.unchecked {
            let (why, what) = (words::unchecked(why), advice::unchecked(why));
            line.push_str(&format!("{:>9}  {}\n{:>9}  {what}\n", "why", visible(&why), "to do"));
        }
        line
    }

    fn finding(&mut self, finding: &Finding, target: &str, saved: Option<&str>) -> String {
        self.laws.insert(finding.law);
        if finding.is_stable() {
            let Finding { law, conversation, delivery, .. } = finding;
            let name = visible(conversation);
            self.found.push(format!("found: {:<12} {name:<28} {delivery}\n", law.name()));
        }
        // Findings stand apart from lines, and from each other.
        let apart = if self.is_apart { "" } else { "\n" };
        let text = match self.options.verbose {
            true => FindingText::whole(finding, saved, target),
            false => FindingText::new(finding, saved, target),
        };
        let text = text.render(self.options.styled, |key| self.paint(key, KEY));
        match self.options.verbose {
            true => format!("{apart}{text}\n{}\n", saved::text(finding)),
            false => format!("{apart}{text}\n"),
        }
    }

    fn error(&mut self, conversation: Option<&str>, message: &str) -> String {
        if self.error.as_deref() == Some(message) {
            return String::new();
        }
        self.error = Some(message.to_owned());
        let word = self.paint(format!("{:>9}", "error"), BAD);
        let name = conversation.map(|name| format!("{:<28} ", visible(name)));
        format!("{word}  {}{}\n", name.unwrap_or_default(), visible(message))
    }

    /// What was left out, the findings of a long run once more, and the last line.
    fn summary(&self, summary: &Summary) -> String {
        const FEW: usize = 3;
        let mut out = String::new();
        for line in summary.left_out.lines() {
            out.push_str(&format!("{line}\n"));
        }
        if summary.unstable > 0 {
            out.push_str(&format!(
                "unstable: {} not seen in every replay\n",
                match summary.unstable {
                    1 => "1 finding was".to_owned(),
                    count => format!("{count} findings were"),
                }
            ));
        }
        if self.found.len() > FEW && !self.options.quiet {
            out.push_str(&self.found.concat());
        }
        if !self.laws.is_empty() && !self.options.quiet {
            let commands = self.laws.iter().map(|law| format!("recut explain {law}"));
            let commands = commands.collect::<Vec<_>>().join(", ");
            out.push_str(&format!("what it means and how to mend it: {commands}\n"));
        }
        out.push_str(&summary.proofs.to_string());
        if let Some(target) = &self.target {
            out.push_str(&format!("target: {}\n", visible(target)));
        }
        out + &format!("{summary}\n")
    }
}

impl Reporter for TerminalReporter {
    fn event(&mut self, event: &ReportEvent<'_>) -> String {
        let told = match *event {
            ReportEvent::Start { target, .. } => {
                self.target = Some(target.to_owned());
                String::new()
            }
            ReportEvent::Conversation(checked) => {
                let has_held = checked.findings.is_empty() && checked.unchecked.is_none();
                let is_silent = self.options.quiet && has_held;
                let error = checked.error.as_deref();
                let error = error.map(|message| self.error(Some(&checked.name), message));
                let line = if is_silent { String::new() } else { self.conversation(checked) };
                error.unwrap_or_default() + &line
            }
            ReportEvent::Finding { finding, target, saved } => self.finding(finding, target, saved),
            ReportEvent::LeftOut(line) if self.options.verbose => format!("           {line}\n"),
            ReportEvent::LeftOut(_) => String::new(),
            ReportEvent::Error { conversation, message } => self.error(conversation, message),
            ReportEvent::Summary(summary) => self.summary(summary),
        };
        if !told.is_empty() {
            self.is_apart = matches!(event, ReportEvent::Finding { .. });
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::omission::OmissionLine;
    use super::super::sample::{checked, finding};
    use super::*;
    use crate::check::Unchecked;

    fn reporter(quiet: bool, verbose: bool) -> TerminalReporter {
        TerminalReporter::new(TerminalOptions { styled: false, quiet, verbose })
    }

    #[test]
    fn a_conversation_is_a_line_and_a_finding_stands_apart_from_it() {
        let broken = Checked { findings: vec![finding()], ..checked("acc\ne") };
        let mut reporter = reporter(false, false);
        assert_eq!(
            reporter.event(&ReportEvent::Conversation(&checked("plain"))),
            "     held  plain                            12 deliveries    1.500s\n"
        );
        assert_eq!(
            reporter.event(&ReportEvent::Conversation(&broken)),
            "   BROKEN  acc\\ne                           12 deliveries    1.500s  cut-off\n"
        );
        let event = ReportEvent::Finding { finding: &finding(), target: "-", saved: Some("f") };
        let text = FindingText::new(&finding(), Some("f"), "-").plain();
        assert_eq!(reporter.event(&event), format!("\n{text}\n"), "after a line");
        assert_eq!(reporter.event(&event), format!("{text}\n"), "after another finding");
        let mut verbose = self::reporter(false, true);
        assert_eq!(verbose.event(&event), format!("{text}\n{}\n", saved::text(&finding())));
    }

    #[test]
    fn a_conversation_that_was_not_judged_says_why_and_what_to_do() {
        let unchecked = Checked { unchecked: Some(Unchecked::CantTell), ..checked("plain") };
        assert_eq!(
            reporter(false, false).event(&ReportEvent::Conversation(&unchecked)),
            "unchecked  plain                            12 deliveries    1.500s\n\
             \x20     why  the server answers differently than at the beginning, and recut can't \
             start it again to find out why\n\
             \x20   to do  check with --spawn to know\n"
        );
    }

    #[test]
    fn a_quiet_report_has_only_what_broke() {
        let broken = Checked { findings: vec![finding()], ..checked("accent") };
        let mut reporter = reporter(true, false);
        assert_eq!(reporter.event(&ReportEvent::Conversation(&checked("plain"))), "");
        assert_ne!(reporter.event(&ReportEvent::Conversation(&broken)), "");
        let unchecked = Checked { unchecked: Some(Unchecked::Volatile), ..checked("accent") };
        assert_ne!(reporter.event(&ReportEvent::Conversation(&unchecked)), "");
    }

    #[test]
    fn what_was_left_out_of_a_conversation_is_told_if_that_is_wanted() {
        let line = OmissionLine::not_played("last", "--fail-fast");
        let event = ReportEvent::LeftOut(&line);
        assert_eq!(reporter(false, false).event(&event), "");
        assert_eq!(
            reporter(false, true).event(&event),
            "           left out: whole conversations: --fail-fast (last)\n"
        );
    }

    #[test]
    fn an_error_that_several_conversations_meet_is_told_once() {
        let mut reporter = reporter(true, false);
        let mut told =
            |conversation, message| reporter.event(&ReportEvent::Error { conversation, message });
        assert_eq!(told(Some("a"), "no\n"), "    error  a                            no\\n\n");
        assert_eq!(told(Some("b"), "no\n"), "");
        assert_eq!(told(None, "why"), "    error  why\n");
        let failed = Checked { error: Some("ended".to_owned()), ..checked("c") };
        assert_eq!(
            reporter.event(&ReportEvent::Conversation(&failed)),
            "    error  c                            ended\n"
        );
    }

    #[test]
    fn the_end_is_what_was_left_out_the_findings_the_target_and_the_counts() {
        let mut summary = Summary { unstable: 1, ..Summary::default() };
        let last = format!("{summary}\n");
        assert_eq!(
            reporter(false, false).event(&ReportEvent::Summary(&Summary::default())),
            last,
            "nothing began"
        );
        summary.left_out.add(&OmissionLine::not_played("last", "--fail-fast"));
        for (quiet, findings, overview) in [(false, 4, 4), (false, 3, 0), (true, 4, 0)] {
            let mut reporter = reporter(quiet, false);
            reporter.event(&ReportEvent::Start {
                target: "echo",
                seed: 0,
                conversations: 4,
                started: Duration::ZERO,
            });
            let unstable = Finding { confirmed: (0, 3), ..finding() };
            for finding in vec![finding(); findings].iter().chain([&unstable]) {
                reporter.event(&ReportEvent::Finding { finding, target: "", saved: None });
            }
            let found = "found: cut-off      accent                       cut@1\n";
            let explain = "what it means and how to mend it: recut explain cut-off\n";
            let explain = if quiet { "" } else { explain };
            assert_eq!(
                reporter.event(&ReportEvent::Summary(&summary)),
                format!(
                    "left out: whole conversations: --fail-fast (last)\n\
                     unstable: 1 finding was not seen in every replay\n\
                     {}{explain}target: echo\n{last}",
                    found.repeat(overview)
                )
            );
        }
    }

    #[test]
    fn colours_are_added_if_they_are_wanted() {
        let options = TerminalOptions { styled: true, ..TerminalOptions::default() };
        let mut reporter = TerminalReporter::new(options);
        let line = reporter.event(&ReportEvent::Conversation(&checked("plain")));
        assert!(line.starts_with("\u{1b}[1m\u{1b}[32m     held\u{1b}[0m  plain "), "{line:?}");
    }
}
