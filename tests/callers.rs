//! Each defect of the specimen client is found, as a process for each play and as a driver, and
//! what only looks like a defect is not accused.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use recut::check::{Checked, Options, Unchecked, check_once};
use recut::{ClientCommand, Conversation, Target};

/// Two pages on one connection.
const PAGES: &str = "listen\n< \"get one\\n\"\n> \"page 12\\nhello, Zo\u{EB}\\n\"\n\
                     < \"get two\\n\"\n> \"page 4\\nbye\\n\"\n< closed\n";

/// Short waits: what does not come is waited for in full.
fn options() -> Options {
    Options { timeout: Some(Duration::from_millis(500)), ..Options::default() }
}

fn driver(mode: &str) -> Target {
    let caller = env!("CARGO_BIN_EXE_caller");
    let command = format!("'{caller}' --driver --defect {mode}");
    Target::client(ClientCommand::driver(&command).unwrap())
}

fn client(mode: &str) -> Target {
    let caller = env!("CARGO_BIN_EXE_caller");
    let command = format!("'{caller}' --port {{port}} --defect {mode}");
    Target::client(ClientCommand::new(&command).unwrap())
}

fn check(target: &Target, script: &str) -> Checked {
    let conversation = Conversation::parse("pages", script).unwrap();
    let waits = Options { max: Some(60), ..options() };
    check_once(target, &conversation, &waits).unwrap()
}

/// Asserts that the defect is found by these laws and no others, the first of them by this
/// delivery, and that what is saved fails by itself.
fn found(target: &Target, script: &str, laws: &[&str], delivery: &str) -> Checked {
    let checked = check(target, script);
    let told: Vec<_> = checked.stable().map(|finding| finding.law.name()).collect();
    assert_eq!(told, laws, "{checked}");
    let finding = &checked.findings[0];
    assert_eq!(finding.delivery, delivery, "{finding}");
    let again = check(target, &finding.script);
    let told: Vec<_> = again.stable().map(|finding| finding.law.name()).collect();
    assert_eq!(told, [laws[0]], "what was saved does not fail:\n{}", finding.script);
    checked
}

fn held(target: &Target, script: &str) -> Checked {
    let checked = check(target, script);
    assert!(checked.findings.is_empty(), "{checked}");
    assert!(checked.unchecked.is_none(), "{:?}", checked.unchecked);
    assert_eq!(checked.tally.paced, 0);
    checked
}

/// The cut plays alone: what a client does if its server vanishes is another question.
fn cuts(script: &str) -> String {
    format!("deliver -drop\n{script}")
}

#[test]
fn one_read_for_one_answer() {
    let checked = found(&driver("one-read"), &cuts(PAGES), &["differs"], "cut@8");
    let shown = checked.findings[0].to_string();
    for said in ["the same answer leads to another result", "the client had read up to here"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
}

#[test]
fn a_character_is_cut() {
    // What it prints of its error is its result.
    let _ = found(&driver("cut-character"), &cuts(PAGES), &["cut-off"], "cut@18");
}

#[test]
fn a_header_in_two_pieces() {
    let _ = found(&driver("header"), &cuts(PAGES), &["cut-off"], "cut@7");
}

#[test]
fn an_answer_behind_an_answer() {
    let script = format!("deliver joined\n{PAGES}");
    let _ = found(&driver("glued"), &script, &["hangs"], "joined");
    let _ = held(&driver("healthy"), &script);
}

#[test]
fn a_server_that_vanishes() {
    // Within the first answer.
    let script = format!("deliver drop@3\n{PAGES}");
    let _ = found(&client("hang"), &script, &["hangs"], "drop@3");
    let _ = found(&driver("spin"), &script, &["hangs"], "drop@3");
    let script = format!("deliver drop reset\n{PAGES}");
    let _ = held(&client("healthy"), &script);
    let _ = held(&driver("healthy"), &script);
}

#[test]
fn what_stops_short_is_taken_for_a_whole_page() {
    let script = format!("laws +truncates\n{PAGES}");
    for target in [driver("short"), client("short")] {
        let checked = found(&target, &script, &["truncates"], "drop@2.8");
        let shown = checked.findings[0].to_string();
        for said in [
            "the client takes a message that stops short for a whole one",
            "6 | > \"page 4\\nbye\\n\"",
            "as in the uncut conversation",
        ] {
            assert!(shown.contains(said), "{said}: {shown}");
        }
        // Unless it is asked for, that is no finding.
        let _ = held(&target, PAGES);
    }
    for mode in ["healthy", "count", "pool"] {
        let checked = held(&driver(mode), &script.replace("< closed\n", ""));
        assert!(!checked.to_string().contains("truncates"), "{checked}");
    }
    let unended = "laws +truncates\nlisten\n< \"get one\\n\"\n> \"x\"\n";
    let told = check(&driver("healthy"), unended).to_string();
    assert!(told.contains("truncates: not checked, because no line"), "{told}");
    // Where it is the only law, nothing was judged then.
    for (target, script) in [
        (driver("healthy"), unended.replace('+', "")),
        (client("retry"), script.replace('+', "")),
        (driver("hang"), script.replace('+', "")),
    ] {
        let checked = check(&target, &format!("deliver uncut\n{script}"));
        assert_eq!(checked.unchecked, Some(Unchecked::NoLaw), "{checked}");
        assert!(checked.findings.is_empty(), "{checked}");
    }
}

#[test]
fn another_client_does_not_come_in_between() {
    for word in ["interleaved", "interleaved@3"] {
        let script = format!("deliver uncut single {word}\n{PAGES}");
        let told = held(&driver("healthy"), &script).to_string();
        assert!(told.contains("left out: interleaved: not applicable to a client"), "{told}");
    }
}

#[test]
fn a_crash() {
    let checked = found(&client("crash"), &cuts(PAGES), &["crashed"], "cut@19");
    let shown = checked.findings[0].to_string();
    assert!(shown.contains("SIGABRT") && shown.contains("ended by a signal"), "{shown}");
    let _ = found(&driver("crash"), &cuts(PAGES), &["crashed"], "cut@19");
}

#[test]
fn what_is_right_is_not_accused() {
    for mode in ["healthy", "slow"] {
        let _ = held(&driver(mode), PAGES);
    }
    // One that keeps its connections has told its result all the same.
    let _ = held(&driver("pool"), &PAGES.replace("< closed\n", ""));
    let _ =
        held(&client("healthy"), &format!("{PAGES}exit 0\noutput re\"hello, Zo\u{EB}\\nbye\"\n"));
    let checked = held(&client("retry"), PAGES);
    let told = checked.to_string();
    assert!(told.contains("left out: drop: after 3 of "), "{told}");
    assert!(told.contains("since the client connects again in each"), "{told}");
    // This one tries again as often as the time limit.
    let checked = check(&client("retry-later"), &format!("deliver drop@3\n{PAGES}"));
    assert!(checked.findings.is_empty(), "{checked}");
    let told = checked.to_string();
    assert!(told.contains("it connects again, so it was not judged"), "{told}");
    // Nothing else was asked for.
    assert_eq!(checked.unchecked, Some(Unchecked::FewJudged(0, 1)));
}

#[test]
fn connections_are_told_apart_by_all_that_comes_first_and_silent_ones_are_not_waited_for() {
    let bash = |script: &str| {
        let command = format!("bash -c '{script}'");
        Target::client(ClientCommand::new(&command).unwrap())
    };
    let open = "exec 3<>/dev/tcp/127.0.0.1/{port} 4<>/dev/tcp/127.0.0.1/{port}; ";
    // The second one comes first.
    let jobs = "printf \"job\\n1\\n\" >&3; printf \"job\\n0\\n\" >&4; read x <&3; read y <&4";
    let script = "deliver single\nlisten a\nlisten b\na < \"job\\n\"\na < \"0\\n\"\n\
                  b < \"job\\n\"\nb < \"1\\n\"\na > \"one\\n\"\nb > \"two\\n\"\n";
    let _ = held(&bash(&format!("{open}{jobs}; echo $x $y")), script);
    // A spare one says nothing, and the answer is not waited for long.
    let spare = "printf \"get\\n\" >&4; read -r -t 0.4 x <&4; echo $x";
    let script = "timeout 2s\ndeliver single\nlisten spare\nlisten c\nc < \"get\\n\"\n\
                  c > \"hello\\n\"\noutput re\"hello\"\n";
    let _ = held(&bash(&format!("{open}{spare}")), script);
}

#[test]
fn a_connection_that_nobody_listens_for_is_named_where_the_play_hangs() {
    let two = "exec 3<>/dev/tcp/127.0.0.1/{port} 4<>/dev/tcp/127.0.0.1/{port}; read x <&4";
    let target = Target::client(ClientCommand::new(&format!("bash -c '{two}'")).unwrap());
    let told = check(&target, "listen\n> \"one\\n\"\n< closed\n").to_string();
    let note = "      note  1 connection had come for which there is no `listen`\n";
    assert!(told.contains(note), "{told}");
}

#[test]
fn a_result_that_changes_by_itself_accuses_no_delivery() {
    let checked = check(&client("clock"), PAGES);
    let told: Vec<_> = checked.stable().map(|finding| finding.law.name()).collect();
    assert_eq!(told, ["unrepeatable"]);
    assert!(checked.to_string().contains("--ignore"), "{checked}");
    let conversation = Conversation::parse("pages", PAGES).unwrap();
    let mut waits = Options { max: Some(20), ..options() };
    waits.limits.ignore = vec!["at [0-9]+".parse().unwrap()];
    let checked = check_once(&client("clock"), &conversation, &waits).unwrap();
    assert!(checked.findings.is_empty(), "{checked}");
}

#[test]
fn a_claim_on_the_end_is_told_where_it_stands() {
    let checked = check(&client("healthy"), &format!("{PAGES}exit 3\n"));
    let shown = checked.findings[0].to_string();
    assert!(shown.contains("error[baseline]") && shown.contains("\n7 | exit 3\n"), "{shown}");
    assert!(shown.contains("exit status: 0"), "{shown}");
}

#[test]
fn one_script_tests_both_ends() {
    let served = "> \"get one\\n\"\n< \"page 12\\nhello, Zo\u{EB}\\n\"\n\
                  > \"get two\\n\"\n< \"page 4\\nbye\\n\"\n> eof\n";
    let conversation = Conversation::parse("pages", served).unwrap();
    let mirrored = conversation.mirrored().unwrap();
    let waits = Options { max: Some(60), ..options() };
    let checked = check_once(&driver("healthy"), &mirrored, &waits).unwrap();
    assert!(checked.findings.is_empty(), "{checked}");
    let checked = check_once(&driver("one-read"), &mirrored, &waits).unwrap();
    assert_eq!(checked.findings[0].law.name(), "differs");
}

#[test]
fn what_a_client_must_not_do_is_said() {
    let error = |target: Target, script: &str| {
        let conversation = Conversation::parse("pages", script).unwrap();
        let checked = check_once(&target, &conversation, &options());
        checked.map(|checked| checked.to_string()).unwrap_err()
    };
    let told = error(driver("two-lines"), PAGES).to_string();
    assert!(told.contains("expected exactly one when the conversation is over"), "{told}");
    let of = |command: &str| Target::client(ClientCommand::new(command).unwrap());
    let told = error(of("sh -c 'echo no >&2; exit 4' {port}"), PAGES).to_string();
    assert!(told.contains("it ended (exit status: 4) before it connected"), "{told}");
    assert!(told.contains("\n    no"), "{told}");
    let told = error(of("no-such-program {port}"), PAGES).to_string();
    assert!(told.contains("can't start `no-such-program {port}`"), "{told}");
    let silent = ClientCommand::new("sleep 60").unwrap().start_timeout(Duration::from_millis(50));
    let told = error(Target::client(silent), PAGES).to_string();
    assert!(told.contains("it did not connect to 127.0.0.1:"), "{told}");
    let early = ClientCommand::driver("sh -c 'echo early; cat'").unwrap();
    let told = error(Target::client(early), PAGES).to_string();
    assert!(told.contains("it answered before it connected"), "{told}");
    assert!(told.contains("\n    on its stdout: early"), "{told}");
}
