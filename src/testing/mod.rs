//! The bodies of the fuzz targets: plain functions, so that a stable `cargo test` replays the
//! corpus through the same checks that the fuzzer runs.
//!
//! Each takes the stream alone and chooses the cuts itself: a fuzzer that has to find them needs
//! hundreds of times more executions.

use std::fmt;

use crate::protocol::utf8::Decoder;
use crate::protocol::{Echo, Flow, Protocol, respond};

/// Up to this length every single cut is played, beyond it those at telling offsets.
const ALL_CUTS: usize = 64;

/// How many telling offsets of a longer stream are played.
const TELLING_CUTS: usize = 32;

/// A check that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What should hold.
    pub claim: &'static str,
    /// The segments under which it does not.
    pub segments: Vec<Vec<u8>>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let segments: Vec<_> = self.segments.iter().map(|s| crate::script::literal(s)).collect();
        write!(f, "{}; the segments: {}", self.claim, segments.join(" | "))
    }
}

impl std::error::Error for Failure {}

/// A check of one stream.
pub type Check = fn(&[u8]) -> Result<(), Failure>;

type Outcome = Result<(), Failure>;

/// The checks by name: that of the fuzz target and of its folder in the corpus.
pub const CHECKS: [(&str, Check); 2] = [("decode", decode), ("cuts", cuts)];

/// The incremental decoder says what `String::from_utf8_lossy` says of the whole, for every
/// single cut and byte by byte.
///
/// # Errors
///
/// The claim that does not hold.
pub fn decode(stream: &[u8]) -> Result<(), Failure> {
    let expected = String::from_utf8_lossy(stream);
    let mut text = Vec::new();
    each_segmentation(stream, &mut |segments| {
        let fail = |claim| Err(failure(claim, segments));
        let mut decoder = Decoder::default();
        text.clear();
        for segment in segments {
            decoder.decode(segment, &mut text);
            if std::str::from_utf8(decoder.pending()).is_ok_and(|pending| !pending.is_empty()) {
                return fail("no whole character waits");
            }
        }
        let waits = !decoder.pending().is_empty();
        let before = text.len();
        decoder.finish(&mut text);
        if waits != (text.len() > before) || !decoder.pending().is_empty() {
            return fail("a truncated tail is reported once, at the end");
        }
        if text != expected.as_bytes() {
            return fail("the text is that of String::from_utf8_lossy");
        }
        Ok(())
    })
}

/// The echo's answer and its quit signal are those of the oracle, however the stream is cut, and
/// after each segment exactly what is decided has been answered.
///
/// # Errors
///
/// The claim that does not hold.
pub fn cuts(stream: &[u8]) -> Result<(), Failure> {
    let expected = respond(stream);
    let mut reply = Vec::new();
    each_segmentation(stream, &mut |segments| {
        let fail = |claim| Err(failure(claim, segments));
        let mut echo = Echo::default();
        reply.clear();
        let mut flow = echo.open(&mut reply);
        // What is decided takes a look at the whole prefix: of a long stream, at few prefixes.
        let is_prompt = segments.len() <= 2 || stream.len() <= ALL_CUTS;
        let mut received = 0;
        for segment in segments {
            if flow != Flow::Continue {
                break;
            }
            flow = echo.receive(segment, &mut reply);
            received += segment.len();
            if is_prompt && reply != decided(&stream[..received]) {
                return fail("exactly what is decided has been answered");
            }
        }
        if flow == Flow::Continue {
            flow = echo.end(&mut reply);
        }
        if reply != expected.0 {
            return fail("the answer is that of the oracle");
        }
        if (flow == Flow::Quit) != expected.1 {
            return fail("the quit signal is that of the oracle");
        }
        Ok(())
    })
}

/// What is decided after a prefix of a stream: its answer without an incomplete character, and
/// without a line start that may become the quit line.
pub fn decided(prefix: &[u8]) -> Vec<u8> {
    let incomplete = incomplete_tail(prefix);
    let whole = &prefix[..prefix.len() - incomplete];
    let (answer, quit) = respond(whole);
    let is_terminated = quit && respond(&[whole, b"x"].concat()).1;
    if quit && !is_terminated && incomplete > 0 {
        // Whatever character comes, the line start before it is no quit line.
        return String::from_utf8_lossy(whole).into_owned().into_bytes();
    }
    answer
}

/// How many bytes at the end start a well-formed character that more bytes could complete.
fn incomplete_tail(bytes: &[u8]) -> usize {
    (1..=bytes.len().min(3))
        .find(|&length| {
            let tail = &bytes[bytes.len() - length..];
            matches!(std::str::from_utf8(tail), Err(error) if error.valid_up_to() == 0
                && error.error_len().is_none())
        })
        .unwrap_or(0)
}

fn failure(claim: &'static str, segments: &[&[u8]]) -> Failure {
    Failure { claim, segments: segments.iter().map(|segment| segment.to_vec()).collect() }
}

/// Whole, byte by byte, four ways derived from a hash of the stream, and single cuts.
fn each_segmentation(
    stream: &[u8],
    check: &mut dyn FnMut(&[&[u8]]) -> Outcome,
) -> Result<(), Failure> {
    let whole: &[&[u8]] = if stream.is_empty() { &[] } else { &[stream] };
    check(whole)?;
    check(&stream.chunks(1).collect::<Vec<_>>())?;
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for byte in stream {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    }
    for seed in 0..4 {
        check(&hashed_segments(stream, hash.wrapping_add(seed)))?;
    }
    let mut offsets: Vec<usize> = (1..stream.len()).collect();
    if stream.len() > ALL_CUTS {
        offsets = crate::delivery::telling_offsets(stream);
        offsets.truncate(TELLING_CUTS);
    }
    offsets.into_iter().try_for_each(|cut| {
        let (before, after) = stream.split_at(cut);
        check(&[before, after])
    })
}

fn hashed_segments(mut stream: &[u8], seed: u64) -> Vec<&[u8]> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut segments = Vec::new();
    while !stream.is_empty() {
        let (segment, rest) = stream.split_at(rng.usize(1..=stream.len().min(7)));
        segments.push(segment);
        stream = rest;
    }
    segments
}
