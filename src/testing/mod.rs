//! How recut itself is fuzzed: the bodies of the fuzz targets. They are plain functions, so that
//! `cargo test` on stable replays the corpus through the same checks that the fuzzer runs.
//!
//! Each body takes bytes that a person can write by hand, and chooses the cuts and the faults
//! itself: a fuzzer that has to find them needs hundreds of times more executions.
//!
//! A check is generic over what it checks, it is deep or quick, and any one of its claims can be
//! turned off: so the tests show that each planted defect is caught, and that each claim is needed.

mod cuts;
mod decode;
mod expected;
mod fuzzer;
mod play;
mod script;
mod segments;
mod shell;
mod wire;

use std::fmt;

pub use self::cuts::{cuts, cuts_with};
pub use self::decode::{Decodes, decode, decode_with};
pub use self::expected::decided;
pub use self::fuzzer::{FuzzFiles, arguments};
pub use self::play::{play, play_with};
pub use self::script::{Language, Own, script, script_with};
pub use self::shell::{shell, shell_with};
pub use self::wire::Wire;
pub use crate::delivery::Segments;

/// A check of one input.
pub type BodyCheck = fn(&[u8]) -> Result<(), BrokenClaim>;

/// Whether one claim holds, or all of them.
pub type BodyResult = Result<(), BrokenClaim>;

/// A fuzz target. Its folder in the corpus has the same name.
#[derive(Clone, Copy, Debug)]
pub struct Body {
    /// The name.
    pub name: &'static str,
    /// As the fuzzer runs it.
    pub check: BodyCheck,
    /// As `cargo test` replays the corpus: slower, and deeper.
    pub replay: BodyCheck,
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
    /// A claim that is turned off.
    pub without: Option<&'static str>,
}

impl Look {
    /// As the fuzzer looks: many quick looks find more than a few thorough ones.
    pub const QUICK: Self = Self { deep: false, without: None };

    /// As a replay looks.
    pub const DEEP: Self = Self { deep: true, without: None };

    /// Passes if the claim holds, or is turned off. `shown` is called only if it fails.
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
    /// The case in which it did not hold.
    pub shown: String,
}

impl fmt::Display for BrokenClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.claim, self.shown)
    }
}

impl std::error::Error for BrokenClaim {}
