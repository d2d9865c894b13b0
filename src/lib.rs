//! **recut** plays a conversation with a stream server under every way the network may cut, join
//! or break the stream, and shows the smallest one that makes the server answer differently.

#![forbid(unsafe_code)]

pub mod check;
pub mod delivery;
pub mod protocol;
pub mod script;
pub mod target;

pub use check::{Checked, Finding, Options, check_once};
pub use delivery::Delivery;
pub use protocol::{Echo, Flow, Protocol, Tutorial, respond};
pub use script::{Conversation, Law, Script, ScriptError};
pub use target::{Target, TargetError};
