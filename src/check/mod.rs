//! What must hold: plays, the laws, confirming and shrinking.
//!
//! [`Player`] plays one conversation under one delivery; [`check`] plays all of them and returns
//! what was found. Nothing here prints. Transcripts, the judging of claims and shrinking are pure.

mod baseline;
mod between;
mod case;
mod confirm;
mod finding;
mod mismatch;
mod options;
mod play;
mod replay;
mod reproducer;
mod search;
mod shrink;
mod smallest;
mod sweep;
mod transcript;

pub use finding::{Checked, CutMap, Finding, Omission, Tally};
pub use mismatch::{Mismatch, Then};
pub use options::Options;
pub use play::{Limits, Outcome, Player, Recording, Sent, Waits, Wanted};
pub use replay::baseline_broken;
pub use search::{Progress, check, check_once};
pub use shrink::{Verdict, shrink_list};
pub use transcript::{Event, Transcript};
