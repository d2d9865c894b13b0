//! What a script may have at most; what that takes in memory is measured in `memory.rs`.

use recut::script::{
    Action, Expected, LINE_LIMIT, PAYLOAD_LIMIT, STATEMENT_LIMIT, ScriptErrorKind,
};
use recut::{Conversation, Script};

#[test]
fn nothing_grows_without_bound() {
    for text in [
        "repeat 999999999\n> \"a\"\nend\n",
        "repeat 99999\nrepeat 99999\nend\nend\n",
        "> \"x\" * 999999999999999999\n",
        "let a = \"x\" * 60000000\nlet b = $a $a\n> $b\n",
        "< 999999999999 bytes\n",
        "repeat 999999999999\n# nothing\nend\n> \"a\"\n",
        "let a = \"x\" * 60000000\nrepeat 100\n> $a\nend\n",
        "pause 1ms\n",
    ] {
        assert!(Conversation::parse("s", text).is_err(), "{text}");
    }
    assert!(Conversation::parse("s", "repeat 99999999\nend\n> \"a\"\n").is_err());
}

#[test]
fn a_conversation_has_at_most_so_many_statements() {
    let said = |times: usize| Conversation::parse("many", &"> \"a\"\n".repeat(times));
    assert_eq!(said(STATEMENT_LIMIT).unwrap().steps().count(), STATEMENT_LIMIT);
    for more in [1, 9] {
        let errors = said(STATEMENT_LIMIT + more).unwrap_err();
        let kinds: Vec<_> = errors.iter().map(|error| error.kind()).collect();
        assert_eq!(kinds, [&ScriptErrorKind::TooManyStatements]);
    }
    // What stands behind a repeat that is too long is not told of once more.
    let repeated = "repeat 60000\n  > \"a\"\nend\n> \"b\"\n";
    assert_eq!(Conversation::parse("repeated", repeated).unwrap_err().len(), 1);
}

#[test]
fn a_payload_has_at_most_so_many_bytes_wherever_it_stands() {
    let kilo = format!("\"{}\"", "x".repeat(1024));
    let (bytes, kilos) = (PAYLOAD_LIMIT, PAYLOAD_LIMIT / 1024);
    for (text, most, known) in [
        ("> KILO * N", kilos, Some(bytes)),
        ("< KILO * N", kilos, Some(bytes)),
        ("< N bytes", bytes, None),
        ("> \"y\" KILO * N", kilos - 1, Some(bytes - 1023)),
    ] {
        let said = |times: usize| {
            let text = text.replace('N', &times.to_string()).replace("KILO", &kilo);
            Conversation::parse("s", &(text + "\n"))
        };
        let conversation = said(most).unwrap();
        let payload = match &conversation.steps().next().unwrap().action {
            Action::Send { payload, .. } => Some(payload),
            Action::Expect { what: Expected::Exact(payload), .. } => Some(payload),
            _ => None,
        };
        assert_eq!(payload.map(|payload| payload.known().unwrap().len()), known, "{text}");
        let errors = said(most + 1).unwrap_err();
        assert_eq!(*errors[0].kind(), ScriptErrorKind::PayloadTooLarge, "{text}");
    }
}

#[test]
fn a_line_has_at_most_so_many_bytes() {
    let said = |bytes: usize| format!("> \"a\"\n> \"{}\"\n", "x".repeat(bytes - 4));
    assert!(Script::parse("s", &said(LINE_LIMIT)).is_ok());
    let errors = Script::parse("s", &said(LINE_LIMIT + 1)).unwrap_err();
    assert_eq!(*errors[0].kind(), ScriptErrorKind::LineTooLong(LINE_LIMIT + 1));
    assert_eq!((errors[0].span().start, errors[0].span().end), (6, 26));
}

/// More patterns than a conversation may have: each counts as much memory as it may take when it
/// is compiled.
fn many_patterns() -> String {
    (0..60).map(|i| format!("< line re\"{i}\\w{{100}}\"\n")).collect()
}

#[test]
fn patterns_are_compiled_once() {
    let often = "repeat 1000\n  < line re\"\\w{100}\"\nend\n";
    assert!(Conversation::parse("often", often).is_ok());
}

#[test]
fn patterns_that_are_compiled_count_among_what_a_conversation_may_have() {
    let errors = Conversation::parse("many", &many_patterns()).unwrap_err();
    assert_eq!(*errors[0].kind(), ScriptErrorKind::PayloadTooLarge);
}

#[test]
fn patterns_that_are_compiled_count_in_a_repeat_by_a_capture_too() {
    let many = many_patterns();
    let captured = format!("> \"2\\n\"\n< line re\"(?<n>.)\"\nrepeat $n\n{many}end\n");
    let errors = Conversation::parse("captured", &captured).unwrap_err();
    assert_eq!(*errors[0].kind(), ScriptErrorKind::PayloadTooLarge);
}

#[test]
fn what_a_play_makes_counts_among_what_a_conversation_may_have() {
    let doubled = "let a = $play\nrepeat 40\n  let a = $a $a\nend\n> $a\n";
    let errors = Conversation::parse("doubled", doubled).unwrap_err();
    assert_eq!(*errors[0].kind(), ScriptErrorKind::PayloadTooLarge);
}
