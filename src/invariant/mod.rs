//! The law without a conversation: what is made of bytes does not depend on where they are cut.
//!
//! [`invariant`] is for any function of segments, [`fuzz`] and [`fuzz_every`] are for a core in a
//! fuzz target. What differs is shrunk to the fewest cuts, and told.

mod fewest;
mod fuzz;
mod tries;
mod words;

use std::fmt::Debug;

pub use self::fuzz::{fuzz, fuzz_every};
use self::tries::Tries;
use self::words::Accusation;
use crate::delivery::{Burst, Choice, Cuts, Plan, Set, Shape, telling_offsets};

/// The most segmentations that are tried.
const MOST: u64 = 10_000;

/// The fewest of them, however long the bytes are.
const LEAST: u64 = 500;

/// How many bytes are given to the function in all, if that is not too few for a sample.
const BYTES: u64 = 16 << 20;

/// What stands first is tried first: so what is found has few cuts from the start.
const SETS: [Set; 5] = [Set::Single, Set::Pairs, Set::Bytes, Set::Random(100), Set::All];

/// From this the sample of a large set and the random cuts are made.
const SEED: u64 = 0;

/// Shows that a value does not depend on where the bytes are cut that it is made of, and returns
/// the value.
///
/// The function is given all segments of the stream, in order; none is empty, and empty bytes have
/// no segments. It makes a new parser, gives it the segments one by one, and returns what came out:
/// messages, events, or the error. It is called with the bytes in one segment, with every single
/// cut, every pair of cuts, byte by byte, with a hundred random segmentations, and with all 2^(n-1)
/// of up to 14 bytes; with 10,000 of them at most, and fewer if there are many bytes. From large
/// sets a sample is taken, which prefers cuts inside of characters, around line ends and around the
/// usual sizes of buffers. It is the same in each run.
///
/// # Panics
///
/// If a cut changes the value, or makes the function panic: with the fewest cuts that do, and with
/// both values. If the value changes from call to call without a cut. A panic of the function at
/// the bytes in one segment is passed on.
///
/// # Examples
///
/// ```
/// let text = recut::invariant("Zoë\r\n", |segments| {
///     let mut text = Vec::new();
///     segments.iter().for_each(|segment| text.extend_from_slice(segment));
///     String::from_utf8(text)
/// });
/// assert_eq!(text.unwrap(), "Zoë\r\n");
/// ```
///
/// This one decodes each segment on its own:
///
/// ```should_panic
/// recut::invariant("Zoë\r\n", |segments| {
///     segments.iter().map(|segment| String::from_utf8_lossy(segment)).collect::<String>()
/// });
/// ```
#[track_caller]
pub fn invariant<T: PartialEq + Debug>(
    bytes: impl AsRef<[u8]>,
    value: impl FnMut(&[&[u8]]) -> T,
) -> T {
    // Not from a closure, so that the panic names the line of the caller.
    match search(bytes.as_ref(), value) {
        Ok(value) => value,
        Err(told) => panic!("{told}"),
    }
}

/// The value, or what is told of a difference.
fn search<T: PartialEq + Debug>(
    bytes: &[u8],
    value: impl FnMut(&[&[u8]]) -> T,
) -> Result<T, Accusation> {
    let mut tries = Tries::new(bytes, value);
    let uncut = tries.uncut();
    tries.repeats(&uncut)?;
    let telling = telling_offsets(bytes);
    let length = bytes.len();
    let burst = Burst { connection: 0, number: 1, length, telling, lines: Vec::new() };
    let choice = Choice::new(&SETS);
    let plan = Plan::new(&Shape::new(vec![burst]), &choice, true, most(length), SEED);
    for part in &plan.parts {
        for index in 0..part.len() {
            let offsets: Vec<usize> = match part.delivery(index).cuts {
                Cuts::Every => (1..length).collect(),
                Cuts::At(cuts) => cuts.iter().map(|cut| cut.offset).collect(),
                Cuts::None | Cuts::Written => continue,
            };
            if tries.differs(&offsets, &uncut) {
                return Err(tries.told(
                    offsets,
                    &uncut,
                    "the value depends on where the bytes are cut",
                ));
            }
        }
    }
    Ok(uncut)
}

/// How many segmentations of so many bytes are tried.
fn most(length: usize) -> u64 {
    (BYTES / (length as u64).max(1)).clamp(LEAST, MOST)
}

#[cfg(test)]
mod tests;
