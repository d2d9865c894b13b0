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
