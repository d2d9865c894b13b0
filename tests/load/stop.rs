//! A signal while many clients are served.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use serde_json::Value;
use socket2::SockRef;

use super::{PATIENCE, Served, ask};

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

/// The ends of connections that a log tells of, by address.
fn closed(log: &str) -> HashMap<String, Value> {
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|line| line["message"] == "closed")
        .map(|line| (line["peer"].as_str().unwrap().to_owned(), line))
        .collect()
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
    let closed = closed(&served.terminate());
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

#[test]
fn no_answer_is_cut_by_a_signal_where_clients_send_and_read_at_once() {
    /// Each has heard so much when the signal comes.
    const HEARD: u64 = 4_000_000;
    let mut served = Served::start(&["-v", "--log-format", "json", "--grace", "0s"]);
    let (tell, under_way) = mpsc::channel();
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (mut stream, tell) = (served.client(), tell.clone());
            // What is under way must be read while the server ends.
            SockRef::from(&stream).set_recv_buffer_size(65_536).unwrap();
            let address = stream.local_addr().unwrap().to_string();
            let mut sender = stream.try_clone().unwrap();
            let sending = thread::spawn(move || while sender.write_all(&[b'x'; 65_536]).is_ok() {});
            let reading = thread::spawn(move || {
                let (mut buffer, mut received) = (vec![0; 65_536], 0);
                // The server's FIN is behind its last answer; a RST would be an error.
                while let length @ 1.. = stream.read(&mut buffer).unwrap() {
                    let before = received;
                    received += length as u64;
                    if before < HEARD && received >= HEARD {
                        tell.send(()).unwrap();
                    }
                }
                stream.shutdown(Shutdown::Both).unwrap();
                received
            });
            (address, sending, reading)
        })
        .collect();
    drop(tell);
    for _ in 0..clients.len() {
        under_way.recv_timeout(PATIENCE).unwrap();
    }
    let closed = closed(&served.terminate());
    for (address, sending, reading) in clients {
        sending.join().unwrap();
        let received = reading.join().unwrap();
        assert_eq!(closed[&address]["bytes_out"].as_u64(), Some(received), "{address}");
    }
}
