//! `--report`: what other programs, and people on a page, are told of a check.

use std::fs;

use predicates::prelude::*;
use predicates::str::{contains, starts_with};

use super::{folder, recut, write};

/// One conversation that the beginner's server breaks, and one that it does not.
fn two() -> tempfile::TempDir {
    let folder = folder();
    write(&folder, "accent.recut", "> \"é\\n\"\n< \"é\\n\"\n");
    write(&folder, "plain.recut", "> \"a\\n\"\n< \"a\\n\"\n");
    folder
}

const CHECK: [&str; 4] = ["check", ".", "--target", "tutorial"];

#[test]
fn a_report_on_stdout_is_alone_there() {
    let folder = two();
    recut()
        .args(CHECK)
        .args(["--report", "tap=-"])
        .current_dir(&folder)
        .assert()
        .code(1)
        .stdout(starts_with("TAP version 14\n1..2\nnot ok 1 - ").and(contains("\nok 2 - ")))
        .stdout(contains("\n    error[cut-off]: ").and(contains("BROKEN").not()))
        .stderr(contains("recut: 2 conversations, "));
    for both in [["--report", "json=-"], ["--format", "json"]] {
        recut()
            .args(CHECK)
            .args(["--report", "tap=-"])
            .args(both)
            .current_dir(&folder)
            .assert()
            .code(2)
            .stderr(contains("only one report can go to stdout"));
    }
}

#[test]
fn annotations_stand_among_what_a_person_reads() {
    let folder = two();
    recut()
        .args(CHECK)
        .args(["--report", "github=-"])
        .current_dir(&folder)
        .assert()
        .code(1)
        .stdout(contains("\n::error file=").or(starts_with("::error file=")))
        .stdout(contains("accent.recut,line=2,title=recut%3A cut-off (").and(contains("BROKEN")))
        .stdout(contains("\nrecut: 2 conversations, "));
}

#[test]
fn a_page_has_all_that_was_found_and_the_script_that_shows_it() {
    let folder = two();
    recut()
        .args(CHECK)
        .args(["--report", "html=report.html", "--report", "junit=report.xml"])
        .current_dir(&folder)
        .assert()
        .code(1);
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    for shown in [
        "recut: tutorial",
        "error[cut-off]: the answer stops short",
        "deliver cut@1",
        "recut check findings/accent-cut-off.recut --target tutorial",
        "only cuts inside a character break it",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    let xml = fs::read_to_string(folder.path().join("report.xml")).unwrap();
    for shown in [
        "<testsuite name=\"tutorial\" tests=\"2\"",
        "timestamp=\"2",
        "accent.recut\" line=\"2\"",
        "recut check findings/accent-cut-off.recut --target tutorial",
        "deliver cut@1",
    ] {
        assert!(xml.contains(shown), "{shown}: {xml}");
    }
}
