//! What is recorded of a play, and what is told of a claim that was not met.

use std::sync::atomic::AtomicBool;

use proptest::prelude::*;
use recut::check::{Limits, Player, Recording, TranscriptEvent, Wanted};
use recut::delivery::Shape;
use recut::script::{Law, Span};
use recut::strategies::{conversation, doubtful_conversation};
use recut::{Conversation, Delivery, Echo, Options, Target, Tutorial, check_once};

/// Plays a conversation with the echo; whether it held, and what was recorded.
fn play(conversation: &Conversation, delivery: &Delivery) -> (bool, Recording) {
    let (target, stop) = (Target::memory("echo", Echo::default), AtomicBool::new(false));
    let mut player = Player::new(&target, Limits::default(), &stop);
    let wanted = Wanted { transcript: true, ..Wanted::default() };
    let outcome = player.play(conversation, delivery, &Shape::default(), wanted).unwrap();
    (outcome.mismatch.is_none(), player.recording().clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// A transcript has every byte once, is a script, and holds where it was taken.
    #[test]
    fn a_transcript_has_every_byte_and_holds(
        script in conversation(Echo::default),
        delivery in prop::sample::select(vec![Delivery::UNCUT, Delivery::WRITTEN, Delivery::BYTES]),
    ) {
        let said = Conversation::parse("generated", &script).unwrap();
        let (held, recording) = play(&said, &delivery);
        prop_assert!(held, "{}", script);
        let segment = |event: &TranscriptEvent| match event {
            TranscriptEvent::Sent(_, bytes) => Some(bytes.clone()),
            _ => None,
        };
        let events = &recording.transcript.events;
        let segments: Vec<Vec<u8>> = events.iter().filter_map(segment).collect();
        let sent: Vec<u8> = segments.iter().flatten().copied().collect();
        prop_assert_eq!(&sent, &recording.stream);
        prop_assert_eq!(segments.len(), recording.sent.len() + recording.borders.len());
        if delivery == Delivery::BYTES {
            prop_assert!(segments.iter().all(|segment| segment.len() == 1));
        }
        for two in events.windows(2) {
            let received = |event: &TranscriptEvent| match event {
                TranscriptEvent::Received(connection, _) => Some(*connection),
                _ => None,
            };
            let is_split = received(&two[0]).is_some() && received(&two[0]) == received(&two[1]);
            prop_assert!(!is_split, "{:?}", two);
        }
        let text = recording.transcript.to_script(&said.connections).to_string();
        let again = Conversation::parse("recorded", &text).unwrap();
        let (held, recorded) = play(&again, &Delivery::WRITTEN);
        prop_assert!(held, "{}\nwas recorded as\n{}", script, text);
        prop_assert_eq!(recorded.stream, recording.stream);
    }

    /// A finding names its place and its law, and what is saved of it shows the same by itself.
    #[test]
    fn what_is_found_can_be_found_again(script in doubtful_conversation(Tutorial::default)) {
        let target = Target::memory("tutorial", Tutorial::default);
        let said = Conversation::parse("generated", &script).unwrap();
        let options = Options { max: Some(60), confirm: 1, ..Options::default() };
        let checked = check_once(&target, &said, &options).unwrap();
        for finding in &checked.findings {
            let (text, Span { start, end }) = (&finding.source.text, finding.span);
            prop_assert!(text.get(start..end).is_some(), "{:?}", finding);
            prop_assert_eq!(finding.line(), 1 + text[..start].matches('\n').count());
            let laws: &[Law] = match finding.seen.then.word() {
                Some("eof" | "reset") => &[Law::CutOff],
                Some("silence") => &[Law::Hangs],
                Some("crash") => &[Law::Crashed],
                _ => &[Law::Differs, Law::Wedged, Law::Starves, Law::Leaks],
            };
            let is_fit = finding.law == Law::Baseline || laws.contains(&finding.law);
            prop_assert!(is_fit, "{} and {:?}", finding.law, finding.seen.then);
            if let Some(map) = &finding.map {
                prop_assert_eq!(map.broken.len() + 1, map.stream.len());
                // It may take several cuts together.
                let is_alone = finding.delivery.matches("cut@").count() == 1;
                prop_assert!(!is_alone || map.broken.contains(&Some(true)), "{:?}", finding);
            }
            let saved = Conversation::parse("saved", &finding.script).unwrap();
            let again = check_once(&target, &saved, &options).unwrap();
            let laws: Vec<Law> = again.findings.iter().map(|finding| finding.law).collect();
            prop_assert!(laws.contains(&finding.law), "{}\nshows {:?}", finding.script, laws);
        }
    }
}
