//! mqttbytes: packets of MQTT 3.1.1 from a buffer that grows.

use bytes::BytesMut;
use mqttbytes::Error;
use mqttbytes::v4::read;

use crate::law::Law;

/// Packets, and the error that ends them.
fn packets(segments: &[&[u8]]) -> Vec<String> {
    let (mut buffer, mut seen) = (BytesMut::new(), Vec::new());
    for segment in segments {
        buffer.extend_from_slice(segment);
        loop {
            match read(&mut buffer, 300) {
                Ok(packet) => seen.push(format!("{packet:?}")),
                Err(Error::InsufficientBytes(_)) => break,
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
fn packets_do_not_depend_on_the_cuts() {
    let connect = b"\x10\x10\0\x04MQTT\x04\x02\0\x3c\0\x04Zo\xc3\xab";
    let streams: [&[u8]; 10] = [
        connect,
        b"\x30\x09\0\x03a/bZo\xc3\xab\xc0\0\xd0\0\xe0\0",
        b"\x32\x07\0\x03a/b\0\x01\x40\x02\0\x01",
        b"\x82\x08\0\x0a\0\x03a/b\0\x90\x03\0\x0a\0",
        b"\x30\xff\xff\xff\xff\x01",
        b"\x30\x80\x80\x01",
        b"\x30\xac\x02\0\x01a",
        b"\x10\x02\0\x04",
        b"\0\0",
        b"\x30\x05\0\x03a\xffb",
    ];
    Law::of("mqttbytes `v4::read`").holds(&streams, packets);
}
