//! A hash that is the same on every machine and in every version.

/// The 64-bit hash FNV-1a of these bytes.
///
/// What a person may want to repeat is derived from it: the shares of `--shard`, and what a fuzz
/// body chooses for an input. So it must not change, as the standard library's hashes may.
///
/// Source: Fowler, Noll, Vo and Eastlake, "The FNV Non-Cryptographic Hash Algorithm".
///
/// # Examples
///
/// ```
/// assert_eq!(recut::text::stable_hash(b""), 0xcbf2_9ce4_8422_2325);
/// assert_eq!(recut::text::stable_hash(b"a"), 0xaf63_dc4c_8601_ec8c);
/// ```
pub fn stable_hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    })
}
