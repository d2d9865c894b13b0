//! What a plan of deliveries leaves out, and why.

use std::fmt;

/// What a plan leaves out, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LeftOut {
    /// Only this many members of the set are played.
    Sampled {
        /// How many are played.
        played: u64,
        /// How many there are.
        total: u64,
    },
    /// The set does not apply to the conversation.
    NotApplicable(&'static str),
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LeftOut::Sampled { played, total } => write!(f, "{played} of {total} played"),
            LeftOut::NotApplicable(why) => f.write_str(why),
        }
    }
}
