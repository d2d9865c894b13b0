//! A finding as a person reads it. This needs no colours, so that a library can show a finding
//! as the terminal does.

use super::caret::Caret;
use super::cause::cause;
use super::difference::Difference;
use super::meaning::meaning;
use super::played::played;
use super::title::{label, title};
use super::{advice, cut_map, words};
use crate::check::{Finding, Then};
use crate::text::{counted, visible};

/// A finding in full: the claim with a caret; then rows with the smallest delivery, what came
/// instead, what that means, and how to see it again.
#[derive(Debug)]
pub struct FindingText<'a> {
    caret: Caret<'a>,
    /// A key, and a value that may have several lines.
    rows: Vec<(&'static str, String)>,
}

impl<'a> FindingText<'a> {
    /// What to say of a finding. If its script was `saved` to a file, the command that plays it
    /// again is shown; `target` is the options of the command line that name the target.
    pub fn new(finding: &'a Finding, saved: Option<&str>, target: &str) -> Self {
        Self::with(finding, saved, target, false)
    }

    /// The same with all that happened in the plays, however long they are.
    pub fn whole(finding: &'a Finding, saved: Option<&str>, target: &str) -> Self {
        Self::with(finding, saved, target, true)
    }

    fn with(finding: &'a Finding, saved: Option<&str>, target: &str, whole: bool) -> Self {
        let caret = Caret {
            title: title(finding),
            id: Some(finding.law.name()),
            path: &finding.source.name,
            text: &finding.source.text,
            span: finding.span.start..finding.span.end,
            label: label(finding),
            help: None,
        };
        Self { caret, rows: rows(finding, saved, target, whole) }
    }

    /// What the law that was broken means.
    #[cfg(feature = "cli")]
    pub(super) fn title(&self) -> &str {
        self.caret.title
    }

    /// The claim as it stands in its script, with a caret; whole lines.
    #[cfg(feature = "cli")]
    pub(super) fn claim(&self) -> String {
        self.caret.render(false)
    }

    /// What else is known: a key, and a value that may have several lines.
    #[cfg(feature = "cli")]
    pub(super) fn rows(&self) -> &[(&'static str, String)] {
        &self.rows
    }

    /// The command that shows it again, if its script was saved.
    #[cfg(feature = "cli")]
    pub(super) fn command(&self) -> Option<&str> {
        let command = self.rows.iter().find(|(key, _)| *key == "reproduce");
        command.map(|(_, command)| command.as_str())
    }

    /// The text without colours; whole lines.
    pub fn plain(&self) -> String {
        self.render(false, |key| key)
    }

    /// The text, with the keys of its rows painted like this, and the message with colours if it
    /// is `styled`.
    pub(super) fn render(&self, styled: bool, paint: impl Fn(String) -> String) -> String {
        let mut out = self.caret.render(styled);
        out.push('\n');
        for (key, value) in &self.rows {
            let key = paint(format!("{key:>10}"));
            let mut lines = value.lines().map(visible);
            out.push_str(&format!("{key}  {}\n", lines.next().unwrap_or_default()));
            lines.for_each(|line| out.push_str(&format!("{:12}{line}\n", "")));
        }
        out
    }
}

fn rows(
    finding: &Finding,
    saved: Option<&str>,
    target: &str,
    whole: bool,
) -> Vec<(&'static str, String)> {
    let mut rows = vec![("delivery", finding.delivery.clone())];
    let seen = &finding.seen;
    if !seen.plays.is_empty() {
        rows.push(("played", played(finding, whole)));
    }
    let Difference { expected, actual, first } = Difference::of(seen);
    rows.push(("expected", expected));
    rows.push(("actual", actual));
    rows.extend(first.map(|first| ("differ", first)));
    if seen.arrived > seen.actual.len() {
        let (kept, arrived) = (seen.actual.len(), seen.arrived);
        rows.push(("arrived", format!("{arrived} bytes, of which the first {kept} are kept")));
    }
    if let Some(message) = words::message(&seen.then) {
        let key = match seen.then {
            Then::Crashed(_) => "message",
            Then::Ended(_) => "client",
            _ => "server",
        };
        rows.push((key, message));
    }
    if !seen.output.is_empty() {
        rows.push(("output", cause(&seen.output)));
    }
    if seen.waiting > 0 {
        let connections = counted(seen.waiting as u64, "connection", "connections");
        rows.push(("note", format!("{connections} had come for which there is no `listen`")));
    }
    if let Some(map) = &finding.map {
        rows.push(("cut map", cut_map::fitted(map)));
        let means = meaning(map, &finding.delivery);
        rows.extend(means.map(|means| ("means", means.into_owned())));
        if map.broken.contains(&None) {
            let note = "? was not tried: the time for the map was over".to_owned();
            rows.push(("note", note));
        }
    }
    rows.extend(slowness(finding).map(|means| ("means", means)));
    rows.extend(advice::finding(finding).map(|advice| ("advice", advice)));
    let (shown, replays) = finding.confirmed;
    let word = if finding.is_stable() { "confirmed" } else { "unstable" };
    rows.push((word, format!("{shown}/{replays}")));
    if let Some(saved) = saved {
        rows.push(("saved", saved.to_owned()));
        let command = format!("recut check {} {target}", shell_words::quote(saved));
        rows.push(("reproduce", command));
    }
    rows
}

/// What it means that a pause at a cut is needed, if it is: the same pause between messages was
/// seen to do no harm.
fn slowness(finding: &Finding) -> Option<String> {
    let mut words = finding.delivery.split(' ');
    let (_, pause) = words.find_map(|word| word.strip_prefix("slow@")?.split_once('='))?;
    let what = match finding.seen.then {
        Then::Eof | Then::Reset => {
            format!("it gives up if a client pauses for {pause} inside a message")
        }
        _ => format!("a pause of {pause} inside a message changes what it does"),
    };
    Some(format!("{what}; between messages the same pause does no harm"))
}

#[cfg(test)]
mod tests {
    use super::super::sample::finding;
    use super::*;
    use crate::check::{Demand, Mismatch};
    use crate::script::Law;

    #[test]
    fn a_finding_is_a_message_with_a_caret_and_rows() {
        let finding = finding();
        let text = FindingText::new(&finding, Some("it's here.recut"), "--target tutorial");
        assert_eq!(
            text.plain(),
            r#"error[cut-off]: the answer stops short: the server ends the connection
 --> a.recut:2:3
  |
2 | < "é\n"
  |   ^^^^^ the server closed instead
  delivery  cut@1
    played  > hex"c3"
            | cut: the server had read up to here
            > "\xa9\n"
            < eof
            ! expected "é\n"
  expected  "é\n"
    actual  "" eof
    output  bad byte
   cut map  X.
     means  only cuts inside a character break it: each read is decoded on its own
 confirmed  3/3
     saved  it's here.recut
 reproduce  recut check 'it'\''s here.recut' --target tutorial
"#
        );
    }

    #[test]
    fn what_was_not_seen_has_no_row() {
        let seen = Mismatch {
            then: Then::Spun(98),
            output: Vec::new(),
            waiting: 0,
            plays: Vec::new(),
            ..finding().seen
        };
        let finding = Finding { seen, confirmed: (1, 3), map: None, ..finding() };
        let text = FindingText::new(&finding, None, "").plain();
        let rows: Vec<&str> = text.lines().skip(5).collect();
        assert_eq!(
            rows,
            [
                "  delivery  cut@1",
                "  expected  \"é\\n\"",
                "    actual  \"\"",
                "    server  it used 98 % of a core while no client was connected",
                "  unstable  1/3",
            ]
        );
    }

    #[test]
    fn a_server_that_refuses_connections_is_not_called_gone() {
        // Its process may live: that it accepts nobody is all that was seen.
        let then = Then::Crashed("connection refused".to_owned());
        let found = Finding { law: Law::Crashed, ..finding() };
        let found = Finding { seen: Mismatch { then, ..found.seen }, ..found };
        let text = FindingText::new(&found, None, "").plain();
        for said in [
            "error[crashed]: the server ends, panics, or accepts no connection any more\n",
            "^ the server does not answer any more\n",
            "! expected \"é\\n\"; the server does not answer any more\n",
            "   message  connection refused\n",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert!(!text.contains("gone"), "{text}");
    }

    #[test]
    fn an_answer_without_end_is_called_so() {
        let (demand, then) = (Demand::AnEnd, Then::WrongBytes);
        let seen = Mismatch { demand, then, law: Law::Differs, ..finding().seen };
        let finding = Finding { law: Law::Differs, seen, map: None, ..finding() };
        let text = FindingText::new(&finding, None, "").plain();
        for said in ["answer does not end", "after this does not end", "  that the answer ends\n"] {
            assert!(text.contains(said), "{said}: {text}");
        }
    }

    #[test]
    fn an_answer_that_changes_is_marked_and_what_to_do_is_said() {
        let actual = "è\n".as_bytes().to_vec();
        let seen = Mismatch { arrived: 3, actual, then: Then::WrongBytes, ..finding().seen };
        let finding = Finding { law: Law::Unrepeatable, seen, map: None, ..finding() };
        let text = FindingText::new(&finding, None, "").plain();
        let marked =
            "\n  expected  \"é\\n\"\n             ^\n    actual  \"è\\n\"\n             ^\n";
        assert!(text.contains(marked), "{text}");
        assert!(
            text.contains("\n    advice  if a part of the answer changes by itself, "),
            "{text}"
        );
    }

    #[test]
    fn a_pause_that_is_needed_is_told_with_its_length() {
        let slow = |then| {
            let seen = Mismatch { then, ..finding().seen };
            let delivery = "slow@3=1500ms".to_owned();
            slowness(&Finding { seen, delivery, ..finding() }).unwrap_or_default()
        };
        assert!(slow(Then::Eof).starts_with("it gives up if a client pauses for 1500ms inside "));
        assert!(slow(Then::WrongBytes).starts_with("a pause of 1500ms inside a message changes "));
        assert_eq!(slowness(&finding()), None);
    }
}
