//! Clients that say much and read nothing.

use std::io::{ErrorKind, Write};

use super::{Served, ask};

const CLIENTS: usize = 200;

/// How many rounds nobody could say anything more in, until nobody is expected to.
const FULL: usize = 20;

#[test]
fn two_hundred_who_never_read_take_a_bounded_memory_and_hurt_nobody() {
    let served = Served::start(&[]);
    let before = served.at_rest();
    let block = vec![b'x'; 64 * 1024];
    let mut deaf: Vec<_> = (0..CLIENTS).map(|_| served.client()).collect();
    let mut other = served.client();
    let (mut said, mut full) = (0_usize, 0);
    while full < FULL {
        full += 1;
        for client in &mut deaf {
            client.set_nonblocking(true).unwrap();
            match client.write(&block) {
                Ok(length) => (said, full) = (said + length, 0),
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        }
        // The server has its turn too: one who reads is served meanwhile.
        ask(&mut other, "served meanwhile\n");
    }
    let held = served.held();
    let memory = held.memory - before.memory;
    println!(
        "{CLIENTS} that never read: they got rid of {} MB, the server's memory grew by {} KiB each",
        said / 1_000_000,
        memory / CLIENTS as u64
    );
    // A buffer of 64 KiB, a reply that may be as long again and is grown by doubling, and a stack.
    assert!(memory < CLIENTS as u64 * 400, "{memory} KiB");
    drop(deaf);
    ask(&mut other, "served after\n");
    drop(other);
    assert_eq!(served.at_rest().descriptors, before.descriptors);
}
