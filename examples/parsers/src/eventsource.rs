//! eventsource-stream: server-sent events.

use eventsource_stream::Eventsource;
use futures_executor::block_on_stream;

use crate::feed::Feed;
use crate::law::Law;

fn events(segments: &[&[u8]]) -> Vec<String> {
    let mut seen = Vec::new();
    for event in block_on_stream(Feed::new(segments).eventsource()) {
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
    Law::of("eventsource-stream `eventsource`")
        .holds(&super::sse_codec::STREAMS, events)
        .holds(&["data: a\r\rdata: b\r\r"], events);
}

/// However it is cut: so this is no matter of the law, and told beside it.
#[test]
#[should_panic(expected = "not a char boundary")]
fn a_byte_order_mark_panics() {
    events(&["\u{feff}data: a\n\n".as_bytes()]);
}
