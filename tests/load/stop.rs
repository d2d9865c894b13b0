//! A signal while many clients are served.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

use super::{Served, ask};

const CLIENTS: usize = 50;

const HELLO: &str = "hello\n";

/// Says something and hears it back, until the connection ends: how much came back, which is a
/// prefix of what was said.
fn talk(mut stream: TcpStream, number: usize, answers: &AtomicUsize) -> u64 {
    let said = format!("{number} says é\n").repeat(1 + 100 * number).into_bytes();
    let (mut answer, mut received) = (vec![0; said.len()], 0);
    loop {
        // Where the server has ended meanwhile, what it has answered is there all the same.
        let is_said = stream.write_all(&said).is_ok();
        let mut filled = 0;
        while filled < said.len() {
            match stream.read(&mut answer[filled..]) {
                Ok(length @ 1..) => filled += length,
                _ => break,
            }
        }
        assert!(answer[..filled] == said[..filled], "behind byte {received}");
        received += filled as u64;
        if !is_said || filled < said.len() {
            return received;
        }
        answers.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn no_answer_to_what_was_read_is_cut_by_a_signal() {
    let mut served = Served::start(&["-v", "--log-format", "json", "--grace", "100ms"]);
    let answers = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (mut stream, answers) = (served.client(), Arc::clone(&answers));
            // It is no longer one that waits to be accepted.
            ask(&mut stream, HELLO);
            let address = stream.local_addr().unwrap().to_string();
            (address, thread::spawn(move || talk(stream, number, &answers)))
        })
        .collect();
    while answers.load(Ordering::Relaxed) < 20 * CLIENTS {
        thread::yield_now();
    }
    let log = served.terminate();
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let closed: HashMap<_, _> = lines
        .filter(|line| line["message"] == "closed")
        .map(|line| (line["peer"].as_str().unwrap().to_owned(), line))
        .collect();
    let mut total = 0;
    for (address, client) in clients {
        let received = HELLO.len() as u64 + client.join().unwrap();
        let told = closed[&address]["bytes_out"].as_u64().unwrap();
        let heard = closed[&address]["bytes_in"].as_u64().unwrap();
        // At most the first byte of a character is not answered: it was no text yet.
        assert!(heard - told <= 1, "{}", closed[&address]);
        assert_eq!(received, told, "{}", closed[&address]);
        assert_eq!(closed[&address]["ending"], "the server stops");
        total += received;
    }
    println!(
        "a signal to {CLIENTS} clients in full flow: {total} bytes were read and answered, \
        and all of the answers arrived"
    );
}
