//! What a delivery knows of a conversation: how long its bursts are, their telling offsets, and how
//! much was answered.

use super::Cut;

/// One burst, as far as a delivery sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Burst {
    /// Index of the connection.
    pub connection: usize,
    /// Which burst of that connection, from 1.
    pub number: usize,
    /// In bytes.
    pub length: usize,
    /// Offsets that a server is likely to get wrong, ascending, each `0 < offset < length`.
    pub telling: Vec<usize>,
    /// Where its lines end: each offset is the one after a line end.
    pub lines: Vec<usize>,
}

/// The bursts of a conversation, in the order in which they were sent in its baseline.
///
/// Places are numbered through all bursts, so that each is found without a list of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    bursts: Vec<Burst>,
    /// How many cuts are possible in the bursts before each, and in all of them at the end.
    cuts_before: Vec<usize>,
    /// How many bytes were answered.
    answered: usize,
}

impl Shape {
    /// The shape of these bursts, to which nothing was answered.
    pub fn new(bursts: Vec<Burst>) -> Self {
        let mut cuts_before = vec![0];
        let mut total = 0;
        for burst in &bursts {
            total += burst.length.saturating_sub(1);
            cuts_before.push(total);
        }
        Self { bursts, cuts_before, answered: 0 }
    }

    /// The same, with so many bytes as the answer.
    #[must_use]
    pub fn answered_with(self, answered: usize) -> Self {
        Self { answered, ..self }
    }

    /// How many bytes were answered in the baseline.
    pub fn answered(&self) -> usize {
        self.answered
    }

    /// The bursts, in the order in which they were sent.
    pub fn bursts(&self) -> &[Burst] {
        &self.bursts
    }

    /// How many bursts a connection sends.
    pub fn bursts_of(&self, connection: usize) -> usize {
        self.bursts.iter().filter(|burst| burst.connection == connection).count()
    }

    /// At how many places a burst can be cut.
    pub fn cuts(&self) -> usize {
        self.cuts_before[self.bursts.len()]
    }

    /// The cut of that rank, `0 <= rank < cuts()`.
    ///
    /// # Panics
    ///
    /// If there is no cut of that rank.
    pub fn cut(&self, rank: usize) -> Cut {
        let index = self.cuts_before.partition_point(|&before| before <= rank) - 1;
        let burst = &self.bursts[index];
        Cut {
            connection: burst.connection,
            burst: burst.number,
            offset: rank - self.cuts_before[index] + 1,
        }
    }

    /// The ranks of the cuts at telling offsets, ascending.
    pub(super) fn telling(&self) -> Vec<usize> {
        let ranks = |(burst, before): (&Burst, &usize)| {
            let before = *before;
            burst.telling.iter().map(move |offset| before + offset - 1).collect::<Vec<_>>()
        };
        self.bursts.iter().zip(&self.cuts_before).flat_map(ranks).collect()
    }

    /// The same, as a plan counts.
    pub(super) fn telling_ranks(&self) -> Vec<u64> {
        self.telling().into_iter().map(|rank| rank as u64).collect()
    }

    /// The ranks of the cuts at which another client is let in: in the first line of each burst, at
    /// its first, middle and last telling offset; in the middle of a line that has none.
    pub(super) fn interleavings(&self) -> Vec<u64> {
        let mut ranks = Vec::new();
        for (burst, before) in self.bursts.iter().zip(&self.cuts_before) {
            let line = burst.lines.first().copied().unwrap_or(burst.length);
            let inside: Vec<usize> =
                burst.telling.iter().copied().filter(|offset| *offset < line).collect();
            let mut offsets = match inside[..] {
                [] => vec![line / 2],
                [first, .., last] => vec![first, inside[inside.len() / 2], last],
                [one] => vec![one],
            };
            offsets.dedup();
            offsets.retain(|offset| (1..burst.length).contains(offset));
            ranks.extend(offsets.into_iter().map(|offset| (before + offset - 1) as u64));
        }
        ranks
    }

    /// Places inside lines: after the first byte of each, at telling offsets, in its middle, before
    /// its end.
    pub fn inside_lines(&self) -> Vec<Cut> {
        let mut places = Vec::new();
        for burst in &self.bursts {
            let starts = std::iter::once(0).chain(burst.lines.iter().copied());
            for (start, end) in starts.zip(burst.lines.iter().copied()) {
                let inside = start + 1..end;
                let mut offsets = vec![inside.start, start.midpoint(end), end - 1];
                let from = burst.telling.partition_point(|offset| *offset < inside.start);
                let to = burst.telling.partition_point(|offset| *offset < end);
                offsets.extend(&burst.telling[from..to]);
                offsets.retain(|offset| inside.contains(offset));
                offsets.sort_unstable();
                offsets.dedup();
                let (connection, burst) = (burst.connection, burst.number);
                places.extend(offsets.into_iter().map(|offset| Cut { connection, burst, offset }));
            }
        }
        places
    }

    /// Whether a place is inside of a line, of which something comes before it and its end after.
    pub fn is_inside_line(&self, place: Cut) -> bool {
        let is_its =
            |burst: &&Burst| (burst.connection, burst.number) == (place.connection, place.burst);
        self.bursts.iter().find(is_its).is_some_and(|burst| {
            let is_border = place.offset == 0 || burst.lines.contains(&place.offset);
            !is_border && burst.lines.last().is_some_and(|last| place.offset < *last)
        })
    }

    /// At how many places a client can vanish: before, inside and after each burst.
    pub(super) fn vanishings(&self) -> usize {
        self.cuts()
            + self.bursts.iter().map(|burst| if burst.length == 0 { 1 } else { 2 }).sum::<usize>()
    }

    /// The place of that rank at which a client can vanish.
    pub(super) fn vanishing(&self, mut rank: usize) -> Cut {
        for burst in &self.bursts {
            if rank <= burst.length {
                return Cut { connection: burst.connection, burst: burst.number, offset: rank };
            }
            rank -= burst.length + 1;
        }
        unreachable!("there is no place of this rank")
    }

    /// The ranks of the telling places to vanish at: around telling offsets and both ends.
    pub(super) fn telling_vanishings(&self) -> Vec<usize> {
        let mut ranks = Vec::new();
        let mut before = 0;
        for burst in &self.bursts {
            ranks.push(before);
            ranks.extend(burst.telling.iter().map(|offset| before + offset));
            if burst.length > 0 {
                ranks.push(before + burst.length);
            }
            before += burst.length + 1;
        }
        ranks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(lengths: &[usize]) -> Shape {
        let bursts = lengths.iter().enumerate().map(|(index, &length)| Burst {
            connection: 0,
            number: index + 1,
            length,
            lines: Vec::new(),
            telling: (1..length).collect(),
        });
        Shape::new(bursts.collect())
    }

    #[test]
    fn every_cut_has_a_rank() {
        let shape = shape(&[3, 1, 0, 4]);
        let cuts: Vec<_> = (0..shape.cuts()).map(|rank| shape.cut(rank)).collect();
        let places: Vec<_> = cuts.iter().map(|cut| (cut.burst, cut.offset)).collect();
        assert_eq!(places, [(1, 1), (1, 2), (4, 1), (4, 2), (4, 3)]);
        assert_eq!(shape.telling(), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_place_is_inside_of_a_line_or_at_its_border() {
        let (lines, telling) = (vec![3, 4, 12], vec![1, 4, 5, 6, 13]);
        let burst = Burst { connection: 1, number: 2, length: 14, telling, lines };
        let shape = Shape::new(vec![burst]);
        let at = |offset| Cut { connection: 1, burst: 2, offset };
        // Nothing says where the last line ends.
        let inside: Vec<_> = (0..=14).filter(|offset| shape.is_inside_line(at(*offset))).collect();
        assert_eq!(inside, [1, 2, 5, 6, 7, 8, 9, 10, 11]);
        assert_eq!(shape.inside_lines(), [1, 2, 5, 6, 8, 11].map(at));
        assert!(!shape.is_inside_line(Cut { burst: 1, ..at(1) }));
    }

    #[test]
    fn every_place_to_vanish_has_a_rank() {
        let shape = shape(&[2, 0, 1]);
        let places: Vec<_> = (0..shape.vanishings()).map(|rank| shape.vanishing(rank)).collect();
        let places: Vec<_> = places.iter().map(|at| (at.burst, at.offset)).collect();
        assert_eq!(places, [(1, 0), (1, 1), (1, 2), (2, 0), (3, 0), (3, 1)]);
        assert_eq!(shape.telling_vanishings(), [0, 1, 2, 3, 4, 5]);
    }
}
