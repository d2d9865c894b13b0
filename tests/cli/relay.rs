//! `recut relay`: what it carries is cut, and a command that does not bear it is found out.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{ChildStdout, Stdio};
use std::time::{Duration, Instant};

use predicates::prelude::*;
use predicates::str::{contains, is_match};

use super::{Served, folder, recut, signal};

/// A client that says something and takes what one read returns for the answer.
const ONE_READ: &str = "exec 3<>/dev/tcp/127.0.0.1/$PORT; printf 'hello\\n' >&3
    test \"$(dd bs=99 count=1 status=none <&3)\" = hello";

/// One that reads up to the end of the line.
const HEALTHY: &str = "exec 3<>/dev/tcp/127.0.0.1/$PORT; printf 'hé\\n' >&3
    read -r line <&3; test \"$line\" = hé";

fn relay(server: &str, client: &str, folder: &tempfile::TempDir) -> assert_cmd::assert::Assert {
    recut()
        .args(["relay", "--connect", server, "--", "bash", "-c", client])
        .current_dir(folder)
        .assert()
}

#[test]
fn a_client_that_does_not_bear_a_cut_answer_is_shown_with_one_cut() {
    let (server, folder) = (Served::start(&[]), folder());
    let cut = r#"error\[relay\]: with 1 cut the command fails: exit status: 1
       cut  connection 1, what the server says, behind [1-5] bytes?
            < "h(e(l(lo?)?)?)?" \| "(e?l)?l?o\\n""#;
    let summary = concat!(
        r"recut: \d+ runs of the command, \d+\.\d\d s unchanged, \d+ connections, \d+ bytes, ",
        r"\d+ cuts \(\d+ confirmed, 0 held, 0 paced\), 1 finding, seed 0\n$",
    );
    relay(&server.1, ONE_READ, &folder)
        .code(1)
        .stdout(is_match(cut).unwrap().and(is_match(summary).unwrap()))
        .stdout(contains(" confirmed  3/3, ").and(contains("     saved  findings/relayed-")))
        .stdout(is_match(r"\n      took  \d+\.\d\d s, \d+\.\d\d s with nothing cut\n").unwrap());
    // recut is the server then, and the command need not be told again.
    let saved = fs::read_dir(folder.path().join("findings")).unwrap().next().unwrap().unwrap();
    let script = fs::read_to_string(saved.path()).unwrap();
    assert!(script.contains("\nclient \"sh -c ") && script.contains("\nlisten\n"), "{script}");
    let mut check = recut();
    check.args(["check", "-q"]).arg(saved.path()).current_dir(&folder);
    check.assert().code(1).stdout(contains("the client had read up to here"));
}

/// A server that takes what one read returns for a line.
fn one_read_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let attend = |mut stream: TcpStream| -> std::io::Result<()> {
        let mut buffer = [0; 99];
        loop {
            match stream.read(&mut buffer)? {
                0 => return Ok(()),
                count if buffer[..count].ends_with(b"\n") => stream.write_all(&buffer[..count])?,
                _ => stream.write_all(b"what?\n")?,
            }
        }
    };
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || attend(stream));
        }
    });
    address
}

#[test]
fn a_server_that_does_not_bear_a_cut_question_is_saved_and_fails_by_itself() {
    let (server, folder) = (one_read_server(), folder());
    relay(&server, HEALTHY, &folder)
        .code(1)
        .stdout(is_match("what the client says, behind [1-3] bytes?\n            > \"h").unwrap())
        .stdout(contains("     saved  findings/relayed-"));
    let saved = fs::read_dir(folder.path().join("findings")).unwrap().next().unwrap().unwrap();
    recut()
        .args(["check", "--connect", &server])
        .arg(saved.path())
        .assert()
        .code(1)
        .stdout(contains("delivery  cut@"));
}

#[test]
fn what_is_not_shown_alone_counts_only_if_that_is_asked_for() {
    // One cut answer of two is borne.
    let client = "exec 3<>/dev/tcp/127.0.0.1/$PORT 4<>/dev/tcp/127.0.0.1/$PORT
        printf 'hello\\n' >&3; one=$(dd bs=99 count=1 status=none <&3)
        printf 'hello\\n' >&4; two=$(dd bs=99 count=1 status=none <&4)
        test $one = hello || test $two = hello";
    let (server, folder) = (Served::start(&[]), folder());
    for (options, code) in [(&[][..], 0), (&["--strict"], 1)] {
        let mut command = recut();
        command.args(["relay", "--connect", &server.1]).args(options);
        command.args(["--", "bash", "-c", client]).current_dir(&folder).assert().code(code).stdout(
            contains("0 paced), 0 findings, 1 unstable, seed 0\n")
                .and(contains("\nunstable: 1 failure: not seen again, or not in the"))
                .and(contains("     alone  not saved as a script: its cuts are several\n")),
        );
    }
}

#[test]
fn who_bears_all_cuts_holds() {
    let (server, folder) = (Served::start(&[]), folder());
    relay(&server.1, HEALTHY, &folder).code(0).stdout(contains("recut: 7 runs of the command, "));
    assert!(!folder.path().join("findings").exists());
    // What it leaves running is not waited for.
    let leaves = format!("sleep 600 & {HEALTHY}");
    let start = Instant::now();
    relay(&server.1, &leaves, &folder).code(0);
    assert!(start.elapsed() < Duration::from_secs(300));
}

#[test]
fn a_command_that_can_not_be_judged_is_told_with_what_to_do() {
    let (server, folder) = (Served::start(&[]), folder());
    let told = |client, code, what| {
        relay(&server.1, client, &folder).code(code).stderr(contains(what));
    };
    told("echo it is broken; exit 7", 3, "    output  it is broken\nrecut: the command fails even");
    told("true", 2, "made no connection through the relay");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let gone = "1 connection could not be passed on: does the server run there?";
    relay(&nobody, HEALTHY, &folder).code(3).stderr(contains(gone));
    let missing = ["relay", "--connect", &server.1, "--", "no-such-program"];
    recut().args(missing).assert().code(3).stderr(contains("no-such-program"));
    for (cut, what) in [("0", "expected `bytes`, `random`, or"), ("x", "or a number of bytes")] {
        let args = ["relay", "--connect", &server.1, "--cut", cut];
        recut().args(args).assert().code(2).stderr(contains(what));
    }
    let both = ["relay", "--connect", &server.1, "--cut", "bytes", "--", "true"];
    recut().args(both).assert().code(2).stderr(contains("cannot be used with"));
}

#[test]
fn a_server_that_never_stops_learns_that_its_client_has_gone() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = listener.local_addr().unwrap().to_string();
    let relay = relay_without_command(&server, &["--cut", "1000"]).0;
    let client = TcpStream::connect(&relay.1).unwrap();
    let (mut inside, _) = listener.accept().unwrap();
    inside.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    drop(client);
    let until = Instant::now() + Duration::from_secs(20);
    while inside.write_all(&[b'x'; 1024]).is_ok() {
        assert!(Instant::now() < until, "nobody told it");
    }
}

/// `recut relay` until the test ends, and what it tells.
fn relay_without_command(server: &str, args: &[&str]) -> (Served, BufReader<ChildStdout>) {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_recut"))
        .args(["relay", "--connect", server, "--listen", "127.0.0.1:0"])
        .args(args)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap().to_owned();
    (Served(child, address), told)
}

#[test]
fn a_relay_without_a_command_cuts_until_it_is_ended() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = listener.local_addr().unwrap().to_string();
    let (relay, mut told) = relay_without_command(&server, &["--cut", "2"]);

    let mut client = TcpStream::connect(&relay.1).unwrap();
    let (mut inside, _) = listener.accept().unwrap();
    client.write_all(b"abcde").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut reads = Vec::new();
    let mut buffer = [0; 99];
    loop {
        let count = inside.read(&mut buffer).unwrap();
        if count == 0 {
            break;
        }
        reads.push(buffer[..count].to_vec());
    }
    assert_eq!(reads, [&b"ab"[..], b"cd", b"e"]);
    // The client's FIN came through, and the answer still comes, cut as well.
    inside.write_all(b"xyz").unwrap();
    drop(inside);
    let mut answer = Vec::new();
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    client.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"xyz");
    // A client for whom there is no server is reset.
    drop(listener);
    let mut late = TcpStream::connect(&relay.1).unwrap();
    late.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    assert!(matches!(late.read(&mut buffer), Ok(0) | Err(_)));

    signal(&relay.0, "-INT");
    let mut summary = String::new();
    told.read_line(&mut summary).unwrap();
    let cuts = "8 bytes, 3 cuts (3 confirmed, 0 held, 0 paced), 1 connection refused, seed 0\n";
    assert_eq!(summary, format!("recut: relayed 1 connection, {cuts}"));
}
