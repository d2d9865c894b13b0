//! What goes wrong: bad usage, what can't be read or reached, signals.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use predicates::prelude::*;
use predicates::str::{contains, is_match};

use super::{SUMMARY, Served, folder, recut, signal, write};

#[test]
fn a_target_must_be_named_for_a_path() {
    let folder = folder();
    write(&folder, "hi.recut", "> \"hi\\n\"\n");
    for args in [&["check", "hi.recut"][..], &["play", "hi.recut"], &["check", "--send", "hi"]] {
        recut()
            .args(args)
            .current_dir(&folder)
            .assert()
            .code(2)
            .stdout("")
            .stderr(contains("--spawn").and(contains("--connect")).and(contains("--target echo")));
    }
}

#[test]
fn bad_usage_is_2_and_plays_nothing() {
    for args in [
        &[][..],
        &["frobnicate"],
        &["check", "--frobnicate"],
        &["check", "--target", "nobody"],
        &["check", "--target", "echo", "--connect", "127.0.0.1:1"],
        &["check", "--deliver", "singles"],
        &["check", "--deliver", ""],
        &["check", "--laws", "nice"],
        &["check", "--timeout", "5"],
        &["check", "--shard", "3/2"],
        &["check", "--shard", "0/2"],
        &["check", "--filter", "("],
        &["check", "--filter", "no such conversation"],
        &["check", "--report", "html=x"],
        &["check", "-D", "1=x"],
        &["check", "--max", "many"],
        &["check", "--send", "x", "also-a-path", "--target", "echo"],
        &["check", "--send", "x", "--spawn", "unclosed 'quote"],
        &["check", "--send", "x", "--spawn", ""],
        &["check", "--send", "x", "--stdio", "cat", "--spawn", "cat"],
        &["check", "--send", "x", "--stdio", "cat", "--ready", "x"],
        &["check", "--send", "x", "--spawn", "cat", "--ready", "("],
        &["fmt"],
        &["completions", "tcsh"],
        &["serve", "--listen", "here"],
        &["connect", "nowhere"],
    ] {
        let output = recut().args(args).assert().code(2).stdout("").get_output().clone();
        assert!(!output.stderr.is_empty(), "{args:?} says nothing");
    }
}

#[test]
fn what_cannot_be_read_is_2() {
    let folder = folder();
    write(&folder, "good.recut", "> \"a\"\n< \"a\"\n");
    write(&folder, "bad.recut", "> \"a\n");
    fs::create_dir(folder.path().join("empty")).unwrap();
    let check = |args: &[&str]| {
        recut().arg("check").args(args).args(["--target", "echo"]).current_dir(&folder).assert()
    };
    check(&["missing.recut"]).code(2).stderr(contains("missing.recut"));
    check(&["empty"]).code(2).stderr(contains("no .recut file"));
    // Every file is parsed before anything is played, and every error is told.
    check(&["good.recut", "bad.recut", "missing.recut"])
        .code(2)
        .stdout("")
        .stderr(contains("bad.recut:1:3").and(contains("missing.recut")));
    check(&["."]).code(2).stderr(contains("bad.recut"));
    check(&["good.recut"]).code(0);
}

#[test]
fn what_is_not_there_is_3() {
    let folder = folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    recut()
        .args(["serve", "--listen", &address])
        .assert()
        .code(3)
        .stderr(contains(&address).and(contains("another program listens there")));
    drop(taken);
    recut()
        .args(["check", "--connect", &address])
        .current_dir(&folder)
        .assert()
        .code(3)
        .stderr(contains("does the server run there?"))
        .stdout(is_match(SUMMARY).unwrap());
    recut().args(["connect", &address]).assert().code(3);
    recut().args(["play", "-", "--connect", &address]).write_stdin("> \"a\"").assert().code(3);
    write(&folder, "file", "");
    let check = |args: &[&str]| recut().arg("check").args(args).current_dir(&folder).assert();
    check(&["--report", "junit=file/report.xml"]).code(3).stderr(contains("file/report.xml"));
    // A finding that can't be saved is still a finding.
    check(&["--target", "tutorial", "--filter", "emoji", "--save", "file/findings"])
        .code(1)
        .stderr(contains("file/findings"));
}

#[test]
fn an_interrupted_check_says_what_was_done_and_ends_with_130() {
    let folder = folder();
    let served = Served::start(&[]);
    for name in ["-INT", "-TERM"] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_recut"))
            .args(["check", "--gap", "30s", "--connect", &served.1])
            .current_dir(&folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The first line of a listening server's log would be a race; a file in /proc is none:
        // the handler is there once the check has connected.
        let connected = || {
            let sockets = fs::read_dir(format!("/proc/{}/fd", child.id())).into_iter().flatten();
            let links = sockets.flatten().filter_map(|fd| fs::read_link(fd.path()).ok());
            links.filter(|link| link.to_string_lossy().starts_with("socket:")).count() > 0
        };
        while !connected() {
            std::thread::yield_now();
        }
        signal(&child, name);
        let mut text = String::new();
        child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert!(is_match(SUMMARY).unwrap().eval(&text), "{text}");
    }
}

#[test]
fn a_raw_stream_that_is_too_long_is_2_and_no_finding() {
    let folder = folder();
    // Sparse: nothing is written.
    let file = fs::File::create(folder.path().join("big.bin")).unwrap();
    file.set_len((64 << 20) + 1).unwrap();
    recut()
        .args(["check", "--target", "echo", "big.bin"])
        .current_dir(&folder)
        .assert()
        .code(2)
        .stdout("")
        .stderr(contains("big.bin has 67108865 bytes: at most 67108864"));
}
