//! Answers that the kernel ends: a close with bytes unread, of which it makes a RST, and a send of
//! which it takes a part.

use crate::oddity::{by_spawn, fails_again, holds, only, quick};

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
