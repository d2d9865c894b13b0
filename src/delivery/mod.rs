//! How the client's bytes travel: cuts, order and ending.
//!
//! A delivery knows only lengths and offsets: not the bytes, nor who reads them, nor what is
//! expected. [`Shape`] is all that it knows of a conversation.

mod contradiction;
mod left_out;
mod plan;
mod rank;
mod set;
mod shape;
mod telling;
mod words;

use std::time::Duration;

pub use contradiction::{Contradiction, contradiction};
pub use left_out::LeftOut;
pub use plan::{Part, Plan};
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

    /// Uncut, but the client waits for so long before the burst at whose start `at` is: what shows
    /// that the server bears with a client that is slow, if it is not in the midst of anything.
    pub fn late_at(at: Cut, pause: Duration) -> Self {
        Self::slow_at(Cut { offset: 0, ..at }, pause)
    }

    /// The connection of `at` vanishes there; nothing is cut before.
    pub fn vanish(at: Cut, how: Vanish) -> Self {
        Self { ending: Ending::Vanish { at, how }, ..Self::UNCUT }
    }
}
