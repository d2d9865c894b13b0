//! How a stream is cut, and how a failing case becomes smaller: each cut keeps its neighbours.

use std::fmt;

use proptest::bool::weighted;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::{NewTree, ValueTree};
use proptest::test_runner::TestRunner;

use super::stream;
use crate::delivery::telling_offsets;
use crate::protocol::{Flow, Protocol};
use crate::script::literal;

/// The most cuts that are drawn one by one.
const CUTS: usize = 12;

/// Up to this length, in bytes, a stream may also be cut after every byte.
const SHORT: usize = 64;

/// A stream and its cuts.
///
/// `Debug` shows it as a script would send it, with a `|` at each cut.
///
/// # Examples
///
/// ```
/// use recut::strategies::Segmentation;
///
/// let cut = Segmentation::new("né\n", [2, 9, 2]);
/// assert_eq!(cut.cuts(), [2]);
/// assert_eq!(cut.segments().collect::<Vec<_>>(), [&b"n\xc3"[..], b"\xa9\n"]);
/// assert_eq!(format!("{cut:?}"), r#""n\xc3" | "\xa9\n""#);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Segmentation {
    stream: Vec<u8>,
    cuts: Vec<usize>,
}

impl Segmentation {
    /// A stream that is cut at these offsets; offsets that are not inside it have no effect.
    pub fn new(stream: impl Into<Vec<u8>>, cuts: impl IntoIterator<Item = usize>) -> Self {
        let stream = stream.into();
        let mut cuts: Vec<usize> =
            cuts.into_iter().filter(|cut| is_inside(*cut, &stream)).collect();
        cuts.sort_unstable();
        cuts.dedup();
        Self { stream, cuts }
    }

    /// The whole stream.
    pub fn stream(&self) -> &[u8] {
        &self.stream
    }

    /// The cuts, ascending, each `0 < cut < stream().len()`.
    pub fn cuts(&self) -> &[usize] {
        &self.cuts
    }

    /// The segments, in order. No segment is empty; an empty stream has no segments.
    pub fn segments(&self) -> impl Iterator<Item = &[u8]> + Clone {
        let starts = std::iter::once(0).chain(self.cuts.iter().copied());
        let ends = self.cuts.iter().copied().chain([self.stream.len()]);
        let segments = starts.zip(ends).map(|(start, end)| &self.stream[start..end]);
        segments.filter(|segment| !segment.is_empty())
    }

    /// The same stream, not cut at all.
    pub fn uncut(&self) -> Self {
        Self { stream: self.stream.clone(), cuts: Vec::new() }
    }

    /// What a server answers to it, and how it leaves the connection; the FIN comes after the last
    /// segment.
    pub fn play(&self, mut server: impl Protocol) -> (Vec<u8>, Flow) {
        let mut reply = Vec::new();
        let mut flow = server.open(&mut reply);
        for segment in self.segments() {
            if flow != Flow::Continue {
                return (reply, flow);
            }
            flow = server.receive(segment, &mut reply);
        }
        if flow == Flow::Continue {
            flow = server.end(&mut reply);
        }
        (reply, flow)
    }
}

fn is_inside(cut: usize, stream: &[u8]) -> bool {
    0 < cut && cut < stream.len()
}

impl fmt::Debug for Segmentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.stream.is_empty() {
            return f.write_str("\"\"");
        }
        let segments: Vec<_> = self.segments().map(literal).collect();
        f.write_str(&segments.join(" | "))
    }
}

/// Any stream, cut anywhere: [`segmentation`] of [`stream()`].
///
/// # Examples
///
/// ```
/// use proptest::prelude::*;
/// use recut::protocol::utf8::Decoder;
/// use recut::strategies::cut_stream;
///
/// proptest!(|(cut in cut_stream())| {
///     let (mut decoder, mut text) = (Decoder::default(), Vec::new());
///     cut.segments().for_each(|segment| decoder.decode(segment, &mut text));
///     decoder.finish(&mut text);
///     prop_assert_eq!(String::from_utf8_lossy(cut.stream()).into_owned().into_bytes(), text);
/// });
/// ```
pub fn cut_stream() -> impl Strategy<Value = Segmentation> {
    segmentation(stream())
}

/// The streams of a strategy, cut anywhere: most cuts inside characters, around line ends and
/// around the sizes of buffers.
///
/// A failing case loses the cuts that it does not need. Then its stream shrinks as its own strategy
/// shrinks it, and each cut stays between the same two bytes.
///
/// # Examples
///
/// ```
/// use proptest::prelude::*;
/// use recut::strategies::{segmentation, well_formed};
///
/// proptest!(|(cut in segmentation(well_formed()))| {
///     prop_assert_eq!(cut.segments().collect::<Vec<_>>().concat(), cut.stream());
/// });
/// ```
pub fn segmentation<S: Strategy<Value = Vec<u8>>>(stream: S) -> Cutting<S> {
    Cutting { stream }
}

/// The strategy of [`segmentation`].
#[derive(Clone, Debug)]
pub struct Cutting<S> {
    stream: S,
}

impl<S: Strategy<Value = Vec<u8>>> Strategy for Cutting<S> {
    type Tree = CutTree<S::Tree>;
    type Value = Segmentation;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let tree = self.stream.new_tree(runner)?;
        let stream = tree.current();
        let picks = (weighted(0.1), vec((weighted(0.75), any::<Index>()), 0..=CUTS));
        let (every, picks) = picks.new_tree(runner)?.current();
        let telling = telling_offsets(&stream);
        let cut = |(is_telling, index): (bool, Index)| match is_telling && !telling.is_empty() {
            true => *index.get(&telling),
            false => 1 + index.index(stream.len() - 1),
        };
        let cuts: Vec<usize> = match stream.len() {
            0 | 1 => Vec::new(),
            length if every && length <= SHORT => (1..length).collect(),
            _ => picks.into_iter().map(cut).collect(),
        };
        let cut = Segmentation::new(stream, cuts);
        let removal = Removal::of(&cut);
        Ok(CutTree {
            tree,
            failing: cut.clone(),
            cut,
            removal,
            step: Reduction::None,
            streams: true,
        })
    }
}

/// A segmentation while it is made smaller.
#[derive(Clone, Debug)]
pub struct CutTree<T> {
    tree: T,
    /// What is tried now, and what was known to fail before it.
    cut: Segmentation,
    failing: Segmentation,
    removal: Removal,
    /// What was simplified last.
    step: Reduction,
    /// Whether the stream may still shrink.
    streams: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reduction {
    None,
    Cuts,
    Stream,
}

/// Stretches of cuts to remove: large ones first, then smaller ones.
#[derive(Clone, Copy, Debug)]
struct Removal {
    size: usize,
    start: usize,
}

impl Removal {
    fn of(cut: &Segmentation) -> Self {
        Self { size: cut.cuts.len(), start: 0 }
    }
}

impl<T: ValueTree<Value = Vec<u8>>> ValueTree for CutTree<T> {
    type Value = Segmentation;

    fn current(&self) -> Segmentation {
        self.cut.clone()
    }

    fn simplify(&mut self) -> bool {
        self.failing.clone_from(&self.cut);
        loop {
            while self.removal.size > 0 {
                let Removal { size, start } = self.removal;
                if start < self.cut.cuts.len() {
                    let end = (start + size).min(self.cut.cuts.len());
                    self.cut.cuts.drain(start..end);
                    self.step = Reduction::Cuts;
                    return true;
                }
                self.removal = Removal { size: size / 2, start: 0 };
            }
            if !self.streams {
                return false;
            }
            if self.tree.simplify() {
                self.cut = follow(&self.failing, self.tree.current());
                self.step = Reduction::Stream;
                return true;
            }
            // In a shorter stream more cuts may be needless.
            self.streams = false;
            self.removal = Removal::of(&self.cut);
        }
    }

    fn complicate(&mut self) -> bool {
        match self.step {
            Reduction::None => false,
            Reduction::Cuts => {
                self.cut.clone_from(&self.failing);
                self.removal.start += self.removal.size;
                self.step = Reduction::None;
                true
            }
            Reduction::Stream => {
                let is_other = self.tree.complicate();
                self.cut = follow(&self.failing, self.tree.current());
                is_other
            }
        }
    }
}

/// The cuts of a segmentation in its smaller stream: between the same bytes if they are still
/// there, else near that place. As many as there is room for.
fn follow(before: &Segmentation, stream: Vec<u8>) -> Segmentation {
    let (old, new) = (&before.stream, &stream);
    let same = |pair: &(&u8, &u8)| pair.0 == pair.1;
    let head = old.iter().zip(new).take_while(same).count();
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(same).count();
    let place = |&cut: &usize| {
        let behind = old.len() - cut;
        if cut <= head {
            cut
        } else if behind <= tail {
            new.len() - behind
        } else {
            (head + 1).min(new.len() - tail).max(head)
        }
    };
    let mut cuts: Vec<usize> = before.cuts.iter().map(place).collect();
    cuts.sort_unstable();
    let mut free = 1;
    for cut in &mut cuts {
        *cut = (*cut).max(free);
        free = *cut + 1;
    }
    let mut free = new.len();
    for cut in cuts.iter_mut().rev() {
        free = free.saturating_sub(1);
        *cut = (*cut).min(free);
        free = *cut;
    }
    Segmentation::new(stream, cuts)
}
