//! The segmentations of a stream that a check plays, without an allocation.

use super::{BodyResult, Look};
use crate::delivery::each_telling;
use crate::text::stable_hash;

/// Up to this length, in bytes, every single cut is played, and by a deep look every pair. In a
/// longer stream a quick look plays only cuts at telling offsets.
pub(super) const SHORT: usize = 64;

/// How many telling offsets of a longer stream a quick look takes.
const TELLING: usize = 32;

/// Up to this length a deep look plays every segmentation.
const ALL: usize = 12;

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
    pub(super) fn cut_at(stream: &'a [u8], first: usize, second: usize) -> Self {
        Self { rest: stream, rule: CutRule::Lengths([first, second - first]) }
    }

    /// As a script writes them: with `|` between the segments.
    pub(super) fn shown(&self) -> String {
        let literals: Vec<_> = self.clone().map(crate::script::literal).collect();
        format!("the segments: {}", literals.join(" | "))
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

/// Checks the stream whole, byte by byte, cut in four ways that a hash of it chooses, and with
/// single cuts; a deep look adds pairs of cuts, and all segmentations of a short stream.
pub(super) fn each(
    stream: &[u8],
    look: Look,
    mut check: impl FnMut(Segments<'_>) -> BodyResult,
) -> BodyResult {
    check(Segments::whole(stream))?;
    check(Segments::bytes(stream))?;
    let hash = stable_hash(stream);
    for seed in 0..4 {
        check(Segments::random(stream, hash.wrapping_add(seed)))?;
    }
    each_place(stream, look, |cut| check(Segments::cut_at(stream, cut, cut)))?;
    if !look.deep {
        return Ok(());
    }
    if stream.len() <= SHORT {
        for first in 1..stream.len() {
            for second in first + 1..stream.len() {
                check(Segments::cut_at(stream, first, second))?;
            }
        }
    }
    if (1..=ALL).contains(&stream.len()) {
        for bits in 0..1 << (stream.len() - 1) {
            check(Segments { rest: stream, rule: CutRule::Bits(bits) })?;
        }
    }
    Ok(())
}

/// Checks every place inside a short stream, or, by a deep look, inside any stream; otherwise only
/// telling offsets.
pub(super) fn each_place(
    stream: &[u8],
    look: Look,
    mut check: impl FnMut(usize) -> BodyResult,
) -> BodyResult {
    if look.deep || stream.len() <= SHORT {
        return (1..stream.len()).try_for_each(check);
    }
    let telling = each_telling(stream);
    let step = telling.clone().count().div_ceil(TELLING).max(1);
    // Not always from the first: telling offsets often come in threes, and of each three the same
    // one would be taken.
    let first = stable_hash(stream) as usize % step;
    telling.skip(first).step_by(step).try_for_each(&mut check)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn segmentations(stream: &[u8], look: Look) -> Vec<Vec<Vec<u8>>> {
        let mut all = Vec::new();
        each(stream, look, |segments| {
            all.push(segments.map(<[u8]>::to_vec).collect::<Vec<_>>());
            Ok(())
        })
        .unwrap();
        all
    }

    #[test]
    fn segments_are_the_stream_and_none_is_empty() {
        for length in [0, 1, 2, 11, 12, 13, 64, 65, 300] {
            let stream: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
            for look in [Look::QUICK, Look::DEEP] {
                for segments in segmentations(&stream, look) {
                    assert_eq!(segments.concat(), stream);
                    assert!(segments.iter().all(|segment| !segment.is_empty()));
                }
            }
        }
    }

    #[test]
    fn a_deep_look_plays_every_segmentation_of_a_short_stream() {
        for length in 1..=ALL {
            let stream: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
            let distinct: HashSet<_> = segmentations(&stream, Look::DEEP).into_iter().collect();
            assert_eq!(distinct.len(), 1 << (length - 1));
        }
    }

    #[test]
    fn every_single_cut_of_64_bytes_and_telling_ones_beyond() {
        let singles = |stream: &[u8], look| {
            let all = segmentations(stream, look);
            let cuts = all.iter().filter(|segments| segments.len() == 2);
            cuts.map(|segments| segments[0].len()).collect::<HashSet<_>>()
        };
        assert_eq!(singles(&[b'a'; 64], Look::QUICK).len(), 63);
        assert_eq!(singles(&[b'a'; 65], Look::DEEP).len(), 64);
        let mut long = [b'a'; 2000];
        long[700] = b'\n';
        let expected = [511, 512, 513, 700, 701, 1023, 1024, 1025];
        assert_eq!(singles(&long, Look::QUICK), HashSet::from(expected));
        assert_eq!(singles(&[b'\n'; 2000], Look::QUICK).len(), 32);
    }
}
