//! Strategies of what a check finds, whatever it is.

use std::sync::Arc;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use recut::Finding;
use recut::check::{
    Checked, CutMap, Demand, Mismatch, ObservedPlay, Omission, Tally, Then, Transcript,
    TranscriptEvent, Unchecked,
};
use recut::peer::Quality;
use recut::script::syntax::Close;
use recut::script::{Law, Place, Source, Span};

/// Any text, control characters and quotes among it.
pub(super) fn text() -> impl Strategy<Value = String> {
    let plain = "\\PC{1,12}";
    let any = vec(any::<char>(), 0..8).prop_map(String::from_iter);
    let nasty = "[\\x00-\\x20\\x7f-\\x9f\u{61c}\u{200e}\u{200f}\u{202e}\u{2067}\"'<&>\\]a]{0,8}";
    prop_oneof![3 => plain, 1 => any, 1 => nasty]
}

/// A script's text, and a place in it.
fn place() -> impl Strategy<Value = (String, (usize, usize))> {
    let line = || prop_oneof![4 => "\\PC{0,30}", 1 => text()];
    let text =
        (line(), vec((select(&["\n", "\r\n"][..]), line()), 0..3)).prop_map(|(first, more)| {
            more.into_iter().fold(first, |text, (end, line)| text + end + &line)
        });
    (text, any::<Index>(), any::<Index>()).prop_map(|(text, start, end)| {
        let place = |index: Index| text.floor_char_boundary(index.index(text.len() + 1));
        let (start, end) = (place(start), place(end));
        (text.clone(), (start.min(end), start.max(end)))
    })
}

fn then() -> impl Strategy<Value = Then> {
    prop_oneof![
        select(vec![Then::WrongBytes, Then::Eof, Then::Reset, Then::Silence]),
        text().prop_map(Then::Crashed),
        (0..999_u32).prop_map(Then::Spun),
        (20..40_usize, 20..40_usize).prop_map(|(first, second)| Then::Grew {
            plays: 20,
            first,
            second
        }),
    ]
}

fn map() -> impl Strategy<Value = CutMap> {
    (vec(any::<u8>(), 2..200), select(vec![None, Some(true), Some(false)])).prop_flat_map(
        |(stream, often)| {
            let mark = prop_oneof![4 => Just(often), 1 => any::<Option<bool>>()];
            (Just(stream.clone()), vec(mark, stream.len() - 1))
                .prop_map(|(stream, broken)| CutMap { stream, broken })
        },
    )
}

fn demand() -> impl Strategy<Value = Demand> {
    prop_oneof![
        vec(any::<u8>(), 0..300).prop_map(Demand::Bytes),
        vec(any::<u8>(), 0..300).prop_map(Demand::BytesThenClose),
        "\\PC{0,300}".prop_map(Demand::Stated),
        select(vec![Demand::SomeAnswer, Demand::NothingMore, Demand::AnEnd, Demand::LivesOn]),
    ]
}

fn event() -> impl Strategy<Value = TranscriptEvent> {
    let bytes = || vec(any::<u8>(), 0..300);
    // The third connection is one of another client.
    let index = 0..3_usize;
    prop_oneof![
        index.clone().prop_map(TranscriptEvent::Opened),
        (index.clone(), bytes()).prop_map(|(at, bytes)| TranscriptEvent::Sent(at, bytes)),
        index.clone().prop_map(|at| TranscriptEvent::Cut(at, Quality::Held)),
        index.clone().prop_map(|at| TranscriptEvent::Ended(at, Close::Eof)),
        (index.clone(), bytes()).prop_map(|(at, bytes)| TranscriptEvent::Received(at, bytes)),
        index.clone().prop_map(|at| TranscriptEvent::NotKept(at, 1)),
        index.clone().prop_map(TranscriptEvent::Eof),
        index.prop_map(TranscriptEvent::Reset),
        (0..3_000_u64).prop_map(|ms| TranscriptEvent::Paused(Duration::from_millis(ms))),
    ]
}

fn play() -> impl Strategy<Value = ObservedPlay> {
    let events = vec((event(), (0..100_000_u64).prop_map(Duration::from_micros)), 0..20);
    (text(), vec(text(), 2), events, any::<bool>()).prop_map(
        |(delivery, connections, events, is_timed)| {
            let mut transcript = Transcript::default();
            events.into_iter().for_each(|(event, at)| transcript.push(at, event));
            ObservedPlay {
                delivery,
                connections,
                transcript,
                left_out: 0,
                left_out_before: 0,
                is_timed,
            }
        },
    )
}

fn mismatch() -> impl Strategy<Value = Mismatch> {
    let actual = vec(any::<u8>(), 0..300);
    let law = select(&Law::ALL[..]);
    let output = (vec("\\PC{0,20}", 0..20), 0..3_usize);
    (law, demand(), actual, then(), output, vec(play(), 0..3)).prop_map(
        |(law, demand, actual, then, (output, waiting), plays)| Mismatch {
            law,
            place: Place::default(),
            step: 0,
            connection: 0,
            demand,
            arrived: actual.len(),
            actual,
            then,
            output,
            waiting,
            plays,
        },
    )
}

pub(super) fn finding() -> impl Strategy<Value = Finding> {
    let words = (text(), text(), "cut@[0-9]{1,3}");
    let greeting = option::of(vec(any::<u8>(), 0..100));
    let lists = (vec("\\PC{0,20}", 0..20), option::of(map()), greeting);
    let counts = (0..4_u32, 1..4_u32);
    (place(), mismatch(), words, lists, counts).prop_map(
        |((text, (start, end)), seen, words, (sent, map, greeting), (shown, replays))| Finding {
            law: seen.law,
            conversation: words.0,
            target: "x".to_owned(),
            options: "--spawn x".to_owned(),
            source: Arc::new(Source::new(words.1, text)),
            span: Span { start, end },
            delivery: words.2,
            seen,
            confirmed: (shown.min(replays), replays),
            sent,
            map,
            greeting,
            script: String::new(),
        },
    )
}

fn omission() -> impl Strategy<Value = Omission> {
    prop_oneof![
        select(vec![Omission::Baseline, Omission::Gone, Omission::Unclear]),
        Just(Omission::Unchecked),
        (0..3_u64, 3..6_u64).prop_map(|(played, total)| Omission::Budget(played, total)),
    ]
}

fn unchecked() -> impl Strategy<Value = Unchecked> {
    prop_oneof![
        (0..9_u64, 9..99_u64).prop_map(|(judged, asked)| Unchecked::FewJudged(judged, asked)),
        select(vec![Unchecked::Volatile, Unchecked::CantTell, Unchecked::NoLaw]),
        text().prop_map(Unchecked::OurLimit),
        text().prop_map(Unchecked::NotReached),
    ]
}

pub(super) fn checked() -> impl Strategy<Value = Checked> {
    let left_out = vec((select(&["single", "pairs", ""][..]), omission()), 0..4);
    let tally = (0..999_u64, 0..999_u64, 0..999_u64).prop_map(|(confirmed, held, paced)| Tally {
        confirmed,
        held,
        paced,
    });
    let unchecked = option::weighted(0.3, unchecked());
    let ends = (unchecked, any::<bool>(), 0..9_999_u64);
    (text(), tally, vec(finding(), 0..3), left_out, ends).prop_map(
        |(name, tally, findings, left_out, (unchecked, interrupted, millis))| Checked {
            file: format!("{name}.recut"),
            name,
            target: "--target echo".to_owned(),
            seed: 0,
            tally,
            findings,
            held: Vec::new(),
            proof: None,
            left_out: left_out.into_iter().map(|(what, why)| (what.to_owned(), why)).collect(),
            unchecked,
            interrupted,
            target_lost: false,
            error: None,
            elapsed: Duration::from_millis(millis),
        },
    )
}
