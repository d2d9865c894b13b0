//! tungstenite: the messages that a server reads.

use tungstenite::WebSocket;
use tungstenite::protocol::Role;

use crate::feed::Feed;
use crate::law::Law;

/// Messages, and the error that ends them.
fn messages(segments: &[&[u8]]) -> Vec<String> {
    let mut socket = WebSocket::from_raw_socket(Feed::new(segments), Role::Server, None);
    let mut seen = Vec::new();
    loop {
        match socket.read() {
            Ok(message) => seen.push(format!("{message:?}")),
            Err(error) => {
                seen.push(error.to_string());
                return seen;
            }
        }
    }
}

/// A frame as a client masks it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let length = match payload.len() {
        short @ 0..126 => vec![0x80 | short as u8],
        long => [&[0xfe][..], &(long as u16).to_be_bytes()].concat(),
    };
    let masked = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
    [&[first], &length[..], &mask, &masked.collect::<Vec<_>>()].concat()
}

#[test]
fn messages_do_not_depend_on_the_cuts() {
    let text = "Zo\u{eb} \u{20ac}\r\n".as_bytes();
    let streams = [
        frame(0x81, text),
        // One text in three frames, cut inside of characters, with a ping in between.
        [
            frame(1, &text[..3]),
            frame(0x89, b"ping"),
            frame(0, &text[3..7]),
            frame(0x80, &text[7..]),
        ]
        .concat(),
        [frame(0x82, &[0; 300]), frame(0x88, &[0x03, 0xe8, b'x']), frame(0x81, b"late")].concat(),
        frame(0x81, b"a\xff"),
        frame(0x88, &[3]),
        frame(0x83, b"unknown"),
        frame(0xc1, b"reserved"),
        frame(0x80, b"continues nothing"),
        frame(0x09, b"a ping in parts"),
        b"\x81\x02hi".to_vec(),
        frame(0x81, text)[..8].to_vec(),
    ];
    Law::of("tungstenite `WebSocket::read`").holds(&streams, messages);
}
