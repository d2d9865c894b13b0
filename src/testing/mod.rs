//! What hammers recut itself: the bodies of the fuzz targets, plain functions, so that a stable
//! `cargo test` replays the corpus through the same checks that the fuzzer runs.
//!
//! Each takes bytes that a person can write by hand, and chooses the cuts and the faults itself: a
//! fuzzer that has to find them needs hundreds of times more executions.
//!
//! A check is generic over what it checks, deep or quick, and can do without any one of its
//! claims: that is how the tests show that each planted defect is caught, and that no claim is
//! decoration.

mod cuts;
mod decode;
mod expected;
mod fuzzer;
mod play;
mod script;
mod segments;
mod shell;
#[cfg(feature = "proptest")]
pub mod strategies;
mod wire;

use std::fmt;

pub use self::cuts::{cuts, cuts_with};
pub use self::decode::{Decodes, decode, decode_with};
pub use self::expected::decided;
pub use self::fuzzer::{FuzzFiles, arguments};
pub use self::play::{play, play_with};
pub use self::script::{Language, Own, script, script_with};
pub use self::segments::Segments;
pub use self::shell::{shell, shell_with};
pub use self::wire::Wire;

/// A check of an input that somebody, or a fuzzer, has written.
pub type Check = fn(&[u8]) -> Result<(), BrokenClaim>;

/// What came of one claim, or of all of them.
pub type BodyResult = Result<(), BrokenClaim>;

/// A fuzz target: its name is that of its folder in the corpus, too.
#[derive(Clone, Copy, Debug)]
pub struct Body {
    /// The name.
    pub name: &'static str,
    /// As the fuzzer runs it.
    pub check: Check,
    /// As `cargo test` replays the corpus: slower, and deeper.
    pub replay: Check,
    /// What it claims.
    pub claims: &'static [&'static str],
    /// Whether its inputs are streams, rather than scripts.
    pub of_streams: bool,
}

/// The bodies of all fuzz targets.
pub const BODIES: [Body; 5] = [decode::BODY, cuts::BODY, script::BODY, play::BODY, shell::BODY];

/// How closely a check looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// Whether it has time: for all single cuts, all pairs in streams of up to 64 bytes, all
    /// segmentations of streams of up to 12.
    pub deep: bool,
    /// A claim that it does without.
    pub without: Option<&'static str>,
}

impl Look {
    /// As the fuzzer looks: many quick looks find more than a few thorough ones.
    pub const QUICK: Self = Self { deep: false, without: None };

    /// As a replay looks.
    pub const DEEP: Self = Self { deep: true, without: None };

    /// Passes where the claim holds, or is done without. `shown` is asked only where it fails.
    #[inline]
    fn claim(self, claim: &'static str, holds: bool, shown: impl FnOnce() -> String) -> BodyResult {
        if holds || self.without == Some(claim) {
            return Ok(());
        }
        Err(BrokenClaim { claim, shown: shown() })
    }
}

/// A claim that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenClaim {
    /// What should hold.
    pub claim: &'static str,
    /// Where it did not.
    pub shown: String,
}

impl fmt::Display for BrokenClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.claim, self.shown)
    }
}

impl std::error::Error for BrokenClaim {}
