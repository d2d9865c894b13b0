//! redis-protocol: frames of RESP2 and RESP3, decoded from a buffer that grows.

use std::fmt::Debug;

use redis_protocol::error::RedisProtocolError;
use redis_protocol::{resp2, resp3};

use crate::law::Law;

/// Frames, and the error that ends them.
fn frames<F: Debug>(
    segments: &[&[u8]],
    decode: impl Fn(&[u8]) -> Result<Option<(F, usize)>, RedisProtocolError>,
) -> Vec<String> {
    let (mut buffer, mut seen) = (Vec::new(), Vec::new());
    for segment in segments {
        buffer.extend_from_slice(segment);
        loop {
            match decode(&buffer) {
                Ok(Some((frame, length))) => {
                    seen.push(format!("{frame:?}"));
                    buffer.drain(..length);
                }
                Ok(None) => break,
                Err(error) => {
                    seen.push(format!("{:?}", error.kind()));
                    return seen;
                }
            }
        }
    }
    seen
}

const RESP2: [&str; 10] = [
    "*2\r\n$3\r\nGET\r\n$4\r\nZo\u{eb}\r\n",
    "+OK\r\n-ERR no\r\n:42\r\n$-1\r\n*-1\r\n*0\r\n$0\r\n\r\n",
    "+a\rb\n\r\n",
    "$4\r\n\r\n\r\n\r\n",
    "$5\r\nabc\r\n:1\r\n",
    ":12x\r\n",
    "$x\r\n",
    "?\r\n",
    "*1\r\n*1\r\n*1\r\n:1\r\n",
    "PING\r\n",
];

#[test]
fn frames_of_resp2_do_not_depend_on_the_cuts() {
    Law::of("redis-protocol `resp2::decode`")
        .holds(&RESP2, |segments| frames(segments, resp2::decode::decode));
}

#[test]
fn frames_of_resp3_do_not_depend_on_the_cuts() {
    let streams = [
        "%1\r\n+a\r\n#t\r\n",
        "~1\r\n,1.5\r\n,inf\r\n_\r\n(3492890328409238509324850943850943825024385\r\n",
        "=6\r\ntxt:\u{eb}\r\n>2\r\n+message\r\n+x\r\n",
        "!5\r\nERR a\r\n",
        "#x\r\n",
        ",1.x\r\n",
    ];
    Law::of("redis-protocol `resp3::decode::complete`")
        .holds(&[&RESP2[..], &streams].concat(), |segments| {
            frames(segments, resp3::decode::complete::decode)
        });
}
