//! What the tests of the reports report: a conversation and a finding.

use std::sync::Arc;
use std::time::Duration;

use crate::check::{
    Checked, CutMap, Demand, Finding, Mismatch, ObservedPlay, Quality, Tally, Then, Transcript,
    TranscriptEvent,
};
use crate::script::{Law, Place, Source, Span};

/// A conversation of 12 plays that held.
pub(super) fn checked(name: &str) -> Checked {
    Checked {
        name: name.to_owned(),
        file: "a.recut".to_owned(),
        target: "--target tutorial".to_owned(),
        seed: 0,
        tally: Tally { confirmed: 9, held: 2, paced: 1 },
        findings: Vec::new(),
        held: Vec::new(),
        proof: None,
        left_out: Vec::new(),
        unchecked: None,
        interrupted: false,
        target_lost: false,
        error: None,
        elapsed: Duration::from_millis(1500),
    }
}

/// A play on the one connection that has no name, in virtual time.
pub(super) fn observed(
    delivery: &str,
    events: impl IntoIterator<Item = TranscriptEvent>,
) -> ObservedPlay {
    let mut transcript = Transcript::default();
    events.into_iter().for_each(|event| transcript.push(Duration::ZERO, event));
    let (delivery, connections) = (delivery.to_owned(), vec![String::new()]);
    ObservedPlay { delivery, connections, transcript, ..ObservedPlay::default() }
}

/// A server that decodes each read on its own.
pub(super) fn finding() -> Finding {
    let events = [
        TranscriptEvent::Sent(0, vec![0xC3]),
        TranscriptEvent::Cut(0, Quality::Confirmed),
        TranscriptEvent::Sent(0, vec![0xA9, b'\n']),
        TranscriptEvent::Eof(0),
    ];
    let text = "> \"é\\n\"\n< \"é\\n\"\n";
    Finding {
        law: Law::CutOff,
        conversation: "accent".to_owned(),
        target: "tutorial".to_owned(),
        options: "--target tutorial".to_owned(),
        source: Arc::new(Source::new("a.recut", text)),
        span: Span { start: 11, end: 17 },
        delivery: "cut@1".to_owned(),
        seen: Mismatch {
            law: Law::CutOff,
            place: Place::default(),
            step: 0,
            connection: 0,
            demand: Demand::Bytes("é\n".into()),
            actual: Vec::new(),
            arrived: 0,
            then: Then::Eof,
            output: vec!["bad byte".to_owned()],
            waiting: 0,
            plays: vec![observed("cut@1", events)],
        },
        confirmed: (3, 3),
        sent: vec!["> hex\"c3\"".to_owned(), "> hex\"a9 0a\"".to_owned()],
        map: Some(CutMap { stream: "é\n".into(), broken: vec![Some(true), Some(false)] }),
        greeting: None,
        script: format!("deliver cut@1\n{text}"),
    }
}
