//! A connection in memory between us and a handler in a thread of ours.
//!
//! A read never returns more than one segment, so that cuts are exact, and it is known when every
//! handler of a server waits in a read: then nothing more comes.

mod duct;
mod habits;
mod handle;
mod link;
mod pipes;
mod served;

#[cfg(feature = "tokio")]
pub(super) use self::duct::{Duct, Given, INBOX, SideEnd};
pub(super) use self::habits::Habits;
pub use self::handle::Pipe;
pub(super) use self::link::PipeLink;
pub(super) use self::pipes::Pipes;
