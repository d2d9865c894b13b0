//! sse-codec: server-sent events.

use futures_executor::block_on_stream;

use crate::feed::Feed;
use crate::law::Law;

/// Streams of server-sent events.
pub(crate) const STREAMS: [&str; 10] = [
    "data: hello\n\n",
    "event: greet\nid: 7\ndata: Zo\u{eb}\ndata: \u{20ac}\n\n: comment\n\nretry: 10\n\ndata:x\n\n",
    "data: a\r\n\r\ndata: b\r\n\r\n",
    "data\n\ndata\ndata\n\ndata:",
    "id: a\0b\ndata: x\n\n",
    "data: no end\n",
    "data: no end",
    "event: only\n\n",
    "retry: x\n\ndata:  two spaces\n\n",
    "unknown: x\ndata: y\n\n",
];

fn events(segments: &[&[u8]]) -> Vec<String> {
    let mut seen = Vec::new();
    for event in block_on_stream(sse_codec::decode_stream(Feed::new(segments))) {
        match event {
            Ok(event) => seen.push(format!("{event:?}")),
            Err(error) => {
                seen.push(error.to_string());
                break;
            }
        }
    }
    seen
}

#[test]
fn events_do_not_depend_on_the_cuts() {
    Law::of("sse-codec `decode_stream`")
        .holds(&STREAMS, events)
        .holds(&["\u{feff}data: a\n\n", "data: a\r\rdata: b\r\r"], events);
}
