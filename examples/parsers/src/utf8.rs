//! utf-8: its two lossy decoders.

use utf8::{BufReadDecoder, LossyDecoder};

use crate::feed::Feed;
use crate::law::Law;

const STREAMS: [&[u8]; 8] = [
    "Zo\u{eb} \u{20ac} \u{1f600}\r\n".as_bytes(),
    b"\xe2\x82a",
    b"\xf0\x9f\x98\xe2\x82\xac",
    b"\xff\xc3\xc3\xab",
    b"\xe2\x82",
    b"\xed\xa0\x80\xf4\x90\x80\x80",
    b"\xc0\x80\xe0\x80\x80",
    b"\xf0\x90\xff",
];

#[test]
fn text_that_is_pushed_does_not_depend_on_the_cuts() {
    Law::of("utf-8 `LossyDecoder`").holds(&STREAMS, |segments| {
        let mut text = String::new();
        let mut decoder = LossyDecoder::new(|part| text.push_str(part));
        segments.iter().for_each(|segment| decoder.feed(segment));
        drop(decoder);
        text
    });
}

#[test]
fn text_that_is_read_does_not_depend_on_the_cuts() {
    Law::of("utf-8 `BufReadDecoder`").holds(&STREAMS, |segments| {
        BufReadDecoder::read_to_string_lossy(Feed::new(segments)).expect("no error of the feed")
    });
}
