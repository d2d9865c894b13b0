//! All segmentations of one burst from one state, round by round.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Bounds, Every, Fork, GaveUp, WayEnd};
use crate::protocol::{Flow, Protocol};

/// One edge of so many is taken twice, and where it merges with another it is asked how both go on.
const SAMPLED: u64 = 61;

/// How many bytes a merged node is asked about one by one.
const AHEAD: usize = 8;

/// How many bytes the answers at all nodes of a burst may have.
const ANSWERS: usize = 256 << 20;

/// How many nodes a burst may have.
const NODES: usize = 1 << 20;

/// All segmentations of one burst from one state.
pub(super) struct Segmentations<P> {
    burst: Box<[u8]>,
    fin: bool,
    nodes: Vec<Node<P>>,
    /// The nodes at each offset.
    at: Vec<Vec<usize>>,
    /// What is answered to the burst in one segment.
    uncut: Vec<u8>,
    /// The first of the nodes that the last round made.
    new_from: usize,
    /// What was answered where the core ended the connection, and how it did.
    ended: Vec<(Flow, WayAnswer)>,
    /// Whether the core has panicked: one place at which it does is enough.
    has_panicked: bool,
    /// The bytes of all answers.
    answers: usize,
    fork: Option<Fork>,
    /// How many segments were taken.
    taken: u64,
    reply: Vec<u8>,
}

/// What was answered on a way. What the uncut burst is answered is kept once, so that answers are
/// compared by their new bytes alone.
#[derive(Clone, Debug, PartialEq, Eq)]
enum WayAnswer {
    /// So many of the first bytes that the uncut burst is answered.
    Usual(usize),
    /// Something else.
    Other(Vec<u8>),
}

/// A state of the core after some bytes of the burst.
struct Node<P> {
    state: P,
    answer: WayAnswer,
    offset: usize,
    /// The node before it on the shortest way.
    before: usize,
}

impl<P: Protocol + Clone + Eq + Send + 'static> Segmentations<P> {
    pub(super) fn new(state: P, burst: &[u8], fin: bool) -> Self {
        let mut at = vec![Vec::new(); burst.len() + 1];
        at[0].push(0);
        let mut uncut = Vec::new();
        step(&state, burst, fin, &mut uncut);
        Self {
            burst: burst.into(),
            fin,
            nodes: vec![Node { state, answer: WayAnswer::Usual(0), offset: 0, before: 0 }],
            at,
            uncut,
            new_from: 0,
            ended: Vec::new(),
            has_panicked: false,
            answers: 0,
            fork: None,
            taken: 0,
            reply: Vec::new(),
        }
    }

    /// Takes the segment from a node to an offset, and keeps where it leads if that is new.
    fn take(&mut self, from: usize, to: usize, ends: &mut Vec<WayEnd>) -> Result<(), GaveUp> {
        let Node { state, offset, .. } = &self.nodes[from];
        let segment = &self.burst[*offset..to];
        let fin = self.fin && to == self.burst.len();
        self.reply.clear();
        let (after, flow) = step(state, segment, fin, &mut self.reply);
        self.taken += 1;
        if from == 0 || self.taken.is_multiple_of(SAMPLED) {
            let mut reply = Vec::new();
            let again = step(state, segment, fin, &mut reply);
            if (again, &reply) != ((after.clone(), flow), &self.reply) {
                return Err(GaveUp::Moody);
            }
        }
        let answer = self.nodes[from].answer.with(&self.reply, &self.uncut);
        if flow == Some(Flow::Continue) && after.timeout().is_some() {
            return Err(GaveUp::Timer);
        }
        match flow {
            Some(Flow::Continue) => return self.arrive(from, to, after, answer, ends),
            Some(flow) => {
                let end = (flow, answer);
                if !self.ended.contains(&end) {
                    ends.push(self.end_of(from, to, &end.1, Some(flow)));
                    self.ended.push(end);
                }
            }
            None => {
                ends.push(self.end_of(from, to, &answer, None));
                self.has_panicked = true;
            }
        }
        Ok(())
    }

    /// The core goes on: in a state that is known there, or in a new one.
    fn arrive(
        &mut self,
        from: usize,
        to: usize,
        state: P,
        answer: WayAnswer,
        ends: &mut Vec<WayEnd>,
    ) -> Result<(), GaveUp> {
        let is_known = |known: &&usize| {
            let node = &self.nodes[**known];
            node.answer == answer && node.state == state
        };
        if let Some(&known) = self.at[to].iter().find(is_known) {
            let is_asked = to == self.nodes[from].offset + 1 || self.taken.is_multiple_of(SAMPLED);
            return match is_asked && !self.goes_on_alike(&self.nodes[known].state, &state, to) {
                true => Err(GaveUp::UnlikeEquals),
                false => Ok(()),
            };
        }
        self.answers += answer.kept();
        if self.answers > ANSWERS || self.nodes.len() >= NODES {
            return Err(GaveUp::Bounds);
        }
        if step(&state, b"", true, &mut Vec::new()).1.is_none() && !self.has_panicked {
            self.has_panicked = true;
            let mut end = self.end_of(from, to, &answer, None);
            end.cuts.retain(|cut| *cut < to);
            ends.push(WayEnd { vanishes: Some(to), ..end });
        }
        if to == self.burst.len() {
            let end = self.end_of(from, to, &answer, Some(Flow::Continue));
            ends.push(WayEnd { state: Some(Box::new(state.clone())), ..end });
        }
        let new = self.nodes.len();
        self.nodes.push(Node { state, answer, offset: to, before: from });
        self.at[to].push(new);
        if let (None, [first, _]) = (&self.fork, &self.at[to][..]) {
            let ways = [*first, new].map(|node| self.cuts_before(node));
            self.fork = Some(Fork { offset: to, ways });
        }
        Ok(())
    }

    /// Whether two states that are equal do the same with the same segments: the next bytes one by
    /// one, and all that is left at once.
    fn goes_on_alike(&self, one: &P, other: &P, offset: usize) -> bool {
        let rest = &self.burst[offset..];
        let is_alike = |one: &P, other: &P, segment: &[u8], fin| {
            let (mut reply, mut other_reply) = (Vec::new(), Vec::new());
            let (one, other) =
                (step(one, segment, fin, &mut reply), step(other, segment, fin, &mut other_reply));
            (one == other && reply == other_reply).then_some((one, other))
        };
        if is_alike(one, other, rest, true).is_none() {
            return false;
        }
        let (mut one, mut other) = (one.clone(), other.clone());
        for byte in rest.iter().take(AHEAD) {
            match is_alike(&one, &other, &[*byte], false) {
                Some(((next, Some(Flow::Continue)), (other_next, _))) => {
                    (one, other) = (next, other_next);
                }
                alike => return alike.is_some(),
            }
        }
        true
    }

    /// An end to which the segment from a node to an offset leads.
    fn end_of(&self, from: usize, to: usize, answer: &WayAnswer, flow: Option<Flow>) -> WayEnd {
        let mut cuts = self.cuts_before(from);
        cuts.extend([self.nodes[from].offset, to]);
        cuts.retain(|cut| (1..self.burst.len()).contains(cut));
        let answer = answer.bytes(&self.uncut).to_vec();
        WayEnd { cuts, vanishes: None, state: None, answer, flow }
    }

    /// The cuts on the shortest way to a node, less the one at the node itself.
    fn cuts_before(&self, mut node: usize) -> Vec<usize> {
        let mut cuts = Vec::new();
        while self.nodes[node].before != 0 {
            node = self.nodes[node].before;
            cuts.push(self.nodes[node].offset);
        }
        cuts.reverse();
        cuts
    }
}

impl<P: Protocol + Clone + Eq + Send + 'static> Every for Segmentations<P> {
    fn round(&mut self, bounds: &mut Bounds<'_>) -> Result<Option<Vec<WayEnd>>, GaveUp> {
        if self.nodes[0].state.timeout().is_some() {
            return Err(GaveUp::Timer);
        }
        let frontier = std::mem::replace(&mut self.new_from, self.nodes.len())..self.nodes.len();
        let mut ends = Vec::new();
        let whole = self.burst.len();
        // What reaches the end of the burst has one cut fewer than what stops before it.
        for reaches_end in [true, false] {
            for from in frontier.clone() {
                let next = self.nodes[from].offset + 1;
                for to in if reaches_end { next.max(whole)..whole + 1 } else { next..whole } {
                    bounds.count()?;
                    self.take(from, to, &mut ends)?;
                    if self.has_panicked {
                        self.new_from = self.nodes.len();
                        return Ok(Some(ends));
                    }
                }
            }
        }
        let is_over = self.new_from == self.nodes.len();
        Ok((!is_over || !ends.is_empty()).then_some(ends))
    }

    fn places(&self) -> usize {
        self.burst.len().saturating_sub(1)
    }

    fn fork(&self) -> Option<Fork> {
        self.fork.clone()
    }
}

impl WayAnswer {
    /// The answer with more after it.
    fn with(&self, reply: &[u8], uncut: &[u8]) -> Self {
        match self {
            WayAnswer::Usual(length) if uncut[*length..].starts_with(reply) => {
                WayAnswer::Usual(length + reply.len())
            }
            // An answer that is not the usual one does not become it.
            answer => WayAnswer::Other([answer.bytes(uncut), reply].concat()),
        }
    }

    fn bytes<'a>(&'a self, uncut: &'a [u8]) -> &'a [u8] {
        match self {
            WayAnswer::Usual(length) => &uncut[..*length],
            WayAnswer::Other(bytes) => bytes,
        }
    }

    /// How many bytes it keeps.
    fn kept(&self) -> usize {
        match self {
            WayAnswer::Usual(_) => 0,
            WayAnswer::Other(bytes) => bytes.len(),
        }
    }
}

/// A copy of the core after a segment, and a FIN if `fin` says so; no flow if it panicked.
fn step<P: Protocol + Clone>(
    state: &P,
    segment: &[u8],
    fin: bool,
    reply: &mut Vec<u8>,
) -> (P, Option<Flow>) {
    let mut after = state.clone();
    let flow = catch_unwind(AssertUnwindSafe(|| {
        let flow = match segment {
            [] => Flow::Continue,
            segment => after.receive(segment, reply),
        };
        if fin && flow == Flow::Continue { after.end(reply) } else { flow }
    }));
    (after, flow.ok())
}

#[cfg(test)]
mod tests {
    use super::super::CoreState;
    use super::*;
    use crate::protocol::{Echo, Tutorial};

    /// All ends of a burst, in words, and how many segments it took.
    fn ends<P: Protocol + Clone + Eq + Send + 'static>(
        core: P,
        burst: &[u8],
    ) -> Result<(Vec<String>, u64), GaveUp> {
        let mut bounds = Bounds { is_over: &|| false, most: 100_000, segments: 0 };
        let mut every = core.every(burst, false);
        let mut found = Vec::new();
        while let Some(round) = every.round(&mut bounds)? {
            found.extend(round);
        }
        found.sort_by_key(|end| end.cuts.len());
        let ends = found.into_iter().map(|end| {
            let answer = String::from_utf8_lossy(&end.answer).into_owned();
            let vanishes = end.vanishes.map_or_else(String::new, |at| format!(" drop {at}"));
            format!("{:?} {:?} {answer:?}{vanishes}", end.cuts, end.flow)
        });
        Ok((ends.collect(), bounds.segments))
    }

    #[test]
    fn a_core_that_does_not_depend_on_the_cuts_has_one_end() {
        let (ends, segments) = ends(Echo::default(), "hé\nq\r".as_bytes()).unwrap();
        assert_eq!(ends, [r#"[] Some(Continue) "hé\n""#]);
        assert_eq!(segments, 6 * 7 / 2);
    }

    /// Answers nothing, and ends or panics with its second segment.
    #[derive(Clone, PartialEq, Eq)]
    struct EndsSecond {
        segments: u32,
        panics: bool,
    }

    impl Protocol for EndsSecond {
        fn receive(&mut self, _: &[u8], _: &mut Vec<u8>) -> Flow {
            self.segments += 1;
            assert!(!self.panics || self.segments < 2, "the second segment");
            if self.segments < 2 { Flow::Continue } else { Flow::Quit }
        }

        fn end(&mut self, _: &mut Vec<u8>) -> Flow {
            Flow::Close
        }
    }

    #[test]
    fn an_end_at_the_end_of_the_burst_goes_before_one_with_a_cut_more() {
        let ends_second = |panics| ends(EndsSecond { segments: 0, panics }, b"abc").unwrap().0;
        assert_eq!(ends_second(false), [r#"[] Some(Continue) """#, r#"[1] Some(Quit) """#]);
        assert_eq!(ends_second(true), [r#"[] Some(Continue) """#, r#"[1] None """#]);
    }

    #[test]
    fn each_end_has_the_fewest_cuts_that_lead_to_it() {
        let (ends, _) = ends(Tutorial::default(), "aé\nq".as_bytes()).unwrap();
        assert_eq!(
            ends,
            [
                r#"[] Some(Continue) "aé\nq""#,
                r#"[2] Some(Close) """#,
                r#"[4] Some(Quit) "aé\n""#,
                r#"[1, 2] Some(Close) "a""#,
            ]
        );
    }
}
