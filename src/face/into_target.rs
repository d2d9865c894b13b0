//! What can be checked: a target, or whatever makes the server's side of a connection.

use std::any::type_name;

use crate::peer::Target;
use crate::protocol::Protocol;

/// What can be checked: a [`Target`], or a function that makes the server's side of a connection.
///
/// # Examples
///
/// ```
/// use recut::{Echo, IntoTarget, Target};
///
/// assert_eq!(Echo::default.into_target().to_string(), "Echo");
/// assert_eq!((|| Echo::default()).into_target().to_string(), "Echo");
/// assert_eq!(Target::memory("mine", Echo::default).into_target().to_string(), "mine");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that recut can check",
    label = "expected a `Target`, or a function that makes the server's side of a connection",
    note = "such a function is `Fn() -> P + Send + Sync + 'static`, where `P: Protocol + Send`"
)]
pub trait IntoTarget {
    /// The target.
    fn into_target(self) -> Target;
}

impl IntoTarget for Target {
    fn into_target(self) -> Target {
        self
    }
}

impl IntoTarget for &Target {
    fn into_target(self) -> Target {
        self.clone()
    }
}

/// A core in memory that is called as its type is. Connections must share nothing: for those that
/// do, see [`Target::server`].
impl<F, P> IntoTarget for F
where
    F: Fn() -> P + Send + Sync + 'static,
    P: Protocol + Send + 'static,
{
    fn into_target(self) -> Target {
        Target::memory(name_of::<P>(), self)
    }
}

/// What a core of this type is called.
pub(super) fn name_of<P>() -> &'static str {
    short_name(type_name::<P>())
}

/// The last part of the path of a type, without what it is generic over.
pub(super) fn short_name(path: &str) -> &str {
    let path = path.split('<').next().unwrap_or(path);
    path.rsplit("::").next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_called_by_its_last_name() {
        for (path, name) in [("u8", "u8"), ("a::b::Server", "Server"), ("a::S<b::T<c::U>>", "S")] {
            assert_eq!(short_name(path), name, "{path}");
        }
    }
}
