//! resp: values of RESP that are read from a stream.

use std::io::BufReader;

use resp::Decoder;

use crate::feed::Feed;
use crate::law::Law;

#[test]
fn values_do_not_depend_on_the_cuts() {
    let streams = [
        "*2\r\n$3\r\nGET\r\n$4\r\nZo\u{eb}\r\n",
        "+OK\r\n-ERR no\r\n:42\r\n$-1\r\n*-1\r\n*0\r\n$0\r\n\r\n",
        "+a\rb\r\n+a\nb\r\n",
        "$4\r\n\r\n\r\n\r\n",
        "$5\r\nabc\r\n:1\r\n",
        ":12x\r\n",
        "?\r\n\r\n",
        "*1\r\n*1\r\n:1\r\n:2",
    ];
    Law::of("resp `Decoder`").holds(&streams, |segments| {
        let mut decoder = Decoder::new(BufReader::new(Feed::new(segments)));
        let mut seen = Vec::new();
        loop {
            let value = decoder.decode().map_err(|error| error.to_string());
            let is_over = value.is_err();
            seen.push(value);
            if is_over {
                return seen;
            }
        }
    });
}
