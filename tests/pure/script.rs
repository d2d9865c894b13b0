//! The script language: what is read, printed and refused.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use recut::script::{
    Action, Answer, Expected, FileError, Files, LoadError, Piece, ReadFile, ScriptErrorKind,
    expected_text, load_bytes,
};
use recut::{Conversation, Script};

#[test]
fn every_conversation_of_the_corpus_is_in_canonical_form() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/conversations");
    let mut seen = 0;
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let text = fs::read_to_string(&path).unwrap();
        let script = Script::parse("script", &text).unwrap();
        let printed = script.to_string();
        let again = Script::parse("script", &printed).unwrap();
        assert_eq!(again.without_spans(), script.without_spans(), "{}", path.display());
        assert_eq!(printed, text, "{}: run recut fmt", path.display());
        seen += 1;
    }
    assert!(seen > 10, "{seen} conversations");
}

#[test]
fn what_is_harmless_just_works() {
    let plain = Script::parse("s", "> \"a\"\n< \"a\"\n").unwrap();
    for text in [
        "\u{feff}> \"a\"\n< \"a\"\n",
        "> \"a\"\r\n< \"a\"\r\n",
        ">\"a\"\n<\"a\"",
        "\t>   \"a\"   \n  < \"a\"\t\n\n\n",
        "\n\n> hex\"61\"\n< \"a\"\n",
    ] {
        let script = Script::parse("s", text).unwrap();
        let printed = script.to_string().replace("hex\"61\"", "\"a\"");
        assert_eq!(printed, plain.to_string(), "{text:?}");
    }
}

#[test]
fn several_errors_of_a_file_come_together_and_in_order() {
    let errors = Script::parse("s", "> \"a\nfoo\n> \"ok\"\nend\ntimeout 3\n").unwrap_err();
    let lines: Vec<usize> = errors.iter().map(|error| error.position().0).collect();
    assert_eq!(lines, [1, 2, 4, 5]);
    assert_eq!(errors[2].to_string(), "s:4:1: this `end` has no `repeat`");
}

#[test]
fn the_end_of_a_wrong_repeat_is_not_accused() {
    let errors = Script::parse("s", "repeat many\n> \"a\"\nend\n").unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
}

#[test]
fn the_place_of_a_cut_may_name_any_connection_of_the_script() {
    let text = "deliver cut@bob:3 drop@2.1\n> \"abcd\"\nbob > \"abcd\"\n> eof\nbob < eof\n";
    assert!(Conversation::parse("s", text).is_ok());
}

/// The body is resolved a second time to see whether rounds can follow each other; not where it
/// is already wrong.
#[test]
fn an_error_in_a_repeat_of_the_play_is_told_once() {
    let text = "< line re\"(?<n>.)\"\nrepeat $n\n> $none\nend\n";
    let errors = Conversation::parse("s", text).unwrap_err();
    let kinds: Vec<_> = errors.iter().map(|error| error.kind()).collect();
    assert_eq!(kinds, [&ScriptErrorKind::UnknownVariable("none".to_owned())]);
}

#[test]
fn marks_stay_with_the_characters_that_they_extend() {
    let text = "> \"हिन्दी\"\n";
    assert_eq!(Script::parse("s", text).unwrap().to_string(), text);
}

#[test]
fn a_connection_that_has_ended_on_both_sides_can_be_opened_anew() {
    let holds = |text: &str| Conversation::parse("s", text).is_ok();
    assert!(holds("> \"a\" eof\n< \"a\"\n< eof\nopen\n> \"b\"\n"));
    assert!(holds("> \"q\\n\"\n< eof\nopen\n> \"b\"\n"));
    assert!(!holds("> \"a\"\nopen\n"));
    // Behind a FIN of ours only the rest of the connection can go.
    assert!(holds("> \"a\" eof\n> close\n") && holds("> \"a\" eof\n> reset\n"));
    for more in ["\"b\"", "eof", "\"b\" close"] {
        assert!(!holds(&format!("> \"a\" eof\n> {more}\n")), "{more}");
    }
    // What one round of a repeat leaves behind must suit the next.
    let repeated = "> \"2\\n\"\n< line re\"(?<n>.)\"\nrepeat $n\n";
    assert!(holds(&format!("{repeated}a > close\nopen a\nend\n")));
    assert!(!holds(&format!("{repeated}a > close\nend\n")));
}

#[test]
fn pins_stand_between_segments() {
    let conversation = Conversation::parse("s", "> \"a\" \"b\" | $play | \"c\"\n").unwrap();
    let Action::Send { payload, .. } = &conversation.steps().next().unwrap().action else {
        panic!("{conversation:?}")
    };
    let [ab, c] = [&b"ab"[..], b"c"].map(|bytes| Piece::Bytes(bytes.into()));
    assert_eq!(payload.pieces, [ab, Piece::Pin, Piece::Variable(2), Piece::Pin, c]);
}

/// What a message points at in a raw stream: the script that says the same.
#[test]
fn a_raw_stream_has_places_in_a_script() {
    let raw = Conversation::raw("seed", b"hi\n".to_vec()).unwrap();
    let text = &raw.sources[0].text;
    let places: Vec<_> =
        raw.steps().map(|step| &text[step.place.span.start..step.place.span.end]).collect();
    assert_eq!(places, ["> \"hi\\n\"", "> eof", "> \"hi\\n\""]);
    let empty = Conversation::raw("empty", Vec::new()).unwrap();
    assert_eq!(empty.steps().count(), 2);
}

#[test]
fn a_bad_escape_is_pointed_at_wherever_it_stands() {
    for text in ["> \"\\q\"\n", "> \"ab\\q\" # x\n", "bob > \"é\" \"ab\\q cd\"\n"] {
        let errors = Script::parse("s", text).unwrap_err();
        let span = errors[0].span();
        assert_eq!((errors.len(), &text[span.start..span.end]), (1, "\\q"), "{text}");
    }
}

#[test]
fn a_control_character_is_pointed_at_wherever_it_stands() {
    for (text, control) in [
        ("\u{7}> \"a\"\n", '\u{7}'),
        ("> \u{85}\n", '\u{85}'),
        ("# é \u{85}\n", '\u{85}'),
        ("> \"a\" # é \u{7}\n", '\u{7}'),
        ("> \"é\u{85}\"\n", '\u{85}'),
        ("< line re\"é\u{85}\"\n", '\u{85}'),
    ] {
        let errors = Script::parse("s", text).unwrap_err();
        let span = errors[0].span();
        assert_eq!(*errors[0].kind(), ScriptErrorKind::ControlCharacter(control), "{text:?}");
        assert_eq!(text[span.start..span.end], *control.to_string(), "{text:?}");
    }
    let errors = Script::parse("s", "> hex\"61\\\"\n").unwrap_err();
    assert_eq!(*errors[0].kind(), ScriptErrorKind::BadHex);
}

#[test]
fn the_first_byte_that_is_no_utf8_is_pointed_at() {
    let Err(LoadError::Script(errors)) = load_bytes("s", b"# \xc3\xa9 \xff\xff\n".to_vec(), &[])
    else {
        panic!("it is UTF-8");
    };
    let (span, text) = (errors[0].span(), &errors[0].source().text);
    assert_eq!(*errors[0].kind(), ScriptErrorKind::NotUtf8);
    assert_eq!((span.start, &text[span.start..span.end]), (5, "\u{fffd}"));
}

#[test]
fn what_stands_alone_is_pointed_at() {
    for (text, kind, marked) in [
        ("> \"a\"\n> \"b  \n", "UnclosedQuote", "\"b"),
        ("> \"a\"\n< line re\"b\n", "UnclosedQuote", "\"b"),
        ("> | \"a\"\n", "PinAtEdge", "|"),
        ("> \"a\" |\n", "PinAtEdge", "|"),
        ("> \"a\" | | \"b\"\n", "PinAtEdge", "|"),
        (">\n", "Expected", ""),
        ("> \"a\" *\n", "Expected", ""),
    ] {
        let errors = Script::parse("s", text).unwrap_err();
        let span = errors[0].span();
        assert!(format!("{:?}", errors[0].kind()).starts_with(kind), "{text:?}: {errors:?}");
        assert_eq!(&text[span.start..span.end], marked, "{text:?}");
    }
}

#[test]
fn quotes_and_backslashes_in_patterns_are_read_as_they_are_printed() {
    for (written, pattern) in [
        (r#"< line re"a\\"b"#, None),
        (r#"< line re"a\\\"b""#, Some(r#"a\\"b"#)),
        (r#"< line re"\"""#, Some(r#"""#)),
        (r#"< line re"\d\\""#, Some(r"\d\\")),
    ] {
        let script = Script::parse("s", &format!("{written}\n")).ok();
        assert_eq!(
            script.as_ref().map(|script| script.to_string()),
            pattern.map(|_| format!("{written}\n"))
        );
        if let Some(pattern) = pattern {
            let conversation = Conversation::parse("s", &format!("> \"x\"\n{written}\n")).unwrap();
            let mut patterns = conversation.steps().filter_map(|step| match &step.action {
                Action::Expect { what: Expected::Line(Some(pattern)), .. } => {
                    Some(pattern.as_str())
                }
                _ => None,
            });
            assert_eq!(patterns.next(), Some(pattern));
        }
    }
}

#[test]
fn a_conversation_is_written_down_as_it_was_said() {
    let text = r#"> "2\n"
< line re"^(?<n>.)$"
let v = "x" * $n $play
repeat $n as i
  bob > $v | $i
  bob < $n bytes within 2s
end
open carol
> "a" | "b" eof
pause 3ms
> reset
bob > ""
"#;
    // What is known before is unrolled, also behind what is not.
    let more = format!("{text}repeat 2\n  bob > \"c\"\nend\n");
    let conversation = Conversation::parse("said", &more).unwrap();
    let unrolled = format!("{text}bob > \"c\"\nbob > \"c\"\n");
    assert_eq!(conversation.to_script().to_string(), unrolled);
    let words = "for every part of a conversation there is a place in a script, ";
    let long =
        Conversation::parse("long", &format!("> \"{words}{words}\" eof\n< \"{words}{words}\"\n"));
    let written = long.unwrap().to_script().to_string();
    let lines: Vec<&str> = written.lines().collect();
    let ends: Vec<bool> = lines.iter().map(|line| line.ends_with(" eof")).collect();
    assert_eq!((ends.iter().filter(|end| **end).count(), lines[0].starts_with("> ")), (1, true));
    let (sent, expected) = lines.split_at(ends.iter().position(|end| *end).unwrap() + 1);
    assert!(sent.len() > 1 && expected.len() == sent.len(), "{written}");
    // A run stays one item among rows.
    let run = Conversation::parse("run", &format!("> \"{words}\" \"x\" * 4096\n")).unwrap();
    assert!(run.to_script().to_string().ends_with(" \"x\" * 4096\n"));
}

#[test]
fn what_is_expected_is_said_as_it_was_written() {
    for text in [
        r#""a" "b" * $play"#,
        "3 bytes",
        r#"$play bytes re"x""#,
        "line",
        r#"line re"x""#,
        r#"lines until re"x""#,
        r#"lines until re"x" re"y""#,
        "rest",
        r#"rest re"x""#,
        "eof",
        "eof clean",
        "reset",
        "closed",
        "silence 20ms",
    ] {
        let conversation = Conversation::parse("s", &format!("< {text}\n")).unwrap();
        let Action::Expect { what, .. } = &conversation.steps().next().unwrap().action else {
            panic!("{text}");
        };
        assert_eq!(expected_text(&conversation, what), text);
    }
}

#[test]
fn clean_is_a_word_behind_eof_and_a_name_elsewhere() {
    let text =
        "let clean = \"a\"\nclean > $clean eof\nclean < $clean\nclean < eof clean within 1s\n";
    let script = Script::parse("s", text).unwrap();
    assert_eq!(script.to_string(), text);
    assert_eq!(Conversation::parse("s", text).unwrap().connections, ["clean"]);
    let errors = Script::parse("s", "< eof\n< eof clean clean\n").unwrap_err();
    assert_eq!(errors[0].position(), (2, 13));
}

/// What a stream was answered becomes what its script expects.
#[test]
fn the_answer_to_a_stream_is_written_down() {
    let answer = |closed, pattern: Option<&str>| {
        let pattern = pattern.map(str::to_owned);
        Some(Answer { bytes: b"x\n"[..].into(), closed, pattern })
    };
    for (answer, written) in [
        (None, "< 1 bytes\n"),
        (answer(false, None), "< \"x\\n\"\n"),
        (answer(true, None), "< \"x\\n\"\n< eof\n"),
        (answer(false, Some("^x")), "< \"x\\n\"\n"),
        (answer(true, Some("^x")), "< rest re\"^x\"\n"),
    ] {
        let mut raw = Conversation::raw("raw", b"y".to_vec()).unwrap();
        let what = Expected::Answer(answer);
        if let Expected::Answer(Some(_)) = what {
            assert_eq!(expected_text(&raw, &what), "\"x\\n\"");
        }
        raw.step_mut(2).unwrap().action = Action::Expect { what, within: None };
        assert_eq!(raw.to_script().to_string(), format!("> \"y\"\n> eof\n{written}"));
    }
    assert!(Conversation::raw("raw", Vec::new()).unwrap().step_mut(2).is_none());
}

/// One file, whatever it is called, and how often it was read.
struct OneFile(&'static str, Cell<usize>);

impl Files for OneFile {
    fn read(&self, _from: &str, path: &str) -> Result<ReadFile, FileError> {
        self.1.set(self.1.get() + 1);
        Ok(ReadFile { name: path.to_owned(), bytes: self.0.into() })
    }
}

#[test]
fn a_file_that_a_repeat_includes_is_read_once_and_said_each_time() {
    let file = OneFile("> \"n=\" $i\n", Cell::new(0));
    let text = "repeat 1000 as i\n  include \"part\"\nend\ninclude \"part\"\n";
    let said = Script::resolve("s", text, &[], &file).unwrap();
    assert_eq!((said.steps().count(), said.sources.len(), file.1.get()), (1001, 3, 2));
    let last = said.steps().nth(1000).unwrap();
    let inclusion = said.sources[last.place.source].included.as_ref().unwrap();
    assert_eq!((inclusion.line(), inclusion.by.name.as_str()), (4, "s"));
}
