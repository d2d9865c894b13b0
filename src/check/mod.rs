//! What must hold: plays, the laws, the search, replays, shrinking, findings.
//!
//! [`Player`] plays one conversation under one delivery; [`check`] plays all of them and returns
//! what was found. Nothing here prints. Each room uses those before it only: `finding` (values),
//! `play` (one play), `laws` (a file a law), `replay` (the one question), `shrink`, `search`.
//! Beside the search stands `bless`, which writes what was observed into scripts.

mod bless;
mod finding;
mod fit;
mod laws;
mod options;
mod play;
mod replay;
mod search;
mod shrink;

pub use self::bless::{Blessing, NotSaved, bless};
pub use self::finding::{
    Checked, CutMap, Demand, Finding, Mismatch, NotBlessed, NotProved, ObservedPlay, Omission,
    Proof, StateFork, Tally, Then, Transcript, TranscriptEvent, Unblessed, Unchecked,
};
pub use self::fit::{Unfit, fit};
pub use self::laws::baseline::broken as baseline_broken;
pub use self::options::Options;
pub use self::play::{Learned, Limits, Outcome, Patience, Player, Recording, Sent, Waits, Wanted};
pub use crate::peer::{GaveUp, Quality};

pub use self::search::{Progress, check, check_once};
pub use self::shrink::{Verdict, fewest, first_kept, shrink_list};
