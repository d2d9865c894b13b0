//! Why a check of a conversation judged too little to be called green.

use super::proof::NotProved;
use crate::script::Law;

/// Why nothing is known of a conversation although it was played: it is neither held nor broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unchecked {
    /// Deliveries beyond the baseline were asked for, and fewer than half of them were judged: so
    /// many of so many.
    FewJudged(u64, u64),
    /// The answer changes by itself: no delivery could be judged by it.
    Volatile,
    /// It crashes even if nothing is cut: no delivery could be judged.
    CrashesUncut,
    /// The baseline failed, and held when it was played again: no delivery was played.
    FailedOnce,
    /// Since some play the server answers otherwise than in the baseline, and it can't be started
    /// anew to find out why.
    CantTell,
    /// A broken law was seen, and could not be confirmed: the server is gone, or did not start.
    Unconfirmed(Law),
    /// A play went beyond one of our own limits, which is named.
    OurLimit(String),
    /// A client did what it must not do, as is said.
    BadClient(String),
    /// The server can't be started or reached, and why.
    NotReached(String),
    /// A proof was asked for, and there is none: why it was given up, if it was begun.
    NotProved(Option<NotProved>),
    /// None of the laws that are enabled could be looked at here.
    NoLaw,
}
