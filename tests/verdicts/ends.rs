//! Answers that the kernel ends: a close with bytes unread, of which it makes a RST, and a send of
//! which it takes a part; and answers that go on after the client's FIN.

use recut::check::Demand;

use crate::oddity::{ONE, by_connect, by_spawn, fails_again, holds, only, quick};

const UNREAD: &str = "> \"12345678901234567890\"\n< \"12345678\"\n";

#[test]
fn an_end_with_bytes_unread_is_an_end() {
    holds(&by_spawn("unread", &format!("{UNREAD}< eof\n"), &quick()));
}

#[test]
fn an_answer_of_which_one_send_took_a_part_breaks_the_baseline() {
    let script = "> \"6000000\\n\"\n< \"x\" * 6000000 \"\\n\"\n";
    only(&by_spawn("short-send", script, &quick()), "baseline");
    holds(&by_spawn("short-send", "> \"60\\n\"\n< \"x\" * 60 \"\\n\"\n", &quick()));
}

#[test]
fn an_end_with_bytes_unread_is_not_a_clean_one() {
    let checked = by_spawn("unread", &format!("{UNREAD}< eof clean\n"), &quick());
    fails_again("unread", only(&checked, "baseline"), &quick());
}

#[test]
fn a_long_farewell_that_ends_is_not_an_answer_without_end() {
    let script = format!("deliver half-close\n{ONE}");
    holds(&by_spawn("farewell", &script, &quick()));
    holds(&by_connect("farewell", &script, &quick()));
}

#[test]
fn a_long_farewell_that_takes_its_time_is_not_an_answer_without_end() {
    let script = format!("deliver half-close\n{ONE}");
    holds(&by_spawn("slow-farewell", &script, &quick()));
    holds(&by_connect("slow-farewell", &script, &quick()));
}

#[test]
fn an_answer_without_end_of_a_server_that_runs_already_differs() {
    let checked = by_connect("flood", &format!("deliver half-close\n{ONE}"), &quick());
    let finding = only(&checked, "differs");
    assert_eq!(finding.seen.demand, Demand::AnEnd);
    assert!(finding.seen.arrived > 64 * 1024, "{}", finding.seen.arrived);
}
