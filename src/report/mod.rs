//! What is shown: text for a terminal, JSON Lines, JUnit. Nothing here prints; it makes text.

#[cfg(feature = "cli")]
pub mod caret;
#[cfg(feature = "cli")]
pub mod json;
#[cfg(feature = "cli")]
pub mod junit;
mod left_out;
pub mod saved;
mod summary;
#[cfg(feature = "cli")]
pub mod terminal;
pub mod words;

pub use left_out::{LeftOutLine, left_out_lines};
pub use summary::Summary;
