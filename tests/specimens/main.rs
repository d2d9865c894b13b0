//! Each defect of the specimen server is found, and nothing else is: exactly the law that it
//! breaks, by the smallest cut. What only looks like a defect is not accused.

#![allow(clippy::unwrap_used)]

mod specimen;

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use recut::Conversation;
use recut::check::{Checked, Options, check_once};

use self::specimen::{ECHO, spawn};

/// A word and its echo, without a farewell.
const LEAVES: &str = "> \"echo hello\\n\"\n< \"hello\\n\"\n";

/// The waits of most tests: short, since what does not come is waited for in full.
fn options() -> Options {
    specimen::options(Duration::from_millis(500))
}

fn check(arguments: &str, script: &str) -> Checked {
    specimen::check(arguments, script, &options())
}

/// Asserts that the defect is found by this law and no other, by this delivery if one is named, and
/// that the healthy server is not accused in the same conversation.
fn found(defect: &str, script: &str, law: &str, delivery: Option<&str>) {
    found_with(&options(), defect, script, law, delivery);
}

fn found_with(options: &Options, defect: &str, script: &str, law: &str, delivery: Option<&str>) {
    let checked = specimen::check(&format!("--defect {defect}"), script, options);
    let laws: Vec<_> = checked.findings.iter().map(|finding| finding.law.name()).collect();
    assert_eq!(laws, [law], "{defect}: {:#?}", checked.findings);
    let finding = &checked.findings[0];
    assert!(finding.is_stable(), "{defect}: {:?}", finding.confirmed);
    if let Some(delivery) = delivery {
        assert_eq!(finding.delivery, delivery, "{defect}");
    }
    // What is saved fails by itself.
    let saved = Conversation::parse("saved", &finding.script).unwrap();
    let once = Options { confirm: 1, ..options.clone() };
    let again = check_once(&spawn(&format!("--defect {defect}")), &saved, &once).unwrap();
    let laws: Vec<_> = again.stable().map(|finding| finding.law.name()).collect();
    assert_eq!(laws, [law], "{defect}: what was saved does not fail:\n{}", finding.script);
    held_with(options, "", script);
}

/// Asserts that nothing is found.
fn held(arguments: &str, script: &str) {
    held_with(&options(), arguments, script);
}

fn held_with(options: &Options, arguments: &str, script: &str) {
    let checked = specimen::check(arguments, script, options);
    assert!(checked.findings.is_empty(), "{arguments}: {:#?}", checked.findings);
    assert_eq!(checked.tally.paced, 0, "{arguments}");
}

#[test]
fn one_read_for_one_message() {
    found("one-read", LEAVES, "differs", None);
}

#[test]
fn lost_behind_a_message() {
    let script = "deliver +joined\n> \"echo a\\n\"\n< \"a\\n\"\n> \"echo b\\n\"\n< \"b\\n\"\n";
    found("glued", script, "hangs", Some("joined"));
}

#[test]
fn dropped_at_a_cut_character() {
    found("cut-character", "> \"echo \u{20AC}\\n\"\n< \"\u{20AC}\\n\"\n", "cut-off", Some("cut@6"));
}

#[test]
fn a_limit_on_incomplete_lines_only() {
    let script = "> \"echo \" \"y\" * 70 \"\\n\"\n< line\n";
    let checked = check("--defect long-incomplete", &script.replace("line", "\"y\" * 70 \"\\n\""));
    let laws: Vec<_> = checked.stable().map(|finding| finding.law.name()).collect();
    assert_eq!(laws, ["differs"]);
    // The healthy server refuses such a line, however it comes.
    held("", &script.replace("line", "\"error: line too long\\n\""));
}

#[test]
fn two_cuts_are_needed() {
    found("two-cuts", "deliver +pairs\n> \"sum 1 2\\n\"\n< \"3\\n\"\n", "differs", None);
}

#[test]
fn the_answer_is_lost_when_the_fin_rides_along() {
    found("fin-rides", &format!("deliver +half-close\n{LEAVES}"), "cut-off", Some("half-close"));
}

#[test]
fn a_flood_behind_the_fin() {
    let script = format!("{LEAVES}> eof\n< eof\n");
    found("flood", &script, "baseline", None);
}

#[test]
fn a_client_that_vanishes_wedges_it() {
    found("wedge", LEAVES, "wedged", None);
}

#[test]
fn one_client_at_a_time() {
    found("serial", LEAVES, "starves", Some("uncut"));
    // By design, it is no defect.
    held("--defect serial", &format!("laws -starves\n{LEAVES}"));
}

#[test]
fn processor_time_for_nobody() {
    found("spin", LEAVES, "spins", None);
}

#[test]
fn a_descriptor_a_connection() {
    found("leak", ECHO, "leaks", Some("uncut"));
}

#[test]
fn a_crash() {
    found("crash", LEAVES, "crashed", Some("cut@1"));
    let checked = check("--defect crash", LEAVES);
    assert!(
        format!("{:?}", checked.findings[0].seen.then).contains("SIGABRT"),
        "{:?}",
        checked.findings
    );
}

#[test]
fn a_reset_destroys_the_answer() {
    let script = "> \"bulk 8000000\\n\" \"quit\\n\"\n< \"x\" * 8000000 \"\\nbye\\n\"\n< eof\n";
    // Its answers take time on a busy machine, and are more than the sockets have room for.
    let few = Options { max: Some(12), ..specimen::options(Duration::from_secs(2)) };
    found_with(&few, "reset-unread", script, "cut-off", None);
}

#[test]
fn an_answer_by_timer_is_waited_for() {
    held(
        "--defect timer",
        "> \"slow hello\\n\"\n< \"hello\\n\"\n> \"quit\\n\"\n< \"bye\\n\"\n< eof\n",
    );
}

/// The answer to a raw stream has no stated end: a server that is quiet may have more to say.
fn raw_stream_is_answered_by_timer(stream: &[u8]) {
    let conversation = Conversation::raw("stream", stream.to_vec()).unwrap();
    let few = Options { max: Some(12), ..options() };
    let checked = check_once(&spawn("--defect timer"), &conversation, &few).unwrap();
    assert!(checked.findings.is_empty(), "{:#?}", checked.findings);
}

#[test]
fn an_answer_by_timer_to_a_raw_stream_is_waited_for() {
    raw_stream_is_answered_by_timer(b"slow hello\n");
}

#[test]
fn the_rest_of_an_answer_to_a_raw_stream_is_waited_for() {
    raw_stream_is_answered_by_timer(b"echo hi\nslow hello\n");
}

#[test]
fn a_slow_close_is_waited_for() {
    held("--defect slow-close", ECHO);
}

#[test]
fn a_slow_backend_is_waited_for() {
    let backend = spawn("--delay 60");
    let mut server = backend.start();
    server.begin(&[], &AtomicBool::new(false)).unwrap();
    let (host, port) = server.host_and_port();
    let script = "> \"ask echo hello\\n\"\n< \"hello\\n\"\n";
    held(&format!("--backend {host}:{port}"), script);
}

#[test]
fn the_healthy_server_is_not_accused_in_thousands_of_plays() {
    let script = "deliver +pairs +joined +half-close +reset +random=3000\n\
                  > \"echo \u{20AC}\\r\\nsum 1 2 3\\n\"\n< \"\u{20AC}\\n6\\n\"\n\
                  > \"quit\\n\"\n< \"bye\\n\"\n< eof\n";
    let conversation = Conversation::parse("healthy", script).unwrap();
    let options = Options { max: Some(3000), ..options() };
    let checked = check_once(&spawn(""), &conversation, &options).unwrap();
    assert!(checked.findings.is_empty(), "{:#?}", checked.findings);
    assert_eq!(checked.tally.confirmed, checked.tally.total());
    assert!(checked.tally.total() > 2500, "{:?}", checked.tally);
}
