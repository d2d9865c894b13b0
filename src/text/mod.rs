//! Text, the ground floor: bytes made visible and read back, durations, a hash that never changes.
//!
//! What is here is pure, imports nothing of the crate, and may be used by all of it.

mod counted;
mod duration;
mod escape;
mod hash;
mod visible;

pub use counted::counted;
pub use duration::{parse_duration, print_duration};
pub use escape::{BadEscape, escape, hex, unescape, unhex};
pub use hash::stable_hash;
pub use visible::{push_visible, shows_as_itself, visible};
