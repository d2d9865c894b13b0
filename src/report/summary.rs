//! The counts of a run, and the last line of a check: stable, and easy to search for.

use std::fmt;
use std::time::Duration;

use super::omission::OmissionTable;
use super::proved::ProofCount;
use super::verdict::ConversationVerdict;
use crate::check::{Checked, Tally};
use crate::text::counted;

/// The counts of a whole run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// How many conversations were played.
    pub conversations: usize,
    /// The plays of the search.
    pub tally: Tally,
    /// The findings that count.
    pub findings: usize,
    /// Those that did not show every time.
    pub unstable: usize,
    /// The conversations that were played and not judged.
    pub unchecked: usize,
    /// The conversations whose server could not be started or reached.
    pub not_reached: usize,
    /// The seed.
    pub seed: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// Whether a signal ended it.
    pub interrupted: bool,
    /// What was left out of its conversations, and which of them were not played.
    pub left_out: OmissionTable,
    /// What was proved of every segmentation.
    pub proofs: ProofCount,
}

impl Summary {
    /// Counts what came of one conversation; if it is `strict`, unstable findings count too.
    pub fn add(&mut self, checked: &Checked, strict: bool) {
        let stable = checked.stable().count();
        let unstable = checked.findings.len() - stable;
        self.conversations += 1;
        self.tally.add(checked.tally);
        self.proofs.add(checked);
        self.unstable += unstable;
        let is_unchecked = ConversationVerdict::of(checked) == ConversationVerdict::Unchecked;
        self.unchecked += usize::from(is_unchecked);
        self.findings += stable + if strict { unstable } else { 0 };
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { confirmed, held, paced } = self.tally;
        write!(
            f,
            "recut: {}, {} ({confirmed} confirmed, {held} held, {paced} paced), {}",
            counted(self.conversations as u64, "conversation", "conversations"),
            counted(self.tally.total(), "delivery", "deliveries"),
            counted(self.findings as u64, "finding", "findings"),
        )?;
        for (count, what) in [(self.unchecked, "unchecked"), (self.not_reached, "not reached")] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        write!(f, ", seed {}, {:.2}s", self.seed, self.elapsed.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_as_documented() {
        let mut summary = Summary {
            conversations: 12,
            tally: Tally { confirmed: 4212, held: 0, paced: 0 },
            findings: 1,
            seed: 7,
            elapsed: Duration::from_millis(840),
            ..Summary::default()
        };
        assert_eq!(
            summary.to_string(),
            "recut: 12 conversations, 4212 deliveries (4212 confirmed, 0 held, 0 paced), \
             1 finding, seed 7, 0.84s"
        );
        summary.tally.confirmed = 1;
        assert!(summary.to_string().contains(", 1 delivery (1 confirmed, "));
        summary.conversations = 1;
        summary.findings = 0;
        assert!(summary.to_string().starts_with("recut: 1 conversation, "));
        assert!(summary.to_string().contains(", 0 findings, seed "));
        summary.unchecked = 2;
        assert!(summary.to_string().contains(", 0 findings, 2 unchecked, seed 7, "));
        summary.not_reached = 1;
        assert!(summary.to_string().contains(" findings, 2 unchecked, 1 not reached, seed 7, "));
        summary.tally.confirmed = 1;
        assert!(summary.to_string().contains(", 1 delivery (1 confirmed, 0 held, 0 paced), "));
    }
}
