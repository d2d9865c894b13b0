//! The face of the crate: what a test calls. A target and a script in, a verdict out, whose words
//! are those of the command line.

mod assert;
mod builder;
mod call;
mod into_target;
#[cfg(feature = "tests")]
mod suite;

pub use self::builder::Check;
pub use self::call::{check, prove};
pub use self::into_target::IntoTarget;
#[cfg(feature = "tests")]
pub use self::suite::Suite;
