//! The segmentations of a stream that a fuzz target plays, without an allocation.

use super::each_telling;
use crate::text::stable_hash;

/// Up to this length, in bytes, every single cut is played. In a longer stream only cuts at telling
/// offsets are.
pub const SHORT: usize = 64;

/// How many telling offsets of a longer stream are taken.
const TELLING: usize = 32;

/// The largest segment of a segmentation that is derived from a hash.
const LARGEST: u64 = 7;

/// The segments of a stream, in order; no segment is empty.
#[derive(Clone, Debug)]
pub struct Segments<'a> {
    rest: &'a [u8],
    rule: CutRule,
}

/// Where segments end.
#[derive(Clone, Copy, Debug)]
enum CutRule {
    /// After that many bytes, again after that many more, and at the end. A zero is not a cut.
    Lengths([usize; 2]),
    /// After every byte.
    Bytes,
    /// As the bits of a number say.
    Bits(u32),
    /// By the state of a small generator (Marsaglia, "Xorshift RNGs", 2003). It is written here
    /// and not taken from a library because an input that once failed must be cut in the same way
    /// for ever: the crate fastrand may draw other numbers in another version.
    Random(u64),
}

impl<'a> Segments<'a> {
    /// The whole stream at once.
    pub fn whole(stream: &'a [u8]) -> Self {
        Self { rest: stream, rule: CutRule::Lengths([0, 0]) }
    }

    /// Byte by byte.
    pub fn bytes(stream: &'a [u8]) -> Self {
        Self { rest: stream, rule: CutRule::Bytes }
    }

    /// Segments of 1 to 7 bytes, as the seed says.
    pub fn random(stream: &'a [u8], seed: u64) -> Self {
        Self { rest: stream, rule: CutRule::Random(seed.max(1)) }
    }

    /// Two segments, or three: `0 < first < second < stream.len()`, or `second` is `first`.
    pub fn cut_at(stream: &'a [u8], first: usize, second: usize) -> Self {
        Self { rest: stream, rule: CutRule::Lengths([first, second - first]) }
    }

    /// As the bits of a number say, from the lowest on: a one is a cut.
    pub fn bits(stream: &'a [u8], bits: u32) -> Self {
        Self { rest: stream, rule: CutRule::Bits(bits) }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let length = match &mut self.rule {
            CutRule::Lengths([next, then]) => {
                let length = std::mem::replace(next, std::mem::take(then));
                if length == 0 { self.rest.len() } else { length }
            }
            CutRule::Bytes => 1,
            CutRule::Bits(bits) => {
                let length = bits.trailing_zeros() + 1;
                *bits = bits.checked_shr(length).unwrap_or(0);
                length as usize
            }
            CutRule::Random(state) => {
                *state ^= *state << 13;
                *state ^= *state >> 7;
                *state ^= *state << 17;
                (*state % LARGEST + 1) as usize
            }
        };
        let (segment, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.rest = rest;
        Some(segment)
    }
}

/// Tries the stream whole, byte by byte, cut in four ways that a hash of it chooses, and with
/// single cuts: what a fuzz target has time for.
///
/// # Errors
///
/// What the first of them that does not pass ends with.
pub fn each_quick<'a, E>(
    stream: &'a [u8],
    mut check: impl FnMut(Segments<'a>) -> Result<(), E>,
) -> Result<(), E> {
    each_hashed(stream, &mut check)?;
    each_quick_place(stream, |cut| check(Segments::cut_at(stream, cut, cut)))
}

/// The same without the single cuts.
///
/// # Errors
///
/// What the first of them that does not pass ends with.
pub fn each_hashed<'a, E>(
    stream: &'a [u8],
    mut check: impl FnMut(Segments<'a>) -> Result<(), E>,
) -> Result<(), E> {
    check(Segments::whole(stream))?;
    check(Segments::bytes(stream))?;
    let hash = stable_hash(stream);
    (0..4).try_for_each(|seed| check(Segments::random(stream, hash.wrapping_add(seed))))
}

/// Every place inside a short stream, and some of the telling offsets of a longer one.
///
/// # Errors
///
/// What the first of them that does not pass ends with.
pub fn each_quick_place<E>(
    stream: &[u8],
    mut check: impl FnMut(usize) -> Result<(), E>,
) -> Result<(), E> {
    if stream.len() <= SHORT {
        return (1..stream.len()).try_for_each(check);
    }
    let telling = each_telling(stream);
    let step = telling.clone().count().div_ceil(TELLING).max(1);
    // Not always from the first: telling offsets often come in threes, and of each three the same
    // one would be taken.
    let first = stable_hash(stream) as usize % step;
    telling.skip(first).step_by(step).try_for_each(&mut check)
}
