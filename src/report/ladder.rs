//! The ladder of a finding: who said what, when, on which connection, and where the claim failed.
//! All reports draw it from the same rungs.

use std::time::Duration;

use super::title::peer;
use super::words;
use crate::check::{Finding, ObservedPlay, Quality, Then, TranscriptEvent};
use crate::script::Law;
use crate::script::literal;
use crate::script::syntax::Close;
use crate::text::{counted, print_duration};

/// Who does what a rung tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize), serde(rename_all = "lowercase"))]
pub(super) enum RungSide {
    /// The client: recut, unless a client is checked.
    Client,
    /// The server: recut, if a client is checked.
    Server,
    /// Nobody: it tells of a cut, of a pause, or of the claim that failed.
    Nobody,
}

/// What kind of thing a rung tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub(super) enum RungKind {
    Open,
    Sent,
    Cut,
    Received,
    Eof,
    Close,
    Reset,
    Pause,
    LeftOut,
    Failed,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub(super) struct Rung {
    /// When, from the start of the play; none in virtual time. Data has it in seconds.
    #[cfg_attr(feature = "cli", serde(rename = "seconds", serialize_with = "seconds"))]
    pub(super) at: Option<Duration>,
    pub(super) side: RungSide,
    pub(super) kind: RungKind,
    /// The name of the connection; empty for the one that has none.
    pub(super) connection: String,
    /// What, as the script language writes it if it has a word for it.
    pub(super) text: String,
    /// How many events it stands for.
    #[cfg_attr(feature = "cli", serde(skip))]
    pub(super) events: usize,
}

/// A play of a ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub(super) struct LadderPlay {
    /// What was played, and by whom.
    pub(super) title: String,
    /// Which side is recut.
    #[cfg_attr(feature = "cli", serde(skip))]
    pub(super) recut: RungSide,
    pub(super) rungs: Vec<Rung>,
}

impl RungSide {
    /// The side that sees everything from the other end.
    fn mirrored(self) -> Self {
        match self {
            RungSide::Client => RungSide::Server,
            RungSide::Server => RungSide::Client,
            RungSide::Nobody => RungSide::Nobody,
        }
    }
}

#[cfg(feature = "cli")]
fn seconds<S>(at: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error>
where
    S: serde::Serializer,
{
    serde::Serialize::serialize(&at.map(|at| at.as_secs_f64()), serializer)
}

/// The plays in which a finding was seen.
pub(super) fn ladder(finding: &Finding) -> Vec<LadderPlay> {
    let plays = &finding.seen.plays;
    let last = plays.len().saturating_sub(1);
    let play = |(number, play): (usize, &ObservedPlay)| LadderPlay {
        title: title(finding, play, number),
        recut: recut(peer(finding)),
        rungs: rungs(play, peer(finding))
            .into_iter()
            .chain(failure(finding, play, number == last))
            .collect(),
    };
    plays.iter().enumerate().map(play).collect()
}

fn title(finding: &Finding, play: &ObservedPlay, number: usize) -> String {
    match (number, finding.law) {
        (0, Law::Starves) if play.is_uncut() => {
            format!("{}, while another client is connected and says nothing", play.delivery)
        }
        (0, _) => play.delivery.clone(),
        _ => format!("then a fresh client, {}", play.delivery),
    }
}

fn rungs(play: &ObservedPlay, peer: &str) -> Vec<Rung> {
    let names = &play.connections;
    let mut rungs = Vec::new();
    for (number, (at, event)) in play.timed_events().enumerate() {
        if play.left_out > 0 && number == play.left_out_before {
            rungs.push(left_out(play.left_out));
        }
        let connection = event.connection().map_or(String::new(), |index| name(names, index));
        let (side, kind, text) = told(event, peer);
        let side = if recut(peer) == RungSide::Client { side } else { side.mirrored() };
        let at = play.is_timed.then_some(at);
        rungs.push(Rung { at, side, kind, connection, text, events: 1 });
    }
    rungs
}

/// The name of a connection; those of another client, which came in between, say so.
fn name(names: &[String], index: usize) -> String {
    let own = |index: usize| names.get(index).cloned().unwrap_or_default();
    if index < names.len() {
        return own(index);
    }
    let other = own(index - names.len());
    format!("other {other}").trim_end().to_owned()
}

/// Which side is recut, if the other end is a `peer`.
fn recut(peer: &str) -> RungSide {
    if peer == "client" { RungSide::Server } else { RungSide::Client }
}

/// What recut, as the client, and the server did.
fn told(event: &TranscriptEvent, peer: &str) -> (RungSide, RungKind, String) {
    let (side, kind, text) = match event {
        TranscriptEvent::Opened(_) => (RungSide::Client, RungKind::Open, "open"),
        TranscriptEvent::Accepted(..) => (RungSide::Server, RungKind::Open, "connected"),
        TranscriptEvent::Sent(_, bytes) => {
            return (RungSide::Client, RungKind::Sent, literal(bytes));
        }
        TranscriptEvent::Cut(_, quality) => {
            return (RungSide::Nobody, RungKind::Cut, cut(*quality, peer));
        }
        TranscriptEvent::Ended(_, Close::Eof) => (RungSide::Client, RungKind::Eof, "eof"),
        TranscriptEvent::Ended(_, Close::Close) => (RungSide::Client, RungKind::Close, "close"),
        TranscriptEvent::Ended(_, Close::Reset) => (RungSide::Client, RungKind::Reset, "reset"),
        TranscriptEvent::Received(_, bytes) => {
            return (RungSide::Server, RungKind::Received, literal(bytes));
        }
        TranscriptEvent::NotKept(_, count) => {
            let text = format!("… and {}", counted(*count, "more byte", "more bytes"));
            return (RungSide::Server, RungKind::LeftOut, text);
        }
        TranscriptEvent::Eof(_) => (RungSide::Server, RungKind::Eof, "eof"),
        TranscriptEvent::Reset(_) => (RungSide::Server, RungKind::Reset, "reset"),
        TranscriptEvent::Paused(duration) => {
            let text = format!("pause {}", print_duration(*duration));
            return (RungSide::Nobody, RungKind::Pause, text);
        }
    };
    (side, kind, text.to_owned())
}

fn cut(quality: Quality, peer: &str) -> String {
    match quality {
        Quality::Confirmed => format!("cut: the {peer} had read up to here"),
        Quality::Held => format!("cut: the {peer} had not read all of it"),
        Quality::Paced => format!("cut: the {peer} was given time to read"),
    }
}

/// What stands in the place of so many events.
pub(super) fn left_out(events: usize) -> Rung {
    let text = format!("{events} more are left out here");
    let (side, kind) = (RungSide::Nobody, RungKind::LeftOut);
    Rung { at: None, side, kind, connection: String::new(), text, events }
}

/// How many events some rungs stand for.
pub(super) fn events(rungs: &[Rung]) -> usize {
    rungs.iter().map(|rung| rung.events).sum()
}

/// The claim that failed, if it is one of this play.
fn failure(finding: &Finding, play: &ObservedPlay, is_last: bool) -> Option<Rung> {
    let seen = &finding.seen;
    if !is_last || matches!(seen.then, Then::Spun(_) | Then::Grew { .. }) {
        return None;
    }
    let then = match &seen.then {
        Then::Silence => "; nothing more came",
        Then::Crashed(_) => match peer(finding) {
            "client" => "; the client crashed",
            _ => "; the server does not answer any more",
        },
        _ => "",
    };
    let text = format!("expected {}{then}", words::expected(&seen.demand));
    let connection = name(&play.connections, seen.connection);
    Some(Rung {
        at: None,
        side: RungSide::Nobody,
        kind: RungKind::Failed,
        connection,
        text,
        events: 1,
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{finding, observed};
    use super::*;
    use crate::check::{Mismatch, Transcript};

    fn told_of(finding: &Finding) -> Vec<(String, Vec<String>)> {
        let rung = |rung: &Rung| {
            let side = match rung.side {
                RungSide::Client => ">",
                RungSide::Server => "<",
                RungSide::Nobody => "|",
            };
            format!("{} {side} {}", rung.connection, rung.text).trim_start().to_owned()
        };
        let play = |play: &LadderPlay| (play.title.clone(), play.rungs.iter().map(rung).collect());
        ladder(finding).iter().map(play).collect()
    }

    #[test]
    fn a_ladder_ends_with_the_claim_that_failed() {
        let told = told_of(&finding());
        let rungs = [
            "> hex\"c3\"",
            "| cut: the server had read up to here",
            "> \"\\xa9\\n\"",
            "< eof",
            "| expected \"é\\n\"",
        ];
        assert_eq!(told, [("cut@1".to_owned(), rungs.map(str::to_owned).to_vec())]);
    }

    #[test]
    fn who_comes_after_a_delivery_is_a_play_of_its_own() {
        let dropped = observed("drop@1", [TranscriptEvent::Sent(0, b"e".to_vec())]);
        let next = observed("uncut", [TranscriptEvent::Sent(0, b"echo\n".to_vec())]);
        let (plays, then) = (vec![dropped, next], Then::Silence);
        let seen = Mismatch { plays, then, ..finding().seen };
        let told = told_of(&Finding { law: Law::Wedged, seen, ..finding() });
        let titles: Vec<&str> = told.iter().map(|(title, _)| title.as_str()).collect();
        assert_eq!(titles, ["drop@1", "then a fresh client, uncut"]);
        assert_eq!(told[0].1, ["> \"e\""], "the claim is one of the last play");
        assert_eq!(told[1].1[1], "| expected \"é\\n\"; nothing more came");
    }

    #[test]
    fn connections_have_names_and_another_client_is_called_so() {
        let names = ["".to_owned(), "bob".to_owned()];
        for (index, told) in ["", "bob", "other", "other bob"].into_iter().enumerate() {
            assert_eq!(name(&names, index), told);
        }
    }

    #[test]
    fn recut_is_the_server_of_a_client() {
        let options = "--driver fetch".to_owned();
        let plays = ladder(&Finding { options, ..finding() });
        assert_eq!(plays[0].recut, RungSide::Server);
        let sides: Vec<_> = plays[0].rungs.iter().map(|rung| rung.side).collect();
        assert_eq!(sides[..3], [RungSide::Server, RungSide::Nobody, RungSide::Server]);
        assert_eq!(plays[0].rungs[1].text, "cut: the client had read up to here");
    }

    #[test]
    fn what_a_server_does_between_plays_is_no_claim_of_a_play() {
        let seen = Mismatch { then: Then::Spun(98), ..finding().seen };
        let told = told_of(&Finding { law: Law::Spins, seen, ..finding() });
        assert_eq!(told[0].1.last().map(String::as_str), Some("< eof"));
    }

    #[test]
    fn what_was_left_out_is_told_in_the_middle() {
        let transcript = Transcript {
            events: vec![TranscriptEvent::Sent(0, b"a".to_vec()), TranscriptEvent::Eof(0)],
            times: vec![Duration::ZERO, Duration::from_millis(1)],
        };
        let names = vec![String::new()];
        let play = ObservedPlay {
            connections: names,
            transcript,
            left_out: 7,
            left_out_before: 1,
            is_timed: true,
            ..ObservedPlay::default()
        };
        let rungs = rungs(&play, "server");
        assert_eq!(rungs[1].text, "7 more are left out here");
        assert_eq!(rungs[2].at, Some(Duration::from_millis(1)));
    }
}
