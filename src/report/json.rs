//! JSON Lines: one object a line, each with `"v": 1` and a `"type"`. The schema is documented in
//! `docs/json.md`.

use serde::Serialize;

use super::cut_map::marks;
use super::event::{ReportEvent, Reporter};
use super::ladder::{LadderPlay, ladder};
use super::summary::Summary;
use super::verdict::ConversationVerdict;
use super::{advice, words};
use crate::check::{Checked, Finding};

/// The version of the schema.
const VERSION: u32 = 1;

/// An object of the stream, without the version.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum JsonObject<'a> {
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
        unchecked: Option<String>,
        proof: Option<JsonProof<'a>>,
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
        plays: Vec<LadderPlay>,
        cut_map: Option<String>,
        advice: Option<String>,
        saved: Option<&'a str>,
    },
    Error {
        conversation: Option<&'a str>,
        message: &'a str,
    },
    Summary {
        conversations: usize,
        deliveries: u64,
        confirmed: u64,
        held: u64,
        paced: u64,
        findings: usize,
        unstable: usize,
        unchecked: usize,
        not_reached: usize,
        seed: u64,
        seconds: f64,
        interrupted: bool,
        left_out: Vec<JsonOmission<'a>>,
    },
}

/// What came of proving every segmentation.
#[derive(Debug, Serialize)]
struct JsonProof<'a> {
    holds: bool,
    places: usize,
    segments: u64,
    state_depends_on: Option<&'a [String; 2]>,
}

#[derive(Debug, Serialize)]
struct JsonOmission<'a> {
    what: &'a str,
    why: &'a str,
    conversations: usize,
}

#[derive(Serialize)]
struct JsonLine<'a> {
    v: u32,
    #[serde(flatten)]
    object: JsonObject<'a>,
}

/// The JSON Lines of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonReporter;

impl Reporter for JsonReporter {
    fn event(&mut self, event: &ReportEvent<'_>) -> String {
        match *event {
            ReportEvent::Start { target, seed, conversations, .. } => {
                let recut = env!("CARGO_PKG_VERSION");
                line(JsonObject::Start { recut, target, seed, conversations })
            }
            ReportEvent::Conversation(checked) => {
                let name = Some(checked.name.as_str());
                let error = checked.error.as_deref().map(|message| error(name, message));
                conversation(checked) + &error.unwrap_or_default()
            }
            ReportEvent::Finding { finding: found, saved, .. } => finding(found, saved),
            // The summary has it.
            ReportEvent::LeftOut(_) => String::new(),
            ReportEvent::Error { conversation, message } => error(conversation, message),
            ReportEvent::Summary(counts) => summary(counts),
        }
    }
}

fn line(object: JsonObject<'_>) -> String {
    let line = JsonLine { v: VERSION, object };
    // Strings and numbers only: there is nothing that could fail.
    let text = serde_json::to_string(&line);
    let text = text.unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"));
    // It stands in strings only, and begins a command to a runner of GitHub Actions.
    text.replace("##[", "#\\u0023[") + "\n"
}

fn conversation(checked: &Checked) -> String {
    let verdict = match ConversationVerdict::of(checked) {
        ConversationVerdict::Held => "held",
        ConversationVerdict::Broken => "broken",
        ConversationVerdict::Unchecked => "unchecked",
        ConversationVerdict::Unstable => "unstable",
        ConversationVerdict::Interrupted => "interrupted",
    };
    let proof = checked.proof.as_ref().map(|proof| JsonProof {
        holds: proof.holds,
        places: proof.places,
        segments: proof.segments,
        state_depends_on: proof.fork.as_ref().map(|fork| &fork.deliveries),
    });
    line(JsonObject::Conversation {
        name: &checked.name,
        verdict,
        plays: checked.tally.total(),
        seconds: checked.elapsed.as_secs_f64(),
        unchecked: checked.unchecked.as_ref().map(words::unchecked),
        proof,
    })
}

fn error(conversation: Option<&str>, message: &str) -> String {
    line(JsonObject::Error { conversation, message })
}

fn finding(finding: &Finding, saved: Option<&str>) -> String {
    line(JsonObject::Finding {
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
        plays: ladder(finding),
        cut_map: finding.map.as_ref().map(marks),
        advice: advice::finding(finding),
        saved,
    })
}

fn summary(summary: &Summary) -> String {
    let left_out = summary.left_out.lines().map(|line| JsonOmission {
        what: line.scope.name(),
        why: &line.why,
        conversations: line.conversations,
    });
    line(JsonObject::Summary {
        conversations: summary.conversations,
        deliveries: summary.tally.total(),
        confirmed: summary.tally.confirmed,
        held: summary.tally.held,
        paced: summary.tally.paced,
        findings: summary.findings,
        unstable: summary.unstable,
        unchecked: summary.unchecked,
        not_reached: summary.not_reached,
        seed: summary.seed,
        seconds: summary.elapsed.as_secs_f64(),
        interrupted: summary.interrupted,
        left_out: left_out.collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::omission::OmissionLine;
    use super::super::sample;
    use super::*;
    use crate::check::Unchecked;

    fn told(event: ReportEvent<'_>) -> String {
        JsonReporter.event(&event)
    }

    #[test]
    fn the_first_line_says_who_checks_what() {
        let version = env!("CARGO_PKG_VERSION");
        let who = format!(r#"{{"v":1,"type":"start","recut":"{version}","#);
        let what = r#""target":"a \"b\"","seed":7,"conversations":3}"#;
        let start = ReportEvent::Start {
            target: "a \"b\"",
            seed: 7,
            conversations: 3,
            started: Duration::ZERO,
        };
        assert_eq!(told(start), who + what + "\n");
    }

    #[test]
    fn what_a_server_says_is_no_command_to_a_runner() {
        let message = "\n::error::x ###[error]y";
        let told = told(ReportEvent::Error { conversation: None, message });
        assert!(told.starts_with('{') && told.lines().count() == 1, "{told}");
        assert!(!told.contains("##["), "{told}");
        let read: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!(read["message"], message);
    }

    #[test]
    fn a_conversation_is_a_line_and_so_is_what_went_wrong_in_it() {
        let mut checked = sample::checked("a");
        let line = concat!(
            r#"{"v":1,"type":"conversation","name":"a","verdict":"held","plays":12,"seconds":1.5,"#,
            r#""unchecked":null,"proof":null}"#,
            "\n",
        );
        assert_eq!(told(ReportEvent::Conversation(&checked)), line);
        checked.error = Some("can't start".to_owned());
        let error =
            concat!(r#"{"v":1,"type":"error","conversation":"a","message":"can't start"}"#, "\n",);
        assert_eq!(told(ReportEvent::Conversation(&checked)), [line, error].concat());
        let event = ReportEvent::Error { conversation: Some("a"), message: "can't start" };
        assert_eq!(told(event), error);
        let event = ReportEvent::Error { conversation: None, message: "can't start" };
        assert_eq!(told(event), error.replace("\"a\"", "null"));
    }

    #[test]
    fn a_conversation_that_was_not_judged_says_why() {
        let unchecked = Some(Unchecked::FewJudged(3, 100));
        let mut checked = Checked { unchecked, ..sample::checked("a") };
        let why = r#","unchecked":"only 3 of 100 deliveries could be judged","proof":null}"#;
        let line = told(ReportEvent::Conversation(&checked));
        assert!(line.contains(r#""verdict":"unchecked""#) && line.contains(why), "{line}");
        checked.findings.push(sample::finding());
        let line = told(ReportEvent::Conversation(&checked));
        assert!(line.contains(r#""verdict":"broken""#) && line.contains(why), "{line}");
    }

    #[test]
    fn a_finding_is_a_line_with_all_that_is_known() {
        let finding = &sample::finding();
        let event = ReportEvent::Finding { finding, target: "", saved: Some("f.recut") };
        assert_eq!(
            told(event),
            concat!(
                r#"{"v":1,"type":"finding","kind":"cut-off","conversation":"accent","#,
                r#""file":"a.recut","line":2,"delivery":"cut@1","confirmed":"3/3","stable":true,"#,
                r#""expected":"\"é\\n\"","actual":"\"\"","then":"eof","message":null,"#,
                r#""output":["bad byte"],"sent":["> hex\"c3\"","> hex\"a9 0a\""],"#,
                r#""plays":[{"title":"cut@1","rungs":["#,
                r#"{"seconds":null,"side":"client","kind":"sent","connection":"","#,
                r#""text":"hex\"c3\""},"#,
                r#"{"seconds":null,"side":"nobody","kind":"cut","connection":"","#,
                r#""text":"cut: the server had read up to here"},"#,
                r#"{"seconds":null,"side":"client","kind":"sent","connection":"","#,
                r#""text":"\"\\xa9\\n\""},"#,
                r#"{"seconds":null,"side":"server","kind":"eof","connection":"","text":"eof"},"#,
                r#"{"seconds":null,"side":"nobody","kind":"failed","connection":"","#,
                r#""text":"expected \"é\\n\""}]}],"#,
                r#""cut_map":"X.","advice":null,"saved":"f.recut"}"#,
                "\n",
            )
        );
    }

    #[test]
    fn the_last_line_has_the_counts_and_what_was_left_out() {
        let mut summary = Summary { seed: 7, interrupted: true, ..Summary::default() };
        summary.add(&sample::checked("a"), false);
        let left_out = OmissionLine::not_played("b", "interrupted");
        assert_eq!(told(ReportEvent::LeftOut(&left_out)), "");
        summary.left_out.add(&left_out);
        assert_eq!(
            told(ReportEvent::Summary(&summary)),
            concat!(
                r#"{"v":1,"type":"summary","conversations":1,"deliveries":12,"confirmed":9,"#,
                r#""held":2,"paced":1,"findings":0,"unstable":0,"unchecked":0,"#,
                r#""not_reached":0,"seed":7,"seconds":0.0,"#,
                r#""interrupted":true,"left_out":[{"what":"whole conversations","#,
                r#""why":"interrupted","conversations":1}]}"#,
                "\n",
            )
        );
    }
}
