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
        &["check", "--deliver", "drop@1,half-close"],
        &["check", "--laws", "nice"],
        &["check", "--laws", "hangs,-hangs"],
        &["check", "--budget", "0s"],
        &["check", "--deliver", "slow=0s"],
        &["check", "--timeout", "5"],
        &["check", "--shard", "3/2"],
        &["check", "--shard", "0/2"],
        &["check", "--filter", "("],
        &["check", "--filter", "no such conversation"],
        &["check", "--report", "pdf=x"],
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
fn an_address_of_what_recut_does_not_speak_is_2_and_says_what_to_write() {
    let folder = folder();
    for (args, told) in [
        (
            &["check", "--connect", "tls:example.org:853"][..],
            "--stdio 'openssl s_client -quiet -connect example.org:853'",
        ),
        (&["check", "--connect", "udp:127.0.0.1:53"], "--stdio 'socat - UDP:127.0.0.1:53'"),
        (&["check", "--connect", "http://127.0.0.1/x"], "without a scheme: 127.0.0.1:80"),
        (&["check", "--connect", "https://example.org"], "-connect example.org:443'"),
        (&["check", "--connect", ":7777"], "write 127.0.0.1:7777"),
        (&["connect", "tls:example.org:853"], "openssl:example.org:853,verify=0"),
        (&["connect", ":7777"], "write 127.0.0.1:7777"),
        (&["serve", "--listen", "udp:127.0.0.1:53"], "--udp"),
        (&["serve", "--listen", ":7777"], "0.0.0.0:7777"),
        (&["record", "-o", "x", "--connect", "udp:h:53"], "udp:h:53`, and write"),
        (&["record", "-o", "x", "--connect", "h:1", "--listen", ":7777"], "0.0.0.0:7777"),
    ] {
        let assert = recut().args(args).current_dir(&folder).assert().code(2).stdout("");
        assert.stderr(contains("is not an address: ").and(contains(told)));
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
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
        .stdout(is_match(SUMMARY).unwrap().and(contains(", 0 findings, 21 not reached, seed 0")));
    recut().args(["connect", &address]).assert().code(3);
    recut().args(["play", "-", "--connect", &address]).write_stdin("> \"a\"").assert().code(3);
    write(&folder, "file", "");
    let check = |args: &[&str]| recut().arg("check").args(args).current_dir(&folder).assert();
    // Where a report or a finding can't be written, nothing is played: in a folder that is none or
    // is not there, as a folder, and where nobody may write.
    for (option, bad, told) in [
        ("--report", "junit=file/report.xml", "can't write file/report.xml: "),
        ("--report", "json=missing/report.json", "can't write missing/report.json: "),
        ("--report", "junit=.", "can't write .: "),
        ("--save", "file", "can't make file: "),
        ("--save", "/proc", "can't write to /proc: "),
        ("--save", "/proc/findings", "can't make /proc/findings: "),
    ] {
        check(&[option, bad]).code(3).stderr(contains(told)).stdout(
            contains("recut: 0 conversations, 0 deliveries").and(contains("held").count(1)),
        );
    }
    // A disk that is full shows while something is played; it is told once.
    check(&["--filter", "^nul$", "--report", "json=/dev/full"])
        .code(3)
        .stdout(contains("held  nul"))
        .stderr(contains("can't write /dev/full").count(1));
    // Reports and the folder of findings are opened first.
    check(&["--target", "tutorial", "--filter", "emoji", "--save", "file/findings"])
        .code(3)
        .stdout(contains("recut: 0 conversations, 0 deliveries"))
        .stderr(contains("can't make file/findings"));
    // A finding that can't be saved is still a finding.
    write(&folder, "findings", "");
    check(&["--target", "tutorial", "--filter", "emoji"])
        .code(1)
        .stderr(contains("can't make findings"));
}

/// What a check says of a script whose server does not exist, and of the others.
#[test]
fn a_server_that_does_not_exist_keeps_only_its_own_scripts_from_being_played() {
    let folder = folder();
    let script = |command: &str| format!("spawn \"{command}\"\n> \"hi\\n\"\n< \"hi\\n\"\n");
    let echo =
        script(&format!("'{}' serve --listen {{host}}:{{port}}", env!("CARGO_BIN_EXE_recut")));
    let missing = script("no-such-program {port}");
    write(&folder, "echo-1.recut", &echo);
    write(&folder, "echo-2.recut", &echo);
    write(&folder, "missing-1.recut", &missing);
    write(&folder, "missing-2.recut", &missing);
    write(&folder, "wrong.recut", echo.replace("< \"hi", "< \"ho"));
    let check = |names: &str, args: &[&str]| {
        let paths = names.split(' ').map(|name| format!("{name}.recut"));
        let mut command = recut();
        command.arg("check").args(paths).args(["--max", "5"]).args(args).current_dir(&folder);
        command.assert()
    };
    // Whichever comes first: the others are played.
    for names in ["missing-1 echo-1", "echo-1 missing-1"] {
        check(names, &[])
            .code(3)
            .stdout(contains("held  echo-1").and(contains("error  missing-1")))
            .stdout(contains("the target can't be started or reached (missing-1)"))
            .stdout(contains("recut: 1 conversation, ").and(contains(", 1 not reached, seed")))
            .stderr(contains("there is no program").count(1));
    }
    // Where several exit codes apply, a finding counts more.
    check("missing-1 wrong", &[]).code(1).stdout(contains("error[baseline]"));
    // An error for each in every report; what went wrong is said once.
    let reports = ["--format", "json", "--report", "junit=r.xml", "--report", "json=r.json"];
    let assert = check("echo-1 missing-1 echo-2 missing-2", &reports)
        .code(3)
        .stderr(contains("there is no program").count(1).and(is_match(SUMMARY).unwrap()));
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("r.json")).unwrap(), text);
    let objects = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let objects: Vec<serde_json::Value> = objects.collect();
    let types: Vec<_> = objects.iter().map(|object| object["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["start", "conversation", "error", "conversation", "error", "summary"]);
    assert_eq!(objects[4]["conversation"], "missing-2");
    assert!(objects[4]["message"].as_str().unwrap().contains("no-such-program"));
    let docs = include_str!("../../docs/json.md");
    for field in objects[4].as_object().unwrap().keys() {
        assert!(docs.contains(&format!("`{field}`")), "docs/json.md lacks {field}");
    }
    assert_eq!(objects[5]["left_out"].as_array().unwrap().last().unwrap()["conversations"], 2);
    let junit = fs::read_to_string(folder.path().join("r.xml")).unwrap();
    assert!(junit.contains("tests=\"4\" skipped=\"0\" errors=\"2\" failures=\"0\""), "{junit}");
}

/// A server that was there and has gone is not one that could not be reached.
#[test]
fn a_server_that_was_reached_and_then_died_is_1() {
    let folder = folder();
    for name in ["a.recut", "b.recut", "c.recut"] {
        write(&folder, name, "> \"hi\\n\"\n< \"hi\\n\"\n");
    }
    // It has time for one script: the baseline is played twice. Nobody else can get its address, as
    // another test may get a port that is free again.
    let path = folder.path().join("socket");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let address = format!("unix:{}", path.display());
    let server = std::thread::spawn(move || {
        let first = listener.accept().unwrap().0;
        std::io::copy(&mut &first, &mut &first).unwrap();
        let second = listener.accept().unwrap().0;
        // Not only closed: a process that another test is starting may hold it for a moment longer.
        socket2::SockRef::from(&listener).shutdown(std::net::Shutdown::Both).unwrap();
        drop(listener);
        std::io::copy(&mut &second, &mut &second).unwrap();
    });
    recut()
        .args(["check", ".", "--connect", &address, "--deliver", "uncut", "--laws", "differs"])
        .args(["--report", "junit=r.xml"])
        .current_dir(&folder)
        .assert()
        .code(1)
        .stdout(contains("held  ./a").and(contains("reached (2 conversations)")))
        .stderr(contains("does the server run there?").count(1));
    server.join().unwrap();
    let junit = fs::read_to_string(folder.path().join("r.xml")).unwrap();
    assert!(junit.contains("tests=\"3\" skipped=\"0\" errors=\"2\" failures=\"0\""), "{junit}");
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
        .stderr(contains("big.bin: it has more than 67108864 bytes, which is the limit"));
}
