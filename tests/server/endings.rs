//! Why connections end, and what their clients get before.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use recut::shell::server::{self, ConnectionEnd, ServerLimits};
use recut::{Echo, Flow, Protocol};
use socket2::SockRef;

use super::{PATIENCE, Served, ask};

#[test]
fn each_ending_is_told_with_what_was_said() {
    let served = Served::echo(ServerLimits::default());
    let mut answer = Vec::new();

    let mut client = served.client();
    client.write_all(b"hi\nq\nlost").unwrap();
    client.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"hi\n");
    drop(client);
    assert_eq!(served.ended(), (9, 3, ConnectionEnd::Quit));

    let mut client = served.client();
    client.write_all(b"no newline q").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    answer.clear();
    client.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"no newline q");
    assert_eq!(served.ended(), (12, 12, ConnectionEnd::EndOfStream));

    let mut client = served.client();
    ask(&mut client, "hi");
    SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
    assert_eq!(served.ended(), (3, 3, ConnectionEnd::Reset));
}

/// Says a word, and gives up or panics at the first thing that is said.
struct Short(bool);

impl Protocol for Short {
    fn open(&mut self, reply: &mut Vec<u8>) -> Flow {
        reply.extend_from_slice(b"well?");
        Flow::Continue
    }

    fn receive(&mut self, _: &[u8], _: &mut Vec<u8>) -> Flow {
        assert!(!self.0, "as it should");
        Flow::Close
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

#[test]
fn a_protocol_that_gives_up_or_panics_ends_its_own_connection() {
    for (panics, ending) in [(false, ConnectionEnd::GivenUp), (true, ConnectionEnd::Panicked)] {
        let connect = if panics { || Short(true) } else { || Short(false) };
        let served =
            Served::start(ServerLimits { connections: 1, ..ServerLimits::default() }, connect);
        // With room for one alone: the place is free again each time.
        for _ in 0..3 {
            let (mut client, mut answer) = (served.client(), Vec::new());
            client.write_all(b"x").unwrap();
            client.read_to_end(&mut answer).unwrap();
            assert_eq!(answer, b"well?");
            drop(client);
            assert_eq!(served.ended(), (1, 5, ending));
        }
    }
}

#[test]
fn the_answer_survives_a_client_that_sends_much_more_before_it_reads() {
    let served = Served::echo(ServerLimits::default());
    let (mut client, text) = (served.client(), "na ".repeat(50_000));
    let stream = [text.as_bytes(), b"\nq\n", &vec![b'x'; 24_000_000]].concat();
    client.write_all(&stream).unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).unwrap();
    assert_eq!(answer.len(), text.len() + 1);
    client.shutdown(Shutdown::Write).unwrap();
    let (_, told, ending) = served.ended();
    assert_eq!((told, ending), (text.len() as u64 + 1, ConnectionEnd::Quit));
}

#[test]
fn large_and_small_segments_take_turns() {
    let served = Served::echo(ServerLimits::default());
    let mut client = served.client();
    for length in [1, 1023, 1024, 1025, 200_000, 1, 70_000, 3] {
        ask(&mut client, "x".repeat(length));
    }
}

#[test]
fn both_families_share_a_port() {
    let bind = |address: &str| server::bind(address.parse().unwrap(), 5, true);
    // Now and then, somebody else has just that port over IPv4.
    let is_shared = (0..20).any(|_| {
        let v6 = bind("[::]:0").unwrap();
        bind(&format!("127.0.0.1:{}", v6.local_addr().unwrap().port())).is_ok()
    });
    assert!(is_shared);
}

#[test]
fn a_plain_listener_is_served_with_the_defaults() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // It is there before the listener has any options.
    let mut early = TcpStream::connect(address).unwrap();
    early.set_read_timeout(Some(PATIENCE)).unwrap();
    thread::spawn(move || server::serve(&listener, Echo::default));
    ask(&mut early, "early");
}
