//! The protocol: the decoder, the echo and the beginner's server against what defines them.

use proptest::prelude::*;
use recut::protocol::utf8::Decoder;
use recut::strategies::{Segmentation, cut_stream, ill_formed, segmentation, stream, well_formed};
use recut::testing::{BODIES, decided};
use recut::{Echo, Flow, Protocol, Tutorial, respond};

/// The beginner's server by its description: each `recv(1024)` on its own.
fn tutorial(cut: &Segmentation) -> (Vec<u8>, Flow) {
    let mut reply = Vec::new();
    for segment in cut.segments() {
        let mut rest = segment;
        while !rest.is_empty() {
            let received;
            (received, rest) = rest.split_at(rest.len().min(1024));
            if received == b"q" {
                return (reply, Flow::Quit);
            }
            let Ok(text) = String::from_utf8(received.to_vec()) else {
                return (reply, Flow::Close);
            };
            reply.extend(text.into_bytes());
        }
    }
    (reply, Flow::Continue)
}

/// How the echo leaves a connection whose stream is over.
fn ended(quit: bool) -> Flow {
    if quit { Flow::Quit } else { Flow::Close }
}

proptest! {
    #[test]
    fn the_decoder_says_what_the_standard_library_says_of_the_whole(cut in cut_stream()) {
        let (mut decoder, mut text) = (Decoder::default(), Vec::new());
        let mut received = Vec::new();
        for segment in cut.segments() {
            decoder.decode(segment, &mut text);
            received.extend_from_slice(segment);
            // What is decoded and what waits are the whole, at every cut.
            let pending = String::from_utf8_lossy(decoder.pending());
            let expected = String::from_utf8_lossy(&received).into_owned();
            prop_assert_eq!([&text, pending.as_bytes()].concat(), expected.into_bytes());
            prop_assert!(received.ends_with(decoder.pending()));
            prop_assert!(std::str::from_utf8(&text).is_ok());
        }
        decoder.finish(&mut text);
        prop_assert_eq!(text, String::from_utf8_lossy(cut.stream()).into_owned().into_bytes());
        let chunks = cut.stream().utf8_chunks().filter(|chunk| !chunk.invalid().is_empty());
        prop_assert_eq!(decoder.replaced(), chunks.count() as u64);
    }

    #[test]
    fn nothing_is_replaced_in_what_is_well_formed(cut in segmentation(well_formed())) {
        let (mut decoder, mut text) = (Decoder::default(), Vec::new());
        cut.segments().for_each(|segment| decoder.decode(segment, &mut text));
        prop_assert!(decoder.pending().is_empty() && decoder.replaced() == 0);
        prop_assert_eq!(text, cut.stream());
    }

    #[test]
    fn something_is_replaced_in_what_is_ill_formed(cut in segmentation(ill_formed())) {
        let (mut decoder, mut text) = (Decoder::default(), Vec::new());
        cut.segments().for_each(|segment| decoder.decode(segment, &mut text));
        decoder.finish(&mut text);
        prop_assert!(decoder.replaced() > 0);
    }

    #[test]
    fn the_answer_depends_on_the_stream_alone(cut in cut_stream()) {
        let (answer, quit) = respond(cut.stream());
        prop_assert_eq!(cut.play(Echo::default()), (answer, ended(quit)));
    }

    #[test]
    fn after_each_segment_exactly_what_is_decided_is_answered(cut in cut_stream()) {
        let (mut echo, mut reply, mut received) = (Echo::default(), Vec::new(), Vec::new());
        for segment in cut.segments() {
            received.extend_from_slice(segment);
            let flow = echo.receive(segment, &mut reply);
            prop_assert_eq!(&reply, &decided(&received));
            if flow != Flow::Continue {
                break;
            }
        }
    }

    #[test]
    fn the_oracle_is_from_utf8_lossy_up_to_the_quit_line(stream in stream()) {
        let (answer, quit) = respond(&stream);
        let text = String::from_utf8_lossy(&stream);
        let is_quit = |line: &&str| ["q", "q\r"].contains(line);
        let before: Vec<&str> = text.split('\n').take_while(|line| !is_quit(line)).collect();
        let lines = text.split('\n').count();
        prop_assert_eq!(quit, before.len() < lines);
        let mut expected = before.join("\n");
        if quit && !before.is_empty() {
            expected.push('\n');
        }
        prop_assert_eq!(answer, expected.into_bytes());
    }

    #[test]
    fn well_formed_text_without_a_quit_line_comes_back(stream in well_formed()) {
        let stream: Vec<u8> = stream.iter().map(|b| if *b == b'q' { b'Q' } else { *b }).collect();
        prop_assert_eq!(respond(&stream), (stream, false));
    }

    #[test]
    fn nothing_is_answered_after_quit(cut in cut_stream(), rest in stream()) {
        let quitting = [cut.stream(), b"\nq\n"].concat();
        let longer = Segmentation::new([&quitting[..], &rest].concat(), cut.cuts().to_vec());
        let (answer, quit) = respond(&quitting);
        prop_assert!(quit);
        prop_assert_eq!(longer.play(Echo::default()), (answer, Flow::Quit));
    }

    #[test]
    fn the_tutorial_is_as_broken_as_it_says(cut in cut_stream()) {
        prop_assert_eq!(cut.play(Tutorial::default()), tutorial(&cut));
    }
}

proptest! {
    // Each case is many plays.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_bodies_of_the_fuzz_targets_hold(stream in stream()) {
        for body in BODIES.iter().filter(|body| body.of_streams) {
            prop_assert_eq!((body.check)(&stream), Ok(()), "{}", body.name);
        }
    }
}
