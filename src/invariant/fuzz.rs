//! The law for a core in a fuzz target: its answer and its end depend on the stream alone.

use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::tries::Tries;
use super::words::Accusation;
use crate::delivery::{Segments, each_quick};
use crate::protocol::every::{Bounds, CoreState, GaveUp};
use crate::protocol::{Flow, Protocol};
use crate::script::literal;

const TITLE: &str = "the answer depends on where the stream is cut";

/// Up to this length, in bytes, all segmentations of a stream are followed.
const EVERY: usize = 64;

/// How many segments are taken for that at most: eight times as many as a core needs whose state
/// does not depend on the cuts.
const TAKEN: u64 = 8 * (EVERY * (EVERY + 1) / 2) as u64;

/// What a core did with a stream.
#[derive(Clone, PartialEq, Eq)]
struct Answered {
    flow: Flow,
    answer: Vec<u8>,
}

impl fmt::Debug for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", literal(&self.answer), self.flow)
    }
}

/// Shows that the answer of a core does not depend on where the stream is cut: the body of a fuzz
/// target.
///
/// The stream is all that the fuzzer gives: it need not learn how to cut. A new core gets it in one
/// segment and then the client's FIN. Other ones get it byte by byte, in four ways that a hash of
/// it chooses, and with each single cut (in a stream of more than 64 bytes, with up to 32 at
/// offsets that servers are likely to get wrong). What they answer, and how they end, must be the
/// same. Nothing is allocated but by the core.
///
/// # Panics
///
/// If it is not the same: with the fewest cuts. What the core panics with is passed on if it does
/// so uncut; libFuzzer ends the process at any panic, before its cuts are told.
///
/// # Examples
///
/// This is the whole of a fuzz target, if it has a server of its own for `Echo`:
///
/// ```
/// # macro_rules! fuzz_target { (|$data:ident: &[u8]| $body:expr) => {
/// #     fn main() { let $data: &[u8] = b"hello, Zo\xc3\xab\nq\n"; $body }
/// # } }
/// use recut::Echo;
///
/// fuzz_target!(|stream: &[u8]| recut::fuzz(stream, Echo::default));
/// ```
#[track_caller]
pub fn fuzz<P: Protocol>(stream: &[u8], core: impl Fn() -> P) {
    if let Err(told) = samples(stream, &core) {
        panic!("{told}");
    }
}

/// Does what [`fuzz`] does, and follows all 2^(n-1) segmentations of a stream of up to 64 bytes,
/// for a core whose state can be copied and compared.
///
/// It is slower, and a function of its own for that: in a fuzz target an input of 64 bytes takes
/// ten times as long with recut's echo. It is worth its time for cores that are wrong only after
/// many cuts at certain places. If a state that depends on the cuts has so many forms that they
/// can't be followed, the samples of [`fuzz`] are what was tried.
///
/// # Panics
///
/// As [`fuzz`]; if the core panics when the stream ends where a segment does; and if the core is
/// not one of which all segmentations can be followed, because a copy of it, or one that is equal,
/// does not behave alike.
///
/// # Examples
///
/// ```
/// recut::fuzz_every("hellö\nq\n".as_bytes(), recut::Echo::default);
/// ```
#[track_caller]
pub fn fuzz_every<P>(stream: &[u8], core: impl Fn() -> P)
where
    P: Protocol + Clone + Eq + Send + 'static,
{
    if let Err(told) = samples(stream, &core).and_then(|()| followed(stream, &core)) {
        panic!("{told}");
    }
}

thread_local! {
    /// What was answered uncut, and what is answered now.
    static BUFFERS: Cell<[Vec<u8>; 2]> = const { Cell::new([Vec::new(), Vec::new()]) };
}

fn samples<P: Protocol>(stream: &[u8], core: &impl Fn() -> P) -> Result<(), Accusation> {
    let [mut uncut, mut reply] = BUFFERS.take();
    let flow = play(core(), Segments::whole(stream), &mut uncut);
    let mut tried = 0;
    let found = each_quick(stream, |segments| {
        tried += 1;
        let played = AssertUnwindSafe(|| play(core(), segments.clone(), &mut reply));
        let is_same = catch_unwind(played).is_ok_and(|again| again == flow) && reply == uncut;
        if is_same { Ok(()) } else { Err(segments) }
    });
    let told = found.map_err(|segments| told(stream, core, segments.map(<[u8]>::len)));
    BUFFERS.set([uncut, reply]);
    told
}

/// What is told of a stream whose answer differs if its segments are so long.
fn told<P: Protocol>(
    stream: &[u8],
    core: &impl Fn() -> P,
    lengths: impl Iterator<Item = usize>,
) -> Accusation {
    let mut at = 0;
    let ends = lengths.map(|length| {
        at += length;
        at
    });
    let offsets = ends.filter(|end| *end < stream.len()).collect();
    let mut tries = Tries::new(stream, |segments: &[&[u8]]| {
        let mut answer = Vec::new();
        let flow = play(core(), segments.iter().copied(), &mut answer);
        Answered { flow, answer }
    });
    let uncut = tries.uncut();
    tries.told(offsets, &uncut, TITLE)
}

/// Gives a new core the segments of a stream, and then the client's FIN.
fn play<'s, P: Protocol>(
    mut core: P,
    segments: impl Iterator<Item = &'s [u8]>,
    reply: &mut Vec<u8>,
) -> Flow {
    reply.clear();
    let mut flow = core.open(reply);
    for segment in segments {
        if flow != Flow::Continue {
            return flow;
        }
        flow = core.receive(segment, reply);
    }
    if flow == Flow::Continue { core.end(reply) } else { flow }
}

/// Follows all segmentations of a short stream.
fn followed<P>(stream: &[u8], core: &impl Fn() -> P) -> Result<(), Accusation>
where
    P: Protocol + Clone + Eq + Send + 'static,
{
    let (mut opened, mut greeting) = (core(), Vec::new());
    if stream.is_empty() || stream.len() > EVERY || opened.open(&mut greeting) != Flow::Continue {
        return Ok(());
    }
    let mut answer = Vec::new();
    let flow = play(core(), [stream].into_iter(), &mut answer);
    let usual = (Some(flow), &answer[greeting.len().min(answer.len())..]);
    let mut every = opened.every(stream, true);
    let mut bounds = Bounds { is_over: &|| false, most: TAKEN, segments: 0 };
    loop {
        let ends = match every.round(&mut bounds) {
            Ok(Some(ends)) => ends,
            Ok(None) | Err(GaveUp::Bounds) => return Ok(()),
            Err(why) => return Err(unfit(why)),
        };
        for end in ends {
            if let Some(at) = end.vanishes {
                let read = literal(&stream[..at]);
                return Err(Accusation(format!("the core panics if the stream ends after {read}")));
            }
            if (end.flow, &end.answer[..]) != usual {
                let starts = [0].into_iter().chain(end.cuts.iter().copied());
                let ends = end.cuts.iter().copied().chain([stream.len()]);
                let lengths: Vec<_> = starts.zip(ends).map(|(start, end)| end - start).collect();
                return Err(told(stream, core, lengths.into_iter()));
            }
        }
    }
}

/// Why not all segmentations can be followed, and what to do.
fn unfit(why: GaveUp) -> Accusation {
    let what = match why {
        GaveUp::Moody => {
            "the same segment, given twice to copies of one state, did not do the same: the core \
             depends on more than its state and the stream"
        }
        GaveUp::UnlikeEquals => {
            "two states that are equal went on differently: `Eq` leaves out a part of the state"
        }
        _ => "what the core does depends on more than the stream",
    };
    Accusation(format!("{what}; mend that, or call `recut::fuzz`, which needs no `Clone` and `Eq`"))
}
