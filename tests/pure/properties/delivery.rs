//! Plans of deliveries, for whatever bursts a conversation has.

use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;
use recut::Delivery;
use recut::delivery::{
    Burst, Choice, Cut, Cuts, Ending, LeftOut, Plan, Set, Shape, Word, telling_offsets,
};
use recut::strategies::stream;

const NAMES: [&str; 2] = ["", "bob"];

const SETS: [Set; 12] = [
    Set::Uncut,
    Set::Written,
    Set::Bytes,
    Set::Single,
    Set::Pairs,
    Set::All,
    Set::Random(9),
    Set::Slow(Duration::from_secs(1)),
    Set::Joined,
    Set::HalfClose,
    Set::Drop,
    Set::Reset,
];

/// Bursts of two connections; none is empty.
fn shape() -> impl Strategy<Value = Shape> {
    prop::collection::vec((0..NAMES.len(), stream()), 0..4).prop_map(|bursts| {
        let mut numbers = [0; NAMES.len()];
        let bursts = bursts.into_iter().filter(|(_, bytes)| !bytes.is_empty());
        let burst = |(connection, bytes): (usize, Vec<u8>)| {
            numbers[connection] += 1;
            let number = numbers[connection];
            let ends = bytes.iter().zip(1..).filter(|(byte, _)| **byte == b'\n');
            let lines = ends.map(|(_, end)| end).collect();
            let telling = telling_offsets(&bytes);
            Burst { connection, number, length: bytes.len(), telling, lines }
        };
        Shape::new(bursts.map(burst).collect())
    })
}

fn places(delivery: &Delivery) -> Vec<Cut> {
    let mut places = match &delivery.cuts {
        Cuts::At(cuts) => cuts.clone(),
        Cuts::None | Cuts::Written | Cuts::Every => Vec::new(),
    };
    if let Ending::Vanish { at, .. } = delivery.ending {
        places.push(at);
    }
    places
}

fn is_inside(shape: &Shape, place: &Cut, vanishes: bool) -> bool {
    let is_there =
        |burst: &&Burst| burst.connection == place.connection && burst.number == place.burst;
    let burst = shape.bursts().iter().find(is_there);
    burst.is_some_and(|burst| match vanishes {
        true => place.offset <= burst.length,
        false => (1..burst.length).contains(&place.offset),
    })
}

fn members(plan: &Plan) -> Vec<Delivery> {
    let each = |part: &recut::delivery::Part| -> Vec<Delivery> {
        (0..part.len()).map(|index| part.delivery(index)).collect()
    };
    plan.parts.iter().flat_map(each).collect()
}

proptest! {
    #[test]
    fn telling_offsets_ascend_and_lie_inside(stream in stream()) {
        let offsets = telling_offsets(&stream);
        prop_assert!(offsets.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(offsets.iter().all(|offset| (1..stream.len()).contains(offset)));
    }

    #[test]
    fn a_plan_is_inside_the_shape_bounded_and_the_same_each_time(
        shape in shape(),
        max in 1..300_u64,
        seed: u64,
    ) {
        let choice = Choice::new(&SETS);
        let plan = Plan::new(&shape, &choice, true, max, seed);
        let planned = members(&plan);
        prop_assert_eq!(planned.len() as u64, plan.len());
        // The baseline is always there, and what is one play is not sampled.
        prop_assert!(plan.len() <= max.max(SETS.len() as u64), "{} of {}", plan.len(), max);
        for delivery in &planned {
            let vanishes = matches!(delivery.ending, Ending::Vanish { .. });
            for place in places(delivery) {
                prop_assert!(is_inside(&shape, &place, vanishes), "{:?}", place);
            }
        }
        for part in &plan.parts {
            let distinct: HashSet<_> = (0..part.len()).map(|i| part.delivery(i)).collect();
            let is_random = matches!(part.set, Some(Set::Random(_)));
            prop_assert!(is_random || distinct.len() as u64 == part.len(), "{}", part.name());
        }
        prop_assert_eq!(members(&Plan::new(&shape, &choice, true, max, seed)), planned);
    }

    #[test]
    fn what_is_sampled_is_some_of_the_whole_and_told(shape in shape(), seed: u64) {
        let cuts = shape.cuts() as u64;
        let whole = Plan::new(&shape, &Choice::new(&[Set::Single, Set::Drop]), true, 1 << 20, seed);
        let all: HashSet<_> = members(&whole).into_iter().collect();
        let singles = all.iter().filter(|delivery| matches!(delivery.cuts, Cuts::At(_))).count();
        prop_assert_eq!(singles as u64, cuts, "every offset of every burst has its cut");
        prop_assert!(whole.parts.iter().all(|part| part.left_out().is_none()));
        let part = Plan::new(&shape, &Choice::new(&[Set::Single, Set::Drop]), true, 8, seed);
        prop_assert!(members(&part).iter().all(|delivery| all.contains(delivery)));
        let is_told = part.parts.iter().any(|part| part.left_out().is_some());
        prop_assert_eq!(is_told, part.len() < whole.len());
    }

    #[test]
    fn pairs_are_all_pairs_and_all_is_every_segmentation(length in 1..12_usize, seed: u64) {
        let burst = Burst { connection: 0, number: 1, length, telling: vec![], lines: vec![] };
        let shape = Shape::new(vec![burst]);
        let count = |set| {
            let plan = Plan::new(&shape, &Choice::new(&[set]), true, 1 << 20, seed);
            let part = plan.parts.iter().find(|part| part.set == Some(set)).map(|part| {
                let all: HashSet<_> = (0..part.len()).map(|i| part.delivery(i)).collect();
                all.len()
            });
            part.unwrap_or(0)
        };
        let places = length - 1;
        prop_assert_eq!(count(Set::Pairs), places * places.saturating_sub(1) / 2);
        prop_assert_eq!(count(Set::Single), places);
    }

    #[test]
    fn a_delivery_that_is_written_down_is_read_again(shape in shape(), seed: u64, pick: usize) {
        let slow = Set::Slow(Duration::from_millis(1500));
        let cut = [Set::Single, slow, Set::Pairs];
        let sets = [&cut[..], &[Set::Drop, Set::Reset, Set::Joined, Set::HalfClose]].concat();
        let planned = members(&Plan::new(&shape, &Choice::new(&sets), true, 60, seed));
        let mut delivery = planned[pick % planned.len()].clone();
        let words = delivery.words(&NAMES);
        // What has no places is written as the name of its set.
        if !words.contains('@') {
            return Ok(());
        }
        let parsed: Result<Vec<Word>, _> = words.split(' ').map(str::parse).collect();
        let parsed = parsed.unwrap();
        let mut choice = Choice::new(&[]);
        let names = NAMES.map(str::to_owned);
        prop_assert!(choice.apply(&parsed, &names).is_ok());
        // In which order cuts of several connections are written is all the same.
        if let Cuts::At(cuts) = &mut delivery.cuts {
            cuts.sort_unstable();
        }
        prop_assert_eq!(&choice.explicit, &[delivery], "{}", words);
        let printed: Vec<String> = parsed.iter().map(Word::to_string).collect();
        prop_assert_eq!(printed.join(" "), words);
    }
}

#[test]
fn what_was_left_out_says_how_much() {
    let burst = Burst { connection: 0, number: 1, length: 1000, telling: vec![500], lines: vec![] };
    let plan = Plan::new(&Shape::new(vec![burst]), &Choice::new(&[Set::Single]), true, 10, 0);
    let told: Vec<LeftOut> = plan.parts.iter().filter_map(|part| part.left_out()).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    // What tells more comes first.
    let telling = members(&plan).iter().any(|delivery| delivery.words(&NAMES) == "cut@500");
    assert!(telling);
}

#[test]
fn a_sample_is_of_telling_members_as_far_as_there_are_any() {
    let text = "é\n".repeat(1000);
    let telling = telling_offsets(text.as_bytes());
    let burst = Burst {
        connection: 0,
        number: 1,
        length: text.len(),
        telling: telling.clone(),
        lines: vec![],
    };
    let shape = Shape::new(vec![burst]);
    for set in [Set::Single, Set::Pairs, Set::Drop, Set::Reset] {
        let plan = Plan::new(&shape, &Choice::new(&[set]), true, 101, 0);
        let tells = |delivery: &&Delivery| {
            places(delivery).iter().all(|place| telling.contains(&place.offset))
        };
        let (members, count) = (members(&plan), members(&plan)[1..].iter().filter(tells).count());
        assert!(members.len() == 101 && count >= 80, "{set}: {count} of 100");
    }
}
