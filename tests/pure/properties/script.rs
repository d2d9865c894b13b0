//! What is said: literals, durations, the language and its printer, laws, what a relay records.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use recut::check::Demand;
use recut::script::syntax::{Item, ItemKind, Number, Statement};
use recut::script::{Action, Expected, Op};
use recut::script::{
    Carried, Composer, Fragment, Law, LawWord, Side, Source, Span, Stored, apply_laws, literal,
    payload_items,
};
use recut::strategies::{conversation, doubtful_conversation, script, stream};
use recut::text::{escape, hex, parse_duration, print_duration, unescape};
use recut::{Conversation, Echo, Finding, Options, Script, Target, check_once};

/// The bytes of items that hold no variables.
fn bytes_of(items: &[Item]) -> Vec<u8> {
    let bytes = |item: &Item| {
        let (ItemKind::Text(bytes) | ItemKind::Hex(bytes)) = &item.kind else { return Vec::new() };
        match item.times.as_ref().map(|times| &times.value) {
            None => bytes.clone(),
            Some(Number::Literal(times)) => bytes.repeat(*times as usize),
            Some(Number::Variable(_)) => Vec::new(),
        }
    };
    items.iter().flat_map(bytes).collect()
}

/// What a script sends, as its parser reads it.
fn sent(text: &str) -> Vec<u8> {
    let script = Script::parse("sent", text).unwrap();
    let items = |statement: &Statement| match statement {
        Statement::Send(send) => bytes_of(&send.segments.concat()),
        _ => Vec::new(),
    };
    script.lines.iter().filter_map(|line| line.statement.as_ref()).flat_map(items).collect()
}

/// All that a conversation does, one line an event.
fn said(conversation: &Conversation) -> Vec<String> {
    let step = |op: &Op| match op {
        Op::Step(step) => {
            let name = &conversation.connections[step.connection];
            match &step.action {
                Action::Open => format!("{name} open"),
                Action::Listen(port) => format!("{name} listen {port}"),
                Action::Pause(duration) => format!("pause {duration:?}"),
                Action::Send { payload, ending } => format!("{name} > {payload:?} {ending:?}"),
                Action::Expect { what: Expected::Exact(payload), within } => {
                    format!("{name} < {payload:?} {within:?}")
                }
                Action::Expect { what, within } => {
                    format!(
                        "{name} < {} {within:?}",
                        recut::script::expected_text(conversation, what)
                    )
                }
            }
        }
        Op::Let { slot, payload } => format!("let {slot} {payload:?}"),
        Op::Repeat { times, body, .. } => format!("repeat {times:?} {}", body.len()),
    };
    conversation.ops.iter().map(step).collect()
}

fn duration() -> impl Strategy<Value = Duration> {
    let unit = select(vec![1, 1_000, 1_000_000, 60_000_000]);
    let micros = (0..=1_000_000_000_u64, unit).prop_map(|(n, unit)| n * unit % 86_400_000_001);
    micros.prop_map(Duration::from_micros)
}

proptest! {
    #[test]
    fn an_escaped_text_is_one_line_and_comes_back(bytes in stream()) {
        let escaped = escape(&bytes);
        prop_assert!(!escaped.contains(char::is_control), "{}", escaped);
        prop_assert_eq!(unescape(&escaped), Ok(bytes));
    }

    #[test]
    fn an_escape_that_is_none_lies_inside(content in "(.|\\\\[nrtux0]|\\{|\\}|[0-9a-f]){0,12}") {
        if let Err(bad) = unescape(&content) {
            prop_assert!(bad.start < bad.end && content[bad.start..].starts_with('\\'));
            prop_assert!(content.get(bad.start..bad.end).is_some());
        }
    }

    #[test]
    fn a_payload_is_read_as_it_is_written(bytes in stream()) {
        prop_assert_eq!(&sent(&format!("> {}\n", literal(&bytes))), &bytes);
        prop_assert_eq!(&sent(&format!("> hex\"{}\"\n", hex(&bytes))), &bytes);
        prop_assert_eq!(&bytes_of(&payload_items(&bytes)), &bytes);
        let mut composer = Composer::default();
        composer.payload("", &[vec![Fragment::Bytes(&bytes)]], None);
        composer.segment("", &bytes);
        prop_assert_eq!(&sent(&composer.finish().to_string()), &bytes.repeat(2));
    }

    #[test]
    fn a_duration_is_read_as_it_is_written(duration in duration()) {
        prop_assert_eq!(parse_duration(&print_duration(duration)), Some(duration));
    }

    #[test]
    fn what_is_read_as_a_duration_is_bounded(word in "[0-9.]{0,22}(us|ms|s|m|h|[a-zµ]?)") {
        if let Some(duration) = parse_duration(&word) {
            prop_assert!(duration <= Duration::from_secs(86_400));
            prop_assert_eq!(parse_duration(&print_duration(duration)), Some(duration));
        }
    }

    #[test]
    fn a_position_is_where_it_says(text in "(.|\n|\r\n){0,40}", index in any::<Index>()) {
        let offset = text.floor_char_boundary(index.index(text.len() + 1));
        let (line, column) = Source::new("text", text.as_str()).position(offset);
        let lines: Vec<&str> = text.split('\n').collect();
        let before: usize = lines[..line - 1].iter().map(|line| line.len() + 1).sum();
        let inside: usize = lines[line - 1].chars().take(column - 1).map(char::len_utf8).sum();
        // A byte order mark has no column.
        prop_assume!(!text.contains('\u{FEFF}'));
        prop_assert_eq!(before + inside, offset);
    }

    #[test]
    fn laws_are_what_the_last_word_on_each_says(
        words in vec((select(Law::ALL.to_vec()), 0..3_u8), 0..8),
    ) {
        let word = |(law, change)| match change {
            0 => LawWord::Only(law),
            1 => LawWord::Plus(law),
            _ => LawWord::Minus(law),
        };
        let words: Vec<LawWord> = words.into_iter().map(word).collect();
        for word in &words {
            prop_assert_eq!(word.to_string().parse::<LawWord>(), Ok(*word));
        }
        let mut laws = Law::ALL.to_vec();
        apply_laws(&words, &mut laws);
        let replaces = words.iter().any(|word| matches!(word, LawWord::Only(_)));
        for law in Law::ALL {
            let last = words.iter().rev().find_map(|word| match *word {
                LawWord::Only(other) | LawWord::Plus(other) if other == law => Some(true),
                LawWord::Minus(other) if other == law => Some(false),
                _ => None,
            });
            let expected = law == Law::Baseline || last.unwrap_or(!replaces);
            let count = laws.iter().filter(|other| **other == law).count();
            prop_assert_eq!(count, usize::from(expected), "{} after {:?}", law, words);
        }
    }

    #[test]
    fn parse_and_print_are_inverse(script in script()) {
        let text = script.to_string();
        let parsed = Script::parse("tree", &text).unwrap();
        prop_assert_eq!(parsed.to_string(), text.as_str());
        prop_assert_eq!(parsed.without_spans(), script, "{}", text);
    }

    #[test]
    fn line_ends_and_spaces_say_nothing(script in script(), space in "[ \t]{0,3}") {
        let text = script.to_string();
        // Inside quotes and comments they would.
        let crlf = text.lines().map(|line| format!("{space}{line}\r\n")).collect::<String>();
        let parsed = Script::parse("crlf", &crlf).unwrap();
        prop_assert_eq!(parsed.without_spans(), script, "{}", crlf);
    }

    #[test]
    fn errors_lie_inside_the_text(text in ".{0,60}(\n.{0,60}){0,6}") {
        if let Err(errors) = Script::parse("text", &text) {
            for error in &errors {
                prop_assert!(text.get(error.span().start..error.span().end).is_some());
                let (line, _) = error.position();
                prop_assert!((1..=text.split('\n').count()).contains(&line));
                prop_assert!(error.to_string().starts_with("text:"));
            }
            prop_assert!(errors.is_sorted_by_key(|error| error.position()));
        }
    }

    /// A script that somebody has damaged is a script or is told what is wrong, never a panic.
    #[test]
    fn a_damaged_script_is_told_where(
        script in script(), at in any::<Index>(), length in 0..6_usize, other in ".{0,3}",
    ) {
        let mut text = script.to_string();
        let start = text.floor_char_boundary(at.index(text.len() + 1));
        let end = text.ceil_char_boundary((start + length).min(text.len()));
        text.replace_range(start..end, &other);
        match Script::parse("damaged", &text) {
            Ok(script) => {
                let printed = Script::parse("printed", &script.to_string()).unwrap();
                prop_assert_eq!(printed.without_spans(), script.without_spans());
            }
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                let is_inside = |span: Span| text.get(span.start..span.end).is_some();
                prop_assert!(errors.iter().all(|error| is_inside(error.span())));
            }
        }
    }

    #[test]
    fn a_conversation_is_the_same_when_it_is_written_down(
        text in doubtful_conversation(Echo::default),
    ) {
        let first = Conversation::parse("first", &text).unwrap();
        let written = first.to_script().to_string();
        let second = Conversation::parse("second", &written).unwrap();
        // Long payloads are written in rows; what is short stays a statement.
        prop_assert_eq!(&second.to_script().to_string(), &written);
        prop_assert_eq!(&second.connections, &first.connections);
        let is_short = written.lines().all(|line| line.len() <= 60);
        if is_short {
            prop_assert_eq!(said(&second), said(&first), "{}", written);
        }
        prop_assert_eq!(bytes_sent(&second), bytes_sent(&first));
    }
}

/// What each connection sends in all.
fn bytes_sent(conversation: &Conversation) -> Vec<Vec<u8>> {
    let of = |connection| {
        let steps = conversation.steps().filter(|step| step.connection == connection);
        let sent = steps.filter_map(|step| match &step.action {
            Action::Send { payload, .. } => payload.known(),
            _ => None,
        });
        sent.collect::<Vec<_>>().concat()
    };
    (0..conversation.connections.len()).map(of).collect()
}

proptest! {
    // Each case is many plays.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn generated_conversations_hold_however_they_are_cut(text in conversation(Echo::default)) {
        let conversation = Conversation::parse("generated", &text).unwrap();
        let target = Target::memory("echo", Echo::default);
        let options = Options { max: Some(100), ..Options::default() };
        let checked = check_once(&target, &conversation, &options).unwrap();
        // Where nobody answers, as to a lone `q`, the baseline says so: nothing was tested.
        let is_silence = |finding: &Finding| finding.seen.demand == Demand::SomeAnswer;
        let holds = checked.findings.iter().all(is_silence);
        prop_assert!(holds, "{}\n{:?}", text, checked.findings);
        prop_assert!(checked.tally.total() > 0);
    }

    /// What a relay has seen of an echo is a script that the echo holds to.
    #[test]
    fn what_was_recorded_holds(
        rounds in vec((0..3_usize, stream(), any::<bool>()), 1..8),
    ) {
        let mut carried = Carried::default();
        let mut connections: Vec<Option<(usize, Echo)>> = vec![None, None, None];
        for (who, bytes, ends) in rounds {
            let (connection, echo) = connections[who]
                .get_or_insert_with(|| (carried.opens(), Echo::default()));
            let mut reply = Vec::new();
            let mut flow = recut::Flow::Continue;
            if !bytes.is_empty() {
                flow = recut::Protocol::receive(echo, &bytes, &mut reply);
                prop_assert_eq!(carried.says(*connection, Side::Client, &bytes), Stored::Yes);
                prop_assert_eq!(carried.says(*connection, Side::Server, &reply), Stored::Yes);
            }
            if flow == recut::Flow::Continue && ends {
                reply.clear();
                carried.ends(*connection, Side::Client);
                flow = recut::Protocol::end(echo, &mut reply);
                prop_assert_eq!(carried.says(*connection, Side::Server, &reply), Stored::Yes);
            }
            if flow != recut::Flow::Continue {
                carried.ends(*connection, Side::Server);
                connections[who] = None;
            }
        }
        let text = carried.to_script("here", "there").to_string();
        prop_assert_eq!(&Script::parse("carried", &text).unwrap().to_string(), &text);
        let conversation = Conversation::parse("carried", &text).unwrap();
        let target = Target::memory("echo", Echo::default);
        let options = Options { max: Some(50), ..Options::default() };
        let checked = check_once(&target, &conversation, &options).unwrap();
        let says_nothing = !text.contains("< ");
        let is_held = says_nothing || checked.findings.is_empty();
        prop_assert!(is_held, "{}\n{:?}", text, checked.findings);
    }
}
