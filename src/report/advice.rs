//! What to do about what a check could not judge: a conversation, or an answer that changes by
//! itself.

use crate::check::{Demand, Finding, Mismatch, TranscriptEvent, Unchecked};
use crate::script::Law;
use crate::text::escape;

/// What to do so that a conversation is judged that was not.
pub(super) fn unchecked(why: &Unchecked) -> &'static str {
    match why {
        Unchecked::FewJudged(..) => {
            "see what was left out; if the time was up, raise --budget, or ask for fewer \
             deliveries with --deliver or --max"
        }
        Unchecked::Volatile => {
            "use a pattern where the answer changes (--ignore RE for a raw stream, or a client's \
             result), or --fresh if the server keeps state between clients"
        }
        Unchecked::CrashesUncut => "mend the crash first",
        Unchecked::FailedOnce => {
            "check again; if it happens again, see what the first conversation after a start does \
             that later ones do not"
        }
        Unchecked::CantTell => "check with --spawn to know",
        Unchecked::Unconfirmed(_) => {
            "see why the server does not start again, or can't be reached; --spawn starts it anew"
        }
        Unchecked::OurLimit(_) => {
            "make the conversation smaller, or divide it into several scripts"
        }
        Unchecked::BadClient(_) => {
            "let a driver read one line for each conversation, after a drop as well, and answer \
             with exactly one when it is over; it must flush its stdout"
        }
        Unchecked::NotReached(_) => {
            "see that it runs and listens there; recut starts a command with --spawn"
        }
        Unchecked::NotProved(_) => {
            "let all of the state take part in `Clone` and `Eq`, or ask for a check of samples"
        }
        Unchecked::NoLaw => {
            "enable other laws with --laws, or let recut start the server with --spawn"
        }
    }
}

/// What to do about a finding that says more of the conversation than of the server.
pub(super) fn finding(finding: &Finding) -> Option<String> {
    // The claim of a raw stream is what was answered to it, and stands at what is sent.
    let line = finding.source.text.lines().nth(finding.line() - 1).unwrap_or_default();
    let is_raw = line.trim_start().starts_with('>');
    if finding.seen.demand == Demand::SomeAnswer {
        return Some(
            "if the server should answer, say in the script what; if it never does, say \
             `laws crashed wedged spins leaks`, or --one-way"
                .to_owned(),
        );
    }
    let is_driver = finding.options.starts_with("--driver ");
    if is_driver && finding.law == Law::Baseline && finding.seen.demand == Demand::ClientEnds {
        return Some(
            "a driver answers with one line when a conversation is over, and must flush its \
             stdout, as `print(line, flush=True)` does"
                .to_owned(),
        );
    }
    // A client connects by itself; what stands between may wait for its own client.
    let seen = &finding.seen;
    let is_sent = |event: &TranscriptEvent| matches!(event, TranscriptEvent::Sent(..));
    let says_something = seen.plays.iter().any(|it| it.transcript.events.iter().any(is_sent));
    let stands_between = finding.options.starts_with("--spawn ");
    if seen.demand == Demand::Connects && stands_between && !says_something {
        return Some(
            "if the program connects only once somebody has connected to it, let a `>` line, or \
             `open`, stand above `listen`"
                .to_owned(),
        );
    }
    if let Some(greeting) = &finding.greeting {
        return Some(expect_greeting(greeting));
    }
    match finding.law {
        Law::Starves => {
            return Some(
                "if the server is meant to serve one client at a time, say `laws -starves` in the \
                 script, or --laws -starves"
                    .to_owned(),
            );
        }
        Law::Baseline if differs_in_a_number(&finding.seen) => {}
        Law::Unrepeatable => {}
        _ => return None,
    }
    if let Demand::Result(_) = finding.seen.demand {
        return Some(result_that_changes(&finding.script));
    }
    let mut advice = if is_raw {
        "if a part of the answer changes by itself, take it out with --ignore RE"
    } else {
        "if a part of the answer changes by itself, expect a pattern, as in \
         `< line re\"^n=[0-9]+$\"`,\nor capture it: `(?<n>[0-9]+)`"
    }
    .to_owned();
    if finding.law == Law::Baseline {
        return Some(advice);
    }
    // A core in memory and a process a connection keep nothing that could be thrown away.
    if finding.options.starts_with("--connect") {
        advice.push_str(
            "\nif the server keeps state between clients, start it with --spawn and --fresh",
        );
    } else if !finding.options.starts_with("--target") && !finding.options.starts_with("--stdio") {
        advice.push_str("\nif the server keeps state between clients, add --fresh");
    }
    Some(advice)
}

/// What to do about a client that comes to something else each time.
fn result_that_changes(script: &str) -> String {
    let mut advice =
        "if a part of the result changes by itself, such as a time or a port, take it \
                      out with --ignore RE"
            .to_owned();
    let listens = |line: &&str| line.split(' ').next() == Some("listen") && !line.contains(" on ");
    if script.lines().filter(listens).count() > 1 {
        advice.push_str(
            "\nif its connections come now in one order and now in another, give each a port of \
             its own:\n`listen NAME on PORTNAME`",
        );
    }
    advice
}

/// Whether the first difference is in a number or a date, or right after one: a recorded answer
/// may have one that changes by itself.
fn differs_in_a_number(seen: &Mismatch) -> bool {
    const NEAR: usize = 3;
    let (Demand::Bytes(expected) | Demand::BytesThenClose(expected)) = &seen.demand else {
        return false;
    };
    let has_digit = |bytes: &[u8], at: usize| {
        let near = bytes.get(at.saturating_sub(NEAR)..).unwrap_or_default();
        near.iter().take(2 * NEAR).any(u8::is_ascii_digit)
    };
    let both = |at| has_digit(expected, at) && has_digit(&seen.actual, at);
    seen.first_difference().is_some_and(both)
}

/// The longest greeting that is written out, in characters of the script language.
const LONGEST_GREETING: usize = 60;

/// What to do if a server speaks first, and the script does not know of it.
fn expect_greeting(greeting: &[u8]) -> String {
    let end = greeting.iter().position(|&byte| byte == b'\n');
    let first = &greeting[..end.map_or(greeting.len(), |end| end + 1)];
    let written = escape(first);
    let line = match end {
        Some(_) if written.len() > LONGEST_GREETING || written.contains('`') => "< line".to_owned(),
        _ => format!("< \"{written}\""),
    };
    let rest = match end {
        Some(end) if end + 1 < greeting.len() => ", and the rest of it after that",
        _ => "",
    };
    format!(
        "the server speaks first: expect its greeting before anything is sent, as in\n`{line}`\
         {rest}; `< line` takes any line"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::sample;
    use super::*;
    use crate::script::{ClientResult, Source, Span};

    #[test]
    fn a_result_that_changes_is_ignored_or_its_connections_are_told_apart() {
        let demand = Demand::Result(ClientResult { end: None, output: (*b"12").into() });
        let advice = |script: &str| {
            let seen = Mismatch { demand: demand.clone(), ..sample::finding().seen };
            let law = Law::Unrepeatable;
            let script = script.to_owned();
            finding(&Finding { law, seen, script, ..sample::finding() }).unwrap_or_default()
        };
        assert!(advice("listen one\n> \"1\"\n").ends_with("take it out with --ignore RE"));
        let two = advice("listen one\nlisten two\nlisten three on data\n> \"1\"\n");
        assert!(two.ends_with("of its own:\n`listen NAME on PORTNAME`"), "{two}");
    }

    #[test]
    fn an_answer_that_changes_is_to_be_matched_loosely_or_ignored() {
        let advice = |text: &str, start, options: &str| {
            finding(&Finding {
                law: Law::Unrepeatable,
                source: std::sync::Arc::new(Source::new("a", text)),
                span: Span { start, end: text.len() - 1 },
                options: options.to_owned(),
                ..sample::finding()
            })
            .unwrap()
        };
        let script = "> \"a\"\n< \"b\"\n";
        let told = advice(script, 6, "--target echo");
        assert!(told.contains("line re\"") && !told.contains("--ignore"), "{told}");
        assert!(!told.contains("--fresh"), "{told}");
        let told = advice("> \"a\"\n> eof\n", 0, "--connect 127.0.0.1:7");
        assert!(told.contains("--ignore RE") && told.contains("--spawn and --fresh"), "{told}");
        // The script itself may start the server.
        for options in ["--spawn 'x {port}'", ""] {
            assert!(advice(script, 6, options).ends_with("between clients, add --fresh"));
        }
        assert_eq!(finding(&sample::finding()), None, "the server is to be mended");
    }

    #[test]
    fn a_date_that_was_recorded_is_to_be_matched_loosely() {
        let advice = |expected: &[u8], actual: &[u8]| {
            let (demand, arrived) = (Demand::Bytes(expected.to_vec()), actual.len());
            let seen =
                Mismatch { demand, arrived, actual: actual.to_vec(), ..sample::finding().seen };
            finding(&Finding { law: Law::Baseline, seen, ..sample::finding() })
        };
        let dates = advice(b"Date: 27 Nov 2026\n", b"Date: 28 Nov 2026\n");
        assert!(dates.is_some_and(|told| told.contains("line re\"") && !told.contains("--fresh")));
        assert_eq!(advice(b"hello 1\n", b"bad\n"), None);
        assert_eq!(advice(b"3\n", b""), None);
    }

    #[test]
    fn who_serves_one_client_at_a_time_may_say_so() {
        let told = finding(&Finding { law: Law::Starves, ..sample::finding() });
        assert!(told.is_some_and(|told| told.contains("laws -starves")));
    }

    #[test]
    fn a_driver_that_does_not_answer_may_not_have_flushed() {
        let seen = Mismatch { demand: Demand::ClientEnds, ..sample::finding().seen };
        let of = |options: &str, law| {
            let options = options.to_owned();
            finding(&Finding { law, options, seen: seen.clone(), ..sample::finding() })
        };
        assert!(of("--driver fetch", Law::Baseline).unwrap().contains("flush"));
        assert_eq!(of("--client fetch", Law::Hangs), None);
    }

    #[test]
    fn a_server_that_speaks_first_is_to_be_listened_to() {
        let advice = |greeting: &[u8]| {
            let greeting = Some(greeting.to_vec());
            finding(&Finding { greeting, law: Law::Baseline, ..sample::finding() }).unwrap()
        };
        assert_eq!(
            advice(b"220 mail.example\r\n"),
            "the server speaks first: expect its greeting before anything is sent, as in\n\
             `< \"220 mail.example\\r\\n\"`; `< line` takes any line"
        );
        assert!(advice(b"login: ").contains("`< \"login: \"`;"));
        assert!(advice(b"220-a\r\n220 b\r\n").contains("`, and the rest of it after that;"));
        let long = [&[b'x'; 61][..], b"\n"].concat();
        assert!(advice(&long).contains("as in\n`< line`;"));
        // It stands between two of these itself.
        assert!(advice(b"say `help`\r\n").contains("as in\n`< line`;"));
    }

    #[test]
    fn each_reason_has_an_advice_of_its_own() {
        let limit = Unchecked::OurLimit("x".to_owned());
        let few = Unchecked::FewJudged(1, 9);
        let lost = Unchecked::Unconfirmed(Law::Differs);
        let unproved = Unchecked::NotProved(None);
        let (gone, none) = (Unchecked::NotReached("x".to_owned()), Unchecked::NoLaw);
        let all =
            [few, Unchecked::Volatile, Unchecked::CantTell, lost, limit, gone, none, unproved];
        assert_eq!(all.iter().map(unchecked).collect::<BTreeSet<_>>().len(), all.len());
        assert!(unchecked(&all[0]).contains("--budget"));
    }
}
