//! cobs: frames between zero bytes.

use cobs::CobsDecoderOwned;

use crate::law::Law;

/// Frames, with what is left given again after each, as its documentation asks; an error ends them.
fn frames(segments: &[&[u8]]) -> Vec<String> {
    let (mut decoder, mut seen) = (CobsDecoderOwned::new(64), Vec::new());
    for segment in segments {
        let mut rest = *segment;
        while !rest.is_empty() {
            match decoder.push(rest) {
                Ok(Some(report)) => {
                    let frame = &decoder.dest()[..report.frame_size()];
                    seen.push(format!("{frame:?}"));
                    rest = &rest[report.parsed_size()..];
                }
                Ok(None) => break,
                Err(error) => {
                    seen.push(error.to_string());
                    return seen;
                }
            }
        }
    }
    seen
}

#[test]
fn frames_do_not_depend_on_the_cuts() {
    let streams: [&[u8]; 9] = [
        b"\x03ab\x02c\0\x01\x01\0",
        b"\x01\0\x06hello\0",
        b"\0\0\x02a\0",
        b"\x05ab\0\x02c\0",
        b"\x02\0",
        b"\x03Z\xc3\x02\xab\0\x03\r\n\0",
        b"\x06hel",
        &[b'A'; 80],
        b"\xff\x01\x02\0",
    ];
    Law::of("cobs `CobsDecoderOwned::push`").holds(&streams, frames);
}
