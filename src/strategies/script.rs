//! Scripts that use the whole language, as trees: they parse, but need not make sense.

use std::time::Duration;

use proptest::char::range;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::stream::{bytes, text};
use crate::delivery::{PlaceKind, PlaceWord, Set, Word, contradiction};
use crate::script::syntax::{
    Close, Expect, Expectation, Item, ItemKind, KEYWORDS, Line, Number, Send, Statement,
};
use crate::script::{Law, LawWord, Script, Spanned};

/// Patterns that compile, quotes and escapes among them.
const PATTERNS: [&str; 7] =
    ["", "^a$", r"\d+ \\ \x22", "say \"hi\"", "(?<name>.*)é", r"\Aq\r?\z", "[^\"]*"];

/// Scripts that parse, in canonical form: every statement of the language with all that it may
/// hold. They need not make sense; for that see [`conversation`](super::conversation).
///
/// # Examples
///
/// ```
/// use proptest::prelude::*;
/// use recut::Script;
/// use recut::strategies::script;
///
/// proptest!(|(script in script())| {
///     let printed = Script::parse("printed", &script.to_string()).unwrap();
///     prop_assert_eq!(printed.without_spans(), script);
/// });
/// ```
pub fn script() -> impl Strategy<Value = Script> {
    let line = line(statement().boxed()).prop_recursive(3, 24, 4, |inner| {
        let head = (number(), option::of(variable()), comment());
        (head, block(inner, 4), comment(), any::<bool>()).prop_map(
            |((times, index, comment), body, end_comment, blank)| {
                let index = index.map(Spanned::from);
                let statement = Statement::Repeat { times: times.into(), index, body, end_comment };
                (blank, Line { statement: Some(statement), comment, ..Line::default() })
            },
        )
    });
    block(line, 12).prop_map(|lines| Script { lines })
}

/// Lines with single blank ones between some of them.
fn block(
    line: impl Strategy<Value = (bool, Line)>,
    most: usize,
) -> impl Strategy<Value = Vec<Line>> {
    vec(line, 0..=most).prop_map(|lines| {
        let mut block = Vec::new();
        for (blank, line) in lines {
            if blank && !block.is_empty() {
                block.push(Line::default());
            }
            block.push(line);
        }
        block
    })
}

/// A line that is not blank, and whether a blank line comes before it.
fn line(statement: BoxedStrategy<Statement>) -> BoxedStrategy<(bool, Line)> {
    let said = (statement, comment()).prop_map(|(statement, comment)| Line {
        statement: Some(statement),
        comment,
        ..Line::default()
    });
    let remark = remark().prop_map(|comment| Line { comment: Some(comment), ..Line::default() });
    (proptest::bool::weighted(0.1), prop_oneof![9 => said, 1 => remark]).boxed()
}

fn comment() -> impl Strategy<Value = Option<String>> {
    option::weighted(0.2, remark())
}

fn remark() -> impl Strategy<Value = String> {
    printable().prop_map(|text| format!("#{text}").trim_end().to_owned())
}

/// Any characters; control characters are replaced by others.
fn printable() -> impl Strategy<Value = String> {
    let plain = |c: char| if c.is_control() { '"' } else { c };
    vec(any::<char>().prop_map(plain), 0..8).prop_map(String::from_iter)
}

/// Any text, as a path or a command.
fn any_text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..8).prop_map(String::from_iter)
}

/// The name of a variable: a letter of any script first.
fn variable() -> impl Strategy<Value = String> {
    let first = prop_oneof![
        range('a', 'z'),
        range('A', 'Z'),
        Just('_'),
        range('à', 'ö'),
        range('一', '龥')
    ];
    let rest = prop_oneof![range('a', 'z'), range('0', '9'), Just('_'), range('α', 'ω')];
    (first, vec(rest, 0..6)).prop_map(|(first, rest)| {
        let name = String::from_iter([first].into_iter().chain(rest));
        if KEYWORDS.contains(&name.as_str()) { name + "_" } else { name }
    })
}

/// The name of a connection, which may hold a `-`; empty for the default one.
pub(super) fn connection() -> impl Strategy<Value = String> {
    let dashed = (variable(), variable()).prop_map(|(one, other)| format!("{one}-{other}"));
    prop_oneof![2 => Just(String::new()), 2 => variable(), 1 => dashed]
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![any::<u64>().prop_map(Number::Literal), variable().prop_map(Number::Variable)]
}

/// All that can be written: up to 24 hours, to the microsecond.
fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![0..5_000_u64, 0..=86_400_000_000_u64].prop_map(Duration::from_micros)
}

fn pattern() -> impl Strategy<Value = Spanned<String>> {
    let literal = printable().prop_map(|text| regex::escape(&text));
    prop_oneof![select(&PATTERNS[..]).prop_map(str::to_owned), literal].prop_map(Spanned::from)
}

fn item() -> impl Strategy<Value = Item> {
    let kind = prop_oneof![
        text().prop_map(ItemKind::Text),
        bytes().prop_map(ItemKind::Text),
        vec(any::<u8>(), 0..6).prop_map(ItemKind::Hex),
        any_text().prop_map(ItemKind::File),
        variable().prop_map(ItemKind::Variable),
    ];
    (kind, option::of(number()))
        .prop_map(|(kind, times)| Item { times: times.map(Spanned::from), ..Item::from(kind) })
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    vec(item(), 1..4)
}

fn close() -> impl Strategy<Value = Close> {
    select(vec![Close::Eof, Close::Close, Close::Reset])
}

fn send() -> impl Strategy<Value = Statement> {
    let said = (connection(), vec(items(), 1..4), option::of(close()));
    let bare = (connection(), close());
    prop_oneof![
        said.prop_map(|(connection, segments, ending)| Send { connection, segments, ending }),
        bare.prop_map(|(connection, ending)| {
            Send { connection, segments: Vec::new(), ending: Some(ending) }
        }),
    ]
    .prop_map(Statement::Send)
}

fn expect() -> impl Strategy<Value = Statement> {
    let also = || option::of(pattern());
    let what = prop_oneof![
        items().prop_map(Expectation::Exact),
        (number(), also()).prop_map(|(count, matching)| Expectation::Bytes(count.into(), matching)),
        also().prop_map(Expectation::Line),
        (pattern(), also()).prop_map(|(until, matching)| Expectation::Lines { until, matching }),
        also().prop_map(Expectation::Rest),
        select(vec![
            Expectation::Eof,
            Expectation::CleanEof,
            Expectation::Reset,
            Expectation::Closed,
        ]),
        duration().prop_map(Expectation::Silence),
    ];
    (connection(), what, option::of(duration()))
        .prop_map(|(connection, what, within)| Expect { connection, what, within })
        .prop_map(Statement::Expect)
}

/// A pause at a cut: up to a minute.
fn pause() -> impl Strategy<Value = Duration> {
    (1..=60_000_000_u64).prop_map(Duration::from_micros)
}

/// A set by any name.
pub(super) fn set() -> impl Strategy<Value = Set> {
    use Set::{All, Bytes, Drop, HalfClose, Joined, Pairs, Random, Reset, Single, Uncut, Written};
    let named = vec![Uncut, Written, Bytes, Single, Pairs, All, Joined, HalfClose, Drop, Reset];
    prop_oneof![
        4 => select(named),
        1 => any::<u64>().prop_map(Random),
        1 => pause().prop_map(Set::Slow),
    ]
}

fn set_word() -> impl Strategy<Value = Word> {
    (set(), 0..3_u8).prop_map(|(set, change)| match change {
        0 => Word::Set(set),
        1 => Word::Plus(set),
        _ => Word::Minus(set),
    })
}

fn deliveries() -> impl Strategy<Value = Vec<Word>> {
    let kind = prop_oneof![
        3 => select(vec![PlaceKind::Cut, PlaceKind::Drop, PlaceKind::Reset]),
        1 => pause().prop_map(PlaceKind::Slow),
    ];
    let number = || prop_oneof![1..9_usize, 1..=usize::MAX];
    let place =
        (kind, connection(), number(), number()).prop_map(|(kind, connection, burst, offset)| {
            // A client may vanish before the first byte; a cut comes after it.
            let vanishes = matches!(kind, PlaceKind::Drop | PlaceKind::Reset);
            let offset = if vanishes { offset - 1 } else { offset };
            Word::Place(PlaceWord { kind, connection, burst, offset })
        });
    let joins = subsequence(vec![Word::Set(Set::Joined), Word::Set(Set::HalfClose)], 0..=2);
    let sets = vec(set_word(), 0..3);
    let places = (vec(place, 1..4), joins, sets).prop_map(|(places, joins, sets)| {
        let mut words: Vec<Word> = [places, joins, sets].concat();
        // A delivery ends once, and waits for the same time everywhere.
        while let Some(found) = contradiction(&words) {
            words.remove(found.index);
        }
        words
    });
    prop_oneof![vec(set_word(), 1..4), places]
}

fn laws() -> impl Strategy<Value = Vec<LawWord>> {
    let word = (select(Law::ALL.to_vec()), 0..3_u8).prop_map(|(law, change)| match change {
        0 => LawWord::Only(law),
        1 => LawWord::Plus(law),
        _ => LawWord::Minus(law),
    });
    vec(word, 1..4)
}

fn statement() -> impl Strategy<Value = Statement> {
    prop_oneof![
        4 => send(),
        4 => expect(),
        1 => (variable(), items())
            .prop_map(|(name, items)| Statement::Let { name: name.into(), items }),
        1 => duration().prop_map(Statement::Timeout),
        1 => duration().prop_map(Statement::Pause),
        1 => connection().prop_map(Statement::Open),
        1 => any_text().prop_map(|path| Statement::Include(path.into())),
        1 => any_text().prop_map(Statement::Spawn),
        1 => pattern().prop_map(Statement::Ready),
        1 => any_text().prop_map(Statement::Client),
        1 => any_text().prop_map(Statement::Driver),
        1 => (connection(), option::of(variable())).prop_map(|(connection, on)| {
            Statement::Listen { connection, on: on.map(Spanned::from) }
        }),
        1 => any::<u8>().prop_map(Statement::Exit),
        1 => pattern().prop_map(Statement::Output),
        1 => deliveries().prop_map(|words| {
            Statement::Deliver(words.into_iter().map(Spanned::from).collect())
        }),
        1 => laws().prop_map(Statement::Laws),
    ]
}
