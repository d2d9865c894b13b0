//! What is shown: text for a terminal, JSON Lines, JUnit. Nothing here prints; it makes text.

pub mod caret;
pub mod json;
pub mod junit;
mod left_out;
mod summary;
pub mod terminal;

pub use left_out::{LeftOutLine, left_out_lines};
pub use summary::Summary;
