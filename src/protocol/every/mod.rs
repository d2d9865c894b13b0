//! Every segmentation of a burst, from one state of a core on.
//!
//! A core that can be copied and compared need not be played under each of the 2^(n-1)
//! segmentations of a burst of n bytes. A node is an offset, the core's state there, and what it
//! has answered; an edge is a segment. Two ways to equal nodes go on alike, so that a core whose
//! state does not depend on the cuts has one node at each offset, and n(n+1)/2 segments are all.
//! Segmentations are followed in rounds, one segment a round: the way to a node is the shortest.

mod segmentations;

use std::any::Any;

use self::segmentations::Segmentations;
use super::{Flow, Protocol};

/// After so many segments it is looked whether the time is up.
const LOOK_AT_CLOCK: u64 = 256;

/// A core whose state can be copied and compared.
pub trait CoreState: Protocol + Send {
    /// A copy, which shares nothing with it.
    fn copied(&self) -> Box<dyn CoreState>;

    /// Whether the two behave alike from here on.
    fn equals(&self, other: &dyn CoreState) -> bool;

    /// All segmentations of a burst, with a FIN after the last segment if `fin` says so.
    fn every(&self, burst: &[u8], fin: bool) -> Box<dyn Every>;

    /// For comparing it with another.
    fn as_any(&self) -> &dyn Any;
}

impl<P: Protocol + Clone + Eq + Send + 'static> CoreState for P {
    fn copied(&self) -> Box<dyn CoreState> {
        Box::new(self.clone())
    }

    fn equals(&self, other: &dyn CoreState) -> bool {
        other.as_any().downcast_ref::<P>() == Some(self)
    }

    fn every(&self, burst: &[u8], fin: bool) -> Box<dyn Every> {
        Box::new(Segmentations::new(self.clone(), burst, fin))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// All segmentations of a burst, as far as they were followed.
pub trait Every: Send {
    /// Lets every segmentation go on by one segment; the new ends to which that leads, or none if
    /// all segmentations were followed to their ends.
    ///
    /// # Errors
    ///
    /// Why not all of them can be followed.
    fn round(&mut self, bounds: &mut Bounds<'_>) -> Result<Option<Vec<WayEnd>>, GaveUp>;

    /// At how many places the burst can be cut.
    fn places(&self) -> usize;

    /// The first place at which the state was seen to depend on the cuts.
    fn fork(&self) -> Option<Fork>;
}

/// Where some segmentations of a burst lead.
pub struct WayEnd {
    /// The offsets of the cuts on the shortest way.
    pub cuts: Vec<usize>,
    /// Where the client vanishes, if the core panics when it is told so.
    pub vanishes: Option<usize>,
    /// The core; none if it has ended the connection, or panicked.
    pub state: Option<Box<dyn CoreState>>,
    /// What it answered to the burst.
    pub answer: Vec<u8>,
    /// What it did last; none if it panicked.
    pub flow: Option<Flow>,
}

/// A place at which two ways lead to two states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// The offset in the burst.
    pub offset: usize,
    /// The cuts on the two ways, less the one at the offset itself.
    pub ways: [Vec<usize>; 2],
}

/// What following segmentations may cost, and what it has.
pub struct Bounds<'b> {
    /// Whether the time is up.
    pub is_over: &'b dyn Fn() -> bool,
    /// How many segments at most.
    pub most: u64,
    /// How many segments were taken.
    pub segments: u64,
}

/// Why not every segmentation was followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GaveUp {
    /// The time or the segments were used up.
    Bounds,
    /// The same segment, taken twice from copies of one state, did not do the same.
    Moody,
    /// Two states that are equal went on differently.
    UnlikeEquals,
    /// A fresh core did not come to the state to which its copy came by the same segments.
    NotAgain,
    /// A play broke a claim that the proof had found to hold.
    Missed,
    /// A claim is broken whose law is not looked at.
    Unasked,
    /// The core waits for a moment: what it does depends on the time between segments.
    Timer,
}

impl Bounds<'_> {
    /// Counts one segment.
    fn count(&mut self) -> Result<(), GaveUp> {
        self.segments += 1;
        let is_over = self.segments.is_multiple_of(LOOK_AT_CLOCK) && (self.is_over)();
        if self.segments > self.most || is_over { Err(GaveUp::Bounds) } else { Ok(()) }
    }
}
