//! Where a relay cuts what it carries: pure.

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use crate::script::Side;

/// One random cut in so many places, on the average.
const ONE_IN: u8 = 8;

/// A cut in what one side of a connection says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CarriedCut {
    /// Which connection, in the order in which they came: from 0.
    pub connection: usize,
    /// Whose bytes are cut.
    pub side: Side,
    /// Behind how many of them.
    pub offset: u64,
}

/// Where a relay cuts what it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CutPlan {
    /// Nowhere.
    Unchanged,
    /// Behind every so many bytes of one side, or of both.
    Every {
        /// How many bytes lie between two cuts.
        bytes: NonZeroU64,
        /// Whose bytes are cut; none means those of both sides.
        side: Option<Side>,
    },
    /// At places that the seed decides, one in eight: the same ones each time.
    Random {
        /// What decides.
        seed: u64,
    },
    /// At these places.
    These(BTreeSet<CarriedCut>),
}

/// A word that names no way to cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutPlanError;

impl fmt::Display for CutPlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected `bytes`, `random`, or a number of bytes")
    }
}

impl std::error::Error for CutPlanError {}

/// Reads `bytes`, `random`, which is that of the seed 0, or a number of bytes.
impl FromStr for CutPlan {
    type Err = CutPlanError;

    fn from_str(word: &str) -> Result<Self, CutPlanError> {
        match word {
            "random" => Ok(CutPlan::Random { seed: 0 }),
            "bytes" => Ok(CutPlan::every(1, None)),
            number => match number.parse() {
                Ok(bytes) => Ok(CutPlan::Every { bytes, side: None }),
                Err(_) => Err(CutPlanError),
            },
        }
    }
}

impl CutPlan {
    /// Behind every so many bytes of one side, or of both; zero is taken for one.
    pub fn every(bytes: u64, side: Option<Side>) -> Self {
        CutPlan::Every { bytes: NonZeroU64::new(bytes).unwrap_or(NonZeroU64::MIN), side }
    }

    /// Whether that place is cut.
    ///
    /// # Examples
    ///
    /// ```
    /// use recut::script::Side;
    /// use recut::shell::relay::{CarriedCut, CutPlan};
    ///
    /// let plan = CutPlan::every(3, Some(Side::Client));
    /// let at = |side, offset| CarriedCut { connection: 0, side, offset };
    /// assert!(plan.cuts(at(Side::Client, 6)) && !plan.cuts(at(Side::Client, 7)));
    /// assert!(!plan.cuts(at(Side::Server, 6)));
    /// ```
    pub fn cuts(&self, at: CarriedCut) -> bool {
        match self {
            CutPlan::Unchanged => false,
            CutPlan::Every { bytes, side } => {
                side.is_none_or(|side| side == at.side) && at.offset.is_multiple_of(bytes.get())
            }
            CutPlan::Random { seed } => chance(*seed, at).is_multiple_of(ONE_IN),
            CutPlan::These(cuts) => cuts.contains(&at),
        }
    }
}

/// What chance says of a place: always the same.
fn chance(seed: u64, at: CarriedCut) -> u8 {
    let side = u64::from(at.side == Side::Server);
    let parts = [seed, at.connection as u64, side, at.offset];
    let mixed = parts.iter().fold(0, |mixed, part| fastrand::Rng::with_seed(mixed ^ part).u64(..));
    mixed.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(plan: &CutPlan, connection: usize, side: Side) -> Vec<u64> {
        let cuts = |offset: &u64| plan.cuts(CarriedCut { connection, side, offset: *offset });
        (1..=8_000).filter(cuts).collect()
    }

    #[test]
    fn a_plan_says_the_same_each_time() {
        let both = [Side::Client, Side::Server];
        for side in both {
            assert!(offsets(&CutPlan::Unchanged, 0, side).is_empty());
            assert_eq!(offsets(&CutPlan::every(1000, None), 3, side).len(), 8);
            let random = CutPlan::Random { seed: 7 };
            let cut = offsets(&random, 0, side);
            assert!((800..1_200).contains(&cut.len()), "{}", cut.len());
            assert_eq!(cut, offsets(&random, 0, side));
            assert_ne!(cut, offsets(&random, 1, side));
            assert_ne!(cut, offsets(&CutPlan::Random { seed: 8 }, 0, side));
        }
        let random = CutPlan::Random { seed: 7 };
        assert_ne!(offsets(&random, 0, both[0]), offsets(&random, 0, both[1]));
        let one = CarriedCut { connection: 1, side: Side::Server, offset: 5 };
        let these = CutPlan::These([one].into());
        assert_eq!(offsets(&these, 1, Side::Server), [5]);
        assert!(offsets(&these, 1, Side::Client).is_empty());
        assert_eq!(CutPlan::every(0, None), CutPlan::every(1, None));
    }
}
