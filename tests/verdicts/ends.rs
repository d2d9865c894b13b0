//! A server that closes with bytes unread, where the kernel makes a RST of the close.

use crate::oddity::{by_spawn, fails_again, holds, only, quick};

const UNREAD: &str = "> \"12345678901234567890\"\n< \"12345678\"\n";

#[test]
fn an_end_with_bytes_unread_is_an_end() {
    holds(&by_spawn("unread", &format!("{UNREAD}< eof\n"), &quick()));
}

#[test]
fn an_end_with_bytes_unread_is_not_a_clean_one() {
    let checked = by_spawn("unread", &format!("{UNREAD}< eof clean\n"), &quick());
    fails_again("unread", only(&checked, "baseline"), &quick());
}
