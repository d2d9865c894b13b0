//! The script language: parse and print are inverse, every kind of error has a frozen sample.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;
use recut::Script;
use recut::delivery::Word;
use recut::report::caret::script_errors;
use recut::script::syntax::{
    Close, Expect, Expectation, Item, ItemKind, KEYWORDS, Line, Number, Send, Statement,
};
use recut::script::{Law, LawWord, LoadError, Spanned, load};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn scripts(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "recut"))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{}", folder.display());
    found
}

#[test]
fn every_script_of_the_repository_is_in_canonical_form() {
    for path in scripts(&root().join("corpus/conversations")) {
        let text = fs::read_to_string(&path).unwrap();
        let script = Script::parse("script", &text).unwrap();
        let printed = script.to_string();
        assert_eq!(Script::parse("script", &printed).unwrap(), script, "{}", path.display());
        assert_eq!(printed, text, "{}: run recut fmt", path.display());
    }
}

/// `tests/errors/NAME.recut` is wrong, and `NAME.txt` is what is printed then. Where the text is
/// not what it was, `RECUT_BLESS=1 cargo test` writes it anew, for a person to read the diff.
#[test]
fn every_kind_of_error_has_a_frozen_sample() {
    let mut kinds = std::collections::BTreeSet::new();
    for path in scripts(&root().join("tests/errors")) {
        let name = Path::new("tests/errors").join(path.file_name().unwrap());
        let errors = match load(&name, &[]) {
            Err(LoadError::Script(errors)) => errors,
            other => panic!("{}: {other:?}", path.display()),
        };
        for error in &errors {
            let kind = format!("{:?}", error.kind());
            kinds.insert(kind.split(['(', ' ']).next().unwrap().to_owned());
            let span = error.span();
            assert!(span.start <= span.end && span.end <= error.source().text.len());
        }
        compare_with_frozen(&script_errors(&errors, false), &path.with_extension("txt"));
    }
    // A file of that size is better made than kept.
    let long = format!("> \"{}\"\n", "x".repeat(recut::script::LINE_LIMIT));
    let errors = Script::parse("long.recut", &long).unwrap_err();
    compare_with_frozen(
        &script_errors(&errors, false),
        &root().join("tests/errors/line-too-long.txt"),
    );
    kinds.insert("LineTooLong".to_owned());
    let source = fs::read_to_string(root().join("src/script/error.rs")).unwrap();
    let all = source.split("pub enum ScriptErrorKind {").nth(1).unwrap();
    let all = all.split("\n}").next().unwrap();
    let all = all.lines().filter_map(|line| line.strip_prefix("    "));
    let all = all.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    for line in all {
        let name: String = line.chars().take_while(|c| c.is_alphanumeric()).collect();
        assert!(kinds.contains(&name), "no sample shows {name}");
    }
}

fn compare_with_frozen(printed: &str, frozen: &Path) {
    if std::env::var_os("RECUT_BLESS").is_some() {
        fs::write(frozen, printed).unwrap();
    }
    assert_eq!(printed, fs::read_to_string(frozen).unwrap(), "{}", frozen.display());
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
}

#[test]
fn the_end_of_a_wrong_repeat_is_not_accused() {
    let errors = Script::parse("s", "repeat many\n> \"a\"\nend\n").unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
}

#[test]
fn marks_stay_with_the_characters_that_they_extend() {
    let text = "> \"हिन्दी\"\n";
    assert_eq!(Script::parse("s", text).unwrap().to_string(), text);
}

#[test]
fn a_connection_that_has_ended_on_both_sides_can_be_opened_anew() {
    let holds = |text: &str| recut::Conversation::parse("s", text).is_ok();
    assert!(holds("> \"a\" eof\n< \"a\"\n< eof\nopen\n> \"b\"\n"));
    assert!(holds("> \"q\\n\"\n< eof\nopen\n> \"b\"\n"));
    assert!(!holds("> \"a\"\nopen\n"));
    // What one round of a repeat leaves behind must suit the next.
    let repeated = "> \"2\\n\"\n< line re\"(?<n>.)\"\nrepeat $n\n";
    assert!(holds(&format!("{repeated}a > close\nopen a\nend\n")));
    assert!(!holds(&format!("{repeated}a > close\nend\n")));
}

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
        assert!(recut::Conversation::parse("s", text).is_err(), "{text}");
    }
    assert!(recut::Conversation::parse("s", "repeat 99999999\nend\n> \"a\"\n").is_err());
}

fn name() -> impl Strategy<Value = String> {
    "[a-z_é][a-z0-9_]{0,6}"
        .prop_filter("keywords are no names", |name| !KEYWORDS.contains(&name.as_str()))
}

fn connection() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), name()]
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![any::<u64>().prop_map(Number::Literal), name().prop_map(Number::Variable)]
}

fn duration() -> impl Strategy<Value = Duration> {
    (0..=86_400_000_000_u64).prop_map(Duration::from_micros)
}

/// Patterns that compile, quotes and escapes among them.
fn pattern() -> impl Strategy<Value = Spanned<String>> {
    prop::sample::select(vec![
        "^a$",
        r"\d+ \\ \x22",
        "say \"hi\"",
        "(?<name>.*)é",
        r"\Aq\r?\z",
        "[^\"]*",
        "",
    ])
    .prop_map(|text| text.to_owned().into())
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 0..8).prop_map(|chars| chars.into_iter().collect())
}

fn item() -> impl Strategy<Value = Item> {
    let kind = prop_oneof![
        text().prop_map(|text| ItemKind::Text(text.into_bytes())),
        prop::collection::vec(any::<u8>(), 0..6).prop_map(ItemKind::Text),
        prop::collection::vec(any::<u8>(), 0..6).prop_map(ItemKind::Hex),
        text().prop_map(ItemKind::File),
        name().prop_map(ItemKind::Variable),
    ];
    (kind, prop::option::of(number()))
        .prop_map(|(kind, times)| Item { times: times.map(Spanned::from), ..Item::from(kind) })
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    prop::collection::vec(item(), 1..4)
}

fn close() -> impl Strategy<Value = Close> {
    prop::sample::select(vec![Close::Eof, Close::Close, Close::Reset])
}

fn send() -> impl Strategy<Value = Statement> {
    let with_items =
        (connection(), prop::collection::vec(items(), 1..4), prop::option::of(close()));
    let bare = (connection(), close());
    prop_oneof![
        with_items.prop_map(|(connection, segments, ending)| Send { connection, segments, ending }),
        bare.prop_map(|(connection, ending)| Send {
            connection,
            segments: Vec::new(),
            ending: Some(ending),
        }),
    ]
    .prop_map(Statement::Send)
}

fn expect() -> impl Strategy<Value = Statement> {
    let also = || prop::option::of(pattern());
    let what = prop_oneof![
        items().prop_map(Expectation::Exact),
        (number(), also()).prop_map(|(count, matching)| Expectation::Bytes(count.into(), matching)),
        also().prop_map(Expectation::Line),
        (pattern(), also()).prop_map(|(until, matching)| Expectation::Lines { until, matching }),
        also().prop_map(Expectation::Rest),
        Just(Expectation::Eof),
        Just(Expectation::Reset),
        Just(Expectation::Closed),
        duration().prop_map(Expectation::Silence),
    ];
    (connection(), what, prop::option::of(duration()))
        .prop_map(|(connection, what, within)| Expect { connection, what, within })
        .prop_map(Statement::Expect)
}

fn words() -> impl Strategy<Value = Statement> {
    let sets = prop::sample::subsequence(
        vec!["uncut", "+joined", "-drop", "random=7", "all", "half-close"],
        1..4,
    );
    let places = prop::sample::subsequence(vec!["cut@3", "cut@bob:2.5", "drop@0", "joined"], 2..5);
    prop_oneof![sets, places].prop_map(|words| {
        let word = |word: &str| Spanned::from(word.parse::<Word>().unwrap());
        Statement::Deliver(words.into_iter().map(word).collect())
    })
}

fn statement() -> impl Strategy<Value = Statement> {
    prop_oneof![
        4 => send(),
        4 => expect(),
        1 => (name(), items())
            .prop_map(|(name, items)| Statement::Let { name: name.into(), items }),
        1 => duration().prop_map(Statement::Timeout),
        1 => duration().prop_map(Statement::Pause),
        1 => connection().prop_map(Statement::Open),
        1 => text().prop_map(|path| Statement::Include(path.into())),
        1 => text().prop_map(Statement::Spawn),
        1 => pattern().prop_map(Statement::Ready),
        1 => words(),
        1 => prop::sample::subsequence(Law::ALL.to_vec(), 1..4)
            .prop_map(|laws| Statement::Laws(laws.into_iter().map(LawWord::Plus).collect())),
    ]
}

fn comment() -> impl Strategy<Value = Option<String>> {
    prop::option::weighted(0.2, "# ?[a-zé\"\\\\>|#]{1,9}")
}

fn line(statement: impl Strategy<Value = Statement>) -> impl Strategy<Value = Line> {
    (prop::option::weighted(0.9, statement), comment()).prop_filter_map(
        "blank lines are the printer's business",
        |(statement, comment)| {
            let is_blank = statement.is_none() && comment.is_none();
            (!is_blank).then_some(Line { statement, comment, ..Line::default() })
        },
    )
}

fn tree() -> impl Strategy<Value = Script> {
    let line = line(statement()).prop_recursive(2, 16, 4, |inner| {
        let body = prop::collection::vec(inner, 0..4);
        let head = (number(), prop::option::of(name()), comment());
        (head, body, comment()).prop_map(|((times, index, comment), body, end_comment)| Line {
            statement: Some(Statement::Repeat {
                times: times.into(),
                index: index.map(Spanned::from),
                body,
                end_comment,
            }),
            comment,
            ..Line::default()
        })
    });
    prop::collection::vec(line, 0..12).prop_map(|lines| Script { lines })
}

proptest! {
    #[test]
    fn parse_and_print_are_inverse(script in tree()) {
        let text = script.to_string();
        let parsed = Script::parse("tree", &text);
        prop_assert_eq!(parsed.as_ref(), Ok(&script), "{}", text);
        prop_assert_eq!(parsed.unwrap().to_string(), text);
    }

    #[test]
    fn parsing_never_panics_and_errors_lie_inside(text in ".{0,60}(\n.{0,60}){0,6}") {
        if let Err(errors) = Script::parse("text", &text) {
            for error in errors {
                prop_assert!(error.span().end <= text.len());
                let _ = (error.to_string(), error.position());
            }
            let _ = script_errors(&Script::parse("text", &text).unwrap_err(), true);
        }
    }
}
