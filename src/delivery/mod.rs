//! How the client's bytes travel: cuts, order and ending.
//!
//! A delivery knows only lengths and offsets: not the bytes, nor who reads them, nor what is
//! expected. [`Shape`] is all that it knows of a conversation.

mod contradiction;
mod left_out;
mod plan;
mod rank;
mod segments;
mod set;
mod shape;
mod telling;
mod words;

use std::time::Duration;

pub use contradiction::{Contradiction, contradiction};
pub use left_out::LeftOut;
pub use plan::{Part, Plan};
pub use segments::{SHORT, Segments, each_hashed, each_quick, each_quick_place};
pub use set::{Choice, Set};
pub use shape::{Burst, Shape};
pub(crate) use telling::each_telling;
pub use telling::telling_offsets;
pub use words::{PlaceKind, PlaceWord, Word, WordError};

/// A place in a stream: an offset in a burst of a connection.
///
/// A cut is a place at which a segment ends: `0 < offset < the burst's length`. The place at which
/// a client vanishes has `0 <= offset <= length`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cut {
    /// Index of the connection, in the order in which the script names them.
    pub connection: usize,
    /// Which burst of that connection, from 1.
    pub burst: usize,
    /// Bytes of the burst before the place.
    pub offset: usize,
}

/// Where the segments of a delivery end, in addition to the ends of bursts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cuts {
    /// Nowhere else: each burst is one segment.
    None,
    /// At each line end, `|` and `pause` of the script.
    Written,
    /// After every byte.
    Every,
    /// At these places, in order.
    At(Vec<Cut>),
}

/// In which order the client's bytes and its expectations come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// As the script says.
    Script,
    /// All bursts of a connection in one write; expectations are checked afterwards.
    Joined,
    /// As the script says; but at each cut another client has the whole conversation before the
    /// rest follows. With a cut at offset 0 it comes before the burst, and once more at the end:
    /// that is the control, in which no message is left half sent.
    Interleaved,
}

/// How the client's stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// As the script says.
    Natural,
    /// The FIN is sent together with the last segment of each connection.
    HalfClose,
    /// The connection of `at` vanishes there.
    Vanish {
        /// The place.
        at: Cut,
        /// With a FIN or a RST.
        how: Vanish,
    },
}

/// What the server sees of a client that vanishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Vanish {
    /// A FIN, and nobody reads any more: `drop`.
    Fin,
    /// A RST: `reset`.
    Rst,
}

/// How the client's bytes travel in one play.
///
/// # Examples
///
/// ```
/// use recut::delivery::{Cut, Cuts, Delivery};
///
/// let cut = Cut { connection: 0, burst: 1, offset: 5 };
/// let delivery = Delivery { cuts: Cuts::At(vec![cut]), ..Delivery::UNCUT };
/// assert_eq!(delivery.words(&[""]), "cut@5");
/// assert_eq!(Delivery::UNCUT.words(&[""]), "uncut");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Delivery {
    /// Where segments end.
    pub cuts: Cuts,
    /// In which order bytes and expectations come.
    pub order: Order,
    /// How the stream ends.
    pub ending: Ending,
    /// For how long the client waits at each of the places in `cuts`; the server is waited for in
    /// any case.
    pub pause: Duration,
}

impl Delivery {
    /// Each burst is one segment, everything else is as the script says: the baseline.
    pub const UNCUT: Self = Self {
        cuts: Cuts::None,
        order: Order::Script,
        ending: Ending::Natural,
        pause: Duration::ZERO,
    };

    /// Each line of the script is a segment, and its `|` and `pause` count.
    pub const WRITTEN: Self = Self { cuts: Cuts::Written, ..Self::UNCUT };

    /// Every byte is a segment.
    pub const BYTES: Self = Self { cuts: Cuts::Every, ..Self::UNCUT };

    /// All of a connection's bursts in one write.
    pub const JOINED: Self = Self { order: Order::Joined, ..Self::UNCUT };

    /// FIN with the last segment.
    pub const HALF_CLOSE: Self = Self { ending: Ending::HalfClose, ..Self::UNCUT };

    /// Cut at these places; everything else is as the script says.
    pub fn cut_at(cuts: Vec<Cut>) -> Self {
        Self { cuts: Cuts::At(cuts), ..Self::UNCUT }
    }

    /// Cut at this place, where the client waits for so long.
    pub fn slow_at(cut: Cut, pause: Duration) -> Self {
        Self { pause, ..Self::cut_at(vec![cut]) }
    }

    /// Cut at this place, where another client has the whole conversation.
    pub fn interleaved_at(cut: Cut) -> Self {
        Self { order: Order::Interleaved, ..Self::cut_at(vec![cut]) }
    }

    /// What must hold so that a slow or interleaved delivery says something of a message: the same
    /// before the burst and not in the midst of it, and its cuts alone. Other deliveries need no
    /// such control.
    pub fn controls(&self) -> Vec<Self> {
        let Cuts::At(cuts) = &self.cuts else { return Vec::new() };
        if self.pause.is_zero() && self.order != Order::Interleaved {
            return Vec::new();
        }
        let mut starts: Vec<Cut> = cuts.iter().map(|cut| Cut { offset: 0, ..*cut }).collect();
        starts.dedup();
        let order = if self.order == Order::Interleaved { Order::Script } else { self.order };
        vec![
            Self { cuts: Cuts::At(starts), ..self.clone() },
            Self { order, pause: Duration::ZERO, ..self.clone() },
        ]
    }

    /// Whether it cuts, and does nothing else.
    pub fn is_of_cuts(&self) -> bool {
        self.cuts != Cuts::None
            && (self.order, self.ending) == (Order::Script, Ending::Natural)
            && self.pause.is_zero()
    }

    /// Whether a cut stands before a burst, as in a control.
    pub fn has_cut_at_start(&self) -> bool {
        matches!(&self.cuts, Cuts::At(cuts) if cuts.iter().any(|cut| cut.offset == 0))
    }

    /// The connection of `at` vanishes there; nothing is cut before.
    pub fn vanish(at: Cut, how: Vanish) -> Self {
        Self { ending: Ending::Vanish { at, how }, ..Self::UNCUT }
    }
}
