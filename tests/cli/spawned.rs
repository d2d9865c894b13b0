//! Servers that recut starts: `--spawn`, `--stdio`, `spawn` statements; and that they end with it.

use std::fs;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;

use super::{folder, recut, signal, write};

const RECUT: &str = env!("CARGO_BIN_EXE_recut");

/// A script that holds on the echo.
const HELLO: &str = "> \"hé\\n\"\n< \"hé\\n\"\n> \"q\\n\"\n< eof\n";

/// Waits until something is there, a bounded time.
fn until(what: &str, is_there: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_there() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::yield_now();
    }
}

/// Whether a process that was named in a file still runs.
fn lives(folder: &TempDir, name: &str) -> bool {
    let pid = fs::read_to_string(folder.path().join(name)).unwrap();
    let state = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    // A zombie has ended.
    state.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
}

/// A server that leaves the pids of two processes in files: its own, that it becomes, and that of
/// one that has left its process group and its parent.
fn tree(folder: &TempDir) -> String {
    let script = format!(
        "setsid sh -c 'echo $$ > daemon; sleep 600 > /dev/null 2>&1' & \
         while [ ! -s daemon ]; do :; done; echo $$ > server; \
         exec '{RECUT}' serve --listen 127.0.0.1:$PORT"
    );
    write(folder, "tree.sh", &script);
    "sh tree.sh".to_owned()
}

#[test]
fn a_server_is_started_checked_with_confirmed_cuts_and_stopped() {
    let folder = folder();
    write(&folder, "hi.recut", HELLO);
    let command = tree(&folder);
    recut()
        .args(["check", "hi.recut", "--spawn", &command])
        .current_dir(&folder)
        .assert()
        .code(0)
        .stdout(contains("0 held, 0 paced), 0 findings").and(contains("not checked").not()));
    assert!(!lives(&folder, "server") && !lives(&folder, "daemon"));
}

/// A recut that is in the midst of a check, and the folder with the pids.
fn in_midst() -> (TempDir, Child) {
    let folder = folder();
    let command = tree(&folder);
    write(&folder, "long.recut", "> \"h\\n\"\n< \"h\\n\"\npause 60s\n");
    let child = Command::new(RECUT)
        .args(["check", "long.recut", "--spawn", &command])
        .current_dir(&folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("the server was started", || folder.path().join("server").exists());
    until("its pid was written", || {
        !fs::read_to_string(folder.path().join("server")).unwrap().is_empty()
    });
    (folder, child)
}

#[test]
fn a_server_ends_when_recut_is_interrupted() {
    let (folder, mut recut) = in_midst();
    signal(&recut, "-INT");
    assert_eq!(recut.wait().unwrap().code(), Some(130));
    assert!(!lives(&folder, "server") && !lives(&folder, "daemon"));
}

#[test]
fn a_server_ends_when_recut_is_killed() {
    let (folder, mut recut) = in_midst();
    recut.kill().unwrap();
    recut.wait().unwrap();
    until("the server ended", || !lives(&folder, "server"));
    until("what it started ended", || !lives(&folder, "daemon"));
}

#[test]
fn a_server_that_does_not_come_up_is_told_with_its_output() {
    let folder = folder();
    write(&folder, "hi.recut", HELLO);
    let cases = [
        ("sh -c 'echo no config; exit 7'", vec!["exit status: 7", "no config"]),
        ("no-such-program {port}", vec!["there is no program `no-such-program`: is it installed"]),
        ("cd /tmp", vec!["`cd` is a word of the shell", "sh -c"]),
        ("./hi.recut", vec!["`./hi.recut` may not be executed", "chmod +x"]),
        ("sh -c 'kill -SEGV $$'", vec!["SIGSEGV"]),
    ];
    for (command, told) in cases {
        let assert = recut()
            .args(["check", "hi.recut", "--spawn", command])
            .current_dir(&folder)
            .assert()
            .code(3)
            .stdout(contains("recut: 0 conversations, 0 deliveries"));
        let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(told.iter().all(|part| stderr.contains(part)), "{command}: {stderr}");
    }
}

/// A server that listens, and not on the port that it should have, is told with where it does.
#[test]
fn a_server_that_listens_elsewhere_is_told_with_the_place() {
    let folder = folder();
    write(&folder, "hi.recut", HELLO);
    let elsewhere = format!("'{RECUT}' serve --listen 127.0.0.1:0");
    let cases = [
        (elsewhere.clone(), "it listens on TCP 127.0.0.1:", "give it its port as {port}"),
        (format!("{elsewhere} --udp"), "it receives on UDP 127.0.0.1:", "--stdio 'socat - UDP:"),
        ("sh -c 'exec sleep 60'".to_owned(), "no TCP port at all", "the command has no {port}"),
    ];
    for (command, place, advice) in cases {
        let limit = ["--start-timeout", "1s"];
        recut()
            .args(["check", "hi.recut", "--spawn", &command])
            .args(limit)
            .current_dir(&folder)
            .assert()
            .code(3)
            .stderr(contains(" within 1s: ").and(contains(place)).and(contains(advice)));
        // A script that starts the server itself has the same limit.
        let script = format!("spawn \"{command}\"\n{HELLO}");
        write(&folder, "spawns.recut", script);
        recut()
            .args(["play", "spawns.recut"])
            .args(limit)
            .current_dir(&folder)
            .assert()
            .code(3)
            .stderr(contains(" within 1s: ").and(contains(place)));
    }
    let unused = ["check", "hi.recut", "--stdio", "cat", "--start-timeout", "1s"];
    recut().args(unused).current_dir(&folder).assert().code(2);
}

#[test]
fn a_port_that_is_taken_meanwhile_is_tried_again_with_another() {
    let folder = folder();
    write(&folder, "hi.recut", HELLO);
    let script = format!(
        "[ -e again ] && exec '{RECUT}' serve --listen 127.0.0.1:$1\n\
         echo $1 > port; mv port again\nwhile [ ! -e taken ]; do :; done\nexit 1\n"
    );
    write(&folder, "server.sh", &script);
    let mut child = Command::new(RECUT)
        .args(["play", "hi.recut", "--spawn", "sh server.sh {port}"])
        .current_dir(&folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let again = folder.path().join("again");
    until("the port was told", || again.exists());
    let port: u16 = fs::read_to_string(again).unwrap().trim().parse().unwrap();
    let _taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    write(&folder, "taken", "");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_script_starts_its_server_and_the_command_line_wins() {
    let folder = folder();
    fs::create_dir(folder.path().join("sub")).unwrap();
    let script = format!("exec '{RECUT}' serve --listen 127.0.0.1:$1");
    write(&folder, "sub/server.sh", script);
    let spawn = "spawn \"sh '{dir}/server.sh' {port}\"\nready re\"^listening on\"\n";
    write(&folder, "sub/hi.recut", format!("{spawn}{HELLO}"));
    let run = |args: &[&str]| recut().args(args).current_dir(&folder).assert();
    run(&["check", "sub/hi.recut"]).code(0).stdout(contains("paced), 0 findings"));
    run(&["play", "sub/hi.recut"]).code(0);
    run(&["check", "sub/hi.recut", "--target", "echo"]).code(0).stdout(contains("target: echo"));
    run(&["check", "sub/hi.recut", "--fresh", "--max", "5"]).code(0);
    run(&["check", "sub/hi.recut", "--jobs", "2"]).code(0);
}

#[test]
fn what_is_saved_of_a_script_that_starts_its_server_fails_by_the_command_that_is_told() {
    let folder = folder();
    let specimen = env!("CARGO_BIN_EXE_specimen");
    let script = format!(
        "spawn \"'{specimen}' --listen {{host}}:{{port}} --defect cut-character\"\n\
         timeout 500ms\nlaws cut-off\n> \"echo hé\\n\"\n< \"hé\\n\"\n"
    );
    write(&folder, "hi.recut", script);
    let assert = recut().args(["check", "hi.recut"]).current_dir(&folder).assert().code(1);
    let told = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    let command = told.lines().find_map(|line| line.trim().strip_prefix("reproduce  recut "));
    let words = shell_words::split(command.unwrap()).unwrap();
    recut().args(words).current_dir(&folder).assert().code(1).stdout(contains("cut@7"));
}

/// Checks that the beginner's server, started by the program, breaks these laws.
fn a_tutorial_that_is_started_breaks(laws: &[&str]) {
    let folder = folder();
    write(&folder, "hi.recut", "> \"hi\\n\"\n< \"hi\\n\"\n> \"q\"\n< eof\n");
    let command = format!("'{RECUT}' serve --protocol tutorial --listen 127.0.0.1:{{port}}");
    let assert = recut()
        .args(["check", "hi.recut", "--timeout", "500ms", "--confirm", "1", "--spawn", &command])
        .args(["--laws", &laws.join(",")])
        .current_dir(&folder)
        .assert()
        .code(1);
    let told = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    for law in laws {
        assert!(told.contains(&format!("error[{law}]")), "{law}: {told}");
    }
}

#[test]
fn a_tutorial_that_is_started_wedges() {
    a_tutorial_that_is_started_breaks(&["wedged"]);
}

#[test]
fn a_tutorial_that_is_started_starves_and_spins() {
    a_tutorial_that_is_started_breaks(&["starves", "spins"]);
}

#[test]
fn a_process_a_connection_speaks_over_its_pipes() {
    let folder = folder();
    let script = "deliver +joined +half-close +reset\n> \"hé\\n\"\n< \"hé\\n\"\n> eof\n< eof\n";
    write(&folder, "hi.recut", script);
    recut()
        .args(["check", "hi.recut", "--stdio", "cat"])
        .current_dir(&folder)
        .assert()
        .code(0)
        .stdout(
            contains("0 held, 0 paced), 0 findings")
                .and(contains("connections to this target can't be reset")),
        );
    // One read for one message; a crash; a reset, which pipes have none of.
    let once = "sh -c 'dd bs=65536 count=1 2>/dev/null'";
    recut()
        .args(["check", "hi.recut", "--stdio", once, "--deliver", "uncut,single"])
        .current_dir(&folder)
        .assert()
        .code(1)
        .stdout(contains("error[cut-off]"));
    let aborts = "sh -c 'head -c 3; kill -ABRT $$'";
    recut()
        .args(["check", "hi.recut", "--stdio", aborts])
        .current_dir(&folder)
        .assert()
        .code(1)
        .stdout(contains("error[crashed]").and(contains("SIGABRT")));
    write(&folder, "reset.recut", "> \"a\" \n> reset\n");
    recut().args(["check", "reset.recut", "--stdio", "cat"]).current_dir(&folder).assert().code(2);
}

#[test]
fn a_server_at_a_unix_socket_is_checked() {
    let folder = folder();
    write(&folder, "hi.recut", "> \"hé\\n\"\n< \"hé\\n\"\n");
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || std::io::copy(&mut &stream, &mut &stream));
        }
    });
    let address = format!("unix:{}", path.display());
    recut()
        .args(["check", "hi.recut", "--connect", &address])
        .current_dir(&folder)
        .assert()
        .code(0)
        .stdout(contains("0 held, 0 paced), 0 findings"));
    let gone = format!("unix:{}", Path::new("nowhere").display());
    recut().args(["check", "hi.recut", "--connect", &gone]).current_dir(&folder).assert().code(3);
}
