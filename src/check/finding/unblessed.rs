//! A claim that is not met, and that could not be written anew.

use std::fmt;
use std::sync::Arc;

use super::mismatch::Mismatch;
use crate::script::{NotRewritten, Source, Span};

/// A claim that is not met, and can't be written.
#[derive(Clone, Debug)]
pub struct Unblessed {
    /// The file in which it stands.
    pub source: Arc<Source>,
    /// Where it stands there.
    pub span: Span,
    /// Why it can't be written.
    pub why: NotBlessed,
    /// What came instead.
    pub seen: Box<Mismatch>,
}

/// Why what was observed can't be written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotBlessed {
    /// The text can't be replaced.
    Text(NotRewritten),
    /// The statement is repeated, and answered differently each time.
    Repeated,
    /// The answer changes by itself.
    Changing,
    /// The server crashed.
    Crashed,
}

impl fmt::Display for NotBlessed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotBlessed::Text(why) => why.fmt(f),
            NotBlessed::Repeated => {
                f.write_str("it is repeated, and answered differently each time")
            }
            NotBlessed::Changing => f.write_str("the answer changes by itself"),
            NotBlessed::Crashed => f.write_str("the server crashed"),
        }
    }
}
