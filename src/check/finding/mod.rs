//! What came of checking a conversation: findings, counts, and what was left out.

mod mismatch;
mod observed;
mod proof;
mod reproducer;
mod transcript;
mod unblessed;
mod unchecked;

use std::sync::Arc;
use std::time::Duration;

pub use self::mismatch::{Demand, Mismatch, Then};
pub use self::observed::ObservedPlay;
pub use self::proof::{NotProved, Proof, StateFork};
pub(super) use self::reproducer::reproducer;
pub use self::transcript::{Transcript, TranscriptEvent};
pub use self::unblessed::{NotBlessed, Unblessed};
pub use self::unchecked::Unchecked;
use crate::delivery::LeftOut;
use crate::peer::Quality;
use crate::script::{Conversation, Law, Source, Span};

/// A broken law, with the smallest delivery that was found to show it.
///
/// It is displayed as the terminal shows it, without colours.
///
/// # Examples
///
/// ```
/// let script = "> \"hellö\\n\"\n< \"hellö\\n\"\n";
/// let checked = recut::check(recut::Tutorial::default, script);
/// let finding = &checked.findings()[0];
/// assert_eq!((finding.law().name(), finding.delivery()), ("cut-off", "cut@5"));
/// assert!(finding.to_string().starts_with("error[cut-off]: the answer stops short"));
/// // A script that fails until the server is mended.
/// assert!(finding.script().starts_with("deliver cut@5\nlaws cut-off\n"));
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "_internals"), non_exhaustive)]
pub struct Finding {
    /// The law.
    #[doc(hidden)]
    pub law: Law,
    /// The conversation's name.
    #[doc(hidden)]
    pub conversation: String,
    /// The target, as output names it.
    #[doc(hidden)]
    pub target: String,
    /// The options of the command line that name the target.
    #[doc(hidden)]
    pub options: String,
    /// The file in which the unmet claim stands.
    #[doc(hidden)]
    pub source: Arc<Source>,
    /// Where the claim stands in it.
    #[doc(hidden)]
    pub span: Span,
    /// The smallest delivery, in `@` words.
    #[doc(hidden)]
    pub delivery: String,
    /// The claim that was not met, and what came instead.
    #[doc(hidden)]
    pub seen: Mismatch,
    /// In how many of how many replays it showed.
    #[doc(hidden)]
    pub confirmed: (u32, u32),
    /// What the client did, line by line, as it was cut.
    #[doc(hidden)]
    pub sent: Vec<String>,
    /// Which single cuts of the burst break it.
    #[doc(hidden)]
    pub map: Option<CutMap>,
    /// What the server says to a client that says nothing, if that is what came instead.
    #[doc(hidden)]
    pub greeting: Option<Vec<u8>>,
    /// A self-contained script that fails.
    #[doc(hidden)]
    pub script: String,
}

impl Finding {
    /// The law that is broken.
    pub fn law(&self) -> Law {
        self.law
    }

    /// The smallest delivery that was found to break it, in the words of the script language:
    /// `cut@5`, or `uncut`.
    pub fn delivery(&self) -> &str {
        &self.delivery
    }

    /// The name of the conversation.
    pub fn conversation(&self) -> &str {
        &self.conversation
    }

    /// A script that stands by itself, and fails until the server is mended.
    pub fn script(&self) -> &str {
        &self.script
    }

    /// Whether it showed every time; otherwise it accuses nobody.
    pub fn is_stable(&self) -> bool {
        self.confirmed.0 == self.confirmed.1
    }

    /// The line in which the claim stands, from 1.
    #[doc(hidden)]
    pub fn line(&self) -> usize {
        self.source.position(self.span.start).0
    }
}

/// Which single cuts of a burst break the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutMap {
    /// The burst.
    pub stream: Vec<u8>,
    /// One mark an offset, from 1 on: whether a cut there breaks the conversation; none if it was
    /// not tried.
    pub broken: Vec<Option<bool>>,
}

/// How many deliveries were played, by the weakest of their cuts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// At each cut the server read up to there at once, and no further.
    pub confirmed: u64,
    /// At one cut the server slept on unread bytes.
    pub held: u64,
    /// At one cut nobody could be asked, and the server was given time.
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
    /// The rest of a set, because time was up: how many were played, of how many.
    Budget(u64, u64),
    /// A set whose one play takes longer than the time that is left.
    TooLong(Duration),
    /// The rest of a set, because enough of it hung: how many were played, of how many.
    Hangs(u64, u64),
    /// The rest of a set, because nothing more could be played: how many were, of how many. Why is
    /// told by [`Unchecked`].
    Ended(u64, u64),
    /// The rest of a set, because the client came again in enough of it: how many were played, of
    /// how many.
    Returns(u64, u64),
    /// Slow deliveries, because the server does not bear with a client that is slow outside of a
    /// message either: how many.
    Impatient(u64),
    /// So many deliveries in which another client comes in between: it is not served, or changes an
    /// answer, between messages too.
    OneClientAtATime(u64),
    /// Places that the conversation did not reach.
    Unreached(u64),
    /// Plays in which a client came again after its connections had vanished: how many.
    Reconnects(u64),
    /// Nothing: connections that a client made and nobody listened for, how many in the uncut
    /// conversation.
    Unexpected(usize),
    /// Nothing: the start of a client takes this share of a play, in percent.
    StartUp(u32),
    /// Nothing: a client ends like this when nothing is cut, and the script does not say that.
    FailsUncut(String),
    /// Everything, because the baseline does not hold.
    Baseline,
    /// Everything after the server was gone.
    Gone,
    /// A delivery that needs to know beforehand what is sent, which depends on answers here.
    DependsOnAnswers,
    /// A broken law that was seen, and not confirmed before somebody interrupted the check.
    Unconfirmed,
    /// A law that is about who comes after a delivery: a server that each play has for itself
    /// answers its second client otherwise, or not at all.
    ServesOne,
    /// A broken law that one fault breaks together with another, which is told.
    ToldAs(Law),
    /// A broken law that was seen, and not confirmed because time was up.
    NoTime,
    /// A broken law that was seen, and not confirmed because the server is gone.
    LostUnconfirmed,
    /// A broken law that the longer wait turned out to be, and that is not looked at.
    NotAskedFor(Law),
    /// Everything after the server had changed its answer.
    Changed,
    /// A delivery that speaks of a connection which the conversation does not have.
    NoConnection,
    /// A law that can't be looked at here.
    Unchecked,
    /// A law about what comes of many plays, where each has a server of its own.
    Alone,
    /// A law that could not be measured: plays failed, or took too long.
    Unclear,
    /// Every delivery but the baseline, because nothing else was asked for.
    OnlyUncut,
    /// Every delivery but the baseline, because nothing that is judged depends on them.
    OnlyBaseline,
    /// Sets that cut, because no burst has two bytes.
    NothingToCut,
    /// Sets that not every protocol allows, and that nobody asked for: the conversation has several
    /// bursts on one connection, and holds.
    NotTried,
    /// The proof of every segmentation; what is asked for without it is played.
    NotProved(NotProved),
    /// A set that does not exist for this target: pipes and Unix sockets have no resets.
    NoSuchThing,
    /// What is asked of servers only.
    OfServers,
    /// What is asked of clients only.
    OfClients,
    /// What is cut off inside a line, because no line is sent.
    NoLines,
}

/// What came of checking one conversation.
///
/// It is displayed as the report of `recut check`, without colours.
///
/// # Examples
///
/// ```
/// let checked = recut::check(recut::Echo::default, "> \"hellö\\n\"\n< \"hellö\\n\"\n");
/// assert!(checked.is_green() && checked.findings().is_empty());
/// assert!(checked.deliveries() > 20);
/// assert!(checked.to_string().contains("1 conversation"));
/// ```
#[derive(Clone, Debug)]
#[must_use = "a verdict that nobody looks at lets every test pass: call `assert`"]
#[cfg_attr(not(feature = "_internals"), non_exhaustive)]
pub struct Checked {
    /// Its name.
    #[doc(hidden)]
    pub name: String,
    /// The file in which it begins.
    #[doc(hidden)]
    pub file: String,
    /// The options of the command line that name the target.
    #[doc(hidden)]
    pub target: String,
    /// What sampling and random deliveries were made from.
    #[doc(hidden)]
    pub seed: u64,
    /// The plays of the search.
    #[doc(hidden)]
    pub tally: Tally,
    /// The broken laws, stable and unstable.
    #[doc(hidden)]
    pub findings: Vec<Finding>,
    /// Its bursts, with the single cuts that were played and held; of long conversations the first
    /// bursts.
    #[doc(hidden)]
    pub held: Vec<CutMap>,
    /// What came of proving every segmentation, if that was asked for.
    pub proof: Option<Proof>,
    /// What was left out: of which set or law, and why.
    #[doc(hidden)]
    pub left_out: Vec<(String, Omission)>,
    /// Why it is neither held nor broken, if it is not.
    #[doc(hidden)]
    pub unchecked: Option<Unchecked>,
    /// Whether somebody interrupted it.
    #[doc(hidden)]
    pub interrupted: bool,
    /// Whether the server was reached and then was gone, or serves nobody any more.
    #[doc(hidden)]
    pub target_lost: bool,
    /// Why a server of ours did not come up again.
    #[doc(hidden)]
    pub error: Option<String>,
    /// How long it took.
    #[doc(hidden)]
    pub elapsed: Duration,
}

impl Checked {
    /// The broken laws; those that did not show in every replay are
    /// [not stable](Finding::is_stable).
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// How many deliveries were played.
    pub fn deliveries(&self) -> u64 {
        self.tally.total()
    }

    /// Whether every delivery that only cuts was proved to hold: see [`prove`](crate::prove).
    #[must_use]
    pub fn is_proved(&self) -> bool {
        self.proof.as_ref().is_some_and(|proof| proof.holds)
    }

    /// What is known of a conversation before anything was played.
    pub(crate) fn nothing(conversation: &Conversation, target: String, seed: u64) -> Self {
        Self {
            name: conversation.name.clone(),
            file: conversation.sources.first().map_or_else(String::new, |it| it.name.clone()),
            target,
            seed,
            tally: Tally::default(),
            findings: Vec::new(),
            held: Vec::new(),
            proof: None,
            left_out: Vec::new(),
            unchecked: None,
            interrupted: false,
            target_lost: false,
            error: None,
            elapsed: Duration::ZERO,
        }
    }

    /// The findings that count.
    #[doc(hidden)]
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
