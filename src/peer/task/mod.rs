//! A connection in memory between us and a task of tokio, on a clock that stands still until the
//! play lets time pass.

mod bell;
mod elsewhere;
mod handle;
mod link;
mod pass;
mod pipe;
mod worker;

pub(super) use self::elsewhere::Elsewhere;
pub use self::handle::AsyncPipe;
pub(super) use self::link::TaskLink;
pub(super) use self::worker::{AT_WORK, Attendant, Start, Worker};
