//! What came of a conversation, in a word.

use crate::check::Checked;

/// What came of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationVerdict {
    /// Every law held.
    Held,
    /// A law was broken.
    Broken,
    /// A law was broken, but not in every replay.
    Unstable,
    /// The check was interrupted before anything was found.
    Interrupted,
}

impl ConversationVerdict {
    /// What came of this conversation.
    pub fn of(checked: &Checked) -> Self {
        if checked.stable().next().is_some() {
            Self::Broken
        } else if !checked.findings.is_empty() {
            Self::Unstable
        } else if checked.interrupted {
            Self::Interrupted
        } else {
            Self::Held
        }
    }
}
