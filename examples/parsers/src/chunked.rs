//! chunked_transfer: a body in chunks.

use std::io::Read;

use chunked_transfer::Decoder;

use crate::feed::Feed;
use crate::law::Law;

#[test]
fn a_body_does_not_depend_on_the_cuts() {
    let streams = [
        "5\r\nhello\r\n4\r\nZo\u{eb}\r\n0\r\n\r\n",
        "5;name=x\r\nhello\r\n0\r\n\r\n",
        "a\r\n0123456789\r\n00\r\n\r\nmore",
        "5\r\nhel",
        "5\r\nhelloX\r\n0\r\n\r\n",
        "x\r\n",
        "\r\n",
        "5\nhello\n0\n\n",
        "ffffffffffffffffff\r\n",
        "3\r\n\r\n\r\r\n0\r\n\r\n",
    ];
    Law::of("chunked_transfer `Decoder`").holds(&streams, |segments| {
        let mut body = Vec::new();
        let ended = Decoder::new(Feed::new(segments)).read_to_end(&mut body);
        // What was read before an error is not promised to be the same.
        ended.map(|_| body).map_err(|error| error.to_string())
    });
}
