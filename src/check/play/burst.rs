//! A burst while it is gathered, and where its segments end.

use std::time::Duration;

use crate::delivery::{Cut, Cuts};

/// A burst that is being gathered.
#[derive(Default)]
pub(super) struct PendingBurst {
    /// The connection, once it has bytes.
    pub(super) connection: Option<usize>,
    pub(super) bytes: Vec<u8>,
    /// The offsets at which the script has a line end, a `|` or a `pause`, ascending, and how long
    /// the pause is.
    pub(super) marks: Vec<(usize, Duration)>,
    /// Whether any of the marks is a pause.
    pauses: bool,
}

impl PendingBurst {
    pub(super) fn clear(&mut self) {
        self.connection = None;
        self.bytes.clear();
        self.marks.clear();
        self.pauses = false;
    }

    /// Empty, with its buffers kept.
    pub(super) fn emptied(mut self) -> Self {
        self.clear();
        self
    }

    pub(super) fn line_end(&mut self) {
        self.marks.push((self.bytes.len(), Duration::ZERO));
    }

    pub(super) fn pause(&mut self, duration: Duration) {
        self.marks.push((self.bytes.len(), duration));
        self.pauses = true;
    }

    /// The pause after the last byte: it is not part of the burst, and holds in every delivery.
    pub(super) fn trailing_pause(&self) -> Option<Duration> {
        self.pauses.then(|| self.pause_at(self.bytes.len())).filter(|pause| !pause.is_zero())
    }

    fn pause_at(&self, place: usize) -> Duration {
        let first = self.marks.partition_point(|(offset, _)| *offset < place);
        let here = self.marks[first..].iter().take_while(|(offset, _)| *offset == place);
        here.map(|(_, pause)| *pause).sum()
    }

    /// Where the segment that starts at `at` ends, `length` at most, and the pause there.
    pub(super) fn next_border(&self, cuts: &Cuts, at: Cut, length: usize) -> (usize, Duration) {
        let end = match cuts {
            Cuts::None => None,
            Cuts::Every => Some(at.offset + 1),
            Cuts::Written => {
                let next = self.marks.partition_point(|(offset, _)| *offset <= at.offset);
                self.marks.get(next).map(|(offset, _)| *offset)
            }
            Cuts::At(cuts) => cuts
                .iter()
                .filter(|cut| (cut.connection, cut.burst) == (at.connection, at.burst))
                .map(|cut| cut.offset)
                .find(|&offset| offset > at.offset),
        };
        let end = end.map_or(length, |end| end.min(length));
        let pause = match cuts {
            Cuts::Written if self.pauses => self.pause_at(end),
            _ => Duration::ZERO,
        };
        (end, pause)
    }

    /// How many cuts of the delivery lie after this burst's end.
    pub(super) fn skipped(&self, cuts: &Cuts, at: Cut) -> u64 {
        match cuts {
            Cuts::At(cuts) => cuts
                .iter()
                .filter(|cut| (cut.connection, cut.burst) == (at.connection, at.burst))
                .filter(|cut| cut.offset >= self.bytes.len())
                .count() as u64,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: Duration = Duration::ZERO;

    fn borders(cuts: &Cuts) -> Vec<(usize, u64)> {
        let burst = PendingBurst {
            connection: Some(0),
            bytes: b"abcdef".to_vec(),
            marks: vec![
                (2, Duration::ZERO),
                (2, Duration::from_secs(3)),
                (4, Duration::ZERO),
                (6, Duration::ZERO),
            ],
            pauses: true,
        };
        let (mut at, mut borders) = (Cut { connection: 0, burst: 1, offset: 0 }, Vec::new());
        while at.offset < 6 {
            let (end, pause) = burst.next_border(cuts, at, 6);
            borders.push((end, pause.as_secs()));
            at.offset = end;
        }
        borders
    }

    #[test]
    fn segments_end_where_the_delivery_says() {
        let cut = |burst, offset| Cut { connection: 0, burst, offset };
        assert_eq!(borders(&Cuts::None), [(6, 0)]);
        assert_eq!(borders(&Cuts::Written), [(2, 3), (4, 0), (6, 0)]);
        assert_eq!(borders(&Cuts::Every).len(), 6);
        let cuts = vec![cut(1, 1), cut(1, 5), cut(1, 9), cut(2, 3)];
        assert_eq!(borders(&Cuts::At(cuts)), [(1, 0), (5, 0), (6, 0)]);
    }

    #[test]
    fn a_pause_after_the_last_byte_is_not_part_of_the_burst() {
        let mut burst = PendingBurst::default();
        burst.bytes.extend(b"ab");
        burst.line_end();
        assert_eq!((burst.marks.as_slice(), burst.trailing_pause()), (&[(2, ZERO)][..], None));
        burst.pause(Duration::from_millis(2));
        burst.pause(Duration::from_millis(3));
        assert_eq!(burst.trailing_pause(), Some(Duration::from_millis(5)));
        burst.bytes.push(b'c');
        assert_eq!(burst.trailing_pause(), None);
        let burst = burst.emptied();
        assert!(
            burst.bytes.is_empty() && burst.marks.is_empty() && burst.trailing_pause().is_none()
        );
    }

    #[test]
    fn cuts_beyond_the_end_are_counted() {
        let burst = PendingBurst { bytes: b"abcdef".to_vec(), ..PendingBurst::default() };
        let at = Cut { connection: 0, burst: 1, offset: 0 };
        let cuts = [(0, 1, 5), (0, 1, 6), (0, 1, 9), (0, 2, 7), (0, 2, 9), (1, 1, 9)];
        let cuts = cuts.map(|(connection, burst, offset)| Cut { connection, burst, offset });
        assert_eq!(burst.skipped(&Cuts::At(cuts.to_vec()), at), 2);
        assert_eq!(burst.skipped(&Cuts::Every, at), 0);
    }
}
