//! Help, man pages, and what `recut explain` says.

use predicates::prelude::*;
use predicates::str::{contains, starts_with};
use recut::Law;
use recut::delivery::Set;

use super::{folder, recut, write};

#[test]
fn the_long_help_of_check_is_in_groups_and_has_what_its_words_mean() {
    let help = |option: &str| {
        let assert = recut().args(["check", option]).assert().code(0).stderr("");
        String::from_utf8(assert.get_output().stdout.clone()).unwrap()
    };
    let (short, long) = (help("-h"), help("--help"));
    for text in [&short, &long] {
        let headings = ["Target:", "What is played:", "What is judged:", "Output:"];
        let places = headings.map(|heading| text.find(&format!("\n{heading}\n")).unwrap());
        assert!(places.is_sorted(), "{text}");
    }
    for word in Law::ALL.map(Law::name).into_iter().chain(Set::NAMES) {
        let is_line = |line: &str| line.starts_with(&format!("  {word} ")) && line.len() > 20;
        assert!(long.lines().any(is_line), "{word}");
        assert!(!short.lines().any(is_line), "{word}");
    }
    for code in ["0", "1", "2", "3", "130"] {
        assert!(long.contains(&format!("\n  {code:<5}")), "{code}");
    }
    assert_eq!(long.matches("\n  recut check ").count(), 4);
    assert!(short.ends_with(
        "`recut check --help` also has the deliveries, the laws, exit codes and examples.\n"
    ));
    assert!(long.lines().all(|line| line.chars().count() <= 100), "{long}");
}

/// The examples of the help are valid: what fails is only that the servers and files are not there.
#[test]
fn the_examples_of_the_help_are_understood() {
    let assert = recut().args(["check", "--help"]).assert().code(0);
    let help = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let folder = folder();
    for name in ["redis.recut", "hello.recut", "tests/a.recut"] {
        std::fs::create_dir_all(folder.path().join("tests")).unwrap();
        write(&folder, name, "> \"hi\\n\"\n");
    }
    let examples = help.lines().filter_map(|line| line.strip_prefix("  recut check "));
    for example in examples.collect::<Vec<_>>() {
        // A part of none: the arguments and scripts are read, and nobody is connected to.
        let words = shell_words::split(example).unwrap();
        recut()
            .arg("check")
            .args(words)
            .args(["--filter", "^$"])
            .current_dir(&folder)
            .assert()
            .code(2)
            .stderr(contains("no conversation has a name that matches"));
    }
}

#[test]
fn man_pages_are_of_the_program_and_of_its_verbs() {
    let man = |args: &[&str]| recut().arg("man").args(args).assert();
    man(&[]).code(0).stdout(contains(".TH recut 1").and(contains("recut\\-check(1)")));
    man(&["check"])
        .code(0)
        .stdout(contains(".TH recut-check 1").and(contains("start\\-timeout")))
        .stdout(contains("half\\-close").and(contains("Exit codes")));
    for verb in ["chekc", "supervise"] {
        man(&[verb]).code(2).stdout("").stderr(contains(format!("no verb `{verb}`")));
    }
}

#[test]
fn each_kind_is_explained_and_a_wrong_one_suggests_the_nearest() {
    let explain = |args: &[&str]| recut().arg("explain").args(args).assert();
    let list = explain(&[]).code(0);
    let list = String::from_utf8(list.get_output().stdout.clone()).unwrap();
    for law in Law::ALL {
        assert!(list.contains(&format!("\n  {law} ")), "{law}");
        explain(&[law.name()])
            .code(0)
            .stdout(starts_with(format!("{law}: ")))
            .stdout(contains("How to mend it").and(contains("Right, in Python")));
    }
    for set in Set::NAMES {
        assert!(list.contains(&format!("\n  {set} ")), "{set}");
        explain(&[set]).code(0).stdout(starts_with(format!("{set}: ")));
    }
    explain(&["slow=700ms"])
        .code(0)
        .stdout(starts_with("slow=DURATION: "))
        .stdout(contains("--deliver +slow=2s").and(contains("+slow=DURATION").not()));
    explain(&["random=9"]).code(0).stdout(contains("--deliver +random=500 "));
    explain(&["cutof"])
        .code(2)
        .stdout("")
        .stderr(contains("did you mean `recut explain cut-off`?"));
    explain(&["xyz"]).code(2).stderr(contains("`recut explain` lists all of them"));
}

#[test]
fn a_run_with_findings_says_once_where_they_are_explained() {
    let folder = folder();
    let check = |args: &[&str]| {
        let tutorial = ["check", "--target", "tutorial", "--filter", "greeting|emoji"];
        recut().args(tutorial).args(args).current_dir(&folder).assert().code(1)
    };
    let told = "what it means and how to mend it: recut explain ";
    check(&[]).stdout(contains(told).count(1).and(contains("explain cut-off")));
    check(&["-q"]).stdout(contains(told).not());
    check(&["--format", "json"]).stdout(contains(told).not());
}

#[test]
fn a_greeting_that_no_script_expects_is_told_with_the_line_to_write() {
    let folder = folder();
    write(&folder, "hi.recut", "> \"hi\\n\"\n< \"hi\\n\"\n");
    let check = |command: &str| {
        let stdio = ["check", "hi.recut", "--deliver", "uncut", "--stdio", command];
        recut().args(stdio).current_dir(&folder).assert()
    };
    let told = "the server speaks first: expect its greeting before anything is sent, as in";
    check("sh -c 'echo 220 ready; exec cat'")
        .code(1)
        .stdout(contains("error[baseline]").and(contains(told)))
        .stdout(contains("`< \"220 ready\\n\"`;"));
    check("sh -c 'read line; echo ho; exec cat'").code(1).stdout(contains(told).not());
}
