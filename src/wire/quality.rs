//! What is known of a cut.

/// What is known of a cut: whether the peer read up to there, and no further, at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    /// It did. Over a Unix socket this is known but for about one cut in ten thousand: a read that
    /// has taken its bytes looks once more for others before it returns, and nobody can be asked
    /// whether it has.
    Confirmed,
    /// It has the bytes and sleeps on them.
    Held,
    /// Nobody could be asked: the peer had time to do it.
    Paced,
}
