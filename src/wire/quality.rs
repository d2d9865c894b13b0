//! What is known of a cut.

/// What is known of a cut: whether the peer read up to there, and no further, at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    /// It did.
    Confirmed,
    /// It has the bytes and sleeps on them.
    Held,
    /// Nobody could be asked: the peer had time to do it.
    Paced,
}
