//! `recut play` and `recut fmt`, and what every verb has.

use std::fs;

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
