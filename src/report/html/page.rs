//! The page: what was checked, the conversations, the findings, what was left out.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::finding::section;
use super::strip::strip;
use super::{HtmlReporter, ShownFinding};
use crate::check::Checked;
use crate::report::summary::Summary;
use crate::report::verdict::ConversationVerdict;
use crate::report::{advice, words};
use crate::text::visible;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// What the page may do: nothing but what stands in it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// The page of a run.
pub(super) struct Page<'a> {
    pub(super) run: &'a HtmlReporter,
    pub(super) summary: &'a Summary,
}

impl Page<'_> {
    pub(super) fn to_html(&self) -> String {
        let HtmlReporter { target, findings, .. } = self.run;
        let title = format!("recut: {}", visible(target));
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    title { (title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    header {
                        h1 { (title) }
                        p class="summary" { (self.summary.to_string()) }
                        @if self.summary.interrupted {
                            p { "A signal ended the run before it was over." }
                        }
                        (self.filters())
                    }
                    main {
                        (self.conversations())
                        h2 { "Findings" }
                        @if findings.is_empty() { p { (self.without_findings()) } }
                        @for (number, shown) in findings.iter().enumerate() {
                            (section(number + 1, shown))
                        }
                        (self.left_out())
                    }
                    footer {
                        p { "recut " (env!("CARGO_PKG_VERSION")) ", seed " (self.summary.seed) }
                    }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        };
        page.into_string()
    }

    fn without_findings(&self) -> &'static str {
        let Summary { unchecked, not_reached, interrupted, .. } = *self.summary;
        if unchecked == 0 && not_reached == 0 && !interrupted {
            "Every law held."
        } else {
            "Nothing was found, but not everything was judged."
        }
    }

    /// Buttons that only scripts make work: without them they are not shown.
    fn filters(&self) -> Markup {
        html! {
            nav hidden class="filters" aria-label="Filter" {
                @for (name, word) in [("all", "All"), ("broken", "Broken"), ("other", "Not judged"),
                    ("held", "Held")]
                {
                    button type="button" data-filter=(name) aria-pressed=(name == "all") { (word) }
                }
            }
        }
    }

    fn conversations(&self) -> Markup {
        html! {
            h2 { "Conversations" }
            div class="wide" {
                table {
                    thead {
                        tr {
                            th scope="col" { "Verdict" }
                            th scope="col" { "Conversation" }
                            th scope="col" class="number" { "Deliveries" }
                            th scope="col" class="number" { "Seconds" }
                            th scope="col" { "Which single cuts break it" }
                        }
                    }
                    tbody {
                        @for checked in &self.run.conversations { (self.row(checked)) }
                        @for (name, why) in &self.run.errors {
                            tr class="conversation" data-verdict="other" {
                                td { span class="verdict other" { "error" } }
                                td { (visible(name)) }
                                td colspan="3" { (visible(why)) }
                            }
                        }
                    }
                }
            }
        }
    }

    fn row(&self, checked: &Checked) -> Markup {
        let (word, filter) = match ConversationVerdict::of(checked) {
            ConversationVerdict::Broken => ("broken", "broken"),
            ConversationVerdict::Unchecked => ("unchecked", "other"),
            ConversationVerdict::Unstable => ("unstable", "other"),
            ConversationVerdict::Interrupted => ("stopped", "other"),
            ConversationVerdict::Held => ("held", "held"),
        };
        let is_of_it = |shown: &&(usize, &ShownFinding)| {
            let finding = &shown.1.finding;
            (&finding.conversation, &finding.options) == (&checked.name, &checked.target)
        };
        let all: Vec<_> = self.run.findings.iter().enumerate().collect();
        let findings: Vec<_> = all.iter().filter(is_of_it).collect();
        html! {
            tr class="conversation" data-verdict=(filter) {
                td { span class={ "verdict " (filter) } { (word) } }
                td { (visible(&checked.name)) }
                td class="number" data-unit="deliveries" { (checked.tally.total()) }
                td class="number" data-unit="s" {
                    (format!("{:.3}", checked.elapsed.as_secs_f64()))
                }
                td {
                    @for (number, shown) in findings {
                        div class="of-finding" {
                            a href={ "#finding-" (number + 1) } { (shown.finding.law.name()) }
                            @if let Some(map) = &shown.finding.map { (strip(map)) }
                        }
                    }
                    @if checked.findings.is_empty() {
                        @for map in &checked.held { (strip(map)) }
                    }
                    @if let Some(why) = &checked.unchecked {
                        p { (visible(&words::unchecked(why))) ". " (advice::unchecked(why)) "." }
                    }
                    @if let Some(error) = &checked.error { p { (visible(error)) } }
                }
            }
        }
    }

    fn left_out(&self) -> Markup {
        html! {
            @if !self.run.left_out.is_empty() {
                h2 { "Left out" }
                ul {
                    @for line in &self.run.left_out { li { (visible(&line.to_string())) } }
                }
            }
        }
    }
}
