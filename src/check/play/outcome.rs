//! What a play is asked for, and how it went.

use std::time::Duration;

use regex::bytes::Regex;

use crate::check::mismatch::Mismatch;
use crate::target::Quality;

/// How long a play waits, and for what.
#[derive(Clone, Debug)]
pub struct Limits {
    /// For an expectation that says nothing else.
    pub timeout: Duration,
    /// Where a cut can't be confirmed.
    pub gap: Duration,
    /// Where no expectation says what comes.
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
    /// That exact expectations are not judged but learned.
    pub learn: bool,
    /// How long it waits where nothing comes.
    pub waits: Waits,
}

/// How long a play waits where nothing comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Waits {
    /// As the limits have it. Where no expectation says what comes, a quiet server ends the wait.
    #[default]
    Usual,
    /// A quiet server ends every wait. That is a shortcut, never evidence.
    Hasty,
    /// To the end, as a finding is confirmed.
    Full,
}

/// How a play went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The first claim that was not met.
    pub mismatch: Option<Box<Mismatch>>,
    /// The weakest of its cuts.
    pub quality: Quality,
    /// Places of the delivery that the conversation did not reach.
    pub skipped: u64,
    /// Whether any byte was answered.
    pub answered: bool,
    /// Whether an expectation was given up because the server was quiet.
    pub by_quiet: bool,
}
