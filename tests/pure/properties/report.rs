//! What is shown of what was found, whatever it is: in a terminal, as data, as a page.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use quick_junit::{Report, TestCaseStatus};
use recut::Script;
use recut::check::{Checked, Omission, Then};
use recut::report::caret::script_errors;
use recut::report::{
    JsonReporter, JunitReporter, OmissionLine, OmissionScope, OmissionTable, ReportEvent,
    ReportKind, Reporter, Summary, TerminalOptions, TerminalReporter, words,
};
use recut::text::shows_as_itself;
use serde_json::Value;

use super::found::{checked, finding, text};

/// What the report for a terminal says of an event, without colours or with them.
fn shown(event: &ReportEvent<'_>, styled: bool) -> String {
    TerminalReporter::new(TerminalOptions { styled, ..TerminalOptions::default() }).event(event)
}

/// What is told of an event as JSON: one line, an object that has the version and that type.
fn object(event: &ReportEvent<'_>, kind: &str) -> Value {
    let text = JsonReporter.event(event);
    let line = text.strip_suffix('\n').unwrap();
    assert!(!line.contains('\n'), "{line}");
    let object: Value = serde_json::from_str(line).unwrap();
    assert_eq!((&object["v"], &object["type"]), (&Value::from(1), &Value::from(kind)), "{line}");
    object
}

/// Text for a terminal is lines of printable characters, and has the same words with colours.
fn lines(plain: &str, styled: &str) -> Vec<String> {
    assert_eq!(anstream::adapter::strip_str(styled).to_string(), plain);
    assert!(plain.chars().all(|c| c == '\n' || shows_as_itself(c)), "{plain:?}");
    plain.lines().map(str::to_owned).collect()
}

/// What was left out of all these conversations.
fn left_out(checked: &[Checked]) -> Vec<OmissionLine> {
    let mut table = OmissionTable::default();
    for checked in checked {
        OmissionTable::of(checked).lines().for_each(|line| table.add(line));
    }
    table.lines().cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is found, a report is text that can be shown, and names every finding.
    #[test]
    fn every_kind_of_report_can_tell_anything(checked in vec(checked(), 0..4), strict: bool) {
        let (target, started) = ("--spawn x", Duration::from_secs(1));
        for kind in ReportKind::ALL {
            let mut reporter = kind.reporter(strict);
            let start =
                ReportEvent::Start { target, seed: 0, conversations: checked.len(), started };
            let mut told = reporter.event(&start);
            for checked in &checked {
                for finding in &checked.findings {
                    told += &reporter.event(&ReportEvent::Finding { finding, target, saved: None });
                }
                told += &reporter.event(&ReportEvent::Conversation(checked));
            }
            told += &reporter.event(&ReportEvent::Summary(&Summary::default()));
            let is_bare = |c: char| c != '\n' && c.is_control();
            // In data they are as good as any other character.
            let is_data = ["json", "junit"].contains(&kind.name);
            prop_assert!(is_data || !told.contains(is_bare), "{}: {:?}", kind.name, told);
            for finding in checked.iter().flat_map(Checked::stable) {
                prop_assert!(told.contains(finding.law.name()), "{}: {}", kind.name, told);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_finding_is_shown_with_all_that_is_known(
        finding in finding(), saved in option::of("[a-z' ]{1,9}\\.recut"),
    ) {
        let saved = saved.as_deref();
        let event = ReportEvent::Finding { finding: &finding, target: "--spawn x", saved };
        let plain = shown(&event, false);
        let lines = lines(&plain, &shown(&event, true));
        prop_assert!(lines[0].starts_with(&format!("error[{}]: ", finding.law)), "{}", plain);
        let row = |key: &str| {
            let start = format!("{key:>10}  ");
            lines.iter().find_map(|line| line.strip_prefix(&start))
        };
        prop_assert_eq!(row("delivery"), Some(finding.delivery.as_str()));
        let (shown, replays) = finding.confirmed;
        let (word, other) = if shown == replays {
            ("confirmed", "unstable")
        } else {
            ("unstable", "confirmed")
        };
        let counts = format!("{shown}/{replays}");
        prop_assert_eq!((row(word), row(other)), (Some(counts.as_str()), None));
        prop_assert_eq!(row("saved"), saved);
        let words = row("reproduce").map(|command| shell_words::split(command).unwrap());
        let expected = saved.map(|saved| {
            ["recut", "check", saved, "--spawn", "x"].map(str::to_owned).to_vec()
        });
        prop_assert_eq!(words, expected);
        prop_assert_eq!(row("played").is_some(), !finding.seen.plays.is_empty());
        prop_assert_eq!(row("output").is_some(), !finding.seen.output.is_empty());
        let seen = &finding.seen;
        prop_assert_eq!(row("cut map").is_some(), finding.map.is_some());
        prop_assert_eq!(row("message").is_some(), matches!(seen.then, Then::Crashed(_)));
        let is_between_plays = matches!(seen.then, Then::Spun(_) | Then::Grew { .. });
        prop_assert_eq!(row("server").is_some(), is_between_plays);
    }

    #[test]
    fn what_is_wrong_with_a_script_is_shown(name in text(), script in vec((text(), text()), 0..5)) {
        let script: String = script.into_iter().map(|(a, b)| format!("{a} {b}\n")).collect();
        if let Err(errors) = Script::parse(&name, &script) {
            let lines = lines(&script_errors(&errors, false), &script_errors(&errors, true));
            let told = lines.iter().filter(|line| line.starts_with("error: ")).count();
            prop_assert!(told >= errors.len(), "{} of {:?}", told, errors);
        }
    }

    #[test]
    fn a_finding_says_the_same_as_an_object(finding in finding(), saved in option::of(text())) {
        let saved = saved.as_deref();
        let event = ReportEvent::Finding { finding: &finding, target: "", saved };
        let object = object(&event, "finding");
        for (key, said) in [
            ("kind", finding.law.name()),
            ("conversation", &finding.conversation),
            ("file", &finding.source.name),
            ("delivery", &finding.delivery),
            ("expected", &words::expected(&finding.seen.demand)),
            ("actual", &words::actual(&finding.seen)),
        ] {
            prop_assert_eq!(object[key].as_str(), Some(said));
        }
        prop_assert_eq!(object["then"].as_str(), finding.seen.then.word());
        let message = words::message(&finding.seen.then);
        prop_assert_eq!(object["message"].as_str(), message.as_deref());
        prop_assert_eq!(object["saved"].as_str(), saved);
        prop_assert_eq!(object["line"].as_u64(), Some(finding.line() as u64));
        prop_assert_eq!(object["stable"].as_bool(), Some(finding.is_stable()));
        let list = |key: &str| serde_json::from_value::<Vec<String>>(object[key].clone()).unwrap();
        prop_assert_eq!((&list("sent"), &list("output")), (&finding.sent, &finding.seen.output));
        let marks = object["cut_map"].as_str().map(str::len);
        prop_assert_eq!(marks, finding.map.as_ref().map(|map| map.broken.len()));
    }

    /// The line of a conversation, its object and its test case have one verdict.
    #[test]
    fn a_conversation_has_one_verdict(checked in checked(), strict: bool) {
        let stable = checked.findings.iter().filter(|finding| finding.is_stable()).count();
        let is_unchecked = checked.unchecked.is_some();
        let found = (stable, checked.findings.len());
        let (word, verdict) = match (found, is_unchecked, checked.interrupted) {
            ((1.., _), ..) => ("BROKEN", "broken"),
            (_, true, _) => ("unchecked", "unchecked"),
            ((0, 1..), ..) => ("unstable", "unstable"),
            ((0, 0), _, true) => ("stopped", "interrupted"),
            ((0, 0), _, false) => ("held", "held"),
        };
        let event = ReportEvent::Conversation(&checked);
        let lines = lines(&shown(&event, false), &shown(&event, true));
        let told = if is_unchecked { 3 } else { 1 };
        prop_assert_eq!(lines.len(), told, "{:?}", lines);
        prop_assert_eq!(lines[0].split_whitespace().next(), Some(word));
        for finding in &checked.findings {
            prop_assert!(lines[0].contains(finding.law.name()));
        }
        let object = object(&event, "conversation");
        prop_assert_eq!(object["verdict"].as_str(), Some(verdict));
        prop_assert_eq!(object["unchecked"].is_string(), is_unchecked);
        prop_assert_eq!(object["name"].as_str(), Some(checked.name.as_str()));
        prop_assert_eq!(object["plays"].as_u64(), Some(checked.tally.total()));

        let mut junit = JunitReporter::new(strict);
        prop_assert_eq!(junit.event(&event), "");
        let xml = junit.event(&ReportEvent::Summary(&Summary::default()));
        let report = Report::deserialize_from_str(&xml).unwrap();
        let case = &report.test_suites[0].test_cases[0];
        let failing = if strict { checked.findings.len() } else { stable };
        match &case.status {
            TestCaseStatus::Success { .. } => {
                let is_over = !is_unchecked && !checked.interrupted;
                prop_assert_eq!((checked.findings.len(), is_over), (0, true));
            }
            TestCaseStatus::Skipped { .. } => {
                let has_reason =
                    is_unchecked || checked.interrupted || !checked.findings.is_empty();
                prop_assert_eq!((failing, has_reason), (0, true));
            }
            TestCaseStatus::NonSuccess { ty, description, .. } => {
                let first = checked.findings.iter().find(|finding| strict || finding.is_stable());
                let law = first.map(|finding| finding.law.name());
                prop_assert_eq!(ty.as_ref().map(|ty| ty.as_str()), law);
                let told = description.as_ref().unwrap().matches("error[").count();
                prop_assert!(told >= failing, "{} of {}", told, failing);
            }
        }
    }

    /// The last line counts all that was checked, as a person and as a program reads it.
    #[test]
    fn the_summary_counts_all(checked in vec(checked(), 0..5), strict: bool, seed: u64) {
        let mut summary = Summary { seed, not_reached: 1, ..Summary::default() };
        checked.iter().for_each(|checked| summary.add(checked, strict));
        let all = || checked.iter().flat_map(|checked| &checked.findings);
        let stable = all().filter(|finding| finding.is_stable()).count();
        let findings = if strict { all().count() } else { stable };
        let is_unchecked = |checked: &&Checked| {
            checked.unchecked.is_some() && checked.stable().next().is_none()
        };
        let unchecked = checked.iter().filter(is_unchecked).count();
        let plays: u64 = checked.iter().map(|checked| checked.tally.total()).sum();
        let object = object(&ReportEvent::Summary(&summary), "summary");
        let expected = [
            ("conversations", checked.len() as u64),
            ("deliveries", plays),
            ("findings", findings as u64),
            ("unstable", (all().count() - stable) as u64),
            ("unchecked", unchecked as u64),
            ("not_reached", 1),
            ("seed", seed),
        ];
        for (key, count) in expected {
            prop_assert_eq!(object[key].as_u64(), Some(count), "{}", key);
        }
        let kinds = ["confirmed", "held", "paced"].map(|kind| object[kind].as_u64().unwrap());
        prop_assert_eq!(kinds.iter().sum::<u64>(), plays);
        let [confirmed, held, paced] = kinds;
        let text = summary.to_string();
        let text = text.replace("conversations", "conversation").replace("findings", "finding");
        let told = if unchecked > 0 { format!(", {unchecked} unchecked") } else { String::new() };
        prop_assert_eq!(text, format!(
            "recut: {} conversation, {plays} deliveries ({confirmed} confirmed, {held} held, \
             {paced} paced), {findings} finding{told}, 1 not reached, seed {seed}, 0.00s",
            checked.len(),
        ));
    }

    /// What was left out is told once, with the number of the conversations that lack it.
    #[test]
    fn what_was_left_out_is_told_once(mut checked in vec(checked(), 0..5)) {
        let lines = left_out(&checked);
        let mut counts: BTreeMap<(&OmissionScope, &str), usize> = BTreeMap::new();
        for line in &lines {
            counts.insert((&line.scope, &line.why), line.conversations);
            prop_assert!(line.to_string().starts_with("left out: "));
        }
        prop_assert_eq!(counts.len(), lines.len(), "each kind once: {:?}", lines);
        let is_checked = |left: &&(String, Omission)| left.1 != Omission::Unchecked;
        let expected: usize = checked
            .iter()
            .map(|checked| {
                let laws = checked.left_out.iter().filter(|left| !is_checked(left)).count();
                let others = checked.left_out.iter().filter(is_checked);
                let others: BTreeSet<_> = others.map(|left| format!("{left:?}")).collect();
                others.len() + laws.min(1)
            })
            .sum();
        prop_assert_eq!(counts.values().sum::<usize>(), expected);
        checked.reverse();
        let again = left_out(&checked);
        let kinds = |lines: &[OmissionLine]| -> Vec<_> {
            lines.iter().map(|line| (line.scope.clone(), line.why.clone())).collect()
        };
        prop_assert_eq!(kinds(&lines), kinds(&again));
    }
}
