//! Who is at the other end: a core in memory, a server at an address, a process.
//!
//! A [`Target`] is what the user names; a [`Peer`] is one that runs, and what a job plays against;
//! a [`Link`] is one connection to it. Over a [`Link`] every target looks the same. What a kind of
//! target is made of stands in one file, behind the trait `Backend`.

mod accepting;
mod address;
#[cfg(feature = "tokio")]
mod asynchronous;
mod backend;
mod blocking;
mod client;
mod command;
mod elsewhere;
mod error;
mod idle;
mod incoming;
mod lasting;
mod link;
mod listening;
mod memory;
mod output;
mod panicked;
mod pipe;
mod ports;
mod process;
mod running;
mod spawn;
mod start;
mod stdio;
mod target;
#[cfg(feature = "tokio")]
mod task;

pub use self::backend::Abilities;
pub use self::client::ClientCommand;
pub use self::command::{CommandEnd, run_to_end};
pub use self::elsewhere::cannot_start;
pub use self::error::{Blame, CommandError, TargetError, TargetErrorKind};
pub use self::incoming::{Accepted, ClientEnd};
pub use self::link::Link;
pub use self::pipe::Pipe;
pub use self::process::{GRACE, NOT_STARTED, Supervisor, end_all_below};
pub use self::running::{Death, Peer};
pub use self::spawn::{START_TIMEOUT, Spawn};
pub use self::stdio::Stdio;
pub use self::target::Target;
#[cfg(feature = "tokio")]
pub use self::task::AsyncPipe;
pub use crate::protocol::every::{Bounds, CoreState, Every, Fork, GaveUp, WayEnd};
pub use crate::wire::{Arrival, Deadline, Quality, Sending, Wait};
