//! `recut serve`: its log, its signals, and what it says where it can't listen.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::process::Stdio;
use std::time::{Duration, Instant};

use predicates::str::starts_with;
use serde_json::Value;

use super::{Served, folder, recut, signal};

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that logs to a file, and what stands there when it has ended.
fn logged(args: &[&str], talk: impl FnOnce(&mut Served)) -> String {
    let folder = folder();
    let path = folder.path().join("log");
    let mut served = Served::with_log(args, fs::File::create(&path).unwrap());
    talk(&mut served);
    if served.0.try_wait().unwrap().is_none() {
        signal(&served.0, "-TERM");
    }
    assert_eq!(served.0.wait().unwrap().code(), Some(0));
    fs::read_to_string(path).unwrap()
}

fn client(served: &Served) -> TcpStream {
    let client = TcpStream::connect(&served.1).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    client
}

/// Says something, and returns all that comes back until the server ends.
fn say(served: &Served, bytes: &[u8]) -> Vec<u8> {
    let (mut client, mut answer) = (client(served), Vec::new());
    client.write_all(bytes).unwrap();
    client.read_to_end(&mut answer).unwrap();
    answer
}

#[test]
fn nothing_is_logged_unless_it_is_asked_for() {
    assert_eq!(logged(&[], |served| drop(say(served, b"hi\nq\n"))), "");
}

#[test]
fn a_connection_is_logged_as_it_opens_and_closes() {
    let log = logged(&["-v"], |served| drop(say(served, b"hi\nq\nlost")));
    let lines: Vec<_> = log.lines().filter_map(|line| line.split(" INFO ").nth(1)).collect();
    assert_eq!(lines.len(), log.lines().count(), "{log}");
    let find = |start: &str| *lines.iter().find(|line| line.starts_with(start)).unwrap();
    let opened = find("opened peer=127.0.0.1:");
    let closed = find("closed peer=127.0.0.1:");
    assert_eq!(opened.split_once('=').unwrap().1, closed.split([' ', '=']).nth(2).unwrap());
    assert!(closed.contains(" bytes_in=9 bytes_out=3 microseconds="), "{log}");
    assert!(closed.ends_with(" ending=quit"), "{log}");
    assert!(find("stopping").contains("open connections may end"));
}

#[test]
fn what_a_peer_says_forges_no_line_and_moves_no_cursor() {
    let said = "\u{1b}[2J\u{202e}\r\n2026-01-01T00:00:00Z  INFO opened\n\x07q\nq\n";
    let log = logged(&["-vv"], |served| drop(say(served, said.as_bytes())));
    assert!(log.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)), "{log}");
    assert_eq!(log.lines().filter(|line| line.contains("INFO opened peer")).count(), 1, "{log}");
    assert!(
        log.lines().all(|line| line.starts_with("20") && line[26..].starts_with("Z ")),
        "{log}"
    );
    let heard = log.lines().find(|line| line.contains("DEBUG heard")).unwrap();
    assert!(heard.contains(r#" text="\x1b[2J\u{202e}\r\n2026-"#), "{heard}");
}

#[test]
fn the_log_can_be_read_by_a_program() {
    let log = logged(&["-vv", "--log-format", "json"], |served| drop(say(served, b"\xff\nq\n")));
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let find = |message: &str| lines.iter().find(|line| line["message"] == message).unwrap();
    assert_eq!(find("heard")["text"], r#""\xff\nq\n""#);
    assert_eq!(find("told")["text"], r#""\u{fffd}\n""#);
    let closed = find("closed");
    assert_eq!((&closed["bytes_in"], &closed["bytes_out"]), (&4.into(), &4.into()));
    assert_eq!((&closed["ending"], &closed["level"]), (&"quit".into(), &"INFO".into()));
    assert!(closed["microseconds"].is_u64());
}

#[test]
fn a_limit_is_told_once_and_a_signal_cuts_off_who_stays() {
    let args = ["--max-connections", "8", "--grace", "10ms"];
    let log = logged(&args, |served| {
        let greet = |client: &mut TcpStream| {
            client.write_all(b"hi\n").unwrap();
            client.read_exact(&mut [0; 3]).unwrap();
        };
        let mut open: Vec<_> = (0..8).map(|_| client(served)).collect();
        open.iter_mut().for_each(greet);
        let mut waiting = [client(served), client(served), client(served)];
        for client in &mut waiting {
            open.pop();
            greet(client);
        }
        signal(&served.0, "-TERM");
        assert_eq!(waiting[2].read(&mut [0]).unwrap(), 0);
        assert_eq!(served.0.wait().unwrap().code(), Some(0));
    });
    let told: Vec<_> = log.lines().filter_map(|line| line.split(" WARN ").nth(1)).collect();
    let full = "the limit of open connections is reached, new clients wait (--max-connections) \
                connections=8";
    let cut = "cut off after the grace connections=8";
    assert_eq!(told, [full, cut]);
}

#[test]
fn serve_ends_with_0_on_a_signal() {
    for name in ["-INT", "-TERM"] {
        let mut served = Served::start(&[]);
        signal(&served.0, name);
        assert_eq!(served.0.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn the_second_signal_ends_a_server_that_is_patient_with_a_client() {
    let mut served = Served::start(&["--grace", "24h"]);
    let mut client = client(&served);
    client.write_all(b"hi\n").unwrap();
    client.read_exact(&mut [0; 3]).unwrap();
    signal(&served.0, "-TERM");
    // It is heeded: nobody new gets in, and who is there is still served.
    let until = Instant::now() + PATIENCE;
    while TcpStream::connect(&served.1).is_ok() {
        assert!(Instant::now() < until);
    }
    client.write_all(b"hi\n").unwrap();
    client.read_exact(&mut [0; 3]).unwrap();
    assert_eq!(served.0.try_wait().unwrap(), None);
    signal(&served.0, "-TERM");
    assert_eq!(served.0.wait().unwrap().code(), Some(0));
}

#[test]
fn nobody_reads_the_log_and_clients_are_served_all_the_same() {
    for is_closed in [true, false] {
        let mut served = Served::with_log(&["-vv"], Stdio::piped());
        // Kept open and not read: a pipe takes 64 KiB, some lines more wait, and this is more.
        let mut stderr = served.0.stderr.take();
        for _ in 0..400 {
            assert_eq!(say(&served, &[&b"x".repeat(1000), &b"\nq\n"[..]].concat()).len(), 1001);
        }
        if is_closed {
            stderr = None;
        }
        assert_eq!(say(&served, b"hi\nq\n"), b"hi\n");
        signal(&served.0, "-TERM");
        let until = Instant::now() + PATIENCE;
        let code = loop {
            if let Some(status) = served.0.try_wait().unwrap() {
                break status.code();
            }
            assert!(Instant::now() < until, "it waits for the readers of its log");
            std::thread::yield_now();
        };
        assert_eq!(code, Some(0));
        drop(stderr);
    }
}

#[test]
fn where_it_cannot_listen_it_says_what_to_do() {
    for (address, code, message) in [
        ("here", 2, "`here` is not an address: expected HOST:PORT, as 127.0.0.1:8888, "),
        ("127.0.0.1:65536", 2, "`127.0.0.1:65536` is not an address: a port is at most 65535"),
        ("::1:8888", 2, "`::1:8888` is not an address: an IPv6 address stands in brackets"),
        ("name.invalid:1", 3, "can't resolve name.invalid:1: "),
        ("192.0.2.1:0", 3, "can't listen on 192.0.2.1:0: Cannot assign requested address"),
    ] {
        let told = recut().args(["serve", "--listen", address]).assert().code(code).stdout("");
        told.stderr(starts_with(format!("recut: {message}")));
    }
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap();
    let told = recut().args(["serve", "--listen", &address.to_string()]).assert().code(3);
    told.stderr(format!(
        "recut: can't listen on {address}: Address already in use (os error 98) (another program \
         listens there: stop it, or use port 0)\n"
    ));
}

#[test]
fn limits_that_make_no_sense_are_refused() {
    for args in [
        &["--idle-timeout", "0s"][..],
        &["--write-timeout", "25h"],
        &["--dead-peer-timeout", "soon"],
        &["--max-connections", "0"],
        &["--grace", "off"],
        &["--udp", "--idle-timeout", "1s"],
        &["--protocol", "tutorial", "--udp"],
        &["--protocol", "tutorial", "--write-timeout", "1s"],
    ] {
        recut().args(["serve", "--listen", "127.0.0.1:0"]).args(args).assert().code(2).stdout("");
    }
}

#[test]
fn several_addresses_are_served_at_once() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_recut"))
        .args(["serve", "--listen", "127.0.0.1:0", "--listen", "[::1]:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for family in ["127.0.0.1:", "[::1]:"] {
        let line = lines.next().unwrap().unwrap();
        let address = line.strip_prefix("listening on ").unwrap().to_owned();
        assert!(address.starts_with(family), "{line}");
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"hi\n").unwrap();
        stream.read_exact(&mut [0; 3]).unwrap();
    }
    signal(&child, "-TERM");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn datagrams_are_answered_and_logged() {
    let log = logged(&["--udp", "-v"], |served| {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.connect(&served.1).unwrap();
        // What would grow has no answer; the next ones have. Behind the last answer, what was said
        // before it is logged.
        for datagram in [&b"\xff"[..], b"hi\nq\nlost", b"bye"] {
            socket.send(datagram).unwrap();
        }
        let mut answer = [0; 64];
        for expected in [&b"hi\n"[..], b"bye"] {
            let length = socket.recv(&mut answer).unwrap();
            assert_eq!(&answer[..length], expected);
        }
    });
    assert!(log.contains("not answered peer=127.0.0.1:"), "{log}");
    assert!(log.contains(" answered peer=127.0.0.1:"), "{log}");
    assert!(log.contains("bytes_in=9 bytes_out=3"), "{log}");
}
