//! The program as a user has it: every verb, every exit code.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, is_match};
use tempfile::TempDir;

fn recut() -> Command {
    let mut command = Command::cargo_bin("recut").unwrap();
    command.env_remove("NO_COLOR").timeout(std::time::Duration::from_secs(60));
    command
}

/// A directory to work in; what is saved there goes with it.
fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn write(folder: &TempDir, name: &str, text: impl AsRef<[u8]>) {
    fs::write(folder.path().join(name), text).unwrap();
}

/// `recut serve` on a free port; it ends with the test.
struct Served(Child, String);

impl Served {
    fn start(args: &[&str]) -> Self {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_recut"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self(child, address)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends a signal to a process that this test has started.
fn signal(child: &Child, name: &str) {
    let sent = std::process::Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

const SUMMARY: &str = r"recut: \d+ conversations?, \d+ deliveries \(\d+ confirmed, \d+ held, \d+ paced\), \d+ findings?, seed \d+, \d+\.\d\ds\n$";

#[test]
fn check_plays_the_built_in_conversations_against_the_echo() {
    let folder = folder();
    recut()
        .arg("check")
        .current_dir(&folder)
        .assert()
        .code(0)
        .stdout(is_match(SUMMARY).unwrap().and(contains("target: echo")))
        .stderr("");
    assert!(!folder.path().join("findings").exists());
}

#[test]
fn what_is_found_in_the_tutorial_is_saved_fails_again_and_holds_on_the_echo() {
    let folder = folder();
    let run = |args: &[&str]| recut().args(args).current_dir(&folder).assert();
    run(&["check", "--target", "tutorial"])
        .code(1)
        .stdout(is_match(SUMMARY).unwrap().and(contains("cut map")));
    let mut kinds = std::collections::BTreeSet::new();
    let mut files = 0;
    for entry in fs::read_dir(folder.path().join("findings")).unwrap() {
        let path = entry.unwrap().path();
        let file = path.to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let law = text.lines().find_map(|line| line.strip_prefix("laws ")).unwrap();
        kinds.insert(law.to_owned());
        run(&["check", file, "--target", "tutorial", "--save", "again"])
            .code(1)
            .stdout(contains(format!("error[{law}]")));
        run(&["play", file, "--target", "tutorial"]).code(1);
        run(&["check", file, "--target", "echo"]).code(0);
        run(&["fmt", "--check", file]).code(0);
        files += 1;
    }
    assert!(files >= 12, "{files}");
    let kinds: Vec<_> = kinds.iter().map(String::as_str).collect();
    assert_eq!(kinds, ["baseline", "cut-off", "differs", "hangs"]);
}

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
            .stderr(contains("--connect HOST:PORT").and(contains("--target echo")));
    }
    write(&folder, "spawn.recut", "spawn \"server {port}\"\n> \"hi\\n\"\n");
    recut().args(["check", "spawn.recut"]).current_dir(&folder).assert().code(2);
}

#[test]
fn send_needs_no_file() {
    recut()
        .args(["check", "--send", r"hi\n", "--target", "echo"])
        .assert()
        .code(0)
        .stdout(contains("recut: 1 conversation, "));
    recut()
        .args(["check", "--send", r"\d", "--target", "echo"])
        .assert()
        .code(2)
        .stderr(contains("no escape"));
}

#[test]
fn a_script_comes_from_stdin() {
    recut()
        .args(["check", "-", "--target", "echo"])
        .write_stdin("> \"hi\\n\"\n< \"hi\\n\"\n")
        .assert()
        .code(0);
    recut()
        .args(["check", "-", "--target", "echo"])
        .write_stdin("> \"hi")
        .assert()
        .code(2)
        .stderr(contains("closing quote").and(contains("-:1:3")));
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
        &["check", "--connect", "unix:/tmp/s", "--send", "x"],
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
fn raw_streams_are_files_of_any_other_name() {
    let folder = folder();
    write(&folder, "crash-1", b"h\xc3\xa9\xff\nq\n");
    write(&folder, "seed", b"hi");
    let check = |args: &[&str], target: &str| {
        recut().arg("check").args(args).args(["--target", target]).current_dir(&folder).assert()
    };
    check(&["crash-1"], "echo").code(0).stdout(contains("1 conversation"));
    check(&["."], "echo").code(2);
    check(&[".", "--raw"], "echo").code(0).stdout(contains("2 conversations"));
    write(&folder, "half", "é");
    check(&["half"], "tutorial").code(1).stdout(contains("cut@1"));
    assert!(folder.path().join("findings/half-cut-off.recut").exists());
}

#[test]
fn names_filter_and_share_out_the_conversations() {
    let names = |args: &[&str]| {
        let output = recut().arg("check").args(args).assert().code(0).get_output().clone();
        let text = String::from_utf8(output.stdout).unwrap();
        let held = text.lines().filter_map(|line| line.trim().strip_prefix("held "));
        held.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&["--filter", "^quit-.*lf$"]), ["quit-crlf", "quit-lf"]);
    let all = names(&[]);
    let mut shared: Vec<_> =
        (1..=3).flat_map(|index| names(&["--shard", &format!("{index}/3")])).collect();
    shared.sort();
    assert_eq!(shared, all);
    // An empty share is no error.
    assert!(names(&["--shard", "1/2", "--filter", "^nul$"]).len() <= 1);
    assert!(names(&["--shard", "2/2", "--filter", "^nul$"]).len() <= 1);
}

#[test]
fn json_lines_have_a_version_and_a_type() {
    let folder = folder();
    let output = recut()
        .args(["check", "--target", "tutorial", "--format", "json", "--seed", "7"])
        .args(["--filter", "greeting", "--report", "json=report.json", "--report", "junit=r.xml"])
        .current_dir(&folder)
        .assert()
        .code(1)
        .stderr(is_match(SUMMARY).unwrap())
        .get_output()
        .clone();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().all(|line| line["v"] == 1));
    let types: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["start", "conversation", "finding", "summary"]);
    let [start, conversation, finding, summary] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!((start["target"].as_str(), start["seed"].as_u64()), (Some("tutorial"), Some(7)));
    assert_eq!(conversation["verdict"], "broken");
    assert_eq!(finding["kind"], "cut-off");
    assert_eq!(finding["conversation"], "greeting");
    assert_eq!((finding["line"].as_u64(), finding["confirmed"].as_str()), (Some(5), Some("3/3")));
    assert_eq!(finding["expected"], r#""hello, Zoë\n""#);
    assert_eq!(
        (finding["actual"].as_str(), finding["then"].as_str()),
        (Some(r#""""#), Some("eof"))
    );
    assert!(folder.path().join(finding["saved"].as_str().unwrap()).exists());
    assert_eq!(summary["findings"], 1);
    assert_eq!(summary["deliveries"], conversation["plays"]);
    assert!(!summary["left_out"].as_array().unwrap().is_empty());
    let report = fs::read_to_string(folder.path().join("report.json")).unwrap();
    assert_eq!(report, text);
    let junit = fs::read_to_string(folder.path().join("r.xml")).unwrap();
    assert!(junit.contains("tests=\"1\"") && junit.contains("failures=\"1\""), "{junit}");
    // The documentation names every field.
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
    let docs = fs::read_to_string(docs).unwrap();
    for line in &lines {
        for field in line.as_object().unwrap().keys() {
            assert!(docs.contains(&format!("`{field}`")), "docs/json.md lacks {field}");
        }
    }
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
fn serve_ends_with_0_on_a_signal() {
    for name in ["-INT", "-TERM"] {
        let mut served = Served::start(&[]);
        signal(&served.0, name);
        assert_eq!(served.0.wait().unwrap().code(), Some(0));
    }
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

#[test]
fn connect_is_a_filter_when_it_is_no_terminal() {
    let served = Served::start(&[]);
    recut().args(["connect", &served.1]).write_stdin("hi\n").assert().code(0).stdout("hi\n");
    recut()
        .args(["connect", &served.1])
        .write_stdin("one\nq\ntwo\n")
        .assert()
        .code(0)
        .stdout("one\n");
}

#[test]
fn play_prints_what_happened_as_a_script_that_holds() {
    let folder = folder();
    write(&folder, "a.recut", "> \"hé\" | \"llo\\n\"\n< line\n> \"q\" eof\n< closed\n");
    let play = |file: &str| {
        let command = &["play", file, "--target", "echo"];
        recut().args(command).current_dir(&folder).assert().code(0).get_output().stdout.clone()
    };
    let printed = play("a.recut");
    let text = String::from_utf8(printed.clone()).unwrap();
    assert!(text.contains("> \"hé\"\n< \"hé\"\n") && text.ends_with("< eof\n"), "{text}");
    write(&folder, "b.recut", &printed);
    assert_eq!(play("b.recut"), printed);
    write(&folder, "c.recut", "> \"a\"\n< \"b\"\n");
    recut()
        .args(["play", "c.recut", "--target", "echo"])
        .current_dir(&folder)
        .assert()
        .code(1)
        .stderr(contains("c.recut:2:1").and(contains("expected \"b\", actual \"a\"")));
}

#[test]
fn fmt_rewrites_and_checks() {
    let folder = folder();
    write(&folder, "a.recut", "\u{feff}>\"a\"\r\n\r\n\r\n<   \"a\"#done\r\n");
    let fmt = |args: &[&str]| recut().arg("fmt").args(args).current_dir(&folder).assert();
    fmt(&["--check", "."]).code(1).stdout("./a.recut\n");
    fmt(&["."]).code(0).stdout("");
    fmt(&["--check", "."]).code(0).stdout("");
    let text = fs::read_to_string(folder.path().join("a.recut")).unwrap();
    assert_eq!(text, "> \"a\"\n\n< \"a\"  #done\n");
    write(&folder, "b.recut", "oops\n");
    fmt(&["."]).code(2).stderr(contains("b.recut:1:1"));
    fmt(&["missing.recut"]).code(2);
    recut().args(["fmt", "-"]).write_stdin(">\"x\"").assert().code(0).stdout("> \"x\"\n");
}

#[test]
fn fail_fast_strict_and_quiet() {
    let folder = folder();
    let check = |args: &[&str]| {
        recut().args(["check", "--target", "tutorial"]).args(args).current_dir(&folder).assert()
    };
    check(&["--fail-fast"]).code(1).stdout(contains("recut: 1 conversation, "));
    check(&["--filter", "^(nul|crlf)$", "-q"]).code(0).stdout(contains("held").count(1));
    check(&["--laws", "wedged", "--filter", "emoji"]).code(0);
    check(&["--deliver", "uncut", "--filter", "emoji"])
        .code(0)
        .stdout(contains(" 1 deliveries (1 confirmed"));
}

#[test]
fn colours_obey_the_option_and_the_environment() {
    let coloured = contains("\u{1b}[");
    let check = || {
        let mut command = recut();
        command.args(["check", "--filter", "nul"]);
        command
    };
    check().assert().stdout(coloured.clone().not());
    check().args(["--color", "always"]).assert().stdout(coloured.clone());
    check().args(["--color", "never"]).assert().stdout(coloured.clone().not());
    check().env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").assert().stdout(coloured.not());
}

#[test]
fn completions_help_and_version() {
    recut().args(["completions", "bash"]).assert().code(0).stdout(contains("complete"));
    recut().arg("--help").assert().code(0).stdout(contains("check"));
    recut().arg("--version").assert().code(0).stdout(contains(env!("CARGO_PKG_VERSION")));
}
