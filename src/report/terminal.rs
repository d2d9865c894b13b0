//! What a person reads in a terminal.

use anstyle::{AnsiColor, Style};

use super::caret::Caret;
use super::words;
use crate::check::{Checked, CutMap, Finding, Then};
use crate::script::Law;
use crate::text::visible;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const WARN: Style = AnsiColor::Yellow.on_default().bold();
const KEY: Style = Style::new().bold();

fn paint(text: &str, style: Style, styled: bool) -> String {
    if styled { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// One line for a conversation.
pub fn conversation_line(checked: &Checked, styled: bool) -> String {
    let laws: Vec<_> = checked.findings.iter().map(|finding| finding.law.name()).collect();
    let (word, style) = if checked.stable().next().is_some() {
        ("BROKEN", BAD)
    } else if !laws.is_empty() {
        ("unstable", WARN)
    } else if checked.interrupted {
        ("stopped", WARN)
    } else {
        ("held", GOOD)
    };
    let what = if laws.is_empty() { String::new() } else { format!("  {}", laws.join(", ")) };
    let word = paint(&format!("{word:>8}"), style, styled);
    format!(
        "{word}  {:<28} {:>6} deliveries {:>8.3}s{what}",
        visible(&checked.name),
        checked.tally.total(),
        checked.elapsed.as_secs_f64(),
    )
}

/// What a broken law means, in one line.
fn title(law: Law) -> &'static str {
    match law {
        Law::Crashed => "the server does not live on",
        Law::Differs => "the same stream gets another answer",
        Law::CutOff => "the answer stops short: the server ends the connection",
        Law::Hangs => "the answer stops short: the server falls silent",
        Law::Baseline => "the conversation does not hold, uncut as it is",
        Law::Unrepeatable => "the same conversation gets another answer the second time",
        Law::Wedged => "a fresh client is not served any more",
        Law::Starves => "one silent client keeps others from being served",
        Law::Spins => "the server burns processor time while nobody is connected",
        Law::Leaks => "the server's descriptors or threads grow with the plays",
    }
}

/// A finding in full: the claim with a caret, the smallest delivery, what came instead, what it
/// means, and how to see it again.
pub fn finding(finding: &Finding, saved: Option<&str>, target: &str, styled: bool) -> String {
    let seen = &finding.seen;
    let label = match &seen.then {
        Then::WrongBytes => "this is not what came",
        Then::Eof => "the server closed instead",
        Then::Reset => "the server reset the connection instead",
        Then::Silence => "nothing more came",
        Then::Crashed(_) => "the server was gone",
        Then::Spun(_) | Then::Grew { .. } => "the conversation that was played",
    };
    let caret = Caret {
        title: title(finding.law),
        id: Some(finding.law.name()),
        path: &finding.source.name,
        text: &finding.source.text,
        span: finding.span.start..finding.span.end,
        label,
        help: None,
    };
    let mut out = caret.render(styled);
    out.push('\n');
    let mut row = |key: &str, value: &str| {
        let key = paint(&format!("{key:>10}"), KEY, styled);
        let mut lines = value.lines().map(visible);
        out.push_str(&format!("{key}  {}\n", lines.next().unwrap_or_default()));
        lines.for_each(|line| out.push_str(&format!("{:12}{line}\n", "")));
    };
    row("delivery", &finding.delivery);
    if !finding.sent.is_empty() {
        row("sent", &clipped_lines(&finding.sent));
    }
    row("expected", &clipped(&words::expected(&seen.demand)));
    let then = seen.then.word().map(|word| format!(" {word}")).unwrap_or_default();
    row("actual", &(clipped(&words::actual(seen)) + &then));
    if let Some(message) = words::message(&seen.then) {
        let is_crash = matches!(seen.then, Then::Crashed(_));
        row(if is_crash { "message" } else { "server" }, &message);
    }
    if !seen.output.is_empty() {
        row("output", &tail(&seen.output));
    }
    if let Some(map) = &finding.map {
        row("cut map", &cut_map(map));
        if let Some(meaning) = meaning(map) {
            row("means", meaning);
        }
    }
    let (shown, replays) = finding.confirmed;
    let word = if finding.is_stable() { "confirmed" } else { "unstable" };
    row(word, &format!("{shown}/{replays}"));
    if let Some(saved) = saved {
        row("saved", saved);
        row("reproduce", &format!("recut check {} {target}", shell_words::quote(saved)));
    }
    out
}

/// A long literal, its middle left out.
fn clipped(text: &str) -> String {
    const SHOWN: usize = 160;
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let head: String = text.chars().take(SHOWN / 2).collect();
    let tail = text.char_indices().rev().nth(SHOWN / 2 - 1).map_or(0, |(at, _)| at);
    format!("{head} … {}", &text[tail..])
}

fn clipped_lines(lines: &[String]) -> String {
    const SHOWN: usize = 12;
    let mut shown: Vec<String> = lines.iter().take(SHOWN).map(|line| clipped(line)).collect();
    if lines.len() > SHOWN {
        shown.push(format!("… and {} more segments", lines.len() - SHOWN));
    }
    shown.join("\n")
}

/// The last lines of an output.
fn tail(lines: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<_> =
        lines[lines.len().saturating_sub(SHOWN)..].iter().map(String::as_str).collect();
    shown.join("\n")
}

/// The map itself: one column an offset, `.` held, `X` broken, `?` not tried.
pub fn marks(map: &CutMap) -> String {
    let mark = |broken: &Option<bool>| match broken {
        Some(false) => '.',
        Some(true) => 'X',
        None => '?',
    };
    map.broken.iter().map(mark).collect()
}

fn cut_map(map: &CutMap) -> String {
    const WIDTH: usize = 80;
    let marks = marks(map);
    if marks.len() <= WIDTH {
        return marks;
    }
    // Around the first broken offset.
    let first = marks.find('X').unwrap_or(0);
    let from = first.saturating_sub(WIDTH / 2).min(marks.len() - WIDTH);
    let shown = &marks[from..from + WIDTH];
    format!("{shown}  (offsets {} to {} of {})", from + 1, from + WIDTH, marks.len())
}

/// What a map says about the defect.
fn meaning(map: &CutMap) -> Option<&'static str> {
    let broken: Vec<usize> =
        (1..=map.broken.len()).filter(|offset| map.broken[offset - 1] == Some(true)).collect();
    let inside =
        |offset: &usize| map.stream.get(*offset).is_some_and(|byte| (0x80..0xC0).contains(byte));
    if map.broken.iter().any(Option::is_none) {
        return None;
    }
    if broken.is_empty() {
        return Some("no single cut breaks it: it takes the cuts of the delivery together");
    }
    if broken.iter().all(inside) {
        return Some("only cuts inside a character break it: each read is decoded on its own");
    }
    if broken.len() == map.broken.len() {
        return Some("every cut breaks it: one read is taken for one message");
    }
    (broken.len() == 1).then_some("one cut breaks it: a boundary case")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A map of a stream of which these cuts break it.
    fn map(stream: impl Into<Vec<u8>>, breaks: impl Fn(usize) -> bool) -> CutMap {
        let stream = stream.into();
        let broken = (1..stream.len()).map(|offset| Some(breaks(offset))).collect();
        CutMap { stream, broken }
    }

    #[test]
    fn a_short_map_is_shown_whole_and_a_long_one_around_its_first_break() {
        let untried = CutMap { stream: b"abcd".to_vec(), broken: vec![None, Some(true), None] };
        assert_eq!(cut_map(&untried), "?X?");
        let dots = |count| ".".repeat(count);
        assert_eq!(cut_map(&map([0; 81], |_| false)), dots(80));
        assert_eq!(cut_map(&map([0; 82], |_| false)), dots(80) + "  (offsets 1 to 80 of 81)");
        let shown = |at| cut_map(&map([0; 201], |offset| offset == at));
        let around = |before| dots(before) + "X" + &dots(79 - before);
        assert_eq!(shown(30), around(29) + "  (offsets 1 to 80 of 200)");
        assert_eq!(shown(100), around(40) + "  (offsets 60 to 139 of 200)");
        assert_eq!(shown(190), around(69) + "  (offsets 121 to 200 of 200)");
    }

    #[test]
    fn a_map_means_what_all_its_breaks_have_in_common() {
        let stream = "aé€b"; // inside characters: 2, 4, 5
        let means = |breaks: &[usize]| {
            let meaning = meaning(&map(stream, |offset| breaks.contains(&offset)));
            meaning.map(|meaning| meaning.split(':').next().unwrap_or_default())
        };
        assert_eq!(means(&[]), Some("no single cut breaks it"));
        assert_eq!(means(&[2, 4, 5]), Some("only cuts inside a character break it"));
        assert_eq!(means(&[1, 2, 3, 4, 5, 6]), Some("every cut breaks it"));
        assert_eq!(means(&[3]), Some("one cut breaks it"));
        assert_eq!(means(&[2, 3]), None);
        for break_at in [3, 0] {
            let mut untried = map(stream, |offset| offset == break_at);
            untried.broken[5] = None;
            assert_eq!(meaning(&untried), None, "{break_at}");
        }
    }

    #[test]
    fn each_law_has_a_title_of_its_own() {
        let titles: BTreeSet<&str> = Law::ALL.iter().map(|law| title(*law)).collect();
        assert_eq!(titles.len(), Law::ALL.len());
        assert_eq!(title(Law::Differs), "the same stream gets another answer");
    }

    #[test]
    fn what_is_long_is_shown_without_its_middle() {
        let long = |count: usize| ["ä".repeat(count / 2), "b".repeat(count - count / 2)].concat();
        assert_eq!(clipped(&long(160)), long(160));
        assert_eq!(clipped(&long(161)), format!("{} … {}", "ä".repeat(80), "b".repeat(80)));
        let lines = |count| (0..count).map(|line| line.to_string()).collect::<Vec<_>>();
        assert_eq!(clipped_lines(&lines(12)), lines(12).join("\n"));
        assert_eq!(clipped_lines(&lines(15)), lines(12).join("\n") + "\n… and 3 more segments");
        assert_eq!(tail(&lines(8)), lines(8).join("\n"));
        assert_eq!(tail(&lines(10)), lines(10)[2..].join("\n"));
    }
}
