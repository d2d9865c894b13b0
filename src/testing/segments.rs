//! The segmentations of a stream that a check plays: the quick ones, and what a deep look adds.

use super::{BodyResult, Look};
use crate::delivery::{SHORT, Segments, each_hashed, each_quick_place};

/// Up to this length a deep look plays every segmentation.
const ALL: usize = 12;

/// As a script writes segments: with `|` between them.
pub(super) fn shown(segments: &Segments<'_>) -> String {
    let literals: Vec<_> = segments.clone().map(crate::script::literal).collect();
    format!("the segments: {}", literals.join(" | "))
}

/// Checks the stream whole, byte by byte, cut in four ways that a hash of it chooses, and with
/// single cuts; a deep look adds pairs of cuts, and all segmentations of a short stream.
pub(super) fn each(
    stream: &[u8],
    look: Look,
    mut check: impl FnMut(Segments<'_>) -> BodyResult,
) -> BodyResult {
    each_hashed(stream, &mut check)?;
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
            check(Segments::bits(stream, bits))?;
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
    match look.deep {
        true => (1..stream.len()).try_for_each(&mut check),
        false => each_quick_place(stream, check),
    }
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
