//! Stopping, with clients that come to an end and with one that does not.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use recut::Echo;
use recut::shell::server::{ConnectionEnd, ServerLimits};

use super::{Gate, PATIENCE, SOON, Served, ask};

fn wait_until_nobody_listens(address: SocketAddr) {
    let until = Instant::now() + PATIENCE;
    while TcpStream::connect(address).is_ok() {
        assert!(Instant::now() < until);
    }
}

#[test]
fn a_server_without_clients_stops_at_once_and_can_not_be_reached() {
    let served = Served::echo(ServerLimits::default());
    let since = Instant::now();
    assert_eq!(served.server.stop(PATIENCE), 0);
    assert!(since.elapsed() < PATIENCE);
    wait_until_nobody_listens(served.address);
}

#[test]
fn open_sessions_are_served_while_the_server_stops() {
    let served = Served::echo(ServerLimits::default());
    let mut client = served.client();
    ask(&mut client, "before");
    let gate = Arc::new(Gate::default());
    let stopping = thread::spawn({
        let (server, gate) = (Arc::clone(&served.server), Arc::clone(&gate));
        move || {
            gate.open();
            server.stop(PATIENCE)
        }
    });
    gate.pass();
    wait_until_nobody_listens(served.address);
    ask(&mut client, "after");
    client.write_all(b"q\n").unwrap();
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    drop(client);
    assert_eq!(stopping.join().unwrap(), 0);
    let endings: Vec<_> = std::iter::from_fn(|| served.told.try_recv().ok()).collect();
    assert!(!format!("{endings:?}").contains("Stopped"), "{endings:?}");
}

#[test]
fn who_stays_is_cut_off_after_the_grace() {
    let served = Served::echo(ServerLimits::default());
    let mut client = served.client();
    // What is held back is no answer, and is not made one by the cut.
    ask(&mut client, "stays");
    client.write_all(b"q").unwrap();
    let since = Instant::now();
    assert_eq!(served.server.stop(SOON), 1);
    assert!(since.elapsed() >= SOON && since.elapsed() < PATIENCE);
    let mut rest = Vec::new();
    // The FIN, or the reset where the `q` was not read yet.
    let _ = client.read_to_end(&mut rest);
    assert_eq!(rest, b"");
    let (_, told, ending) = served.ended();
    assert_eq!((told, ending), (6, ConnectionEnd::Stopped));
}

#[test]
fn a_full_server_stops_too_and_a_stopped_one_serves_nobody() {
    let served = Served::echo(ServerLimits { connections: 1, ..ServerLimits::default() });
    let mut client = served.client();
    ask(&mut client, "the one");
    let mut waiting = served.client();
    assert_eq!(served.server.stop(Duration::ZERO), 1);
    assert_eq!(waiting.read(&mut [0]).unwrap_or(0), 0);
    let listener = served.server.listen("127.0.0.1:0".parse().unwrap(), 5, true).unwrap();
    // It returns.
    served.server.serve(listener, Echo::default);
}
