//! JSON Lines: one object a line, each with `"v": 1` and a `"type"`. The schema is documented in
//! `docs/json.md`.

use serde::Serialize;

use super::left_out::LeftOutLine;
use super::summary::Summary;
use super::terminal::marks;
use super::words;
use crate::check::{Checked, Finding};

/// The version of the schema.
const VERSION: u32 = 1;

/// An object of the stream.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Object<'a> {
    Start {
        recut: &'a str,
        target: &'a str,
        seed: u64,
        conversations: usize,
    },
    Conversation {
        name: &'a str,
        verdict: &'a str,
        plays: u64,
        seconds: f64,
    },
    Finding {
        kind: &'a str,
        conversation: &'a str,
        file: &'a str,
        line: usize,
        delivery: &'a str,
        confirmed: String,
        stable: bool,
        expected: String,
        actual: String,
        then: Option<&'a str>,
        message: Option<String>,
        output: &'a [String],
        sent: &'a [String],
        cut_map: Option<String>,
        saved: Option<&'a str>,
    },
    Summary {
        conversations: usize,
        deliveries: u64,
        confirmed: u64,
        held: u64,
        paced: u64,
        findings: usize,
        unstable: usize,
        seed: u64,
        seconds: f64,
        interrupted: bool,
        left_out: Vec<LeftOut<'a>>,
    },
}

#[derive(Debug, Serialize)]
struct LeftOut<'a> {
    what: &'a str,
    why: &'a str,
    conversations: usize,
}

#[derive(Serialize)]
struct Versioned<'a> {
    v: u32,
    #[serde(flatten)]
    object: Object<'a>,
}

fn line(object: Object<'_>) -> String {
    let versioned = Versioned { v: VERSION, object };
    // Strings and numbers only: there is nothing that could fail.
    serde_json::to_string(&versioned).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
}

/// The first line: what is going to be checked.
pub fn start(target: &str, seed: u64, conversations: usize) -> String {
    line(Object::Start { recut: env!("CARGO_PKG_VERSION"), target, seed, conversations })
}

/// A conversation that was checked.
pub fn conversation(checked: &Checked) -> String {
    let verdict = if checked.stable().next().is_some() {
        "broken"
    } else if !checked.findings.is_empty() {
        "unstable"
    } else if checked.interrupted {
        "interrupted"
    } else {
        "held"
    };
    line(Object::Conversation {
        name: &checked.name,
        verdict,
        plays: checked.tally.total(),
        seconds: checked.elapsed.as_secs_f64(),
    })
}

/// A finding.
pub fn finding(finding: &Finding, saved: Option<&str>) -> String {
    line(Object::Finding {
        kind: finding.law.name(),
        conversation: &finding.conversation,
        file: &finding.source.name,
        line: finding.line(),
        delivery: &finding.delivery,
        confirmed: format!("{}/{}", finding.confirmed.0, finding.confirmed.1),
        stable: finding.is_stable(),
        expected: words::expected(&finding.seen.demand),
        actual: words::actual(&finding.seen),
        then: finding.seen.then.word(),
        message: words::message(&finding.seen.then),
        output: &finding.seen.output,
        sent: &finding.sent,
        cut_map: finding.map.as_ref().map(marks),
        saved,
    })
}

/// The last line: the counts.
pub fn summary(summary: &Summary, left_out: &[LeftOutLine], interrupted: bool) -> String {
    let left_out = left_out.iter().map(|line| LeftOut {
        what: &line.what,
        why: &line.why,
        conversations: line.conversations,
    });
    line(Object::Summary {
        conversations: summary.conversations,
        deliveries: summary.tally.total(),
        confirmed: summary.tally.confirmed,
        held: summary.tally.held,
        paced: summary.tally.paced,
        findings: summary.findings,
        unstable: summary.unstable,
        seed: summary.seed,
        seconds: summary.elapsed.as_secs_f64(),
        interrupted,
        left_out: left_out.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_says_who_checks_what() {
        let version = env!("CARGO_PKG_VERSION");
        let who = format!(r#"{{"v":1,"type":"start","recut":"{version}","#);
        let what = r#""target":"a \"b\"","seed":7,"conversations":3}"#;
        assert_eq!(start("a \"b\"", 7, 3), who + what);
    }
}
