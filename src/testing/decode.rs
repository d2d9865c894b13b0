//! The incremental decoder against `String::from_utf8_lossy` and `str::from_utf8` of the whole.

use std::cell::RefCell;
use std::str::Utf8Error;

use super::expected::push_lossy;
use super::segments;
use super::{Body, BodyResult, Look};
use crate::delivery::Segments;
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
pub trait Decodes: Clone + Default {
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

/// However a stream is cut, the decoder says of it what the standard library says of the whole.
///
/// # Errors
///
/// The claim that does not hold.
pub fn decode(stream: &[u8]) -> BodyResult {
    decode_with::<Decoder>(stream, Look::QUICK)
}

/// The same for any decoder.
///
/// # Errors
///
/// The claim that does not hold.
pub fn decode_with<D: Decodes>(stream: &[u8], look: Look) -> BodyResult {
    thread_local! {
        static BUFFERS: RefCell<(String, Vec<u8>)> = RefCell::default();
    }
    BUFFERS.with_borrow_mut(|(expected, text)| {
        expected.clear();
        push_lossy(stream, expected);
        let expected = WholeText { text: expected, is_utf8: std::str::from_utf8(stream).is_ok() };
        let mut play = |segments: Segments<'_>| {
            let shown = || segments::shown(&segments);
            let mut decoder = D::default();
            text.clear();
            for segment in segments.clone() {
                decoder.decode(segment, text);
                look.claim(PENDING, is_incomplete(decoder.pending()), shown)?;
            }
            expected.ends(decoder, text, look, shown)
        };
        if look.deep {
            return segments::each(stream, look, play);
        }
        play(Segments::whole(stream))?;
        walk::<D>(stream, &expected, look, text)
    })
}

/// What the standard library says of a stream.
struct WholeText<'a> {
    text: &'a str,
    is_utf8: bool,
}

impl WholeText<'_> {
    /// The claims about what is decoded at the end of the stream.
    fn ends<D: Decodes>(
        &self,
        mut decoder: D,
        text: &mut Vec<u8>,
        look: Look,
        shown: impl Fn() -> String,
    ) -> BodyResult {
        let tail = if decoder.pending().is_empty() { "" } else { REPLACEMENT };
        let start = text.len();
        decoder.finish(text);
        let end = text.len();
        look.claim(ACCEPTS, (decoder.replaced() == 0) == self.is_utf8, &shown)?;
        decoder.finish(text);
        look.claim(TAIL, text[start..] == *tail.as_bytes(), &shown)?;
        look.claim(TEXT, text[..end] == *self.text.as_bytes(), &shown)
    }
}

/// How many bytes are decoded again on each side of a cut: the length of the longest character.
const AROUND: usize = 4;

/// Tries the stream byte by byte and with every single cut, in linear time.
///
/// A decoder that reads byte by byte has all cuts; at a place where it does not wait for the rest
/// of a character, that covers the cut. For a cut inside a character, a copy of the decoder from a
/// little before it reads up to the cut at once, then a little further, and must arrive at the same
/// state as the decoder that reads byte by byte.
fn walk<D: Decodes>(
    stream: &[u8],
    expected: &WholeText<'_>,
    look: Look,
    text: &mut Vec<u8>,
) -> BodyResult {
    let mut walker = D::default();
    // The walker at each of the last places, and how much text it had there.
    let mut places: [_; 2 * AROUND] = std::array::from_fn(|_| (D::default(), 0));
    text.clear();
    for end in 1..=stream.len() {
        walker.decode(&stream[end - 1..end], text);
        let shown = || segments::shown(&Segments::bytes(&stream[..end]));
        look.claim(PENDING, is_incomplete(walker.pending()), shown)?;
        // At the end of the stream there is less after the last cuts.
        let first = end.saturating_sub(AROUND);
        let last = if end == stream.len() { end } else { first + 1 };
        for cut in first.max(1)..last {
            if places[cut % places.len()].0.pending().is_empty() {
                continue;
            }
            let start = cut.saturating_sub(AROUND - 1);
            let (mut decoder, known) = places[start % places.len()].clone();
            let walked = text.len();
            decoder.decode(&stream[start..cut], text);
            decoder.decode(&stream[cut..end], text);
            let agrees =
                text[known..walked] == text[walked..] && walker.pending() == decoder.pending();
            look.claim(TEXT, agrees, || {
                segments::shown(&Segments::cut_at(&stream[..end], cut, cut))
            })?;
            text.truncate(walked);
        }
        places[end % places.len()] = (walker.clone(), text.len());
    }
    expected.ends(walker, text, look, || segments::shown(&Segments::bytes(stream)))
}

/// Whether it is empty, or more bytes could complete a character.
fn is_incomplete(pending: &[u8]) -> bool {
    let is_start = |error: Utf8Error| error.valid_up_to() == 0 && error.error_len().is_none();
    pending.is_empty() || std::str::from_utf8(pending).is_err_and(is_start)
}
