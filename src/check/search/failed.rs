//! What follows if a play could not take place.

use crate::check::finding::Unchecked;
use crate::peer::{TargetError, TargetErrorKind};

/// Why nothing more can be judged, if the target is there all the same.
pub(super) fn unchecked(error: &TargetError) -> Option<Unchecked> {
    match error.kind() {
        TargetErrorKind::Limit => Some(Unchecked::OurLimit(error.to_string())),
        TargetErrorKind::Client => Some(Unchecked::BadClient(error.to_string())),
        _ => None,
    }
}
