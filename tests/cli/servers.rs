//! A check against a served core.

use std::io::{Read, Write};
use std::net::TcpStream;

use predicates::prelude::*;
use predicates::str::contains;

use super::{Served, folder, recut, write};

#[test]
fn a_served_echo_holds_over_tcp_and_the_served_tutorial_does_not() {
    let folder = folder();
    write(&folder, "hi.recut", "> \"hé\\n\"\n< \"hé\\n\"\n> \"q\\n\"\n< eof\n");
    let served = Served::start(&[]);
    recut()
        .args(["check", "hi.recut", "--gap", "5ms", "--connect", &served.1])
        .current_dir(&folder)
        .assert()
        .code(0)
        .stdout(contains("paced), 0 findings").and(contains(format!("target: {}", served.1))));
    let tutorial = Served::start(&["--protocol", "tutorial"]);
    recut()
        .args(["check", "--send", "hé", "--gap", "5ms", "--timeout", "200ms"])
        .args(["--quiet-for", "30ms", "--connect", &tutorial.1])
        .current_dir(&folder)
        .assert()
        .code(1)
        .stdout(contains("error[wedged]"));
}

#[test]
fn a_served_answer_arrives_whole_whatever_the_client_still_sends() {
    let served = Served::start(&[]);
    let mut stream = TcpStream::connect(&served.1).unwrap();
    let text = "na ".repeat(100_000);
    let sender = stream.try_clone().unwrap();
    let sending = std::thread::spawn({
        let stream = [text.as_bytes(), b"\nq\n", &vec![b'x'; 50_000]].concat();
        move || (&sender).write_all(&stream)
    });
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let _ = sending.join().unwrap();
    assert_eq!(answer.len(), text.len() + 1);
}
