//! Which offsets of a burst a server is likely to get wrong.

/// The sizes that servers like to give their buffers, in bytes.
const BUFFERS: [usize; 6] = [512, 1024, 2048, 4096, 16384, 65536];

/// The telling offsets of a burst: inside characters, around line ends, around the usual sizes of
/// buffers. Ascending, each `0 < offset < burst.len()`.
///
/// # Examples
///
/// ```
/// assert_eq!(recut::delivery::telling_offsets("a€b\r\nc".as_bytes()), [2, 3, 5, 6, 7]);
/// ```
pub fn telling_offsets(burst: &[u8]) -> Vec<usize> {
    each_telling(burst).collect()
}

/// The same, one after the other.
pub(crate) fn each_telling(burst: &[u8]) -> impl Iterator<Item = usize> + Clone + '_ {
    let is_telling = move |&offset: &usize| {
        let (before, after) = (burst[offset - 1], burst[offset]);
        (0x80..0xC0).contains(&after)
            || matches!(after, b'\r' | b'\n')
            || matches!(before, b'\r' | b'\n')
            || BUFFERS.iter().any(|&size| offset.abs_diff(size) <= 1)
    };
    (1..burst.len()).filter(is_telling)
}
