//! From some cuts that make a difference to the fewest, at the places that say most.

use crate::check::{Verdict, first_kept, shrink_list};
use crate::delivery::telling_offsets;

/// Of bytes of at most this length each cut is tried by itself, of longer ones so many at telling
/// offsets.
const EACH: usize = 256;

/// How often it is asked at most.
const MOST: u32 = 4_000;

/// The fewest offsets that make a difference, as far as they are found soon. The ones that are
/// given do.
pub(super) fn fewest(
    offsets: Vec<usize>,
    bytes: &[u8],
    mut differs: impl FnMut(&[usize]) -> bool,
) -> Vec<usize> {
    let mut left = MOST;
    let mut verdict = |offsets: &[usize]| {
        left = left.saturating_sub(1);
        match left {
            0 => Verdict::Stop,
            _ if differs(offsets) => Verdict::Keep,
            _ => Verdict::Reject,
        }
    };
    let telling = telling_offsets(bytes);
    let mut offsets = offsets;
    if offsets.len() > 1 {
        let each = 1..if bytes.len() <= EACH { bytes.len() } else { 1 };
        let alone = telling.iter().copied().take(EACH).chain(each).map(|offset| vec![offset]);
        offsets = match first_kept(alone, |offsets| verdict(offsets)) {
            Some(one) => one,
            None => shrink_list(offsets, &mut verdict),
        };
    }
    for index in 0..offsets.len() {
        let at = offsets[index];
        if telling.binary_search(&at).is_ok() {
            continue;
        }
        let low = index.checked_sub(1).map_or(0, |before| offsets[before]);
        let high = offsets.get(index + 1).copied().unwrap_or(bytes.len());
        let mut near: Vec<usize> =
            telling.iter().copied().filter(|offset| low < *offset && *offset < high).collect();
        near.sort_by_key(|offset| offset.abs_diff(at));
        let moved = near.into_iter().take(EACH).map(|offset| {
            let mut moved = offsets.clone();
            moved[index] = offset;
            moved
        });
        if let Some(moved) = first_kept(moved.collect::<Vec<_>>(), |offsets| verdict(offsets)) {
            offsets = moved;
        }
    }
    offsets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_that_does_it_alone_is_found_among_others() {
        let bytes = [b'x'; 100];
        let found = fewest((1..100).collect(), &bytes, |offsets| offsets.contains(&42));
        assert_eq!(found, [42]);
        let found = fewest((1..100).collect(), &bytes, |offsets| {
            offsets.contains(&42) && offsets.contains(&7) && offsets.contains(&99)
        });
        assert_eq!(found, [7, 42, 99]);
    }

    #[test]
    fn cuts_move_to_the_nearest_telling_offset_that_still_does_it() {
        // Telling are 3, 4 and 7, 8.
        let bytes = b"abc\ndef\ngh";
        assert_eq!(fewest(vec![6], bytes, |offsets| offsets[0] > 4), [7]);
        assert_eq!(fewest(vec![6], bytes, |offsets| offsets[0] > 2), [7]);
        assert_eq!(fewest(vec![5], bytes, |offsets| offsets[0] > 2), [4]);
        assert_eq!(fewest(vec![6], bytes, |offsets| offsets == [6]), [6]);
        let both = fewest(vec![1, 5], bytes, |offsets| {
            offsets.len() == 2 && offsets[0] < offsets[1] && offsets[1] < 8
        });
        assert_eq!(both, [3, 4]);
    }

    #[test]
    fn it_ends_however_many_cuts_there_are() {
        let bytes = vec![b'\n'; 100_000];
        let mut asked = 0;
        let found = fewest((1..100_000).collect(), &bytes, |offsets| {
            asked += 1;
            offsets.len() > 50_000
        });
        assert!(found.len() > 50_000 && asked <= MOST, "{asked}");
    }
}
