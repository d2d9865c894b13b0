//! asynchronous-codec: lines.

use asynchronous_codec::{FramedRead, LinesCodec};
use futures_executor::block_on_stream;

use crate::feed::Feed;
use crate::law::Law;

#[test]
fn lines_do_not_depend_on_the_cuts() {
    let streams: [&[u8]; 7] = [
        "hello\r\nZo\u{eb}\n\n\r\nlast".as_bytes(),
        b"\r",
        b"a\r\r\n\n\r",
        "\u{20ac}\u{20ac}\n\u{20ac}\n".as_bytes(),
        b"a\xff\nb\n",
        b"\xe2\x82",
        b"no end",
    ];
    Law::of("asynchronous-codec `LinesCodec`").holds(&streams, |segments| {
        let mut seen = Vec::new();
        for line in block_on_stream(FramedRead::new(Feed::new(segments), LinesCodec)) {
            let is_over = line.is_err();
            seen.push(line.map_err(|error| error.to_string()));
            if is_over {
                break;
            }
        }
        seen
    });
}
