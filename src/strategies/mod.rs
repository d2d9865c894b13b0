//! Strategies for property tests with the crate proptest: streams, how they are cut, and what is
//! said in conversations. With the feature `proptest`.
//!
//! They make what breaks servers: characters of every length and bytes that are not characters,
//! line ends of every kind, lengths around the usual buffers, cuts inside and around all that.
//! Failing cases become small: first few cuts, then a short stream of letters, in which each cut
//! stays between the bytes that it separates.
//!
//! # Examples
//!
//! A server of your own, under any segmentation of any stream:
//!
//! ```
//! use proptest::prelude::*;
//! use recut::Echo; // anything that implements recut::Protocol
//! use recut::strategies::cut_stream;
//!
//! proptest! {
//!     # #![proptest_config(ProptestConfig::with_cases(16))]
//!     # /*
//!     #[test]
//!     # */
//!     fn the_answer_depends_on_the_stream_alone(cut in cut_stream()) {
//!         prop_assert_eq!(cut.play(Echo::default()), cut.uncut().play(Echo::default()));
//!     }
//! }
//! # the_answer_depends_on_the_stream_alone();
//! ```
//!
//! What is shown of a server that breaks: the fewest cuts, and the shortest stream that has room
//! for them. This one forgets the start of a line that comes in more than three reads, so it needs
//! three cuts:
//!
//! ```
//! use proptest::prelude::*;
//! use proptest::test_runner::{TestError, TestRunner};
//! use recut::strategies::{Segmentation, cut_stream};
//! use recut::{Flow, Protocol};
//!
//! #[derive(Default)]
//! struct Forgetful {
//!     line: Vec<u8>,
//!     reads: usize,
//! }
//!
//! impl Protocol for Forgetful {
//!     fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
//!         self.reads += 1;
//!         if self.reads > 3 {
//!             self.line.clear();
//!         }
//!         for &byte in segment {
//!             self.line.push(byte);
//!             if byte == b'\n' {
//!                 reply.append(&mut self.line);
//!                 self.reads = 1;
//!             }
//!         }
//!         if self.line.is_empty() {
//!             self.reads = 0;
//!         }
//!         Flow::Continue
//!     }
//!
//!     fn end(&mut self, _reply: &mut Vec<u8>) -> Flow {
//!         Flow::Close
//!     }
//! }
//!
//! let outcome = TestRunner::deterministic().run(&cut_stream(), |cut| {
//!     let uncut = cut.uncut().play(Forgetful::default());
//!     prop_assert_eq!(cut.play(Forgetful::default()), uncut);
//!     Ok(())
//! });
//! let Err(TestError::Fail(_, shown)) = outcome else { panic!("{outcome:?}") };
//! assert_eq!(shown, Segmentation::new("aaa\n", [1, 2, 3]));
//! assert_eq!(format!("{shown:?}"), r#""a" | "a" | "a" | "\n""#);
//! ```

mod conversation;
mod pieces;
mod script;
mod segmentation;
mod stream;
mod talk;

pub use self::conversation::{conversation, doubtful_conversation};
#[doc(hidden)]
pub use self::script::script;
pub use self::segmentation::{CutTree, Cutting, Segmentation, cut_stream, segmentation};
pub use self::stream::{ill_formed, stream, well_formed};
