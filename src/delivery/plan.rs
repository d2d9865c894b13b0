//! Which deliveries are played: the sets that were asked for, within a bound.

use fastrand::Rng;

use super::rank::{pair, pairs, rank_of_pair, sample};
use super::{Choice, Cut, Delivery, Ending, LeftOut, Set, Shape, Vanish};

/// `all` has 2^places members; at this many places 8,192.
const ALL_PLACES: usize = 13;

/// The most cuts that a `random` delivery has.
const RANDOM_CUTS: usize = 8;

/// The deliveries of one conversation: the sets in order, their deliveries numbered; each is made
/// when it is asked for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// One for each set, and one for each delivery in `@` words; the baseline is always first.
    pub parts: Vec<Part>,
}

/// The deliveries of one set that are played.
#[derive(Clone, Debug)]
pub struct Part {
    /// The set; `None` for a delivery that was written with `@` words.
    pub set: Option<Set>,
    shape: Shape,
    seed: u64,
    members: Members,
    total: u64,
    not_applicable: Option<&'static str>,
}

#[derive(Clone, Debug)]
enum Members {
    /// All, in order.
    Whole,
    /// These, by rank.
    Sampled(Vec<u64>),
    Explicit(Vec<Delivery>),
}

impl Plan {
    /// Plans the deliveries of a conversation of that shape: at most `max` of them, divided so that
    /// small sets are played whole. `static_sends` says whether all that is sent is known before
    /// the play.
    pub fn new(shape: &Shape, choice: &Choice, static_sends: bool, max: u64, seed: u64) -> Self {
        let mut parts = vec![Part::of_set(Set::Uncut, shape, static_sends, seed)];
        let sets = choice.sets.iter().filter(|set| **set != Set::Uncut);
        parts.extend(sets.map(|&set| Part::of_set(set, shape, static_sends, seed)));
        if !choice.explicit.is_empty() {
            parts.push(Part {
                set: None,
                shape: Shape::default(),
                seed,
                total: choice.explicit.len() as u64,
                members: Members::Explicit(choice.explicit.clone()),
                not_applicable: None,
            });
        }
        share_out(&mut parts, max);
        Self { parts }
    }

    /// How many deliveries are played.
    #[expect(clippy::len_without_is_empty, reason = "the baseline is always played")]
    pub fn len(&self) -> u64 {
        self.parts.iter().map(Part::len).sum()
    }
}

/// Gives each part its share of `max`: the smallest first, so that what they leave goes to the
/// larger ones.
fn share_out(parts: &mut [Part], max: u64) {
    // The baseline is always played.
    let mut order: Vec<usize> = (1..parts.len()).collect();
    order.sort_by_key(|&index| parts[index].total);
    let mut left = max.saturating_sub(1);
    for (place, &index) in order.iter().enumerate() {
        parts[index].limit(left.div_ceil((order.len() - place) as u64));
        left -= parts[index].len();
    }
}

impl Part {
    /// A client that vanishes in the middle of everything, if the part has such a delivery.
    pub fn middle_drop(&self) -> Option<Delivery> {
        let middle = (!self.is_empty()).then(|| self.delivery(self.len() / 2))?;
        matches!(middle.ending, Ending::Vanish { .. }).then_some(middle)
    }

    fn of_set(set: Set, shape: &Shape, static_sends: bool, seed: u64) -> Self {
        let cuts = shape.cuts();
        let (mut not_applicable, mut members) = (None, Members::Whole);
        let total = match set {
            Set::Joined if !static_sends => {
                not_applicable = Some("what is sent depends on what was answered");
                0
            }
            Set::Uncut | Set::Written | Set::Bytes | Set::Joined | Set::HalfClose => 1,
            Set::Single => cuts as u64,
            Set::Pairs => pairs(cuts),
            Set::All if cuts > ALL_PLACES => {
                not_applicable = Some("more than 13 places to cut");
                0
            }
            Set::All => 1 << cuts,
            Set::Every => 0,
            Set::Random(plays) => plays * u64::from(cuts > 0),
            Set::Slow(_) => {
                let ranks = shape.telling_ranks();
                let is_empty = ranks.is_empty() && cuts > 0;
                not_applicable = is_empty.then_some("there is no telling offset");
                members = Members::Sampled(ranks);
                shape.telling().len() as u64
            }
            Set::Interleaved => {
                members = Members::Sampled(shape.interleavings());
                shape.interleavings().len() as u64
            }
            Set::Drop | Set::Reset => shape.vanishings() as u64,
        };
        Self { set: Some(set), shape: shape.clone(), seed, members, total, not_applicable }
    }

    /// Keeps only the deliveries for which `keep` is true; how many are gone.
    pub fn retain(&mut self, keep: impl FnMut(&Delivery) -> bool) -> u64 {
        let before = self.len();
        let kept: Vec<Delivery> =
            (0..before).map(|index| self.delivery(index)).filter(keep).collect();
        let gone = before - kept.len() as u64;
        self.total -= gone;
        self.members = Members::Explicit(kept);
        gone
    }

    fn limit(&mut self, share: u64) {
        if share >= self.total {
            return;
        }
        let wanted = usize::try_from(share).unwrap_or(usize::MAX);
        let telling = self.telling(wanted);
        let mut rng = Rng::with_seed(self.seed);
        self.members = match &self.members {
            Members::Explicit(all) => Members::Explicit(all[..wanted].to_vec()),
            Members::Sampled(all) => {
                let mut ranks = rng.choose_multiple(all.iter().copied(), wanted);
                ranks.sort_unstable();
                Members::Sampled(ranks)
            }
            Members::Whole => Members::Sampled(sample(self.total, wanted, &telling, &mut rng)),
        };
    }

    /// The ranks of telling members: at most about as many as are wanted.
    fn telling(&self, wanted: usize) -> Vec<u64> {
        match self.set {
            Some(Set::Single) => self.shape.telling_ranks(),
            Some(Set::Pairs) => {
                let mut places = self.shape.telling();
                let mut rng = Rng::with_seed(self.seed);
                rng.shuffle(&mut places);
                // These have at most about as many pairs as are wanted.
                places.truncate((wanted as f64 * 2.0).sqrt() as usize);
                places.sort_unstable();
                let high = places.iter().enumerate();
                let pairs = high.flat_map(|(index, &high)| {
                    places[..index].iter().map(move |&low| rank_of_pair(low, high))
                });
                pairs.collect()
            }
            Some(Set::Drop | Set::Reset) => {
                self.shape.telling_vanishings().iter().map(|&rank| rank as u64).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The name of the set.
    pub fn name(&self) -> String {
        self.set.map_or_else(|| "deliver".to_owned(), |set| set.to_string())
    }

    /// How many deliveries of the set are played.
    pub fn len(&self) -> u64 {
        match &self.members {
            Members::Whole => self.total,
            Members::Sampled(ranks) => ranks.len() as u64,
            Members::Explicit(deliveries) => deliveries.len() as u64,
        }
    }

    /// Whether no delivery of the set is played.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is left out of the set.
    pub fn left_out(&self) -> Option<LeftOut> {
        match self.not_applicable {
            Some(why) => Some(LeftOut::NotApplicable(why)),
            None if self.len() < self.total => {
                Some(LeftOut::Sampled { played: self.len(), total: self.total })
            }
            None => None,
        }
    }

    /// The delivery of that number, `0 <= index < len()`.
    ///
    /// # Panics
    ///
    /// If there is no member of that number.
    pub fn delivery(&self, index: u64) -> Delivery {
        let rank = match &self.members {
            Members::Whole => index,
            Members::Sampled(ranks) => ranks[index as usize],
            Members::Explicit(deliveries) => return deliveries[index as usize].clone(),
        };
        let cut = |rank| self.shape.cut(rank);
        match self.set {
            None | Some(Set::Uncut | Set::Every) => Delivery::UNCUT,
            Some(Set::Written) => Delivery::WRITTEN,
            Some(Set::Bytes) => Delivery::BYTES,
            Some(Set::Joined) => Delivery::JOINED,
            Some(Set::HalfClose) => Delivery::HALF_CLOSE,
            Some(Set::Single) => Delivery::cut_at(vec![cut(rank as usize)]),
            Some(Set::Pairs) => {
                let (low, high) = pair(rank);
                Delivery::cut_at(vec![cut(low), cut(high)])
            }
            Some(Set::All) => {
                let chosen = (0..self.shape.cuts()).filter(|place| rank >> place & 1 == 1);
                Delivery::cut_at(chosen.map(cut).collect())
            }
            Some(Set::Random(_)) => Delivery::cut_at(self.random(rank)),
            Some(Set::Slow(pause)) => Delivery::slow_at(cut(rank as usize), pause),
            Some(Set::Interleaved) => Delivery::interleaved_at(cut(rank as usize)),
            Some(Set::Drop) => Delivery::vanish(self.shape.vanishing(rank as usize), Vanish::Fin),
            Some(Set::Reset) => Delivery::vanish(self.shape.vanishing(rank as usize), Vanish::Rst),
        }
    }

    /// The cuts of the `random` delivery of that rank: half of them at telling offsets.
    fn random(&self, rank: u64) -> Vec<Cut> {
        let mut rng = Rng::with_seed(self.seed ^ rank.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let telling = self.shape.telling();
        let places = self.shape.cuts();
        let wanted = rng.usize(1..=places.min(RANDOM_CUTS));
        let mut ranks: Vec<usize> = (0..wanted)
            .map(|_| match telling.is_empty() || rng.bool() {
                true => rng.usize(..places),
                false => telling[rng.usize(..telling.len())],
            })
            .collect();
        ranks.sort_unstable();
        ranks.dedup();
        ranks.into_iter().map(|rank| self.shape.cut(rank)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use super::super::{Burst, telling_offsets};
    use super::*;

    fn shape(stream: &[u8]) -> Shape {
        Shape::new(vec![Burst {
            connection: 0,
            number: 1,
            length: stream.len(),
            telling: telling_offsets(stream),
            lines: Vec::new(),
        }])
    }

    fn plan(stream: &[u8], sets: &[Set], max: u64) -> Plan {
        Plan::new(&shape(stream), &Choice::new(sets), true, max, 0)
    }

    fn deliveries(part: &Part) -> Vec<String> {
        (0..part.len()).map(|index| part.delivery(index).words(&[""])).collect()
    }

    #[test]
    fn each_set_has_the_members_that_its_name_says() {
        let sets = [Set::Single, Set::Pairs, Set::All, Set::Drop];
        let plan = plan(b"abcd", &sets, 1000);
        let parts: Vec<_> = plan.parts.iter().map(deliveries).collect();
        assert_eq!(parts[0], ["uncut"]);
        assert_eq!(parts[1], ["cut@1", "cut@2", "cut@3"]);
        assert_eq!(parts[2], ["cut@1 cut@2", "cut@1 cut@3", "cut@2 cut@3"]);
        assert_eq!(parts[3].len(), 8);
        assert_eq!(parts[3].iter().collect::<HashSet<_>>().len(), 8);
        assert_eq!(parts[4], ["drop@0", "drop@1", "drop@2", "drop@3", "drop@4"]);
        let names: Vec<_> = plan.parts.iter().map(Part::name).collect();
        assert_eq!(names, ["uncut", "single", "pairs", "all", "drop"]);
        let middles: Vec<_> = plan.parts.iter().map(Part::middle_drop).collect();
        assert_eq!(middles[4].as_ref().map(|drop| drop.words(&[""])).as_deref(), Some("drop@2"));
        assert!(middles[..4].iter().all(Option::is_none));
    }

    #[test]
    fn a_set_of_one_is_the_delivery_of_its_name() {
        let sets = [Set::Written, Set::Bytes, Set::Joined, Set::HalfClose];
        let shape = shape(b"abc");
        let one = |static_sends| {
            let plan = Plan::new(&shape, &Choice::new(&sets), static_sends, 1000, 0);
            plan.parts.iter().flat_map(deliveries).collect::<Vec<_>>()
        };
        assert_eq!(one(true), ["uncut", "written", "bytes", "joined", "half-close"]);
        assert_eq!(one(false), ["uncut", "written", "bytes", "half-close"]);
        let all = plan(b"abc", &[Set::All], 1000);
        assert_eq!(deliveries(&all.parts[1]), ["uncut", "cut@1", "cut@2", "cut@1 cut@2"]);
    }

    #[test]
    fn slow_deliveries_are_single_cuts_at_telling_offsets() {
        let second = Duration::from_secs(1);
        let mut part = plan("ab\ncé".as_bytes(), &[Set::Slow(second)], 1000).parts.remove(1);
        assert_eq!(deliveries(&part), ["slow@2=1s", "slow@3=1s", "slow@5=1s"]);
        let is_before = |delivery: &Delivery| *delivery.words(&[""]) < *"slow@3";
        assert_eq!((part.retain(is_before), part.left_out()), (2, None));
        assert_eq!(deliveries(&part), ["slow@2=1s"]);
        let sampled = plan(&[b'\n'; 50], &[Set::Slow(second)], 11).parts.remove(1);
        assert_eq!(sampled.left_out(), Some(LeftOut::Sampled { played: 10, total: 49 }));
        let none = plan(b"abc", &[Set::Slow(second)], 1000).parts.remove(1);
        assert_eq!(none.left_out().unwrap().to_string(), "there is no telling offset");
    }

    #[test]
    fn what_was_spelt_out_is_played_in_order_as_far_as_the_bound_goes() {
        let explicit = vec![Delivery::BYTES, Delivery::WRITTEN, Delivery::UNCUT];
        let choice = Choice { sets: Vec::new(), explicit };
        let plan = Plan::new(&shape(b"abc"), &choice, true, 3, 0);
        assert_eq!(deliveries(&plan.parts[1]), ["bytes", "written"]);
        assert_eq!(plan.parts[1].name(), "deliver");
        assert_eq!(plan.parts[1].left_out().unwrap().to_string(), "2 of 3 played");
    }

    #[test]
    fn the_baseline_is_always_first() {
        let plan = plan(b"ab", &[Set::Single, Set::Uncut], 1000);
        let sets: Vec<_> = plan.parts.iter().map(|part| part.set).collect();
        assert_eq!(sets, [Some(Set::Uncut), Some(Set::Single)]);
    }

    #[test]
    fn a_large_set_is_sampled_without_being_listed() {
        let mut stream = vec![b'x'; 20_000];
        stream[7_777] = b'\n';
        let sets = [Set::Bytes, Set::Single, Set::Pairs, Set::Drop];
        let plan = plan(&stream, &sets, 1000);
        assert!(plan.len() <= 1000 && plan.len() > 990, "{}", plan.len());
        let pairs = &plan.parts[3];
        assert_eq!(
            pairs.left_out(),
            Some(LeftOut::Sampled { played: pairs.len(), total: 19_999 * 19_998 / 2 })
        );
        assert!(deliveries(&plan.parts[2]).contains(&"cut@7777".to_owned()));
        assert!(deliveries(pairs).contains(&"cut@7777 cut@7778".to_owned()));
    }

    #[test]
    fn the_bound_is_kept_and_the_baseline_is_always_played() {
        for (max, expected) in [(0, [1, 0, 0, 0]), (1, [1, 0, 0, 0]), (3, [1, 1, 1, 0])] {
            let plan = plan(b"abc", &[Set::Written, Set::Bytes, Set::Single], max);
            let lengths: Vec<_> = plan.parts.iter().map(Part::len).collect();
            assert_eq!(lengths, expected);
        }
    }

    #[test]
    fn random_deliveries_depend_on_the_seed_alone() {
        let plan = |seed| {
            let choice = Choice::new(&[Set::Random(50)]);
            let plan = Plan::new(&shape(b"hello w\xc3\xb6rld\n"), &choice, true, 1000, seed);
            deliveries(&plan.parts[1])
        };
        assert_eq!(plan(3), plan(3));
        assert_ne!(plan(3), plan(4));
        assert_eq!(plan(3).len(), 50);
        for seed in [0, u64::MAX] {
            let unlike: HashSet<_> = plan(seed).into_iter().collect();
            assert!(unlike.len() > 25, "{} of 50 with the seed {seed}", unlike.len());
        }
    }

    #[test]
    fn what_does_not_apply_is_told() {
        let left_out = |length| plan(&vec![b'x'; length], &[Set::All], 10_000).parts[1].left_out();
        let why = "more than 13 places to cut";
        assert_eq!(left_out(15), Some(LeftOut::NotApplicable(why)));
        assert_eq!(left_out(15).unwrap().to_string(), why);
        assert_eq!(left_out(14), None);
    }
}
