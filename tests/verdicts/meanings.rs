//! What a cut map is said to mean: each sentence is true of a server that has just that defect.

use recut::report::FindingText;

use crate::oddity::{by_spawn, laws, quick, told};

/// Asserts that a server in this mode breaks at cuts of which this is said.
#[track_caller]
fn means(mode: &str, script: &str, meaning: &str) {
    let checked = by_spawn(mode, script, &quick());
    assert!(!laws(&checked).is_empty(), "{}", told(&checked));
    for finding in checked.stable() {
        let text = FindingText::new(finding, None, mode).plain();
        assert!(text.contains(meaning), "{text}\n{}", told(&checked));
    }
}

#[test]
fn a_header_is_read_in_one_piece() {
    let script = "> hex\"00 00 00 05\" \"hello\"\n< hex\"00 00 00 05\" \"hello\"\n";
    means("headers", script, "only cuts in the first 4 bytes break it");
}

#[test]
fn a_terminator_is_looked_for_in_each_read() {
    let script = "> \"GET hello\\r\\n\\r\\n\"\n< \"<GET hello>\\n\"\n";
    means("terminator", script, "only cuts inside a terminator break it");
}

#[test]
fn a_length_is_taken_before_all_its_digits_have_come() {
    let script = "> \"12:hello world!\"\n< \"<hello world!>\\n\"\n";
    means("length", script, "only cuts inside a number break it");
}

#[test]
fn a_limit_is_near_an_offset() {
    let text = "abcdefghijklmnopqrstuvwxyz0123456789";
    let script = format!("> \"{text}\\n\"\n< \"<{text}>\\n\"\n");
    means("limit", &script, "every cut from offset 21 on breaks it, and none before it");
}

#[test]
fn two_cuts_inside_one_character() {
    let script = "> \"ab\u{20AC}cd\\n\"\n< \"<ab\u{20AC}cd>\\n\"\n";
    means("join-once", script, "two cuts inside one character break it, and one does not");
}

#[test]
fn all_behind_the_first_read_is_ignored() {
    let script = "> \"hello\\n\"\n< \"<hello>\\n\"\n";
    means("first-read", script, "what comes after the first read is ignored");
}

#[test]
fn one_place_alone() {
    means("nap-one", "> \"hello\\n\"\n< \"hello\\n\"\n", "one cut breaks it");
}
