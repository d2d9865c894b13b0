//! Clients that come and are gone.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use super::{Served, ask};

/// How long a storm lasts where nothing else is asked for.
const SHORT: Duration = Duration::from_secs(3);

/// By how much the memory may grow, in KiB: caches of the allocator.
const SLACK: u64 = 4 * 1024;

fn storm(served: &Served, duration: Duration) -> usize {
    let until = Instant::now() + duration;
    let clients: Vec<_> = (0..4)
        .map(|kind| {
            let address = served.address.clone();
            thread::spawn(move || {
                let mut count = 0;
                while Instant::now() < until {
                    come_and_go(&address, kind + count);
                    count += 1;
                }
                count
            })
        })
        .collect();
    clients.into_iter().map(|client| client.join().unwrap()).sum()
}

/// Each goes in another manner. Errors are what a storm is made of.
fn come_and_go(address: &str, number: usize) {
    let Ok(mut stream) = TcpStream::connect(address) else { return };
    if !number.is_multiple_of(4) {
        let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    }
    match number % 4 {
        // No word, and a reset.
        1 => {}
        // Half a character, and a reset.
        2 => drop(stream.write_all(b"h\xc3")),
        // A line, and a reset while its answer is under way.
        3 => drop(stream.write_all(&b"x".repeat(10_000))),
        _ => {
            let _ = stream.write_all(b"hi\nq\n");
            let _ = stream.read(&mut [0; 8]);
        }
    }
}

#[test]
fn a_storm_of_connects_and_resets_leaves_nothing_behind() {
    let served = Served::start(&[]);
    // What the allocator keeps is kept after the first of them.
    storm(&served, SHORT / 3);
    let before = served.at_rest();
    let duration = std::env::var("RECUT_STORM_SECONDS").map_or(SHORT, |seconds| {
        Duration::from_secs(seconds.parse().expect("a number of seconds"))
    });
    let count = storm(&served, duration);
    let after = served.at_rest();
    assert_eq!(after.descriptors, before.descriptors);
    let grown = after.memory.saturating_sub(before.memory);
    println!(
        "{count} connections in {} s, three of four reset: the server keeps no descriptor and no \
         thread of them, and {grown} KiB",
        duration.as_secs()
    );
    assert!(grown < SLACK, "{grown} KiB");
    ask(&mut served.client(), "and after\n");
}
