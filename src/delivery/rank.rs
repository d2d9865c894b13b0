//! Ranks: the members of a set by number, so that the set need not be listed.

use std::collections::HashSet;

use fastrand::Rng;

/// How many pairs there are of `n` things; saturating.
pub(super) fn pairs(n: usize) -> u64 {
    let n = n as u128;
    u64::try_from(n * n.saturating_sub(1) / 2).unwrap_or(u64::MAX)
}

/// The pair of that rank: `(low, high)` with `low < high`, counted through by `high`.
pub(super) fn pair(rank: u64) -> (usize, usize) {
    // The largest number of which high (high - 1) / 2 pairs of lower numbers come before.
    let rank = u128::from(rank);
    let high = (8 * rank + 1).isqrt().div_ceil(2);
    ((rank - high * (high - 1) / 2) as usize, high as usize)
}

/// The rank of a pair `low < high`.
pub(super) fn rank_of_pair(low: usize, high: usize) -> u64 {
    pairs(high).saturating_add(low as u64)
}

/// Chooses `wanted` of the ranks below `total`: the telling ones first, the rest at random.
/// Ascending; `wanted < total`.
pub(super) fn sample(total: u64, wanted: usize, telling: &[u64], rng: &mut Rng) -> Vec<u64> {
    let mut chosen: Vec<u64> = telling.to_vec();
    rng.shuffle(&mut chosen);
    chosen.truncate(wanted);
    let mut seen: HashSet<u64> = chosen.iter().copied().collect();
    while chosen.len() < wanted {
        let rank = rng.u64(..total);
        if seen.insert(rank) {
            chosen.push(rank);
        }
    }
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_has_a_rank() {
        let mut expected = Vec::new();
        for high in 0..40 {
            expected.extend((0..high).map(|low| (low, high)));
        }
        assert_eq!(expected.len() as u64, pairs(40));
        for (rank, &(low, high)) in expected.iter().enumerate() {
            assert_eq!(pair(rank as u64), (low, high));
            assert_eq!(rank_of_pair(low, high), rank as u64);
        }
    }

    #[test]
    fn large_ranks_are_exact() {
        for high in [94_906_267_usize, 4_000_000_000, 6_074_000_999] {
            for low in [0, 1, high - 1] {
                assert_eq!(pair(rank_of_pair(low, high)), (low, high));
            }
        }
    }

    #[test]
    fn a_sample_has_no_rank_twice_and_prefers_the_telling() {
        let mut rng = Rng::with_seed(7);
        let ranks = sample(1_000_000, 500, &[3, 999_999], &mut rng);
        assert_eq!(ranks.len(), 500);
        assert!(ranks.is_sorted_by(|a, b| a < b));
        assert!(ranks.contains(&3) && ranks.contains(&999_999));
        assert_eq!(sample(10, 2, &[1, 2, 3, 4], &mut rng).len(), 2);
    }
}
