//! A number with what it counts.

use std::fmt::Display;

/// A number and its noun, in the singular if it is one.
///
/// # Examples
///
/// ```
/// use recut::text::counted;
///
/// assert_eq!(counted(1, "delivery", "deliveries"), "1 delivery");
/// assert_eq!(counted(0, "delivery", "deliveries"), "0 deliveries");
/// ```
pub fn counted(count: impl Display + PartialEq + From<u8>, one: &str, many: &str) -> String {
    let noun = if count == 1.into() { one } else { many };
    format!("{count} {noun}")
}
