//! A function of segments as it is tried: its value under some cuts, and how often it was asked.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::fewest::fewest;
use super::words::{Accusation, PanicWords, told_difference, told_once, told_unlike};

/// A function that makes a value of the segments of some bytes.
pub(super) struct Tries<'b, F> {
    bytes: &'b [u8],
    value: F,
    segments: Vec<&'b [u8]>,
    /// How often it was called.
    called: u64,
}

impl<'b, T: PartialEq + Debug, F: FnMut(&[&[u8]]) -> T> Tries<'b, F> {
    pub(super) fn new(bytes: &'b [u8], value: F) -> Self {
        Self { bytes, value, segments: Vec::new(), called: 0 }
    }

    /// The value of the bytes in one segment; a panic is passed on.
    pub(super) fn uncut(&mut self) -> T {
        self.cut(&[]);
        (self.value)(&self.segments)
    }

    /// Passes if the value of the bytes in one segment is this one again.
    pub(super) fn repeats(&mut self, uncut: &T) -> Result<(), Accusation> {
        let again = self.seen(&[]);
        if again.as_ref() == Ok(uncut) { Ok(()) } else { Err(told_unlike(uncut, &again)) }
    }

    /// Whether the value is another one if the bytes are cut at these offsets, which ascend.
    pub(super) fn differs(&mut self, offsets: &[usize], uncut: &T) -> bool {
        self.seen(offsets).as_ref() != Ok(uncut)
    }

    /// What is told of a difference: with the fewest cuts that make one.
    pub(super) fn told(&mut self, offsets: Vec<usize>, uncut: &T, title: &str) -> Accusation {
        let before = self.called;
        // A value that changes by itself accuses no cut.
        if let Err(told) = self.repeats(uncut) {
            return told;
        }
        if !self.differs(&offsets, uncut) {
            self.cut(&offsets);
            return told_once(&self.segments);
        }
        let bytes = self.bytes;
        let offsets = fewest(offsets, bytes, |offsets| self.differs(offsets, uncut));
        let seen = self.seen(&offsets);
        if let Err(told) = self.repeats(uncut) {
            return told;
        }
        self.cut(&offsets);
        let rest = self.called - before;
        told_difference(title, &self.segments, uncut, &seen, [before, rest])
    }

    fn seen(&mut self, offsets: &[usize]) -> Result<T, PanicWords> {
        self.cut(offsets);
        let call = AssertUnwindSafe(|| (self.value)(&self.segments));
        catch_unwind(call).map_err(PanicWords::of)
    }

    /// Makes the segments, none of which is empty.
    fn cut(&mut self, offsets: &[usize]) {
        self.called += 1;
        self.segments.clear();
        let mut start = 0;
        for end in offsets.iter().copied().chain([self.bytes.len()]) {
            if start < end {
                self.segments.push(&self.bytes[start..end]);
            }
            start = end;
        }
    }
}
