//! The face of the crate: what a test calls. A target and a script in, a verdict out, whose words
//! are those of the command line.

mod assert;
mod builder;
mod into_target;
mod prove;
#[cfg(feature = "tests")]
mod suite;

pub use self::builder::{Check, check};
pub use self::into_target::IntoTarget;
pub use self::prove::prove;
#[cfg(feature = "tests")]
pub use self::suite::Suite;
