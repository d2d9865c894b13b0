//! encoding_rs: text in several encodings, decoded piece by piece.

use encoding_rs::{EUC_JP, Encoding, GB18030, ISO_2022_JP, SHIFT_JIS, UTF_8, UTF_16LE};

use crate::law::Law;

fn text(encoding: &'static Encoding, segments: &[&[u8]]) -> (String, bool) {
    let (mut decoder, mut text, mut bad) = (encoding.new_decoder(), String::new(), false);
    for segment in segments.iter().copied().map(Some).chain([None]) {
        let piece = segment.unwrap_or_default();
        text.reserve(decoder.max_utf8_buffer_length(piece.len()).expect("a short piece"));
        bad |= decoder.decode_to_string(piece, &mut text, segment.is_none()).2;
    }
    (text, bad)
}

#[test]
fn text_does_not_depend_on_the_cuts() {
    let streams: [&[u8]; 10] = [
        "\u{feff}Zo\u{eb} \u{20ac} \u{1f600}\r\n".as_bytes(),
        b"\xe2\x82a\xf0\x9f\x98\xff\xc3",
        b"\xff\xfeZ\0o\0\xeb\0\x3d\xd8\x00\xde\r\0",
        b"\x3d\xd8a\0\0",
        b"\x93\xfa\x96\x7b\x8c\xea\x81",
        b"\x1b$B$\"\x1b(Ba\x1b",
        b"\x81\x30\x81\x30\x81\x30a\xfe",
        b"\xa4\xa2\x8f\xb0\xa1\x8f",
        b"\xef\xbb",
        b"\xfe\xff\0Z",
    ];
    let encodings = [UTF_8, UTF_16LE, SHIFT_JIS, ISO_2022_JP, GB18030, EUC_JP];
    encodings.iter().fold(Law::of("encoding_rs `Decoder`"), |law, encoding| {
        law.holds(&streams, |segments| text(encoding, segments))
    });
}
