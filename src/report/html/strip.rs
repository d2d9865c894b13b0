//! A cut map as a strip: each offset is a cell, which tells its byte when it is pointed at.

use maud::{Markup, html};

use crate::check::CutMap;
use crate::text::{escape, hex};

/// How many cells a strip has at most: a longer one is shown around its first broken offset.
const CELLS: usize = 2048;

pub(super) fn strip(map: &CutMap) -> Markup {
    let CutMap { stream, broken } = map;
    let first = broken.iter().position(|broken| *broken == Some(true)).unwrap_or(0);
    let start = first.saturating_sub(CELLS / 2).min(broken.len().saturating_sub(CELLS));
    let cells: Vec<_> = broken.iter().enumerate().skip(start).take(CELLS).collect();
    html! {
        ol class="strip" {
            @for (at, broken) in &cells {
                li class=(class(**broken)) title=(told(stream, at + 1, **broken)) {}
            }
        }
        @if cells.len() < broken.len() {
            p { "Offsets " (start + 1) " to " (start + cells.len()) " of " (broken.len()) "." }
        }
    }
}

fn class(broken: Option<bool>) -> &'static str {
    match broken {
        Some(true) => "broken",
        Some(false) => "held",
        None => "untried",
    }
}

/// What a cell stands for.
fn told(stream: &[u8], offset: usize, broken: Option<bool>) -> String {
    let byte = stream.get(offset..=offset).unwrap_or_default();
    let what = match broken {
        Some(true) => "a cut here breaks it",
        Some(false) => "it holds",
        None => "not known to hold: it was not tried, or broke what is not judged here",
    };
    format!("offset {offset}, before \"{}\" ({}): {what}", escape(byte), hex(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_tells_its_offset_and_the_byte_after_it() {
        let map = CutMap { stream: b"a\n<".to_vec(), broken: vec![Some(true), None] };
        let html = strip(&map).into_string();
        let title = "offset 1, before &quot;\\n&quot; (0a): a cut here breaks it";
        assert!(html.contains(&format!("<li class=\"broken\" title=\"{title}\">")), "{html}");
        assert!(
            html.contains("offset 2, before &quot;&lt;&quot; (3c): not known to hold"),
            "{html}"
        );
    }

    #[test]
    fn a_long_strip_is_shown_around_its_first_break() {
        let broken = (0..10_000).map(|at| Some(at == 5000)).collect();
        let html = strip(&CutMap { stream: vec![b'x'; 10_001], broken }).into_string();
        assert_eq!(html.matches("<li").count(), CELLS);
        assert!(html.contains("class=\"broken\" title=\"offset 5001,"));
        assert!(html.contains("Offsets 3977 to 6024 of 10000."), "{}", &html[html.len() - 60..]);
    }
}
