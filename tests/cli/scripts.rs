//! `recut play` and `recut fmt`, and what every verb has.

use std::fs;
use std::process::Command;

use predicates::prelude::*;
use predicates::str::contains;

use super::{folder, recut, write};

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
fn a_definition_that_no_script_uses_is_told() {
    let folder = folder();
    write(&folder, "a.recut", "let who = \"x\"\n> $who \"\\n\"\n< $who \"\\n\"\n");
    write(&folder, "b.recut", "> \"a\" * $times\n");
    let run =
        |args: &[&str]| recut().args(args).args(["--target", "echo"]).current_dir(&folder).assert();
    let told = "warning: -D woh=… changes nothing, because no script uses `$woh`: the variables \
                that can be set are `times`, `who`\n";
    let both = ["check", ".", "-D", "times=3", "-D"];
    run(&[&both[..], &["woh=y"]].concat()).stderr(contains(told));
    run(&[&both[..], &["who=y"]].concat()).stderr(contains("warning").not());
    let play = ["play", "a.recut", "-D"];
    run(&[&play[..], &["woh=y"]].concat()).code(0).stderr(contains("can be set are `who`"));
    run(&[&play[..], &["who=y"]].concat()).code(0).stderr("");
}

/// A process that may write no byte to a file is as one on a full disk.
#[test]
fn fmt_leaves_a_script_whole_if_the_disk_is_full() {
    let folder = folder();
    let script = ">\"a\"\n<   \"a\"\n";
    write(&folder, "a.recut", script);
    let fmt = |limit: &str| {
        let mut shell = Command::new("sh");
        let command = format!("trap '' XFSZ; {limit} exec \"$0\" fmt a.recut");
        shell.args(["-c", &command, env!("CARGO_BIN_EXE_recut")]).current_dir(&folder);
        shell.output().unwrap()
    };
    let full = fmt("ulimit -f 0;");
    let told = String::from_utf8_lossy(&full.stderr).into_owned();
    assert_eq!(full.status.code(), Some(3), "{told}");
    assert!(told.contains("can't write a.recut: "), "{told}");
    assert_eq!(fs::read_to_string(folder.path().join("a.recut")).unwrap(), script);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left beside it");
    // With room it is written.
    assert_eq!(fmt("").status.code(), Some(0));
    assert_ne!(fs::read_to_string(folder.path().join("a.recut")).unwrap(), script);
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
fn fmt_keeps_a_script_that_it_cannot_write() {
    let folder = folder();
    let text = "\n>\"a\"\n";
    write(&folder, "a.recut", text);
    // No file may grow: what is written fails, or ends the program.
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -c 0; ulimit -f 0; exec \"$0\" fmt a.recut"]);
    let status = command.arg(env!("CARGO_BIN_EXE_recut")).current_dir(&folder).status().unwrap();
    assert!(!status.success(), "{status}");
    assert_eq!(fs::read_to_string(folder.path().join("a.recut")).unwrap(), text);
}

#[test]
fn input_without_an_end_is_refused() {
    let told = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_recut"));
        let output = command.args(args).stdin(fs::File::open("/dev/zero").unwrap()).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let script = "can't read -: it has more than 335544320 bytes, which is the limit";
    for args in [&["check", "-", "--target", "echo"][..], &["fmt", "-"]] {
        let told = told(args);
        assert!(told.contains(script), "{told}");
    }
    let told = told(&["check", "--raw", "/dev/zero", "--target", "echo"]);
    assert!(told.contains("can't read /dev/zero: it has more than 67108864 bytes"), "{told}");
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
