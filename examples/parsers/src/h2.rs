//! h2: the requests that its server takes from what a client sends.

use futures_util::FutureExt;

use crate::feed::Feed;
use crate::law::Law;

/// Requests with their bodies, and how the connection ends. What is written is not looked at.
async fn requests(feed: Feed) -> Vec<String> {
    let mut seen = Vec::new();
    let mut connection = match h2::server::handshake(feed).await {
        Ok(connection) => connection,
        Err(error) => return vec![error.to_string()],
    };
    let mut bodies = Vec::new();
    while let Some(request) = connection.accept().await {
        match request {
            Ok((request, _)) => {
                seen.push(format!(
                    "{} {} {:?}",
                    request.method(),
                    request.uri(),
                    request.headers()
                ));
                bodies.push(request.into_body());
            }
            Err(error) => {
                seen.push(error.to_string());
                break;
            }
        }
    }
    for mut body in bodies {
        let mut bytes = Vec::new();
        while let Some(Some(Ok(data))) = body.data().now_or_never() {
            bytes.extend_from_slice(&data);
        }
        seen.push(format!("{:?}", String::from_utf8_lossy(&bytes)));
    }
    seen
}

fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags, 0, 0, 0, stream], payload].concat()
}

#[test]
fn a_request_does_not_depend_on_the_cuts() {
    let start = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(4, 0, 0, &[])].concat();
    let get = [0x82, 0x86, 0x84, 0x41, 1, b'a'];
    let after = |frames: &[Vec<u8>]| [&start[..], &frames.concat()].concat();
    let streams = [
        after(&[frame(1, 5, 1, &get)]),
        after(&[
            frame(1, 4, 1, &get),
            frame(0, 0, 1, "Zo\u{eb}".as_bytes()),
            frame(0, 1, 1, b"\r\n"),
        ]),
        after(&[frame(1, 1, 1, &get[..3]), frame(9, 4, 1, &get[3..])]),
        after(&[frame(1, 5, 1, &get), frame(6, 0, 0, &[7; 8]), frame(1, 5, 3, &get)]),
        after(&[frame(1, 5, 2, &get)]),
        after(&[frame(1, 5, 1, &[0xff, 0xff])]),
        after(&[frame(0, 1, 1, b"early")]),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r".to_vec(),
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    Law::of("h2 `server::handshake`, `accept`")
        .holds(&streams, |segments| runtime.block_on(requests(Feed::new(segments))));
}
