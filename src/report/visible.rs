//! Words that somebody else chose, on lines of ours.

use crate::script::shows_as_itself;

/// Text as a terminal may show it on one line: what would be taken for a command of the terminal,
/// or show the line in another order, is escaped. A file's name may hold such things, and so may
/// what a server said when it died.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if shows_as_itself(character) {
            out.push(character);
        } else {
            out.extend(character.escape_default());
        }
    }
    out
}
