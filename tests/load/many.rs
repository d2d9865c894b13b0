//! Many connections at once.

use std::io::Write;
use std::time::Instant;

use super::{Served, answered, ask, descriptors_for};

#[test]
fn ten_thousand_connections_are_served_each_in_turn() {
    let served = Served::start(&[]);
    let count = descriptors_for(10_000);
    let (before, since) = (served.at_rest(), Instant::now());
    let mut clients = Vec::new();
    for number in 0..count {
        clients.push(served.client());
        // The system keeps so many until they are accepted, and makes more wait for a second.
        if number % 1_000 == 999 {
            ask(&mut clients[number], "in\n");
        }
    }
    let opened = since.elapsed();
    for (number, client) in clients.iter_mut().enumerate() {
        ask(client, &format!("line of {number}\n"));
    }
    let all = since.elapsed();
    let held = served.held();
    assert_eq!(held.threads - before.threads, count);
    // They are all still there.
    clients.iter_mut().rev().for_each(|client| ask(client, "again\n"));
    let each = (held.memory - before.memory) as f64 / count as f64;
    println!(
        "{count} connections: opened in {:.2} s, each served in turn after {:.2} s, \
         {each:.1} KiB of memory each",
        opened.as_secs_f64(),
        all.as_secs_f64()
    );
    // A plain thread with its own buffer of 16 KiB takes more than that.
    assert!(each < 20.0, "{each} KiB");
    drop(clients);
    assert_eq!(served.at_rest().descriptors, before.descriptors);
}

#[test]
fn a_thousand_clients_in_the_midst_of_a_character_delay_nobody() {
    let served = Served::start(&[]);
    let mut silent: Vec<_> = (0..1_000).map(|_| served.client()).collect();
    for client in &mut silent {
        client.write_all(b"h\xc3").unwrap();
    }
    let mut other = served.client();
    let mut times: Vec<_> = (0..1_000)
        .map(|number| {
            let since = Instant::now();
            ask(&mut other, &format!("{number}\n"));
            since.elapsed()
        })
        .collect();
    times.sort();
    println!(
        "beside 1,000 that wait within a character: a round trip takes {} µs (median), \
         {} µs at most",
        times[500].as_micros(),
        times[999].as_micros()
    );
    for client in &mut silent {
        client.write_all(b"\xa9\n").unwrap();
        answered(client, "hé\n");
    }
}
