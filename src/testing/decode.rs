//! The incremental decoder against `String::from_utf8_lossy` and `str::from_utf8` of the whole.

use std::cell::RefCell;

use super::expected::push_lossy;
use super::{Body, Look, Outcome, segments};
use crate::protocol::utf8::{Decoder, REPLACEMENT};

const TEXT: &str = "the text is that of String::from_utf8_lossy";
const PENDING: &str = "what waits is an incomplete character, of at most three bytes";
const TAIL: &str = "a truncated character is reported once, at the end";
const ACCEPTS: &str = "nothing is replaced where str::from_utf8 accepts the stream, and only there";

pub(super) const BODY: Body = Body {
    name: "decode",
    check: decode,
    replay: |stream| decode_with::<Decoder>(stream, Look::DEEP),
    claims: &[TEXT, PENDING, TAIL, ACCEPTS],
    of_streams: true,
};

/// An incremental decoder: recut's own, or one with a planted defect.
pub trait Decodes: Default {
    /// As [`Decoder::decode`].
    fn decode(&mut self, segment: &[u8], text: &mut Vec<u8>);
    /// As [`Decoder::finish`].
    fn finish(&mut self, text: &mut Vec<u8>);
    /// As [`Decoder::pending`].
    fn pending(&self) -> &[u8];
    /// As [`Decoder::replaced`].
    fn replaced(&self) -> u64;
}

impl Decodes for Decoder {
    fn decode(&mut self, segment: &[u8], text: &mut Vec<u8>) {
        Self::decode(self, segment, text);
    }

    fn finish(&mut self, text: &mut Vec<u8>) {
        Self::finish(self, text);
    }

    fn pending(&self) -> &[u8] {
        Self::pending(self)
    }

    fn replaced(&self) -> u64 {
        Self::replaced(self)
    }
}

/// The decoder says the same of a stream, however it is cut: what the standard library says of
/// the whole.
///
/// # Errors
///
/// The claim that does not hold.
pub fn decode(stream: &[u8]) -> Outcome {
    decode_with::<Decoder>(stream, Look::QUICK)
}

/// The same of any decoder.
///
/// # Errors
///
/// The claim that does not hold.
pub fn decode_with<D: Decodes>(stream: &[u8], look: Look) -> Outcome {
    thread_local! {
        static BUFFERS: RefCell<(String, Vec<u8>)> = RefCell::default();
    }
    BUFFERS.with_borrow_mut(|(expected, text)| {
        expected.clear();
        push_lossy(stream, expected);
        let is_utf8 = std::str::from_utf8(stream).is_ok();
        segments::each(stream, look, |segments| {
            let shown = || segments.shown();
            let mut decoder = D::default();
            text.clear();
            for segment in segments.clone() {
                decoder.decode(segment, text);
                look.claim(PENDING, is_incomplete(decoder.pending()), shown)?;
            }
            let tail = if decoder.pending().is_empty() { "" } else { REPLACEMENT };
            let start = text.len();
            decoder.finish(text);
            let end = text.len();
            look.claim(ACCEPTS, (decoder.replaced() == 0) == is_utf8, shown)?;
            decoder.finish(text);
            let is_told = text[start..] == *tail.as_bytes() && decoder.pending().is_empty();
            look.claim(TAIL, is_told, shown)?;
            look.claim(TEXT, text[..end] == *expected.as_bytes(), shown)
        })
    })
}

/// Whether more bytes could make a character of it, or it is nothing.
fn is_incomplete(pending: &[u8]) -> bool {
    pending.is_empty()
        || pending.len() <= 3
            && matches!(std::str::from_utf8(pending), Err(error) if error.error_len().is_none())
}
