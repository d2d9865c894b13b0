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

#[test]
fn annotations_do_not_go_among_what_a_program_reads() {
    let folder = two();
    for both in [["--report", "tap=-"], ["--report", "json=-"], ["--format", "json"]] {
        recut()
            .args(CHECK)
            .args(["--report", "github=-"])
            .args(both)
            .current_dir(&folder)
            .assert()
            .code(2)
            .stderr(contains("only one report can go to stdout"));
    }
}

#[test]
fn a_report_destroys_neither_a_script_nor_another_report() {
    let folder = two();
    std::os::unix::fs::symlink("plain.recut", folder.path().join("link")).unwrap();
    for file in ["plain.recut", "./plain.recut", "link"] {
        recut()
            .args(CHECK)
            .args(["--report", &format!("html={file}")])
            .current_dir(&folder)
            .assert()
            .code(2)
            .stderr(contains(format!("--report html={file} would overwrite what is checked")));
    }
    fs::create_dir(folder.path().join("parts")).unwrap();
    write(&folder, "parts/hello.txt", "> \"b\\n\"\n< \"b\\n\"\n");
    write(&folder, "parts/payload", "c\n");
    let script = "include \"parts/hello.txt\"\n> file\"parts/payload\"\n< file\"parts/payload\"\n";
    write(&folder, "parts.recut", script);
    for file in ["parts.recut", "parts/hello.txt", "parts/payload"] {
        recut()
            .args(["check", "parts.recut", "--target", "echo"])
            .args(["--report", &format!("html={file}")])
            .current_dir(&folder)
            .assert()
            .code(2)
            .stderr(contains(format!("--report html={file} would overwrite what is checked")));
    }
    assert_eq!(fs::read_to_string(folder.path().join("parts/payload")).unwrap(), "c\n");
    let plain = fs::read_to_string(folder.path().join("plain.recut")).unwrap();
    assert_eq!(plain, "> \"a\\n\"\n< \"a\\n\"\n");
    // This one leads to a file that is not there yet, and the other to itself.
    std::os::unix::fs::symlink("x.out", folder.path().join("later")).unwrap();
    std::os::unix::fs::symlink("circle", folder.path().join("circle")).unwrap();
    for other in ["./x.out", "later"] {
        recut()
            .args(CHECK)
            .args(["--report", "tap=x.out", "--report", &format!("html={other}")])
            .current_dir(&folder)
            .assert()
            .code(2)
            .stderr(contains("two reports can't go to one file"));
    }
    assert!(!folder.path().join("x.out").exists());
    recut()
        .args(["check", "plain.recut", "--target", "echo", "--report", "tap=circle"])
        .current_dir(&folder)
        .assert()
        .stderr(contains("can't write circle: "));
    for link in ["circle", "later"] {
        fs::remove_file(folder.path().join(link)).unwrap();
    }
    recut()
        .args(CHECK)
        .args(["--report", "tap=/dev/null", "--report", "html=/dev/null"])
        .current_dir(&folder)
        .assert()
        .code(1);
}

#[test]
fn what_a_script_says_is_no_command_to_a_runner() {
    let folder = folder();
    let script = "> \"a\\n\"\n< \"##[error]x\\n\"\n# ::stop-commands::x\n::x::\n";
    write(&folder, "bad.recut", script);
    write(&folder, "good.recut", "> \"##[group]x\\n\"\n< \"##[group]y\\n\"\n");
    for (file, github, code) in [("bad.recut", false, 2), ("good.recut", true, 1)] {
        let mut check = recut();
        check.args(["check", file, "--target", "echo", "--color", "never"]);
        match github {
            true => check.args(["--report", "github=-"]),
            false => check.env("GITHUB_ACTIONS", "true"),
        };
        let output = check.current_dir(&folder).output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        for text in [output.stdout, output.stderr] {
            let text = String::from_utf8(text).unwrap();
            let is_ours = |line: &str| line.starts_with("::error file=good.recut,");
            for line in text.lines().filter(|line| !is_ours(line)) {
                assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line}");
            }
        }
    }
}

#[test]
fn what_was_interrupted_has_not_passed() {
    use assert_cmd::cargo::cargo_bin;
    use std::process::{Command, Stdio};
    let folder = folder();
    write(&folder, "slow.recut", "deliver slow=1m\n> \"a\\nb\\n\"\n< \"a\\nb\\n\"\n");
    let mut child = Command::new(cargo_bin("recut"))
        .args(["check", "slow.recut", "--stdio", "cat", "--report", "tap=t", "--report", "junit=j"])
        .current_dir(&folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The reports are opened before anything is played.
    let start = std::time::Instant::now();
    while !folder.path().join("j").exists() {
        assert!(start.elapsed().as_secs() < 30 && child.try_wait().unwrap().is_none());
        std::thread::yield_now();
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let (tap, junit) = (read("t"), read("j"));
    assert!(!tap.contains("ok 1 - slow\n"), "{tap}");
    assert!(!junit.contains("<testcase") || junit.contains("<skipped"), "{junit}");
}
