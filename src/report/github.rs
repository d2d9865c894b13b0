//! Annotations for GitHub Actions: what was found stands beside the line of the script.
//!
//! Source: GitHub Docs, "Workflow commands for GitHub Actions".

use std::borrow::Cow;

use super::event::{ReportEvent, Reporter};
use super::finding::FindingText;
use super::{advice, words};
use crate::check::{Checked, Finding};
use crate::text::visible;

/// The annotations of a run; what held has none.
#[derive(Clone, Copy, Debug)]
pub struct GithubReporter {
    strict: bool,
}

impl GithubReporter {
    /// A report of which unstable findings are errors, too, if it is `strict`.
    pub fn new(strict: bool) -> Self {
        Self { strict }
    }

    fn finding(self, finding: &Finding, saved: Option<&str>, target: &str) -> String {
        let counts = self.strict || finding.is_stable();
        let text = FindingText::new(finding, saved, target);
        let title = format!("recut: {} ({})", finding.law, finding.conversation);
        let line = Some(finding.line());
        command(level(counts), &finding.source.name, line, &title, &text.plain())
    }
}

impl Reporter for GithubReporter {
    fn event(&mut self, event: &ReportEvent<'_>) -> String {
        match *event {
            ReportEvent::Finding { finding, target, saved } => self.finding(finding, saved, target),
            ReportEvent::Conversation(checked) => conversation(checked),
            ReportEvent::Error { conversation, message } => {
                let title = format!("recut: {}", conversation.unwrap_or("not checked"));
                command("error", "", None, &title, message)
            }
            ReportEvent::Start { .. } | ReportEvent::LeftOut(_) | ReportEvent::Summary(_) => {
                String::new()
            }
        }
    }
}

/// What a conversation says beside its findings: that it was not judged, or that its server did
/// not come up again.
fn conversation(checked: &Checked) -> String {
    let Checked { name, file, unchecked, error, .. } = checked;
    let mut told = String::new();
    if let Some(why) = unchecked {
        let message = format!("{}\n{}", words::unchecked(why), advice::unchecked(why));
        told += &command("warning", file, None, &format!("recut: unchecked ({name})"), &message);
    }
    if let Some(message) = error {
        told += &command("error", file, None, &format!("recut: {name}"), message);
    }
    told
}

fn level(counts: bool) -> &'static str {
    if counts { "error" } else { "warning" }
}

fn command(level: &str, file: &str, line: Option<usize>, title: &str, message: &str) -> String {
    let place = match (file, line) {
        ("", _) => String::new(),
        (file, Some(line)) => format!("file={},line={line},", property(file)),
        (file, None) => format!("file={},", property(file)),
    };
    format!("::{level} {place}title={}::{}\n", property(title), data(message.trim_end()))
}

/// A message: a line end would end the command.
fn data(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(visible).collect();
    lines.join("\n").replace('%', "%25").replace('\n', "%0A")
}

/// A value before the message, which a colon or a comma would end.
fn property(text: &str) -> String {
    data(&visible(text)).replace(':', "%3A").replace(',', "%2C")
}

/// Text in which a runner finds no command: it looks for `::` after the blanks at a line's
/// beginning, and for `##[` anywhere.
pub fn without_commands(text: &str) -> Cow<'_, str> {
    let is_command = |line: &str| line.trim_start().starts_with("::") || line.contains("##[");
    if !text.lines().any(is_command) {
        return Cow::Borrowed(text);
    }
    let line = |line: &str| match line.trim_start().strip_prefix("::") {
        Some(rest) => {
            let blanks = &line[..line.len() - line.trim_start().len()];
            format!("{blanks}: :{rest}").replace("##[", "## [")
        }
        None => line.replace("##[", "## ["),
    };
    Cow::Owned(text.split_inclusive('\n').map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{checked, finding};
    use super::*;
    use crate::check::Unchecked;

    fn told(event: ReportEvent<'_>) -> String {
        GithubReporter::new(false).event(&event)
    }

    #[test]
    fn a_finding_stands_beside_the_line_of_its_claim() {
        let text = told(ReportEvent::Finding { finding: &finding(), target: "-", saved: None });
        let start = "::error file=a.recut,line=2,title=recut%3A cut-off (accent)::error[cut-off]: ";
        assert!(text.starts_with(start), "{text}");
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        assert!(text.contains("%0A  delivery  cut@1%0A"), "{text}");
        let unstable = Finding { confirmed: (1, 3), ..finding() };
        let event = ReportEvent::Finding { finding: &unstable, target: "-", saved: None };
        assert!(told(event).starts_with("::warning "));
        assert!(GithubReporter::new(true).event(&event).starts_with("::error "));
    }

    #[test]
    fn nothing_that_is_said_ends_a_command_or_begins_another_one() {
        let name = "a,line=9::x\n::error::y%0A";
        let evil = Checked {
            name: name.to_owned(),
            file: name.to_owned(),
            unchecked: Some(Unchecked::OurLimit(name.to_owned())),
            error: Some(name.to_owned()),
            ..checked("a")
        };
        let text = told(ReportEvent::Conversation(&evil));
        for line in text.lines() {
            assert!(
                line.starts_with("::warning file=a%2Cline=9%3A%3Ax\\n%3A%3Aerror")
                    || line.starts_with("::error file=a%2Cline=9%3A%3Ax\\n%3A%3Aerror"),
                "{line}"
            );
            assert!(line.contains("y%250A"), "{line}");
        }
        assert_eq!(text.lines().count(), 2);
    }

    #[test]
    fn what_held_is_not_annotated() {
        assert_eq!(told(ReportEvent::Conversation(&checked("a"))), "");
        let error = ReportEvent::Error { conversation: Some("a"), message: "no server" };
        assert_eq!(told(error), "::error title=recut%3A a::no server\n");
    }

    #[test]
    fn what_a_server_says_is_no_command() {
        for (text, told) in [
            ("plain ::not a command\n", "plain ::not a command\n"),
            ("a\n   ::stop-commands::x\nb", "a\n   : :stop-commands::x\nb"),
            ("::error::x ##[group]\n", ": :error::x ## [group]\n"),
            ("so ##[error]x", "so ## [error]x"),
            ("\u{a0}::error::x\n", "\u{a0}: :error::x\n"),
        ] {
            assert_eq!(without_commands(text), told);
        }
    }
}
