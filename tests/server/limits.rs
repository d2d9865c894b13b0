//! Each limit, with a client that breaks it and one that does not.

use std::io::{ErrorKind, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use recut::shell::server::{ConnectionEnd, ServerLimits};

use super::{SOON, Served, Told, ask};

#[test]
fn a_silent_client_is_closed_and_one_that_talks_is_not() {
    let served = Served::echo(ServerLimits { idle: Some(SOON), ..ServerLimits::default() });
    let (mut silent, mut talker) = (served.client(), served.client());
    let since = Instant::now();
    let ending = thread::scope(|scope| {
        let waiting = scope.spawn(|| silent.read(&mut [0]).unwrap());
        while !waiting.is_finished() {
            ask(&mut talker, "still here");
        }
        waiting.join().unwrap()
    });
    assert_eq!(ending, 0);
    assert!(since.elapsed() >= SOON);
    assert_eq!(served.ended(), (0, 0, ConnectionEnd::Idle));
    ask(&mut talker, "me too");
}

#[test]
fn a_client_whose_buffer_has_grown_goes_idle_too() {
    let idle = Duration::from_millis(1_100);
    let served = Served::echo(ServerLimits { idle: Some(idle), ..ServerLimits::default() });
    let (mut client, since) = (served.client(), Instant::now());
    ask(&mut client, "x".repeat(10_000));
    // It is heard again when its buffer has been given back, and closed by the same rule.
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    assert!(since.elapsed() >= idle);
    assert_eq!(served.ended(), (10_001, 10_001, ConnectionEnd::Idle));
}

#[test]
fn a_client_that_never_reads_blocks_only_itself_and_is_closed() {
    let served = Served::echo(ServerLimits { write: Some(SOON), ..ServerLimits::default() });
    let (deaf, mut other) = (served.client(), served.client());
    let sending = deaf.try_clone().unwrap();
    let flood = thread::spawn(move || {
        let block = vec![b'x'; 64 * 1024];
        // Until the server has closed: a reset.
        loop {
            if let Err(error) = (&sending).write_all(&block) {
                return error.kind();
            }
        }
    });
    while !flood.is_finished() {
        ask(&mut other, "served meanwhile");
    }
    let kind = flood.join().unwrap();
    assert!(matches!(kind, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{kind}");
    assert_eq!(served.ended().2, ConnectionEnd::NotReading);
    ask(&mut other, "and after");
}

#[test]
fn who_comes_to_a_full_server_waits_and_is_told_of_once() {
    let served = Served::echo(ServerLimits { connections: 2, ..ServerLimits::default() });
    let (mut one, mut two) = (served.client(), served.client());
    ask(&mut one, 1);
    ask(&mut two, 2);
    let mut three = served.client();
    three.write_all(b"3\n").unwrap();
    let mut seen = vec![served.next(), served.next(), served.next()];
    seen.sort_by_key(|told| *told == Told::Full(2));
    assert_eq!(seen, [Told::Opened, Told::Opened, Told::Full(2)]);
    ask(&mut one, "they are served");
    three.set_read_timeout(Some(SOON)).unwrap();
    assert_eq!(three.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    drop(two);
    three.set_read_timeout(Some(super::PATIENCE)).unwrap();
    let mut answer = [0; 2];
    three.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"3\n");
    ask(&mut one, "and they still are");
}

#[test]
fn many_clients_go_through_a_small_server_which_says_once_that_it_is_full() {
    for connections in 1..=3 {
        let served = Served::echo(ServerLimits { connections, ..ServerLimits::default() });
        thread::scope(|scope| {
            for name in 0..40 {
                let served = &served;
                let (mut client, address) = (served.client(), served.address);
                scope.spawn(move || ask(&mut client, format!("{name} at {address}")));
            }
        });
        let (mut ended, mut full) = (0, 0);
        while ended < 40 {
            match served.next() {
                Told::Closed { ending, .. } => {
                    assert_eq!(ending, ConnectionEnd::EndOfStream);
                    ended += 1;
                }
                told => full += usize::from(told == Told::Full(connections)),
            }
        }
        assert!(full <= 1, "it was told {full} times of {connections}");
    }
}
