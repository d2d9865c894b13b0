//! The ladder of a finding as a picture: the client on the left, the server on the right, time
//! downwards.

use maud::{Markup, html};

use crate::report::clip::clipped;
use crate::report::ladder::{LadderPlay, Rung, RungKind, RungSide, events, left_out};
use crate::report::played::time;
use crate::text::visible;

/// How many rungs are drawn at the beginning of a play, and as many at its end.
const RUNGS: usize = 30;

/// How many characters a label has at most.
const LABEL: usize = 64;

/// The picture, in units of its own: it is scaled to the page.
const WIDTH: usize = 760;
const STEP: usize = 30;
const TOP: usize = 34;
const CLIENT: usize = 110;
const SERVER: usize = 730;

/// The picture of a play.
pub(super) fn picture(play: &LadderPlay) -> Markup {
    let rungs = shown(&play.rungs);
    let height = TOP + STEP * rungs.len() + 14;
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label=(visible(&play.title)) {
            text x=(CLIENT) y="16" class="end middle" { "client" }
            text x=(SERVER) y="16" class="end right" { "server" }
            line class="life" x1=(CLIENT) y1="24" x2=(CLIENT) y2=(height) {}
            line class="life" x1=(SERVER) y1="24" x2=(SERVER) y2=(height) {}
            @for (number, rung) in rungs.iter().enumerate() {
                (drawn(rung, TOP + STEP * number + 16))
            }
        }
    }
}

/// The rungs that are drawn: of a very long play those at both ends.
fn shown(rungs: &[Rung]) -> Vec<Rung> {
    if rungs.len() <= 2 * RUNGS {
        return rungs.to_vec();
    }
    let more = left_out(events(&rungs[RUNGS..rungs.len() - RUNGS]));
    let tail = rungs[rungs.len() - RUNGS..].iter().cloned();
    rungs[..RUNGS].iter().cloned().chain([more]).chain(tail).collect()
}

fn drawn(rung: &Rung, y: usize) -> Markup {
    let name = match rung.connection.as_str() {
        "" => String::new(),
        name => format!("{name}: "),
    };
    let whole = visible(&format!("{name}{}", rung.text));
    let label = label(&whole);
    html! {
        @if let Some(at) = rung.at {
            text x="84" y=(y + 4) class="time" { (time(at)) }
        }
        g class=(class(rung)) {
            title { (clipped(&whole)) }
            @match rung.side {
                RungSide::Client => {
                    (arrow(CLIENT, SERVER, y))
                    text x=(CLIENT + 12) y=(y - 5) { (label) }
                }
                RungSide::Server => {
                    (arrow(SERVER, CLIENT, y))
                    text x=(SERVER - 12) y=(y - 5) class="right" { (label) }
                }
                RungSide::Nobody => {
                    line x1=(CLIENT) y1=(y) x2=(SERVER) y2=(y) {}
                    text x=((CLIENT + SERVER) / 2) y=(y - 5) class="middle" { (label) }
                }
            }
        }
    }
}

fn class(rung: &Rung) -> &'static str {
    match (rung.side, rung.kind) {
        (_, RungKind::Failed) => "failed",
        (_, RungKind::Cut) => "cut",
        (_, RungKind::Eof | RungKind::Close | RungKind::Reset) => "over",
        (RungSide::Client, _) => "client",
        (RungSide::Server, _) => "server",
        (RungSide::Nobody, _) => "aside",
    }
}

fn arrow(from: usize, to: usize, y: usize) -> Markup {
    let (end, barb) = if to > from { (to - 2, to - 10) } else { (to + 2, to + 10) };
    let head = format!("{end},{y} {barb},{} {barb},{}", y - 4, y + 4);
    html! {
        line x1=(from) y1=(y) x2=(end) y2=(y) {}
        polygon points=(head) {}
    }
}

/// What fits beside an arrow.
fn label(text: &str) -> String {
    match text.char_indices().nth(LABEL) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn sent(text: &str) -> Rung {
        let (side, kind) = (RungSide::Client, RungKind::Sent);
        let at = Some(Duration::from_millis(2));
        Rung { at, side, kind, connection: "bob".to_owned(), text: text.to_owned(), events: 1 }
    }

    fn svg(rungs: Vec<Rung>) -> String {
        picture(&LadderPlay { title: "cut@1".to_owned(), recut: RungSide::Client, rungs })
            .into_string()
    }

    #[test]
    fn a_rung_is_an_arrow_with_a_time_and_a_label() {
        let svg = svg(vec![sent("\"a\"")]);
        assert!(svg.contains(">2.0 ms</text>") && svg.contains("bob: &quot;a&quot;"), "{svg}");
        assert_eq!(svg.matches("<polygon").count(), 1);
    }

    #[test]
    fn what_is_long_is_drawn_in_part() {
        let svg = svg(vec![sent(&"x".repeat(100)); 100]);
        assert_eq!(svg.matches("<polygon").count(), 2 * RUNGS);
        assert!(svg.contains("40 more are left out here"));
        assert!(svg.contains(&format!("bob: {} …", "x".repeat(LABEL - 5))));
    }

    #[test]
    fn what_was_not_kept_counts_as_left_out() {
        let mut rungs = vec![sent("\"a\""); 100];
        rungs.insert(50, left_out(768));
        let svg = svg(rungs);
        assert!(svg.contains("808 more are left out here"), "{svg}");
        assert!(!svg.contains("768"), "{svg}");
    }
}
