//! **recut** plays a conversation with a stream server under every way the network may cut, join
//! or break the stream, and shows the smallest one that makes the server answer differently.
//!
//! TCP keeps bytes in order and nothing else: a server that takes one `recv` for one message works
//! on its author's machine and fails in the field. recut finds that, for any protocol that speaks
//! over a byte stream. This is the library, for `cargo test`; the program `recut` does the same for
//! a server in any language.
//!
//! # A test in one line
//!
//! A server that is written without sockets implements [`Protocol`]: it is told what arrives and
//! appends what it replies. Then recut plays it in memory, where cuts are exact and nothing has to
//! wait. This one takes what arrives at once for one message:
//!
//! ```should_panic
//! use recut::{Flow, Protocol};
//!
//! #[derive(Default)]
//! struct Shout;
//!
//! impl Protocol for Shout {
//!     fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
//!         let Ok(text) = std::str::from_utf8(segment) else { return Flow::Close };
//!         reply.extend(text.to_uppercase().bytes());
//!         Flow::Continue
//!     }
//!
//!     fn end(&mut self, _reply: &mut Vec<u8>) -> Flow {
//!         Flow::Close
//!     }
//! }
//!
//! let greet = r#"
//! > "zoë\n"
//! < "ZOË\n"
//! "#;
//! // Panics with the report of `recut check`: a cut inside of `ë` makes it close the connection.
//! recut::check(Shout::default, greet).assert();
//! ```
//!
//! # The contract of a server
//!
//! One value serves one connection. [`Protocol::open`] is called first, [`Protocol::receive`] for
//! each segment of the stream, and [`Protocol::end`] at most once, after the client's FIN. Replies
//! are only appended to. After [`Flow::Quit`] or [`Flow::Close`] nothing more is called. The law is
//! that the answer depends on the stream alone, and not on the segments in which it arrives.
//!
//! What connections share belongs to what makes the values: see [`Target::server`]. A server that
//! is not written like that is reached through an address, or started by recut: see [`Target`].
//!
//! If the core is `Clone` and `Eq`, [`prove`] goes further: it proves all 2^(n-1) ways to cut n
//! bytes.
//!
//! # Without a conversation
//!
//! [`invariant`] holds any function of segments to the law: a parser, a decoder, a codec. [`fuzz`]
//! is the body of a fuzz target for a core, in one line.
//!
//! ```
//! let lines = recut::invariant("Zoë\r\n", |segments| {
//!     let (mut lines, mut line) = (Vec::new(), Vec::new());
//!     for byte in segments.iter().copied().flatten() {
//!         line.push(*byte);
//!         if line.ends_with(b"\r\n") {
//!             lines.push(String::from_utf8(std::mem::take(&mut line)));
//!         }
//!     }
//!     lines
//! });
//! assert_eq!(lines, [Ok("Zoë\r\n".to_owned())]);
//! ```
//!
//! # With options
//!
//! [`Check`] has the options of `recut check`, in the same words:
//!
//! ```
//! use recut::{Check, Echo};
//!
//! let check = Check::new(Echo::default).deliver("+joined +half-close").max(2_000);
//! check.run("> \"hello, Zoë\\n\"\n< \"hello, Zoë\\n\"\n")?.assert();
//! # Ok::<(), recut::LoadError>(())
//! ```
//!
//! # Scripts as tests
//!
//! With the feature `tests` each file is a test of its own. This is a whole test file, for which
//! `Cargo.toml` says `harness = false`; with `RECUT=overwrite cargo test` it writes what came into
//! the scripts:
//!
//! ```standalone_crate
//! use recut::Echo; // anything that implements recut::Protocol
//!
//! recut::tests!("corpus/conversations/*.recut", Echo::default);
//! ```
//!
//! # Features
//!
//! - `cli`, on by default: the program. A library needs none of it:
//!   `recut = { version = "…", default-features = false }`.
//! - `tests`: the macro `tests!`.
//! - `proptest`: the module `strategies`, for property tests of your own.
//! - `tokio`: handlers in async style, on a paused clock: `Target::tokio`.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
// What stands behind the face is public for recut's own tests, benchmarks and fuzz targets, and for
// nobody else: without them it looks as if much of it were used by nobody, and clippy judges what
// is private more strictly.
#![cfg_attr(
    not(feature = "_internals"),
    allow(
        clippy::enum_variant_names,
        dead_code,
        unfulfilled_lint_expectations,
        unreachable_pub,
        unused_imports
    )
)]

#[cfg(feature = "_internals")]
#[doc(hidden)]
pub mod check;
#[cfg(not(feature = "_internals"))]
mod check;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "_internals")]
#[doc(hidden)]
pub mod delivery;
#[cfg(not(feature = "_internals"))]
mod delivery;
mod face;
mod files;
mod invariant;
#[cfg(feature = "_internals")]
#[doc(hidden)]
pub mod peer;
#[cfg(not(feature = "_internals"))]
mod peer;
#[cfg(feature = "_internals")]
#[doc(hidden)]
pub mod protocol;
#[cfg(not(feature = "_internals"))]
mod protocol;
#[cfg(feature = "_internals")]
#[doc(hidden)]
pub mod report;
#[cfg(not(feature = "_internals"))]
mod report;
#[cfg(feature = "_internals")]
#[doc(hidden)]
pub mod script;
#[cfg(not(feature = "_internals"))]
mod script;
#[cfg(feature = "_internals")]
#[doc(hidden)]
pub mod shell;
#[cfg(all(feature = "cli", not(feature = "_internals")))]
mod shell;
#[cfg(feature = "proptest")]
pub mod strategies;
#[cfg(feature = "_internals")]
#[doc(hidden)]
pub mod testing;
#[cfg(feature = "_internals")]
#[doc(hidden)]
pub mod text;
#[cfg(not(feature = "_internals"))]
mod text;
mod wire;

pub use check::{Checked, Finding};
pub use face::{Check, IntoTarget, check, prove};
pub use invariant::{fuzz, fuzz_every, invariant};
pub use peer::{ClientCommand, CommandError, Pipe, Spawn, Stdio, Target, TargetError};
pub use protocol::{Echo, Flow, Protocol, Tutorial, respond};
pub use script::{Conversation, Law, LoadError, ScriptError};

#[cfg(feature = "tests")]
#[doc(hidden)]
pub use face::Suite;
#[cfg(feature = "tokio")]
pub use peer::AsyncPipe;

#[cfg(feature = "_internals")]
#[doc(hidden)]
pub use {
    check::{Options, check_once},
    delivery::Delivery,
    script::Script,
};

/// The examples of the README are tests too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// So are those of the guide; some need what is behind the feature `tokio`.
#[cfg(all(doctest, feature = "tokio"))]
mod guide {
    #[doc = include_str!("../docs/guide/blocking.md")]
    struct BlockingPage;

    #[allow(rustdoc::invalid_codeblock_attributes)]
    #[doc = include_str!("../docs/guide/client.md")]
    struct ClientPage;

    #[doc = include_str!("../docs/guide/core.md")]
    struct CorePage;

    // Its files have names, for the test that runs its commands.
    #[allow(rustdoc::invalid_codeblock_attributes)]
    #[doc = include_str!("../docs/guide/other.md")]
    struct OtherPage;

    #[doc = include_str!("../docs/guide/tokio.md")]
    struct TokioPage;
}
