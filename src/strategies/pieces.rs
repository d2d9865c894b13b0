//! Pieces that make a whole, and how they become few and plain.

use proptest::prelude::*;
use proptest::strategy::{NewTree, ValueTree};
use proptest::test_runner::TestRunner;

/// The most pieces of a whole.
const PIECES: usize = 16;

/// Pieces of a strategy; there may be none.
///
/// Unlike `proptest::collection::vec` it comes back to what it could not remove before: a piece
/// is often needed only until another one has shrunk. And it tries plain pieces instead of each.
#[derive(Clone, Debug)]
pub(super) struct Pieces<S, V> {
    piece: S,
    plain: V,
    worth: fn(&V) -> usize,
}

/// Up to 16 pieces. Each may be replaced by as many `plain` pieces as it is worth.
pub(super) fn pieces<S: Strategy>(
    piece: S,
    plain: S::Value,
    worth: fn(&S::Value) -> usize,
) -> Pieces<S, S::Value> {
    Pieces { piece, plain, worth }
}

impl<S: Strategy> Strategy for Pieces<S, S::Value>
where
    S::Value: Clone,
{
    type Tree = PiecesTree<S::Tree>;
    type Value = Vec<S::Value>;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let count = (0..=PIECES).new_tree(runner)?.current();
        let piece = || self.piece.new_tree(runner).map(Shrinking::Tree);
        let pieces = std::iter::repeat_with(piece).take(count).collect::<Result<Vec<_>, _>>()?;
        let (plain, worth) = (self.plain.clone(), self.worth);
        let step = Attempt::Remove { size: count, start: 0 };
        Ok(PiecesTree { pieces, plain, worth, step, undo: Undo::Nothing, progress: false })
    }
}

/// Pieces while they become few and plain.
#[derive(Clone, Debug)]
pub(super) struct PiecesTree<T: ValueTree> {
    pieces: Vec<Shrinking<T>>,
    plain: T::Value,
    worth: fn(&T::Value) -> usize,
    step: Attempt,
    undo: Undo<T>,
    /// Whether this round has made anything smaller.
    progress: bool,
}

#[derive(Clone, Debug)]
enum Shrinking<T> {
    Tree(T),
    Plain,
}

/// What is tried next; a round goes through all of them.
#[derive(Clone, Copy, Debug)]
enum Attempt {
    Remove { size: usize, start: usize },
    Plain(usize),
    Shrink(usize),
}

/// How the last try is taken back.
#[derive(Clone, Debug)]
enum Undo<T> {
    Nothing,
    Insert(usize, Vec<Shrinking<T>>),
    /// The place, the number of plain pieces there, and the piece that they replaced.
    Replace(usize, usize, Shrinking<T>),
    Complicate(usize),
}

impl<T: ValueTree> ValueTree for PiecesTree<T>
where
    T::Value: Clone,
{
    type Value = Vec<T::Value>;

    fn current(&self) -> Vec<T::Value> {
        let value = |piece: &Shrinking<T>| match piece {
            Shrinking::Tree(tree) => tree.current(),
            Shrinking::Plain => self.plain.clone(),
        };
        self.pieces.iter().map(value).collect()
    }

    fn simplify(&mut self) -> bool {
        // What was tried last still fails, so it is kept.
        self.progress |= !matches!(std::mem::replace(&mut self.undo, Undo::Nothing), Undo::Nothing);
        loop {
            let count = self.pieces.len();
            match self.step {
                Attempt::Remove { size: 0, .. } => self.step = Attempt::Plain(0),
                Attempt::Remove { size, start } if start >= count => {
                    self.step = Attempt::Remove { size: size / 2, start: 0 };
                }
                Attempt::Remove { size, start } => {
                    let end = (start + size).min(count);
                    self.undo = Undo::Insert(start, self.pieces.drain(start..end).collect());
                    return true;
                }
                Attempt::Plain(index) if index >= count => self.step = Attempt::Shrink(0),
                Attempt::Plain(index) => {
                    self.step = Attempt::Plain(index + 1);
                    if let Shrinking::Tree(tree) = &self.pieces[index] {
                        let worth = (self.worth)(&tree.current());
                        let plain = std::iter::repeat_with(|| Shrinking::Plain).take(worth);
                        let piece = self.pieces.splice(index..=index, plain).next();
                        self.step = Attempt::Plain(index + worth);
                        self.undo =
                            piece.map_or(Undo::Nothing, |piece| Undo::Replace(index, worth, piece));
                        return true;
                    }
                }
                Attempt::Shrink(index) if index < count => {
                    if let Shrinking::Tree(tree) = &mut self.pieces[index]
                        && tree.simplify()
                    {
                        self.undo = Undo::Complicate(index);
                        return true;
                    }
                    self.step = Attempt::Shrink(index + 1);
                }
                Attempt::Shrink(_) if std::mem::take(&mut self.progress) => {
                    self.step = Attempt::Remove { size: count, start: 0 };
                }
                Attempt::Shrink(_) => return false,
            }
        }
    }

    fn complicate(&mut self) -> bool {
        match std::mem::replace(&mut self.undo, Undo::Nothing) {
            Undo::Nothing => return false,
            Undo::Insert(at, removed) => {
                if let Attempt::Remove { start, .. } = &mut self.step {
                    *start += removed.len();
                }
                self.pieces.splice(at..at, removed);
            }
            Undo::Replace(index, worth, piece) => {
                self.pieces.splice(index..index + worth, [piece]);
                self.step = Attempt::Plain(index + 1);
            }
            Undo::Complicate(index) => {
                let Shrinking::Tree(tree) = &mut self.pieces[index] else { return false };
                if !tree.complicate() {
                    return false;
                }
                self.undo = Undo::Complicate(index);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_become_few_and_plain_whatever_their_order() {
        let mut runner = TestRunner::deterministic();
        // The sum needs several pieces, or one large one: what is needed changes on the way.
        let fails = |pieces: &Vec<u32>| pieces.iter().sum::<u32>() >= 100 && pieces.len() >= 2;
        let mut seen = 0;
        while seen < 100 {
            let mut tree = pieces(1..200_u32, 1, |_| 1).new_tree(&mut runner).unwrap();
            if !fails(&tree.current()) {
                continue;
            }
            seen += 1;
            while if fails(&tree.current()) { tree.simplify() } else { tree.complicate() } {}
            let smallest = tree.current();
            assert_eq!((smallest.len(), smallest.iter().sum::<u32>()), (2, 100), "{smallest:?}");
        }
    }
}
