//! `recut record`: what was carried is written as a script that holds.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use predicates::prelude::*;
use predicates::str::contains;
use socket2::{Domain, SockRef, Socket, Type};

use super::{Served, folder, recut, signal, write};

/// `recut record` of a server into a file; it ends with the test.
fn record(server: &str, file: &Path) -> Served {
    record_with(server, file, &[])
}

/// The same with more arguments.
fn record_with(server: &str, file: &Path, args: &[&str]) -> Served {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_recut"))
        .args(["record", "--listen", "127.0.0.1:0", "--connect", server, "-o"])
        .arg(file)
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap().to_owned();
    Served(child, address)
}

/// Ends a recorder by a signal; what it said on stderr.
fn end(mut recorder: Served, name: &str) -> String {
    signal(&recorder.0, name);
    let mut said = String::new();
    recorder.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(recorder.0.wait().unwrap().code(), Some(0), "{said}");
    said
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Says something, and reads an answer of that length.
fn ask(stream: &mut TcpStream, question: &[u8], length: usize) -> Vec<u8> {
    stream.write_all(question).unwrap();
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer).unwrap();
    answer
}

fn reset(stream: TcpStream) {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
}

/// Waits until the file says this.
fn wait_for(file: &Path, text: &str) {
    let until = Instant::now() + Duration::from_secs(20);
    while !fs::read_to_string(file).unwrap().contains(text) {
        assert!(Instant::now() < until, "{}", fs::read_to_string(file).unwrap());
        std::thread::yield_now();
    }
}

#[test]
fn a_recorded_conversation_holds_against_the_same_server() {
    let folder = folder();
    let file = folder.path().join("talk.recut");
    let served = Served::start(&[]);
    let recorder = record(&served.1, &file);

    let mut lines = connect(&recorder.1);
    assert_eq!(ask(&mut lines, "héllo\n".as_bytes(), 7), "héllo\n".as_bytes());
    assert_eq!(ask(&mut lines, b"ill \xff\xfe\n", 11), "ill \u{fffd}\u{fffd}\n".as_bytes());
    let mut other = connect(&recorder.1);
    assert_eq!(ask(&mut other, b"\x01\x02\x03\n", 4), b"\x01\x02\x03\n");
    assert_eq!(ask(&mut lines, b"no newline", 10), b"no newline");
    lines.shutdown(Shutdown::Write).unwrap();
    assert_eq!(lines.read(&mut [0]).unwrap(), 0);
    reset(other);
    // It is written at each end of a connection, so that a signal is not needed for it.
    wait_for(&file, "c2 > reset\n");
    let said = end(recorder, "-TERM");
    assert!(said.contains("recorded 2 connections in "), "{said}");

    let text = fs::read_to_string(&file).unwrap();
    let (head, text) = text.split_once('\n').unwrap();
    assert!(head.starts_with("# Recorded from 127.0.0.1:"), "{head}");
    assert!(head.ends_with(&format!(" to {}: 2 connections", served.1)), "{head}");
    let expected = r#"c1 > "héllo\n"
c1 < "héllo\n"
c1 > "ill \xff\xfe\n"
c1 < "ill \u{fffd}\u{fffd}\n"
c2 > hex"01 02 03 0a"
c2 < hex"01 02 03 0a"
c1 > "no newline"
c1 < "no newline"
c1 > eof
c1 < eof
c2 > reset
"#;
    assert_eq!(text, expected);
    let holds = |args: &[&str]| {
        recut().args(args).current_dir(&folder).assert().code(0);
    };
    holds(&["fmt", "--check", "talk.recut"]);
    holds(&["play", "talk.recut", "--connect", &served.1]);
    holds(&["check", "talk.recut", "--connect", &served.1, "--deliver", "uncut,written"]);
    // Only the script is left in the folder, and what `check` may save there.
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(files.collect::<Vec<_>>(), ["talk.recut"]);
}

#[test]
fn a_server_that_speaks_first_ends_and_resets() {
    let folder = folder();
    let file = folder.path().join("talk.recut");
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let recorder = record(&server.local_addr().unwrap().to_string(), &file);
    // One greets and ends before the client does, one resets, one is still open.
    let mut client = connect(&recorder.1);
    let (mut stream, _) = server.accept().unwrap();
    stream.write_all(b"220 hello\r\n").unwrap();
    drop(stream);
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "220 hello\r\n");
    let greeted = "< \"220 hello\\r\\n\"\n< eof\n";
    drop(client);
    wait_for(&file, &format!(": 1 connection\n{greeted}"));
    let mut client = connect(&recorder.1);
    let (mut stream, _) = server.accept().unwrap();
    client.write_all(b"a").unwrap();
    stream.read_exact(&mut [0]).unwrap();
    reset(stream);
    let error = client.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    wait_for(&file, "c1 < eof\nc2 > \"a\"\nc2 < reset\n");
    let _quiet = connect(&recorder.1);
    let _held = server.accept().unwrap();
    end(recorder, "-INT");
    assert!(fs::read_to_string(&file).unwrap().ends_with("c2 < reset\nopen c3\n"));
}

#[test]
fn a_long_answer_to_a_slow_reader_arrives_whole() {
    let folder = folder();
    let file = folder.path().join("talk.recut");
    let served = Served::start(&[]);
    let recorder = record(&served.1, &file);
    let mut client = connect(&recorder.1);
    let text: String = (0..200_000).map(|number| format!("line {number}\n")).collect();
    let sender = client.try_clone().unwrap();
    let sending = std::thread::spawn({
        let text = text.clone();
        move || {
            (&sender).write_all(text.as_bytes()).unwrap();
            sender.shutdown(Shutdown::Write).unwrap();
        }
    });
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    sending.join().unwrap();
    assert!(answer == text);
    wait_for(&file, "\n< eof\n");
    end(recorder, "-TERM");
    recut().args(["fmt", "--check", "."]).current_dir(&folder).assert().code(0);
    recut()
        .args(["check", "talk.recut", "--deliver", "uncut", "--connect", &served.1])
        .current_dir(&folder)
        .assert()
        .code(0);
}

#[test]
fn a_client_is_turned_away_where_the_server_is_gone() {
    let folder = folder();
    let file = folder.path().join("talk.recut");
    // The port is taken, so that no other test gets it, and nobody listens there.
    let taken = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    taken.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let gone = taken.local_addr().unwrap().as_socket().unwrap().to_string();
    let recorder = record(&gone, &file);
    for _ in 0..2 {
        let error = connect(&recorder.1).read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }
    let said = end(recorder, "-TERM");
    assert!(said.contains(&format!("a client was turned away: {gone}: ")), "{said}");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.ends_with(": 0 connections\n") && text.lines().count() == 1, "{text}");
    recut().args(["fmt", "--check", "talk.recut"]).current_dir(&folder).assert().code(0);
}

#[test]
fn a_file_that_is_there_is_not_replaced_unless_it_may_be() {
    let folder = folder();
    let file = folder.path().join("talk.recut");
    let served = Served::start(&[]);
    let edited = "# by hand\n> \"hi\\n\"\n";
    fs::write(&file, edited).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("link")).unwrap();
    for there in ["talk.recut", "link"] {
        // It is told before anybody can connect: nothing was listened on.
        recut()
            .args(["record", "--connect", &served.1, "-o", there])
            .current_dir(&folder)
            .assert()
            .code(3)
            .stdout("")
            .stderr(contains(there).and(contains("is there already")).and(contains("--force")));
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), edited);
    // Nothing recorded replaces nothing; the first connection does.
    let recorder = record_with(&served.1, &file, &["--force"]);
    let said = end(recorder, "-TERM");
    assert!(said.contains("recorded 0 connections: ") && said.contains("is what it was"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), edited);
    let recorder = record_with(&served.1, &file, &["--force"]);
    let mut client = connect(&recorder.1);
    assert_eq!(ask(&mut client, b"ho\n", 3), b"ho\n");
    drop(client);
    wait_for(&file, "> \"ho\\n\"\n");
    end(recorder, "-TERM");
    assert!(!fs::read_to_string(&file).unwrap().contains("by hand"));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
}

#[test]
fn bad_usage_is_2_and_what_cannot_be_written_or_bound_is_3() {
    let folder = folder();
    write(&folder, "file", "");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    let record =
        |args: &[&str]| recut().arg("record").args(args).current_dir(&folder).assert().stdout("");
    let there = ["--connect", "127.0.0.1:9"];
    record(&there).code(2).stderr(contains("--output"));
    record(&["-o", "x.recut"]).code(2).stderr(contains("--connect"));
    for nowhere in ["nowhere", "127.0.0.1:0", "unix:"] {
        record(&["-o", "x.recut", "--connect", nowhere]).code(2).stderr(contains("HOST:PORT"));
    }
    record(&[&there[..], &["-o", "x.recut", "--listen", "here"]].concat()).code(2);
    for bad in ["file/x.recut", "missing/x.recut", "."] {
        record(&[&there[..], &["-o", bad]].concat())
            .code(3)
            .stderr(contains(format!("can't write {bad}")));
    }
    record(&[&there[..], &["-o", "x.recut", "--listen", &taken]].concat())
        .code(3)
        .stderr(contains(&taken).and(contains("another program listens there")));
    assert!(!folder.path().join("x.recut").exists());
}
