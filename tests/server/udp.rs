//! Datagrams over loopback.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use recut::Echo;
use recut::shell::server::{ServerEvent, udp};

use super::PATIENCE;

/// A server on a free port; it tells which datagrams were answered, and how long the answers are.
fn served() -> (SocketAddr, Receiver<Option<usize>>) {
    let socket = udp::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let (sender, told) = channel();
    thread::spawn(move || {
        udp::serve(&socket, Echo::default, |event| {
            if let ServerEvent::Datagram { answered, .. } = event {
                let _ = sender.send(*answered);
            }
        });
    });
    (address, told)
}

fn client() -> UdpSocket {
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    client
}

#[test]
fn each_datagram_is_a_stream_of_its_own() {
    let ((address, told), client) = (served(), client());
    let mut buffer = vec![0; 65_536];
    let longest = "x".repeat(65_507);
    for (datagram, answer) in
        [("h\u{e9}\n", "h\u{e9}\n"), ("", ""), ("a\nq\nb", "a\n"), ("q", ""), (&longest, &longest)]
    {
        client.send_to(datagram.as_bytes(), address).unwrap();
        let (length, from) = client.recv_from(&mut buffer).unwrap();
        assert_eq!((&buffer[..length], from), (answer.as_bytes(), address));
        assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Some(answer.len()));
    }
}

#[test]
fn what_would_grow_is_not_answered_and_the_next_is() {
    let ((address, told), client) = (served(), client());
    client.send_to(b"\xff", address).unwrap();
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), None);
    client.send_to(b"hi", address).unwrap();
    assert_eq!(client.recv_from(&mut [0; 9]).unwrap().0, 2);
}

#[test]
fn a_datagram_to_itself_makes_no_loop() {
    let socket = udp::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    // As if somebody had named the server itself as the source.
    socket.send_to(b"round and round", address).unwrap();
    let (sender, told) = channel();
    thread::spawn(move || {
        udp::serve(&socket, Echo::default, |event| {
            if let ServerEvent::Datagram { answered, .. } = event {
                let _ = sender.send(*answered);
            }
        });
    });
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), None);
}

#[test]
fn nobody_else_can_have_the_same_port() {
    let socket = udp::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let error = udp::bind(socket.local_addr().unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
}
