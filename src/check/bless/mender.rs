//! A conversation while it is mended: where a claim is not met, what comes is expected instead.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use memchr::memmem;

use crate::check::finding::{Demand, Mismatch, NotBlessed, Then};
use crate::check::laws::baseline::broken;
use crate::check::play::{Player, Waits, Wanted};
use crate::delivery::{Delivery, Shape};
use crate::peer::TargetError;
use crate::script::{
    Action, Conversation, Expected, NotRewritten, Op, Payload, Replacement, Source, Step, replaced,
    rewrite,
};

const RECORDED: Wanted = Wanted { transcript: true, learn: false, waits: Waits::USUAL };

/// A conversation while it is mended.
pub(super) struct Mender<'t> {
    player: Player<'t>,
    /// The conversation with what was observed so far.
    pub(super) conversation: Conversation,
    /// The ops that have changed.
    mended: BTreeSet<usize>,
    /// What is to stand in the files, by the file's index and the statement's start.
    replacements: BTreeMap<(usize, usize), Replacement>,
}

impl<'t> Mender<'t> {
    pub(super) fn new(player: Player<'t>, conversation: Conversation) -> Self {
        let (mended, replacements) = (BTreeSet::new(), BTreeMap::new());
        Self { player, conversation, mended, replacements }
    }

    /// The first claim that an uncut play does not meet.
    pub(super) fn unmet(&mut self) -> Result<Option<Box<Mismatch>>, TargetError> {
        let shape = Shape::default();
        let played = self.player.play(&self.conversation, &Delivery::UNCUT, &shape, RECORDED)?;
        Ok(broken(&self.conversation, &played).filter(|_| !self.player.is_stopped()))
    }

    /// How many expectations have changed in their files.
    pub(super) fn expectations(&self) -> usize {
        self.replacements.len()
    }

    /// Makes what comes what is expected, where a claim was not met.
    pub(super) fn mend(&mut self, seen: &Mismatch) -> Result<Result<(), NotBlessed>, TargetError> {
        if matches!(seen.then, Then::Crashed(_)) {
            return Ok(Err(NotBlessed::Crashed));
        }
        let Some((op, expected)) = self.claim(seen) else {
            return Ok(Err(NotBlessed::Text(NotRewritten::NotExact)));
        };
        let Some(came) = self.listen(op)? else { return Ok(Err(NotBlessed::Changing)) };
        let observed = &came[..share(&expected, &self.next(op), &came)];
        Ok(self.replace(op, &expected, observed))
    }

    /// The op whose exact bytes were not met, or after which more came, and those bytes.
    fn claim(&self, seen: &Mismatch) -> Option<(usize, Vec<u8>)> {
        let steps = self.conversation.ops.iter().enumerate().filter_map(|(index, op)| match op {
            Op::Step(step) => Some((index, step)),
            _ => None,
        });
        let is_there = |step: &Step| step.place == seen.place && step.connection == seen.connection;
        let here: Vec<(usize, usize, &Step)> = steps
            .enumerate()
            .filter(|(_, (_, step))| is_there(step))
            .map(|(number, (index, step))| (number + 1, index, step))
            .collect();
        // The same statement stands there several times if it is repeated.
        let (_, index, step) = match &seen.demand {
            Demand::NothingMore => here.last()?,
            _ => here.iter().find(|(number, ..)| *number == seen.step || here.len() == 1)?,
        };
        let Action::Expect { what: Expected::Exact(payload), .. } = &step.action else {
            return None;
        };
        let expected = match &seen.demand {
            Demand::Bytes(bytes) => bytes.clone(),
            Demand::NothingMore => payload.known()?,
            _ => return None,
        };
        Some((*index, expected))
    }

    /// All that comes at an op until the server is quiet; none if the play does not get there any
    /// more.
    fn listen(&mut self, op: usize) -> Result<Option<Vec<u8>>, TargetError> {
        let mut conversation = self.conversation.clone();
        conversation.ops.truncate(op + 1);
        if let Some(step) = conversation.step_mut(op) {
            step.action = Action::Expect { what: Expected::Answer(None), within: None };
        }
        let shape = Shape::default();
        let played = self.player.play(&conversation, &Delivery::UNCUT, &shape, RECORDED)?;
        let learned = self.player.recording().learned.last();
        let came = learned.filter(|learned| learned.op == op).map(|learned| learned.bytes.clone());
        Ok(came.filter(|_| played.mismatch.is_none()))
    }

    /// What takes bytes after an op, before anything else is sent.
    fn next(&self, op: usize) -> Next {
        let Some(Op::Step(claim)) = self.conversation.ops.get(op) else { return Next::Nothing };
        for op in &self.conversation.ops[op + 1..] {
            let step = match op {
                Op::Step(step) => step,
                Op::Let { .. } => continue,
                Op::Repeat { .. } => return Next::Framed,
            };
            match &step.action {
                Action::Open | Action::Listen(_) | Action::Send { .. } => return Next::Nothing,
                Action::Expect { what, .. } if step.connection == claim.connection => match what {
                    Expected::Exact(payload) => {
                        return payload.known().map_or(Next::Framed, Next::Exact);
                    }
                    Expected::Bytes(..)
                    | Expected::Line(_)
                    | Expected::Lines { .. }
                    | Expected::Rest(_)
                    | Expected::Answer(_) => return Next::Framed,
                    Expected::Eof
                    | Expected::CleanEof
                    | Expected::Reset
                    | Expected::Closed
                    | Expected::Silence(_) => {}
                },
                Action::Expect { .. } | Action::Pause(_) => {}
            }
        }
        Next::Nothing
    }

    fn replace(&mut self, op: usize, expected: &[u8], observed: &[u8]) -> Result<(), NotBlessed> {
        if observed == expected || !self.mended.insert(op) {
            return Err(NotBlessed::Changing);
        }
        let Some(step) = self.conversation.step_mut(op) else { return Err(NotBlessed::Changing) };
        let place = step.place;
        if let Action::Expect { what, .. } = &mut step.action {
            *what = Expected::Exact(Payload::bytes(observed));
        }
        let source = &self.conversation.sources[place.source];
        let new = rewrite(source, place.span, expected, observed).map_err(NotBlessed::Text)?;
        let key = (place.source, place.span.start);
        match self.replacements.get(&key).is_some_and(|other| *other != new) {
            true => Err(NotBlessed::Repeated),
            false => {
                self.replacements.insert(key, new);
                Ok(())
            }
        }
    }

    /// The files that change.
    pub(super) fn files(&self) -> Vec<(Arc<Source>, String)> {
        let mut by_file: BTreeMap<usize, Vec<Replacement>> = BTreeMap::new();
        for ((source, _), replacement) in &self.replacements {
            by_file.entry(*source).or_default().push(replacement.clone());
        }
        let new = |(source, mut replacements): (usize, Vec<Replacement>)| {
            let source = Arc::clone(&self.conversation.sources[source]);
            let text = replaced(&source.text, &mut replacements);
            (source, text)
        };
        by_file.into_iter().map(new).collect()
    }
}

/// What takes bytes after an expectation.
enum Next {
    /// Nothing.
    Nothing,
    /// An expectation of these bytes.
    Exact(Vec<u8>),
    /// Something that is not known beforehand.
    Framed,
}

/// How much of what came belongs to an expectation of `expected`: all, if nothing else takes any of
/// it; what stands before the bytes that are expected next, if those came; else as many lines as it
/// had, or as many bytes if it is not a line.
fn share(expected: &[u8], next: &Next, came: &[u8]) -> usize {
    match next {
        Next::Nothing => return came.len(),
        Next::Exact(bytes) if !bytes.is_empty() => {
            if let Some(at) = memmem::find(came, bytes).filter(|at| *at > 0) {
                return at;
            }
        }
        Next::Exact(_) | Next::Framed => {}
    }
    if !expected.ends_with(b"\n") {
        return expected.len().min(came.len());
    }
    let lines = memchr::memchr_iter(b'\n', expected).count();
    memchr::memchr_iter(b'\n', came).nth(lines - 1).map_or(came.len(), |at| at + 1)
}
