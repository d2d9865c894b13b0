//! httparse: requests one after the other, parsed anew after each segment, as its users do.

use httparse::{EMPTY_HEADER, Request, Status, parse_chunk_size};

use crate::law::Law;

/// Requests without bodies, and how the stream ends.
fn requests(segments: &[&[u8]]) -> Vec<String> {
    let (mut buffer, mut seen) = (Vec::new(), Vec::new());
    for segment in segments {
        buffer.extend_from_slice(segment);
        loop {
            let mut headers = [EMPTY_HEADER; 8];
            let mut request = Request::new(&mut headers);
            match request.parse(&buffer) {
                Ok(Status::Complete(length)) => {
                    seen.push(format!("{request:?}"));
                    buffer.drain(..length);
                }
                Ok(Status::Partial) => break,
                Err(error) => {
                    seen.push(format!("{error:?}"));
                    return seen;
                }
            }
        }
    }
    seen
}

#[test]
fn a_request_does_not_depend_on_the_cuts() {
    let long = format!("GET /{} HTTP/1.1\r\nCookie: {}\r\n\r\n", "a".repeat(1500), "ü".repeat(900));
    Law::of("httparse `Request::parse`").holds(
        &[
            "GET / HTTP/1.1\r\n\r\n",
            "\r\n\nPOST /zoë?q=1 HTTP/1.0\r\nHost: a\r\nX-Name: Zoë \r\n\
             \r\nGET /b HTTP/1.1\nA:b\n\n",
            "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "GET  / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\rHost: a\r\n\r\n",
            "GET / HTTP/2.0\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
            "GET / HTTP/1.1\r\n1:\r\n2:\r\n3:\r\n4:\r\n5:\r\n6:\r\n7:\r\n8:\r\n9:\r\n\r\n",
            "GET / HTTP/1.1\r\n: a\r\n\r\n",
            "G\0T / HTTP/1.1\r\n\r\n",
            &long,
        ],
        requests,
    );
}

#[test]
fn a_chunk_size_does_not_depend_on_the_cuts() {
    let streams = [
        "4\r\n",
        "a;name=\"x\"\r\n",
        "00 \r\n",
        "fffffffffffffffff\r\n",
        "4\n\r",
        "\r\n",
        "4;\u{e9}\r\n",
    ];
    Law::of("httparse `parse_chunk_size`").holds(&streams, |segments| {
        let mut buffer = Vec::new();
        for segment in segments {
            buffer.extend_from_slice(segment);
            match parse_chunk_size(&buffer) {
                Ok(Status::Partial) => {}
                other => return Some(format!("{other:?}")),
            }
        }
        None
    });
}
