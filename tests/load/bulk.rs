//! Much through many connections at once.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use super::Served;

const CLIENTS: usize = 100;

/// How much goes through each, in bytes.
const EACH: usize = 24_000_000;

/// Lines in characters of one to four bytes.
fn text() -> String {
    let mut text = String::new();
    for number in 0..20_000 {
        text += &format!("{number} naïve Zürich Ελλάδα 東京 😀 {:x}\n", number * 7_919);
    }
    text
}

/// Compares what comes with what goes round; how much it was.
fn receive(mut stream: &TcpStream, text: &[u8]) -> usize {
    let (mut buffer, mut received) = (vec![0; 64 * 1024], 0);
    loop {
        let length = stream.read(&mut buffer).unwrap();
        let mut answer = &buffer[..length];
        if length == 0 {
            return received;
        }
        while !answer.is_empty() {
            let at = received % text.len();
            let same = answer.len().min(text.len() - at);
            assert!(answer[..same] == text[at..at + same], "behind byte {received}");
            (answer, received) = (&answer[same..], received + same);
        }
    }
}

#[test]
fn twenty_four_million_bytes_go_through_each_of_a_hundred_connections() {
    let served = Served::start(&[]);
    let (text, before) = (Arc::new(text()), served.at_rest());
    let since = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (stream, text) = (served.client(), Arc::clone(&text));
            thread::spawn(move || {
                // Each has its own stream: it begins elsewhere in the text, and goes round it.
                let start = text.floor_char_boundary(number * text.len() / CLIENTS);
                let text = [&text[start..], &text[..start]].concat().into_bytes();
                let laps = EACH.div_ceil(text.len());
                let length = laps * text.len();
                thread::scope(|scope| {
                    scope.spawn(|| {
                        let mut stream = &stream;
                        (0..laps).for_each(|_| stream.write_all(&text).unwrap());
                        stream.shutdown(Shutdown::Write).unwrap();
                    });
                    assert_eq!(receive(&stream, &text), length);
                });
            })
        })
        .collect();
    clients.into_iter().for_each(|client| client.join().unwrap());
    let seconds = since.elapsed().as_secs_f64();
    println!(
        "{CLIENTS} connections at once, {} MB through each: byte for byte, {seconds:.1} s, \
         {:.0} MB/s",
        EACH / 1_000_000,
        (CLIENTS * EACH) as f64 / 1e6 / seconds
    );
    assert_eq!(served.at_rest().descriptors, before.descriptors);
}
