//! The map of a burst: which single cuts break it, and what that says of the defect.

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

/// What a map says about the defect.
pub(super) fn meaning(map: &CutMap) -> Option<&'static str> {
    let broken: Vec<usize> =
        (1..=map.broken.len()).filter(|offset| map.broken[offset - 1] == Some(true)).collect();
    let inside =
        |offset: &usize| map.stream.get(*offset).is_some_and(|byte| (0x80..0xC0).contains(byte));
    if map.broken.iter().any(Option::is_none) {
        return None;
    }
    if broken.is_empty() {
        return Some("no single cut breaks it: it takes the cuts of the delivery together");
    }
    if broken.iter().all(inside) {
        return Some("only cuts inside a character break it: each read is decoded on its own");
    }
    if broken.len() == map.broken.len() {
        return Some("every cut breaks it: one read is taken for one message");
    }
    (broken.len() == 1).then_some("one cut breaks it: a boundary case")
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

    #[test]
    fn a_map_means_what_all_its_breaks_have_in_common() {
        let stream = "aé€b"; // Offsets inside characters: 2, 4, 5.
        let means = |breaks: &[usize]| {
            let meaning = meaning(&map(stream, |offset| breaks.contains(&offset)));
            meaning.map(|meaning| meaning.split(':').next().unwrap_or_default())
        };
        assert_eq!(means(&[]), Some("no single cut breaks it"));
        assert_eq!(means(&[2, 4, 5]), Some("only cuts inside a character break it"));
        assert_eq!(means(&[1, 2, 3, 4, 5, 6]), Some("every cut breaks it"));
        assert_eq!(means(&[3]), Some("one cut breaks it"));
        assert_eq!(means(&[2, 3]), None);
        for break_at in [3, 0] {
            let mut untried = map(stream, |offset| offset == break_at);
            untried.broken[5] = None;
            assert_eq!(meaning(&untried), None, "{break_at}");
        }
    }
}
