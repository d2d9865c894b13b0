//! What is too long for a line: its middle is left out.

/// How many characters of a literal are shown.
const SHOWN: usize = 160;

fn is_short(text: &str) -> bool {
    text.chars().count() <= SHOWN
}

/// A long literal without its middle.
pub(super) fn clipped(text: &str) -> String {
    if is_short(text) {
        return text.to_owned();
    }
    let head: String = text.chars().take(SHOWN / 2).collect();
    let tail = text.char_indices().rev().nth(SHOWN / 2 - 1).map_or(0, |(at, _)| at);
    format!("{head} … {}", &text[tail..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_is_shown_without_its_middle() {
        let long = |count: usize| ["ä".repeat(count / 2), "b".repeat(count - count / 2)].concat();
        assert_eq!(clipped(&long(160)), long(160));
        assert_eq!(clipped(&long(161)), format!("{} … {}", "ä".repeat(80), "b".repeat(80)));
    }
}
