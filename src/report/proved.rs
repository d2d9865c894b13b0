//! What was proved of every segmentation, counted over a run.

use std::fmt;

use crate::check::{Checked, StateFork};
use crate::text::{counted, visible};

/// How many hints are told in full.
const FEW: usize = 3;

/// What was proved of every segmentation, counted over a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProofCount {
    /// Of how many conversations a proof was asked for.
    pub asked: usize,
    /// How many of them were proved to hold.
    pub proved: usize,
    /// How many segments the cores were given.
    pub segments: u64,
    /// The base-2 logarithm of the number of segmentations that were proved.
    pub log2: f64,
    /// Where a state depends on the cuts, and in which conversation.
    pub forks: Vec<(String, StateFork)>,
}

impl ProofCount {
    /// Counts what came of one conversation.
    pub fn add(&mut self, checked: &Checked) {
        let Some(proof) = &checked.proof else { return };
        self.asked += 1;
        self.segments += proof.segments;
        if proof.holds {
            let places = proof.places as f64;
            let (more, less) = (self.log2.max(places), self.log2.min(places));
            self.log2 = match self.proved {
                0 => places,
                _ => more + (less - more).exp2().ln_1p() / std::f64::consts::LN_2,
            };
            self.proved += 1;
        }
        self.forks.extend(proof.fork.clone().map(|fork| (checked.name.clone(), fork)));
    }
}

/// Nothing if no proof was asked for.
impl fmt::Display for ProofCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.asked == 0 {
            return Ok(());
        }
        for (name, StateFork { place, deliveries: [one, other] }) in self.forks.iter().take(FEW) {
            writeln!(
                f,
                "hint: {}: the answers do not depend on the cuts, but after `{place}` the state \
                 does: it differs between `{one}` and `{other}`",
                visible(name)
            )?;
        }
        if self.forks.len() > FEW {
            let more = (self.forks.len() - FEW) as u64;
            writeln!(f, "hint: the same in {}", counted(more, "conversation", "conversations"))?;
        }
        let conversations = counted(self.asked as u64, "conversation", "conversations");
        write!(f, "every delivery proved: {} of {conversations}", self.proved)?;
        if self.proved > 0 {
            write!(f, " (2^{:.0})", self.log2.floor())?;
        }
        writeln!(f, ", {}", counted(self.segments, "segment", "segments"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::checked;
    use super::*;
    use crate::check::Proof;

    #[test]
    fn segmentations_are_added_and_hints_are_bounded() {
        let mut count = ProofCount::default();
        count.add(&checked("not asked"));
        assert_eq!(count.to_string(), "");
        let fork = StateFork {
            place: "cut@3".to_owned(),
            deliveries: ["cut@3".to_owned(), "cut@1 cut@3".to_owned()],
        };
        let proof = Proof { holds: true, places: 5, segments: 21, fork: None };
        count.add(&Checked { proof: Some(proof.clone()), ..checked("a") });
        let line = "every delivery proved: 1 of 1 conversation (2^5), 21 segments\n";
        assert_eq!(count.to_string(), line);
        count.add(&Checked { proof: Some(proof.clone()), ..checked("b") });
        count.add(&Checked { proof: Some(Proof::default()), ..checked("c") });
        let line = "every delivery proved: 2 of 3 conversations (2^6), 42 segments\n";
        assert_eq!(count.to_string(), line);
        for name in ["d", "e", "f", "g", "h"] {
            let proof = Proof { fork: Some(fork.clone()), ..proof.clone() };
            count.add(&Checked { proof: Some(proof), ..checked(name) });
        }
        let told = count.to_string();
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines.len(), 5, "{told}");
        assert_eq!(
            lines[0],
            "hint: d: the answers do not depend on the cuts, but after `cut@3` the state does: it \
             differs between `cut@3` and `cut@1 cut@3`"
        );
        assert_eq!(lines[3], "hint: the same in 2 conversations");
    }

    #[test]
    fn nothing_is_claimed_if_nothing_was_proved() {
        let mut count = ProofCount::default();
        count.add(&Checked { proof: Some(Proof::default()), ..checked("a") });
        assert_eq!(count.to_string(), "every delivery proved: 0 of 1 conversation, 0 segments\n");
    }
}
