//! What came of proving that a conversation holds under every segmentation.

use crate::peer::GaveUp;

/// What came of proving that a conversation holds under every segmentation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Whether every segmentation holds.
    pub holds: bool,
    /// At how many places its bursts can be cut: there are 2 to this power segmentations.
    pub places: usize,
    /// How many segments a core was given for it.
    pub segments: u64,
    /// A place at which the state depends on the cuts, although the answers do not.
    pub fork: Option<StateFork>,
}

/// Two deliveries that leave the core in different states at the same place of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateFork {
    /// The place, as a `cut@` word.
    pub place: String,
    /// The deliveries, in `@` words.
    pub deliveries: [String; 2],
}

/// Why nothing is said of every segmentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NotProved {
    /// The target's state can't be copied and compared.
    NotCloneable,
    /// The search for segmentations was given up.
    GaveUp(GaveUp),
}
