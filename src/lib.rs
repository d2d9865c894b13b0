//! **recut** plays a conversation with a stream server under every way the network may cut, join
//! or break the stream, and shows the smallest one that makes the server answer differently.
//!
//! TCP keeps bytes in order and nothing else: a server that takes one `recv` for one message works
//! on its author's machine and fails in the field. recut finds that, for any protocol that speaks
//! over a byte stream.
//!
//! The crate has five parts, one for each question about a conversation:
//!
//! - what is *said*: [`script`], the language in which conversations are written;
//! - how it *travels*: [`delivery`], the cuts, the order and the ending;
//! - who is at the *other end*: [`peer`], a core in memory, a server at an address, a process;
//! - what must *hold*: [`check`](mod@check), which plays, judges, confirms and shrinks;
//! - what is *shown*: `report`, with the command line.
//!
//! [`protocol`] joins them with servers that know no sockets: one that implements [`Protocol`] is
//! played in memory, exactly and at once; [`shell`] serves it over TCP.
//!
//! # Examples
//!
//! A server of your own, checked under every delivery:
//!
//! ```
//! use recut::{Conversation, Options, Target, Tutorial};
//!
//! let target = Target::memory("mine", Tutorial::default);
//! let hello = Conversation::parse("hello", "> \"hellö\\n\"\n< \"hellö\\n\"\n").unwrap();
//! let checked = recut::check_once(&target, &hello, &Options::default()).unwrap();
//! let finding = &checked.findings[0];
//! assert_eq!((finding.law.name(), finding.delivery.as_str()), ("cut-off", "cut@5"));
//! ```

#![forbid(unsafe_code)]

pub mod check;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
pub mod delivery;
pub mod peer;
pub mod protocol;
#[doc(hidden)]
pub mod report;
pub mod script;
pub mod shell;
#[doc(hidden)]
pub mod testing;
pub mod text;
mod wire;

pub use check::{Checked, Finding, Options, check_once};
pub use delivery::Delivery;
pub use peer::{Target, TargetError};
pub use protocol::{Echo, Flow, Protocol, Tutorial, respond};
pub use script::{Conversation, Law, Script, ScriptError};
#[cfg(feature = "proptest")]
pub use testing::strategies;

/// The examples of the README are tests too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
