//! flate2: bodies that are decompressed as they come.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::{GzDecoder, GzEncoder};

use crate::feed::Feed;
use crate::law::Law;

fn zipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).expect("a buffer takes all");
    encoder.finish().expect("a buffer takes all")
}

#[test]
fn what_is_inflated_does_not_depend_on_the_cuts() {
    let short = zipped("hello, Zo\u{eb}\r\n");
    let mut torn = short.clone();
    torn[short.len() - 6] ^= 1;
    let streams = [
        [&short[..], &zipped(&"\u{20ac}".repeat(300))].concat(),
        [&short[..], b"after"].concat(),
        short[..short.len() - 3].to_vec(),
        torn,
        b"\x1f\x8b\x08".to_vec(),
        b"hello".to_vec(),
    ];
    Law::of("flate2 `read::MultiGzDecoder`").holds(&streams, |segments| {
        let mut text = Vec::new();
        let ended = MultiGzDecoder::new(Feed::new(segments)).read_to_end(&mut text);
        (text, ended.map_err(|error| error.to_string()))
    });
    Law::of("flate2 `write::GzDecoder`").holds(&streams, |segments| {
        let mut decoder = GzDecoder::new(Vec::new());
        let ended = segments.iter().try_for_each(|segment| decoder.write_all(segment));
        let ended = ended.map_err(|error| error.to_string());
        (ended, decoder.try_finish().map_err(|error| error.to_string()), decoder.get_ref().clone())
    });
}
