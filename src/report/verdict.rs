//! What came of a conversation, in a word.

use crate::check::Checked;

/// What came of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationVerdict {
    /// Every law held.
    Held,
    /// A law was broken.
    Broken,
    /// It was played and too little of it could be judged: [`Checked::unchecked`] says why.
    Unchecked,
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
        } else if checked.unchecked.is_some() {
            Self::Unchecked
        } else if !checked.findings.is_empty() {
            Self::Unstable
        } else if checked.interrupted {
            Self::Interrupted
        } else {
            Self::Held
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{checked, finding};
    use super::*;
    use crate::check::{Finding, Unchecked};

    #[test]
    fn what_counts_most_is_the_verdict() {
        let of = |checked: &Checked| ConversationVerdict::of(checked);
        let mut all = Checked { interrupted: true, ..checked("a") };
        assert_eq!(of(&all), ConversationVerdict::Interrupted);
        all.findings = vec![Finding { confirmed: (1, 3), ..finding() }];
        assert_eq!(of(&all), ConversationVerdict::Unstable);
        all.unchecked = Some(Unchecked::CantTell);
        assert_eq!(of(&all), ConversationVerdict::Unchecked);
        all.findings.push(finding());
        assert_eq!(of(&all), ConversationVerdict::Broken);
        assert_eq!(of(&checked("a")), ConversationVerdict::Held);
    }
}
