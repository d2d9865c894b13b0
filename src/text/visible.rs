//! Text that somebody else wrote, made harmless for a terminal.

/// Whether a terminal may be given this character as it is: it is not a control character, and it
/// does not change the order in which text is shown (as the bidirectional controls of Unicode
/// Standard Annex 9 do).
///
/// # Examples
///
/// ```
/// use recut::text::shows_as_itself;
///
/// assert!(['é', '\u{5d0}', ' '].into_iter().all(shows_as_itself));
/// assert!(!['\x1b', '\n', '\u{202e}'].into_iter().any(shows_as_itself));
/// ```
pub fn shows_as_itself(character: char) -> bool {
    let reorders = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    !character.is_control() && !reorders
}

/// Appends a character, or its escape if it does not [show as itself](shows_as_itself).
pub fn push_visible(text: &mut String, character: char) {
    if shows_as_itself(character) {
        text.push(character);
    } else {
        text.extend(character.escape_default());
    }
}

/// Text that somebody else wrote, for one line of a terminal or a comment of a script: characters
/// that do not [show as themselves](shows_as_itself) are escaped. The name of a file may hold
/// such characters, and so may the last words of a server.
///
/// # Examples
///
/// ```
/// assert_eq!(recut::text::visible("a\x1b[2J\nb"), r"a\u{1b}[2J\nb");
/// ```
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|character| push_visible(&mut out, character));
    out
}
