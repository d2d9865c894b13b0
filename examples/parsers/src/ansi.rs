//! strip-ansi-escapes and anstream: text without what is meant for the terminal.

use std::io::Write;

use anstream::adapter::StripBytes;

use crate::law::Law;

const TEXTS: [&str; 7] = [
    "a\x1b[1;31mZo\u{eb}\x1b[0m\r\n\u{20ac}\u{1f600}",
    "\x1b]8;;http://a/\u{eb}\x1b\\link\x1b]8;;\x07",
    "\x1bP1$tq\x1b\\x",
    "\x1b[?25l\x1b(B\x1b[38:2:1:2:3mx",
    "\x1b[1\x18m\x1b[1\x1b[2K",
    "tab\tbell\x07",
    "\x1b",
];

const BYTES: [&[u8]; 5] =
    [b"a\xffb", b"\xe2\x82", b"\xe2\x82a", b"\xf0\x9f\x98\x1b[mx", b"\x9b31m"];

#[test]
fn what_strip_ansi_escapes_leaves_does_not_depend_on_the_cuts() {
    let left = |segments: &[&[u8]]| {
        let mut writer = strip_ansi_escapes::Writer::new(Vec::new());
        segments.iter().for_each(|segment| writer.write_all(segment).expect("a buffer takes all"));
        writer.into_inner().expect("a buffer takes all")
    };
    Law::of("strip-ansi-escapes `Writer`").holds(&TEXTS, left).holds(&BYTES, left).differs(
        "\u{85}",
        r#"hex"c2" | hex"85""#,
        left,
    );
}

#[test]
fn what_anstream_leaves_does_not_depend_on_the_cuts() {
    let left = |segments: &[&[u8]]| {
        let (mut state, mut left) = (StripBytes::new(), Vec::new());
        for segment in segments {
            state.strip_next(segment).for_each(|part| left.extend_from_slice(part));
        }
        left
    };
    Law::of("anstream `StripBytes`")
        .holds(&TEXTS, left)
        .holds(&["\u{9b}31mx\u{85}y"], left)
        .holds(&BYTES, left);
}
