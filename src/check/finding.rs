//! What a check brings to light.

use std::time::Duration;

use super::mismatch::Then;
use crate::delivery::LeftOut;
use crate::script::Law;
use crate::target::Quality;

/// A broken law, with the smallest delivery that was found to show it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The law.
    pub law: Law,
    /// The conversation's name.
    pub conversation: String,
    /// The file in which the unmet claim stands.
    pub file: String,
    /// The text of that file.
    pub text: String,
    /// Where the claim stands in the text, in bytes.
    pub span: (usize, usize),
    /// Its line, from 1.
    pub line: usize,
    /// The smallest delivery, in `@` words.
    pub delivery: String,
    /// What was expected, as the script language has it.
    pub expected: String,
    /// What arrived, as a payload literal.
    pub actual: String,
    /// What the server did then.
    pub then: Then,
    /// In how many of how many replays it showed.
    pub confirmed: (u32, u32),
    /// What the client did, line by line, as it was cut.
    pub sent: Vec<String>,
    /// Which single cuts of the burst break it.
    pub map: Option<CutMap>,
    /// The last lines that the server had written on its stdout and stderr, where it is ours.
    pub output: Vec<String>,
    /// A self-contained script that fails.
    pub script: String,
}

impl Finding {
    /// Whether it showed every time; else it accuses nobody.
    pub fn is_stable(&self) -> bool {
        self.confirmed.0 == self.confirmed.1
    }
}

/// Which single cuts of a burst break the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutMap {
    /// The burst.
    pub stream: Vec<u8>,
    /// One mark an offset, from 1 on: whether a cut there breaks; none where it was not tried.
    pub broken: Vec<Option<bool>>,
}

/// How many deliveries were played, by the weakest of their cuts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The server read up to each cut, and no further, at once.
    pub confirmed: u64,
    /// The server slept on unread bytes at one.
    pub held: u64,
    /// There was time for it.
    pub paced: u64,
}

impl Tally {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.confirmed + self.held + self.paced
    }

    /// Counts one more.
    pub fn count(&mut self, quality: Quality) {
        match quality {
            Quality::Confirmed => self.confirmed += 1,
            Quality::Held => self.held += 1,
            Quality::Paced => self.paced += 1,
        }
    }

    /// Adds another.
    pub fn add(&mut self, other: Self) {
        self.confirmed += other.confirmed;
        self.held += other.held;
        self.paced += other.paced;
    }
}

/// Why something was not played or looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Omission {
    /// A set, by the plan.
    Planned(LeftOut),
    /// The rest of a set, for want of time: so many of so many were played.
    Budget(u64, u64),
    /// A set whose one play takes longer than the time that is left.
    TooLong(Duration),
    /// The rest of a set, since enough of it hung.
    Hangs(u64, u64),
    /// Places that the conversation did not reach.
    Unreached(u64),
    /// Everything behind a broken baseline.
    Baseline,
    /// Everything once the server was gone.
    Gone,
    /// A delivery that needs all that is sent beforehand, where that depends on answers.
    DependsOnAnswers,
    /// A broken law that was seen, and not confirmed before somebody interrupted.
    Unconfirmed,
    /// A delivery that speaks of a connection which the conversation has not.
    NoConnection,
    /// A law that can't be looked at here.
    Unchecked,
    /// A law that could not be measured: plays failed, or took too long.
    Unclear,
    /// A set that this target knows no such thing as.
    NoSuchThing,
}

/// What came of checking one conversation.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// The options of the command line that name the target.
    pub target: String,
    /// The plays of the search.
    pub tally: Tally,
    /// The broken laws, stable and unstable.
    pub findings: Vec<Finding>,
    /// What was left out: of which set or law, and why.
    pub left_out: Vec<(String, Omission)>,
    /// Whether somebody interrupted it.
    pub interrupted: bool,
    /// Whether the server was reached and then was gone, or serves nobody any more.
    pub target_lost: bool,
    /// Why a server of ours did not come up again.
    pub error: Option<String>,
    /// How long it took.
    pub elapsed: Duration,
}

impl Checked {
    /// The findings that count.
    pub fn stable(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_stable())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plays_are_counted_by_their_weakest_cut() {
        let mut tally = Tally { confirmed: 1, held: 20, paced: 400 };
        assert_eq!(tally.total(), 421);
        for quality in [Quality::Confirmed, Quality::Held, Quality::Paced] {
            tally.count(quality);
        }
        assert_eq!(tally, Tally { confirmed: 2, held: 21, paced: 401 });
        tally.add(Tally { confirmed: 3, held: 50, paced: 700 });
        assert_eq!(tally, Tally { confirmed: 5, held: 71, paced: 1101 });
    }
}
