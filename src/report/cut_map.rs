//! The map of a burst: which single cuts break it.

use crate::check::CutMap;

/// The map itself: one column for each offset, `.` held, `X` broken, `?` not tried.
pub(super) fn marks(map: &CutMap) -> String {
    let mark = |broken: &Option<bool>| match broken {
        Some(false) => '.',
        Some(true) => 'X',
        None => '?',
    };
    map.broken.iter().map(mark).collect()
}

/// The map as it fits on a line: a long one is shown around its first broken offset.
pub(super) fn fitted(map: &CutMap) -> String {
    const WIDTH: usize = 80;
    let marks = marks(map);
    if marks.len() <= WIDTH {
        return marks;
    }
    let first = marks.find('X').unwrap_or(0);
    let from = first.saturating_sub(WIDTH / 2).min(marks.len() - WIDTH);
    let shown = &marks[from..from + WIDTH];
    format!("{shown}  (offsets {} to {} of {})", from + 1, from + WIDTH, marks.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A map of a stream of which these cuts break it.
    fn map(stream: impl Into<Vec<u8>>, breaks: impl Fn(usize) -> bool) -> CutMap {
        let stream = stream.into();
        let broken = (1..stream.len()).map(|offset| Some(breaks(offset))).collect();
        CutMap { stream, broken }
    }

    #[test]
    fn a_short_map_is_shown_whole_and_a_long_one_around_its_first_break() {
        let untried = CutMap { stream: b"abcd".to_vec(), broken: vec![None, Some(true), None] };
        assert_eq!(fitted(&untried), "?X?");
        let dots = |count| ".".repeat(count);
        assert_eq!(fitted(&map([0; 81], |_| false)), dots(80));
        assert_eq!(fitted(&map([0; 82], |_| false)), dots(80) + "  (offsets 1 to 80 of 81)");
        let shown = |at| fitted(&map([0; 201], |offset| offset == at));
        let around = |before| dots(before) + "X" + &dots(79 - before);
        assert_eq!(shown(30), around(29) + "  (offsets 1 to 80 of 200)");
        assert_eq!(shown(100), around(40) + "  (offsets 60 to 139 of 200)");
        assert_eq!(shown(190), around(69) + "  (offsets 121 to 200 of 200)");
    }
}
