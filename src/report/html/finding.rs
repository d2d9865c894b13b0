//! A finding as a section of the page.

use maud::{Markup, html};

use super::ShownFinding;
use super::ladder::picture;
use super::strip::strip;
use crate::report::finding::FindingText;
use crate::report::ladder::ladder;
use crate::report::saved;
use crate::text::visible;

/// Rows of the text that the section shows in another way.
const SHOWN_OTHERWISE: [&str; 4] = ["played", "cut map", "saved", "reproduce"];

/// The section of the finding with this number.
pub(super) fn section(number: usize, shown: &ShownFinding) -> Markup {
    let ShownFinding { finding, saved, target } = shown;
    let filter = if finding.is_stable() { "broken" } else { "other" };
    let text = FindingText::new(finding, saved.as_deref(), target);
    html! {
        section class="finding" id={ "finding-" (number) } data-verdict=(filter) {
            h3 {
                span class={ "verdict " (filter) } { (finding.law.name()) }
                " " (text.title()) ": " (visible(&finding.conversation))
            }
            pre class="claim" { (text.claim()) }
            @if let Some(map) = &finding.map {
                h4 { "Which single cuts break it" }
                (strip(map))
            }
            @for play in ladder(finding) {
                figure {
                    figcaption { (visible(&play.title)) }
                    (picture(&play))
                }
            }
            dl {
                @for (key, value) in text.rows() {
                    @if !SHOWN_OTHERWISE.contains(key) {
                        dt { (key) }
                        dd { pre { (lines(value)) } }
                    }
                }
            }
            @if let Some(command) = text.command() {
                div class="command" {
                    code { (visible(command)) }
                    button hidden type="button" class="copy" data-copy=(visible(command)) { "Copy" }
                }
            }
            details {
                summary {
                    "The script that shows it"
                    @if let Some(saved) = saved { ", saved as " code { (visible(saved)) } }
                }
                pre { (lines(&saved::text(finding))) }
            }
        }
    }
}

/// Text of several lines, in which nothing but line ends is a control character.
fn lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(visible).collect();
    lines.join("\n")
}
