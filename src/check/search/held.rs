//! Which single cuts were played and held: what a report shows of a conversation beside findings.

use std::collections::BTreeSet;

use crate::check::finding::CutMap;
use crate::check::play::{Recording, Sent};
use crate::delivery::{Cut, Cuts, Delivery};

/// The most bytes of a conversation's bursts of which it is told.
const MOST: usize = 1024;

/// The only cut of a delivery that has one, and nothing else.
pub(super) fn single_cut(delivery: &Delivery) -> Option<Cut> {
    match &delivery.cuts {
        Cuts::At(cuts) if delivery.is_of_cuts() && cuts.len() == 1 => cuts.first().copied(),
        _ => None,
    }
}

/// The bursts of a conversation with the single cuts that held; none of the others is known.
pub(super) fn held_cuts(baseline: &Recording, held: &BTreeSet<Cut>) -> Vec<CutMap> {
    let mut told = 0;
    let map = |sent: &Sent| {
        let stream = baseline.stream[sent.start..sent.end].to_vec();
        let is_held = |offset| {
            let cut = Cut { connection: sent.connection, burst: sent.number, offset };
            held.contains(&cut).then_some(false)
        };
        CutMap { broken: (1..stream.len()).map(is_held).collect(), stream }
    };
    let fits = |map: &CutMap| {
        told += map.stream.len();
        told <= MOST
    };
    baseline.sent.iter().map(map).take_while(fits).filter(|map| map.stream.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline(lengths: &[usize]) -> Recording {
        let mut recording = Recording::default();
        for (number, length) in lengths.iter().enumerate() {
            let start = recording.stream.len();
            recording.stream.resize(start + length, b'a');
            let end = recording.stream.len();
            let (connection, step) = (0, number);
            recording.sent.push(Sent { connection, number: number + 1, step, start, end });
        }
        recording
    }

    #[test]
    fn what_was_not_played_alone_is_not_known() {
        let cut = |burst, offset| Cut { connection: 0, burst, offset };
        let held = BTreeSet::from([cut(1, 2), cut(3, 1)]);
        let maps = held_cuts(&baseline(&[3, 1, 2]), &held);
        let broken: Vec<_> = maps.into_iter().map(|map| map.broken).collect();
        assert_eq!(broken, [vec![None, Some(false)], vec![Some(false)]]);
    }

    #[test]
    fn of_long_conversations_the_first_bursts_are_told() {
        assert_eq!(held_cuts(&baseline(&[1000, 25, 2]), &BTreeSet::new()).len(), 1);
    }

    #[test]
    fn a_delivery_of_one_cut_has_a_single_cut() {
        let cut = Cut { connection: 0, burst: 1, offset: 1 };
        assert_eq!(single_cut(&Delivery::cut_at(vec![cut])), Some(cut));
        assert_eq!(single_cut(&Delivery::cut_at(vec![cut, Cut { offset: 2, ..cut }])), None);
        assert_eq!(single_cut(&Delivery::BYTES), None);
    }
}
