//! tokio-util: its three codecs that frame a stream.

use tokio_util::codec::{AnyDelimiterCodec, LengthDelimitedCodec, LinesCodec};

use crate::feed::decoded;
use crate::law::Law;

const LINES: [&str; 8] = [
    "hello\r\nZo\u{eb}\n\n\r\nlast",
    "\r",
    "a\r\r\n\n\r",
    "12345678\n123456789\n1\n",
    "12345678\r\n1\r\n",
    "123456789123456789",
    "\u{20ac}\u{20ac}\u{20ac}\n\u{20ac}\n",
    "1234567\u{20ac}\r\n",
];

#[test]
fn lines_do_not_depend_on_the_cuts() {
    let bad: [&[u8]; 2] = [b"a\xff\nb\n", b"\xe2\x82"];
    Law::of("tokio-util `LinesCodec`")
        .holds(&LINES, |segments| decoded(LinesCodec::new(), segments))
        .holds(&bad, |segments| decoded(LinesCodec::new(), segments))
        .holds(&LINES, |segments| decoded(LinesCodec::new_with_max_length(8), segments));
}

#[test]
fn units_between_delimiters_do_not_depend_on_the_cuts() {
    let codec = || AnyDelimiterCodec::new(b",;\r\n".to_vec(), b";".to_vec());
    let bounded = || AnyDelimiterCodec::new_with_max_length(b",;\r\n".to_vec(), b";".to_vec(), 8);
    let more = ["a,b;c\r\n,,;Zo\u{eb}", "12345678,123456789;1", ""];
    Law::of("tokio-util `AnyDelimiterCodec`")
        .holds(&LINES, |segments| decoded(codec(), segments))
        .holds(&more, |segments| decoded(codec(), segments))
        .holds(&more, |segments| decoded(bounded(), segments));
}

#[test]
fn frames_with_a_length_do_not_depend_on_the_cuts() {
    let codec = || LengthDelimitedCodec::builder().max_frame_length(40).new_codec();
    let short = || {
        let mut builder = LengthDelimitedCodec::builder();
        builder.length_field_offset(1).length_field_type::<u16>().length_adjustment(3);
        builder.num_skip(0).little_endian().max_frame_length(40).new_codec()
    };
    let streams: [&[u8]; 7] = [
        b"\0\0\0\x05hello\0\0\0\0\0\0\0\x03\r\n\xff",
        b"\0\0\0\x29too long",
        b"\0\0\0\x05hel",
        b"\0\0",
        b"\xff\xff\xff\xff",
        b"\x01\x05\x00hello\x02\0\0\x03\x01\x00x",
        b"\x01\xff\xff",
    ];
    Law::of("tokio-util `LengthDelimitedCodec`")
        .holds(&streams, |segments| decoded(codec(), segments))
        .holds(&streams, |segments| decoded(short(), segments));
}
