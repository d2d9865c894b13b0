//! `recut connect`: as a filter, and at a terminal.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use predicates::prelude::*;
use predicates::str::{contains, starts_with};
use rexpect::session::{PtySession, spawn_command};
use socket2::SockRef;

use super::{Served, recut};

/// What a terminal shows, and what a server sees, has come by then.
const WAIT: Duration = Duration::from_secs(20);

/// A server for one client, in this process.
fn server(serve: impl FnOnce(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || serve(listener.accept().unwrap().0));
    address
}

#[test]
fn what_is_piped_in_goes_out_and_the_answer_comes() {
    let served = Served::start(&[]);
    for (input, output) in [
        ("hi\n", "hi\n"),
        ("one\nq\ntwo\n", "one\n"),
        ("", ""),
        ("\n\nhé", "\n\nhé"),
        ("escape \x1b[2J passes\n", "escape \x1b[2J passes\n"),
    ] {
        recut().args(["connect", &served.1]).write_stdin(input).assert().code(0).stdout(output);
    }
}

#[test]
fn much_goes_both_ways_at_once() {
    let served = Served::start(&[]);
    let text = "naïve 東京 😀\n".repeat(500_000);
    let output = recut().args(["connect", &served.1]).write_stdin(text.clone()).assert().code(0);
    assert!(output.get_output().stdout == text.as_bytes());
}

#[test]
fn a_server_that_ends_ends_it_while_input_may_still_come() {
    let address = server(|mut stream| stream.write_all(b"bye\n").unwrap());
    let mut child = Command::new(env!("CARGO_BIN_EXE_recut"))
        .args(["connect", &address])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let _held = child.stdin.take();
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((said.as_str(), child.wait().unwrap().code()), ("bye\n", Some(0)));
}

/// A server that answers and keeps the connection open, whatever the client does, until the test
/// is over.
fn keeps_open() -> (String, std::sync::mpsc::Sender<()>) {
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let address = server(move |mut stream| {
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        for part in ["you ", "said ", &said] {
            stream.write_all(part.as_bytes()).unwrap();
        }
        let _ = ended.recv();
    });
    (address, end)
}

#[test]
fn a_server_that_never_ends_is_left_after_its_last_byte() {
    let (address, _end) = keeps_open();
    recut()
        .args(["connect", &address, "--wait", "300ms"])
        .write_stdin("hi\n")
        .assert()
        .code(0)
        .stdout("you said hi\n")
        .stderr(contains("keeps the connection open; left 300ms after its last byte (--wait)"));
    // It has 2 s if nothing is said.
    let (address, _end) = keeps_open();
    let start = std::time::Instant::now();
    recut().args(["connect", &address]).write_stdin("hi\n").assert().code(0);
    assert!(start.elapsed() >= Duration::from_secs(2));
}

#[test]
fn input_that_cannot_be_read_ends_it_with_an_error() {
    let served = Served::start(&[]);
    let folder = std::fs::File::open("/").unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_recut"))
        .args(["connect", &served.1])
        .stdin(folder)
        .stderr(Stdio::piped())
        .spawn();
    let output = child.unwrap().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("stdin can't be read: Is a directory"), "{told}");
}

#[test]
fn a_reader_who_has_enough_is_no_failure() {
    let served = Served::start(&[]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_recut"))
        .args(["connect", &served.1])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut input = child.stdin.take().unwrap();
    let _ = input.write_all(&b"x\n".repeat(1_000_000));
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn what_goes_wrong_is_told() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let connect = |address: &str| recut().args(["connect", address]).write_stdin("hi\n").assert();
    connect(&closed)
        .code(3)
        .stderr(contains("refused").and(contains("`recut serve` starts one")))
        .stderr(starts_with(format!("recut: can't connect to {closed}: ")));
    connect("name.invalid:1").code(3).stderr(contains("can't resolve name.invalid:1: "));
    connect("here").code(2).stderr(contains("expected HOST:PORT"));
    connect("127.0.0.1:70000").code(2).stderr(contains("at most 65535"));
    let address = server(|mut stream| {
        stream.read_exact(&mut [0; 3]).unwrap();
        SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    });
    connect(&address).code(3).stderr(contains("reset"));
}

const PROMPT: &str = "> ";

/// `recut connect` at a terminal of its own.
fn person(address: &str) -> PtySession {
    let mut command = Command::new("sh");
    command.args(["-c", "stty rows 24 cols 80 && exec \"$0\" connect \"$1\""]);
    command.args([env!("CARGO_BIN_EXE_recut"), address]).env("TERM", "xterm");
    let mut person = spawn_command(command, Some(WAIT.as_millis() as u64)).unwrap();
    person.exp_string("Ctrl-C leaves").unwrap();
    person.exp_string(PROMPT).unwrap();
    person
}

/// Types. Enter is `\r`.
fn keys(person: &mut PtySession, keys: &str) {
    person.send(keys).unwrap();
    person.flush().unwrap();
}

/// The rest of what it shows, when it has ended as it should.
fn left(mut person: PtySession) -> String {
    let rest = person.exp_eof().unwrap();
    let status = format!("{:?}", person.process().wait().unwrap());
    assert!(status.starts_with("Exited(") && status.ends_with(", 0)"), "{status}: {rest}");
    rest
}

#[test]
fn a_person_has_a_prompt_line_editing_and_a_history() {
    let served = Served::start(&[]);
    let mut person = person(&served.1);
    keys(&mut person, "one\r");
    person.exp_regex(r"one\r?\n.*one\r?\n").unwrap();
    // Ctrl-A goes to the start of the line, the up key to the line before.
    keys(&mut person, "two\x01twenty-\r");
    person.exp_regex(r"twenty-two\r?\n").unwrap();
    keys(&mut person, "\x1b[A\x1b[A more\r");
    person.exp_regex(r"one more\r?\n").unwrap();
    // An empty line is one.
    keys(&mut person, "\r");
    // What is pasted may be several lines.
    keys(&mut person, "three\rfour\rq\r");
    person.exp_regex(r"\[(J|1G)three\n(.*\n)*.*\[(J|1G)four\n").unwrap();
    assert!(left(person).contains("the server has ended the connection"));
}

#[test]
fn the_end_of_what_a_person_says_leaves_the_server_its_time() {
    let (half_closed, ended) = std::sync::mpsc::channel();
    let address = server(move |mut stream| {
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        half_closed.send(said).unwrap();
        stream.write_all(b"and this comes after\n").unwrap();
    });
    let mut person = person(&address);
    // Faster than the server answers.
    keys(&mut person, "hi\r");
    keys(&mut person, "\x04");
    assert_eq!(ended.recv_timeout(WAIT).unwrap(), "hi\n");
    person.exp_string("and this comes after").unwrap();
    left(person);
}

#[test]
fn a_person_leaves_and_the_server_sees_the_end() {
    let (gone, ended) = std::sync::mpsc::channel();
    let address = server(move |mut stream| {
        gone.send(stream.read_to_end(&mut Vec::new())).unwrap();
    });
    let mut person = person(&address);
    keys(&mut person, "half a line");
    person.exp_string("half a line").unwrap();
    keys(&mut person, "\x03");
    left(person);
    assert_eq!(ended.recv_timeout(WAIT).unwrap().unwrap(), 0);
}

#[test]
fn a_server_that_ends_does_not_wait_for_a_key() {
    let (end, wait) = std::sync::mpsc::channel::<()>();
    let address = server(move |mut stream| {
        stream.write_all(b"\x1b[2Jtricks\xff and \xc3").unwrap();
        let _ = wait.recv();
        stream.write_all(b"\xa9\n").unwrap();
        stream.shutdown(Shutdown::Both).unwrap();
    });
    let mut person = person(&address);
    // What reads the terminal takes each byte for a character: only ASCII can be looked for.
    person.exp_regex(r"\\u\{1b\}\[2Jtricks...? and ").unwrap();
    keys(&mut person, "half a line");
    person.exp_string("half a line").unwrap();
    drop(end);
    assert!(left(person).contains("the server has ended the connection"));
}
