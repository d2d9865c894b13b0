//! What a play is asked for, how long it waits, and how it went.

use std::time::Duration;

use regex::bytes::Regex;

use crate::check::finding::Mismatch;
use crate::peer::Quality;

/// How long plays wait, and for what.
#[derive(Clone, Debug)]
pub struct Limits {
    /// For an expectation without a `within`, in a script without a `timeout`.
    pub timeout: Duration,
    /// At each cut that can't be confirmed.
    pub gap: Duration,
    /// For silence, at places at which no expectation says what comes.
    pub quiet_for: Duration,
    /// What is taken out of the answer to a raw stream before it is compared.
    pub ignore: Vec<Regex>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            gap: Duration::from_millis(20),
            quiet_for: Duration::from_millis(200),
            ignore: Vec::new(),
        }
    }
}

/// What is wanted of a play beside its verdict.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// A transcript, and the bytes of the bursts.
    pub transcript: bool,
    /// Exact expectations are not judged: what is answered in their place is remembered.
    pub learn: bool,
    /// How long the play waits while nothing comes.
    pub waits: Waits,
}

/// How long one play waits while nothing comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// Whether a quiet server may end a wait early.
    pub patience: Patience,
    /// The longest wait for an expectation without a `within`, whatever the script says.
    pub timeout_at_most: Option<Duration>,
    /// The shortest gap at a cut that can't be confirmed, whatever the limits say.
    pub gap_at_least: Duration,
}

/// Whether a quiet server may end a wait early.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patience {
    /// It ends the wait only at places at which no expectation says what comes.
    #[default]
    Usual,
    /// It ends no wait.
    Full,
}

impl Waits {
    /// As the limits say.
    pub const USUAL: Self = Self::with(Patience::Usual);
    /// Every wait is waited to its end.
    pub const FULL: Self = Self::with(Patience::Full);

    const fn with(patience: Patience) -> Self {
        Self { patience, timeout_at_most: None, gap_at_least: Duration::ZERO }
    }

    /// The same with another patience.
    pub const fn patient(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// The same, but no expectation without a `within` waits longer than `timeout`.
    pub const fn hurried(self, timeout: Duration) -> Self {
        Self { timeout_at_most: Some(timeout), ..self }
    }

    /// The same, with gaps of at least `gap`.
    pub const fn unhurried(self, gap: Duration) -> Self {
        Self { gap_at_least: gap, ..self }
    }

    /// Whether an expectation may be given up before its time-out.
    pub(in crate::check) const fn is_hurried(self) -> bool {
        self.timeout_at_most.is_some()
    }

    /// Whether every wait is waited to its end.
    pub(super) fn is_full(self) -> bool {
        self.patience == Patience::Full
    }

    /// Whether the play decides something: it also looks longer for bytes that nothing expects.
    pub(super) fn is_generous(self) -> bool {
        self.is_full() || !self.gap_at_least.is_zero()
    }

    /// How long an expectation without a `within` is waited for, if the script or the limits say
    /// `timeout`.
    pub(super) fn timeout(self, timeout: Duration) -> Duration {
        self.timeout_at_most.map_or(timeout, |most| timeout.min(most))
    }
}

/// How a play went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The first claim that was not met.
    pub mismatch: Option<Box<Mismatch>>,
    /// The weakest of its cuts.
    pub quality: Quality,
    /// How many places of the delivery the conversation did not reach.
    pub skipped: u64,
    /// Whether any byte was answered.
    pub answered: bool,
    /// How many connections came that nobody has listened for.
    pub waiting: usize,
    /// Whether a client came again after its connections had vanished: it was not judged.
    pub reconnects: bool,
}
