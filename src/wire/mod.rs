//! One connection: the bytes that are sent and that arrive on it, and what the kernel knows of its
//! other end, the peer. Nothing here knows who that is.

mod link;
mod observe;
mod quality;
mod stream;
mod wait;

pub use self::link::{Arrival, Sending};
pub(crate) use self::link::{StreamLink, wait_for_either};
pub(crate) use self::observe::{
    Blind, Diag, Kernel, ListeningPlaces, Observe, ProcessHandle, ProcessTree,
};
pub use self::quality::Quality;
pub(crate) use self::stream::Stream;
pub use self::wait::{Deadline, Wait};
