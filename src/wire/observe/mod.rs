//! What is seen of the other end of a connection from outside.

mod linux;

pub(super) use self::linux::{Calm, Reading};
pub(crate) use self::linux::{Diag, Tree, Watch};
