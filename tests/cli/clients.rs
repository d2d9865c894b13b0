//! Clients that connect to recut: `--client`, `--driver`, `client` and `driver` statements, and
//! what stands between a client and a server.

use std::fs;

use predicates::prelude::*;
use predicates::str::contains;

use super::{folder, recut, write};

/// Two pages on one connection, as the specimen client asks for them.
const PAGES: &str = "listen\n< \"get one\\n\"\n> \"page 12\\nhello, Zo\u{EB}\\n\"\n\
                     < \"get two\\n\"\n> \"page 4\\nbye\\n\"\n< closed\n";

const CALLER: &str = env!("CARGO_BIN_EXE_caller");

fn driver(mode: &str) -> String {
    format!("'{CALLER}' --driver --defect {mode}")
}

fn client(mode: &str) -> String {
    format!("'{CALLER}' --port {{port}} --defect {mode}")
}

#[test]
fn a_client_is_checked_and_what_is_saved_fails_by_itself() {
    let folder = folder();
    write(&folder, "pages.recut", PAGES);
    let check = |mode: &str| {
        let mut command = recut();
        command.current_dir(&folder).args(["check", "-q", "pages.recut", "--driver"]);
        command.arg(driver(mode));
        command
    };
    check("healthy").assert().code(0).stdout(contains("0 findings"));
    check("one-read").assert().code(1).stdout(contains("error[differs]"));
    let saved = folder.path().join("findings/pages-differs.recut");
    let text = fs::read_to_string(&saved).unwrap();
    assert!(text.contains("\ndriver \"") && text.contains("\nlisten\n"), "{text}");
    let mut again = recut();
    again.current_dir(&folder).args(["check", "-q", "findings/pages-differs.recut"]);
    again.assert().code(1).stdout(contains("1 finding"));
}

#[test]
fn a_script_says_which_client_it_is_for() {
    let folder = folder();
    write(&folder, "pages.recut", format!("client \"{}\"\n{PAGES}exit 0\n", client("healthy")));
    let mut check = recut();
    check.current_dir(&folder).args(["check", "-q", "pages.recut", "--deliver", "uncut,cut@8"]);
    check.assert().code(0).stdout(contains(CALLER).and(contains("0 findings")));
    let mut play = recut();
    play.current_dir(&folder).args(["play", "pages.recut"]);
    play.assert().code(0).stdout(contains("listen\n< \"get one\\n\"\n> \"page 12\\n"));
}

#[test]
fn a_script_for_a_server_is_mirrored_for_a_client() {
    let folder = folder();
    let served = "> \"get one\\n\"\n< \"page 12\\nhello, Zo\u{EB}\\n\"\n\
                  > \"get two\\n\"\n< \"page 4\\nbye\\n\"\n> eof\n";
    write(&folder, "pages.recut", served);
    let mut check = recut();
    check.current_dir(&folder).args(["check", "-q", "pages.recut", "--driver"]);
    check.arg(driver("header")).assert().code(1).stdout(contains("error[cut-off]"));
    write(&folder, "pages.recut", "> \"get one\\n\"\n< line\n");
    let mut check = recut();
    check.current_dir(&folder).args(["check", "pages.recut", "--client", "fetch {port}"]);
    check.assert().code(2).stderr(contains("`line` names no bytes to send"));
}

#[test]
fn what_can_not_be_played_is_a_wrong_use() {
    let folder = folder();
    write(&folder, "pages.recut", PAGES);
    let check = |more: &[&str]| {
        let mut command = recut();
        command.current_dir(&folder).args(["check", "pages.recut"]).args(more);
        command.assert().code(2)
    };
    check(&["--connect", "127.0.0.1:9"]).stderr(contains("--client or --driver"));
    check(&["--client", "fetch"]).stderr(contains("has no {port} to connect to"));
    check(&[]).stderr(contains("which client for pages?"));
    check(&["--client", "fetch {port}", "--driver", "fetch"]).stderr(contains("cannot be used"));
    let mut builtin = recut();
    builtin.args(["check", "--client", "fetch {port}"]);
    builtin.assert().code(2).stderr(contains("a client needs a conversation of its own"));
}

#[test]
fn a_client_that_does_not_come_is_told_with_what_it_said() {
    let folder = folder();
    write(&folder, "pages.recut", PAGES);
    let check = |command: &str| {
        let mut check = recut();
        check.current_dir(&folder).args(["check", "-q", "pages.recut", "--client", command]);
        check.args(["--start-timeout", "300ms"]).assert().code(3)
    };
    check("no-such-program {port}").stderr(contains("can't start `no-such-program {port}`"));
    check("sh -c 'echo wrong >&2; exit 4' {port}")
        .stderr(contains("it ended (exit status: 4) before it connected").and(contains("wrong")));
    check("sleep 60 {port}").stderr(contains("it did not connect to 127.0.0.1:"));
}

/// A relay stands between: what it is told goes to the server behind, which is recut as well.
#[test]
fn what_stands_between_is_checked_at_both_ends() {
    let folder = folder();
    let recut_program = env!("CARGO_BIN_EXE_recut");
    let script = format!(
        "spawn \"'{recut_program}' relay --listen 127.0.0.1:{{port}} --connect 127.0.0.1:{{db}}\"\n\
         timeout 2s\n> \"get\\n\"\nlisten backend on db\nbackend < \"get\\n\"\n\
         backend > \"value\\n\"\n< \"value\\n\"\n> \"bye\\n\"\nbackend < \"bye\\n\"\n"
    );
    write(&folder, "between.recut", &script);
    let mut check = recut();
    check.current_dir(&folder).args(["check", "-q", "between.recut", "--fresh", "--max", "20"]);
    check.args(["--deliver", "single,written"]);
    check.assert().code(0).stdout(contains("0 findings").and(contains("unchecked").not()));
    // It connects to the server behind only for a client of its own.
    let early = script
        .replace("> \"get\\n\"\nlisten backend on db\n", "listen backend on db\n> \"get\\n\"\n");
    write(&folder, "early.recut", &early);
    let mut check = recut();
    check.current_dir(&folder).args(["check", "-q", "early.recut", "--start-timeout", "1s"]);
    check.assert().code(1).stdout(contains("`open`, stand above `listen`"));
}

#[test]
fn what_a_client_leaves_running_is_not_waited_for_and_ends_with_it() {
    let folder = folder();
    let left = format!("sleep 600 & echo $! > left; exec '{CALLER}' --port \"$1\"");
    write(&folder, "leaves.sh", left);
    write(&folder, "pages.recut", PAGES);
    let mut check = recut();
    check.current_dir(&folder).args(["check", "-q", "pages.recut", "--deliver", "uncut"]);
    check.args(["--client", "sh leaves.sh {port}", "--timeout", "20s"]);
    check.timeout(std::time::Duration::from_secs(15)).assert().code(0);
    let pid = fs::read_to_string(folder.path().join("left")).unwrap();
    let state = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z"), "{state}");
}

#[test]
fn a_client_that_writes_without_end_is_bounded() {
    let folder = folder();
    let floods = format!("'{CALLER}' --port \"$1\"; exec yes");
    write(&folder, "floods.sh", floods);
    write(&folder, "pages.recut", PAGES);
    let mut check = recut();
    check.current_dir(&folder).args(["check", "-q", "pages.recut", "--deliver", "uncut"]);
    check.args(["--client", "sh floods.sh {port}", "--timeout", "500ms"]);
    check.assert().code(1).stdout(contains("that the client ends"));
}

#[test]
fn connections_that_come_in_any_order_are_told_apart_by_their_first_bytes() {
    let folder = folder();
    let client = "exec 3<>/dev/tcp/127.0.0.1/$1 4<>/dev/tcp/127.0.0.1/$1\n\
                  printf 'two\\n' >&3; printf 'one\\n' >&4\ncat <&3\ncat <&4\n";
    write(&folder, "two.sh", client);
    let script = "listen one\nlisten two\none < \"one\\n\"\ntwo < \"two\\n\"\n\
                  one > \"first answer\\n\"\ntwo > \"second answer\\n\"\n\
                  exit 0\noutput re\"^second answer\\nfirst answer\\n$\"\n";
    write(&folder, "two.recut", script);
    let mut check = recut();
    check.current_dir(&folder).args(["check", "-q", "two.recut", "--max", "10"]);
    check.args(["--client", "bash two.sh {port}"]);
    check.assert().code(0).stdout(contains("0 findings").and(contains("unchecked").not()));
}

#[test]
fn a_connection_that_nobody_listens_for_is_told() {
    let folder = folder();
    let client = "exec 3<>/dev/tcp/127.0.0.1/$1 4<>/dev/tcp/127.0.0.1/$1\ncat <&3\n";
    write(&folder, "more.sh", client);
    write(&folder, "more.recut", "listen\n> \"hello\\n\"\noutput re\"hello\"\n");
    let mut check = recut();
    check.current_dir(&folder).args(["check", "-q", "more.recut", "--deliver", "uncut,cut@2"]);
    check.args(["--client", "bash more.sh {port}"]);
    let told = "the client also made 1 connection that the script does not listen for";
    check.assert().code(0).stdout(contains(told));
}
