//! `recut check`: what it plays, finds, saves and reports.

use std::fs;
use std::path::Path;

use predicates::prelude::*;
use predicates::str::{contains, is_match};

use super::{SUMMARY, folder, recut, write};

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
            .stdout(contains(format!("error[{law}]")).and(contains(format!("saved  {file}"))));
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
    assert_eq!(types, ["start", "finding", "conversation", "summary"]);
    let [start, finding, conversation, summary] = &lines[..] else { panic!("{lines:?}") };
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
        .stdout(contains(" 1 delivery (1 confirmed"));
}

#[test]
fn names_beside_places_are_played_too() {
    let folder = folder();
    write(&folder, "hi.recut", "> \"abc\"\n< \"abc\"\n");
    let plays = |list: &str, count: usize| {
        recut()
            .args(["check", "hi.recut", "--target", "echo", "--deliver", list])
            .current_dir(&folder)
            .assert()
            .code(0)
            .stdout(contains(format!(" {count} deliveries ({count} confirmed")));
    };
    plays("cut@1", 2);
    plays("cut@1,joined", 2);
    plays("cut@1,+joined", 3);
    // A client can vanish at four places.
    plays("uncut,cut@1,drop", 6);
}

#[test]
fn what_judges_little_says_so() {
    let folder = folder();
    write(&folder, "hi.recut", "> \"hi\"\n< \"hi\"\n");
    write(&folder, "one.recut", "> \"a\"\n< \"a\"\n");
    let says = |args: &[&str], told: &str| {
        recut()
            .args(["check", "--target", "echo"])
            .args(args)
            .current_dir(&folder)
            .assert()
            .code(0)
            .stdout(contains(told));
    };
    let uncut = "left out: all deliveries: only `uncut` was asked for, so nothing was cut (hi)";
    says(&["hi.recut", "--deliver", "uncut"], uncut);
    let baseline =
        "left out: all deliveries: only the baseline was to be judged, so nothing was cut (hi)";
    says(&["hi.recut", "--laws", "baseline"], baseline);
    let nothing = "left out: bytes, single, pairs, all: there is nothing to cut: no burst has more \
                   than one byte (one)";
    says(&["one.recut"], nothing);
    recut()
        .args(["check", "hi.recut", "--target", "echo", "--laws", "hangs,-hangs"])
        .current_dir(&folder)
        .assert()
        .code(2)
        .stderr(contains("hi: `laws` and --laws leave nothing to judge"));
}

#[test]
fn what_was_not_tried_is_told_once() {
    let folder = folder();
    for name in ["a.recut", "b.recut"] {
        write(&folder, name, "> \"a\\n\"\n< \"a\\n\"\n> \"b\\n\"\n< \"b\\n\"\n");
    }
    write(&folder, "one.recut", "> \"a\\n\"\n< \"a\\n\"\n");
    let told = |paths: &[&str], list: &[&str]| {
        let run = recut()
            .args(["check", "--target", "echo"])
            .args(paths)
            .args(list)
            .current_dir(&folder)
            .assert()
            .code(0);
        let stdout = String::from_utf8(run.get_output().stdout.clone()).unwrap();
        let lines = stdout.lines().filter(|line| line.starts_with("not tried: "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let both = "not tried: joined, half-close (if your protocol allows them: deliver +joined)";
    assert_eq!(told(&["a.recut", "b.recut"], &[]), [format!("{both} (2 conversations)")]);
    assert_eq!(told(&["a.recut", "one.recut"], &[]), [format!("{both} (a)")]);
    let one = "not tried: half-close (if your protocol allows it: deliver +half-close) (a)";
    assert_eq!(told(&["a.recut"], &["--deliver", "+joined"]), [one]);
    assert!(told(&["a.recut"], &["--deliver", "single"]).is_empty());
    assert!(told(&["one.recut"], &[]).is_empty());
}

/// A name may hold what a terminal would obey, or what ends a comment.
#[test]
fn names_are_shown_and_saved_as_text() {
    let folder = folder();
    write(&folder, "a\n> \"b\"\u{1b}[2J.recut", "> \"é\\n\"\n< \"é\\n\"\n");
    let run = |args: &[&str]| recut().args(args).current_dir(&folder).assert();
    let harmless = predicate::function(|text: &str| !text.contains('\u{1b}'));
    run(&["check", ".", "--target", "tutorial", "--save", "saved", "--color", "never"])
        .code(1)
        .stdout(contains("\\u{1b}[2J").and(harmless));
    run(&["check", "saved", "--target", "tutorial", "--save", "again"])
        .code(1)
        .stdout(contains("error[cut-off]"));
    run(&["fmt", "--check", "saved"]).code(0);
}

#[test]
fn the_summary_in_the_readme_is_the_one_that_is_printed() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let shown = readme.lines().find(|line| line.starts_with("recut: ")).unwrap();
    let output = recut().arg("check").output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let without_time = |line: &str| line.rsplit_once(", ").unwrap().0.to_owned();
    let summary = printed.lines().last().unwrap();
    assert_eq!(without_time(summary), without_time(shown), "README.md is out of date");
}

#[test]
fn every_delivery_of_the_built_in_conversations_is_proved_for_the_echo() {
    let output =
        recut().args(["check", "--target", "echo", "--deliver", "every"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    let line = text.lines().find(|line| line.starts_with("every delivery proved: "));
    let line = line.unwrap_or_default();
    let numbers: Vec<u64> = line
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect();
    let [proved, of, 2, places, segments] = numbers[..] else { panic!("{line}") };
    assert_eq!(proved, of, "{line}");
    assert!(places > 1000 && segments > 1_000_000, "{line}");
    assert!(!text.contains("hint:"), "{text}");
}

#[test]
fn a_server_that_can_not_be_copied_is_played_as_without_a_proof() {
    let args = ["check", "--stdio", "cat", "--deliver", "every", "--send", "abc\n"];
    let output = recut().args(args).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("left out: every: not proved, because only a core in memory"), "{text}");
    assert!(text.contains("every delivery proved: 0 of 1 conversation, 0 segments\n"), "{text}");
}
