//! The ladder of a finding as lines of text.

use std::time::Duration;

use super::clip::clipped;
use super::ladder::{LadderPlay, Rung, RungKind, RungSide, events, ladder};
use crate::check::Finding;

/// How many rungs of a play are shown, if not all of them are wanted.
const RUNGS: usize = 12;

/// The plays of a finding, line by line; if they are not wanted `whole`, the middle of long ones is
/// left out.
pub(super) fn played(finding: &Finding, whole: bool) -> String {
    let plays = ladder(finding);
    let mut lines = Vec::new();
    for play in &plays {
        // One play needs no title: it is that of the delivery.
        if plays.len() > 1 || play.title != finding.delivery {
            lines.push(format!("{}:", play.title));
        }
        lines.extend(play_lines(play, whole));
    }
    lines.join("\n")
}

fn play_lines(play: &LadderPlay, whole: bool) -> Vec<String> {
    let LadderPlay { rungs, recut, .. } = play;
    let is_timed = rungs.iter().any(|rung| rung.at.is_some());
    let line = |rung: &Rung| line(rung, *recut, is_timed, whole);
    if whole || rungs.len() <= RUNGS {
        return rungs.iter().map(line).collect();
    }
    // What failed stands at the end, and what led to it before that.
    let (head, rest) = rungs.split_at(RUNGS / 2);
    let (middle, tail) = rest.split_at(rest.len() - RUNGS / 2);
    let more = match (events(middle), middle.iter().filter(|rung| rung.events == 1).count()) {
        (all, shown) if all == shown => format!("… {all} more, which -v shows"),
        (all, shown) => format!("… {all} more, of which -v shows {shown}"),
    };
    head.iter().map(line).chain([more]).chain(tail.iter().map(line)).collect()
}

fn line(rung: &Rung, recut: RungSide, is_timed: bool, whole: bool) -> String {
    let time = match (is_timed, rung.at) {
        (false, _) => String::new(),
        (true, Some(at)) => format!("{:>9}  ", time(at)),
        (true, None) => " ".repeat(11),
    };
    let side = match rung.side {
        RungSide::Nobody if rung.kind == RungKind::Failed => "!",
        RungSide::Nobody => "|",
        side if side == recut => ">",
        RungSide::Client | RungSide::Server => "<",
    };
    let name = match rung.connection.as_str() {
        "" => String::new(),
        name => format!("{name} "),
    };
    let text = if whole { rung.text.clone() } else { clipped(&rung.text) };
    format!("{time}{name}{side} {text}")
}

/// A time as it is read: milliseconds, or seconds if it is long.
pub(super) fn time(at: Duration) -> String {
    if at < Duration::from_secs(10) {
        format!("{:.1} ms", at.as_secs_f64() * 1000.0)
    } else {
        format!("{:.1} s", at.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{finding, observed};
    use super::*;
    use crate::check::{Mismatch, ObservedPlay, TranscriptEvent};
    use crate::script::Law;

    #[test]
    fn one_exchange_is_a_line_for_each_rung() {
        assert_eq!(
            played(&finding(), false),
            "> hex\"c3\"\n| cut: the server had read up to here\n> \"\\xa9\\n\"\n< eof\n\
             ! expected \"é\\n\""
        );
    }

    #[test]
    fn times_and_names_stand_before_what_happened() {
        let names = vec![String::new(), "bob".to_owned()];
        let mut play = observed("uncut", []);
        let second = Duration::from_secs(1);
        play.transcript.push(second / 4000, TranscriptEvent::Opened(1));
        play.transcript.push(12 * second, TranscriptEvent::Received(3, b"x".to_vec()));
        let play = ObservedPlay { connections: names, is_timed: true, ..play };
        let seen = Mismatch { plays: vec![play], ..finding().seen };
        let found = Finding { law: Law::Starves, seen, ..finding() };
        assert_eq!(
            played(&found, false),
            "uncut, while another client is connected and says nothing:\n\
             \x20  0.2 ms  bob > open\n   12.0 s  other bob < \"x\"\n           ! expected \"é\\n\""
        );
    }

    #[test]
    fn of_a_long_play_the_middle_is_shown_only_if_that_is_wanted() {
        let sent = (b'a'..=b't').map(|byte| TranscriptEvent::Sent(0, vec![byte]));
        let seen = Mismatch { plays: vec![observed("bytes", sent)], ..finding().seen };
        let found = Finding { delivery: "bytes".to_owned(), seen, ..finding() };
        let short = played(&found, false);
        let lines: Vec<&str> = short.lines().collect();
        assert_eq!(lines[5..8], ["> \"f\"", "… 9 more, which -v shows", "> \"p\""]);
        assert_eq!(lines.len(), 13);
        assert_eq!(played(&found, true).lines().count(), 21);
    }

    #[test]
    fn what_was_not_kept_counts_as_left_out_and_is_not_promised() {
        let sent = (b'a'..=b't').map(|byte| TranscriptEvent::Sent(0, vec![byte]));
        let play = ObservedPlay { left_out: 768, left_out_before: 10, ..observed("bytes", sent) };
        let seen = Mismatch { plays: vec![play], ..finding().seen };
        let found = Finding { delivery: "bytes".to_owned(), seen, ..finding() };
        let short = played(&found, false);
        let more = "… 777 more, of which -v shows 9";
        assert_eq!(short.lines().nth(6), Some(more), "{short}");
        let whole = played(&found, true);
        assert!(whole.contains("768 more are left out here"), "{whole}");
    }
}
