//! Which single cuts of a burst break a conversation.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::{Reproduction, Shrinker};
use crate::check::finding::{CutMap, Then};
use crate::check::laws::Trial;
use crate::check::play::{Player, Sent, Wanted};
use crate::delivery::{Cut, Cuts, Delivery, Ending, Order};
use crate::peer::Deadline;

/// The longest burst of which a cut map is drawn, in bytes.
const LONGEST: usize = 256;

/// The most offsets that are tried if a cut may have to be waited for.
const MOST_HANGS: usize = 48;

/// How many servers of ours are waited for side by side.
const SIDE_BY_SIDE: usize = 8;

/// How long the drawing may take.
const BUDGET: Duration = Duration::from_secs(3);

/// An offset that was not tried.
const UNKNOWN: u8 = 2;

impl Shrinker<'_, '_> {
    /// Which single cuts of the burst with the first cut break the conversation; none if the
    /// delivery is not made of cuts alone, or if the burst is long.
    pub(in crate::check) fn map(&mut self, reproduction: &Reproduction) -> Option<CutMap> {
        let Reproduction { conversation, delivery, .. } = reproduction;
        let Cuts::At(cuts) = &delivery.cuts else { return None };
        if delivery.order != Order::Script || delivery.ending != Ending::Natural {
            return None;
        }
        let shape = Default::default();
        let recorded = Wanted { transcript: true, learn: false, waits: self.waits };
        self.player.play(conversation, &Delivery::UNCUT, &shape, recorded).ok()?;
        let recording = self.player.recording();
        let has_cut =
            |sent: &&Sent| (sent.connection, sent.number) == (cuts[0].connection, cuts[0].burst);
        let sent = recording.sent.iter().find(has_cut)?;
        let stream = recording.stream[sent.start..sent.end].to_vec();
        if stream.len() > LONGEST {
            return None;
        }
        let tried = tried(stream.len() - 1, cuts[0].offset, self.hangs);
        let marks: Vec<AtomicU8> = (1..stream.len()).map(|_| AtomicU8::new(UNKNOWN)).collect();
        let next = AtomicUsize::new(0);
        let (waits, until) = (self.waits, Deadline::after(BUDGET));
        let work = |player: &mut Player<'_>| {
            while let Some(&offset) = tried.get(next.fetch_add(1, Ordering::Relaxed)) {
                if until.is_over() || player.is_stopped() {
                    return;
                }
                let delivery = Delivery::cut_at(vec![Cut { offset, ..cuts[0] }]);
                let trial = Trial { conversation, shape: &shape, delivery: &delivery, waits };
                if let Some(is_broken) = breaks(player, trial) {
                    marks[offset - 1].store(u8::from(is_broken), Ordering::Relaxed);
                }
            }
        };
        // What is waited for is waited for side by side, if there can be a server for each.
        let abilities = self.player.server().abilities();
        if self.hangs && abilities.restart && !abilities.virtual_time {
            let players = SIDE_BY_SIDE.min(tried.len());
            let mut players: Vec<_> = (0..players).map(|_| self.player.another()).collect();
            thread::scope(|scope| {
                players.iter_mut().for_each(|player| {
                    scope.spawn(|| work(player));
                });
            });
        } else {
            work(self.player);
        }
        let broken = marks.iter().map(|mark| match mark.load(Ordering::Relaxed) {
            UNKNOWN => None,
            mark => Some(mark == 1),
        });
        Some(CutMap { broken: broken.collect(), stream })
    }
}

/// Whether a delivery breaks the conversation; none if it could not be played.
fn breaks(player: &mut Player<'_>, trial: Trial<'_>) -> Option<bool> {
    let Trial { conversation, shape, delivery, .. } = trial;
    player.server().refresh();
    let mismatch = player.play(conversation, delivery, shape, trial.wanted()).ok()?.mismatch;
    if mismatch.as_ref().is_some_and(|seen| seen.then != Then::Silence) {
        // An uncut play that holds shows that the server needs no new start.
        let _ = player.play(conversation, &Delivery::UNCUT, shape, trial.wanted());
    }
    Some(mismatch.is_some())
}

/// The offsets that are tried, the nearest to the cut first; fewer if each may have to be waited
/// for. It depends on the burst alone, so that a map is as whole on a busy machine.
fn tried(places: usize, cut: usize, hangs: bool) -> Vec<usize> {
    let mut offsets: Vec<usize> = (1..=places).collect();
    offsets.sort_by_key(|offset| offset.abs_diff(cut));
    if hangs {
        offsets.truncate(MOST_HANGS);
    }
    offsets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_offsets_are_tried_first_and_fewer_if_they_are_waited_for() {
        assert_eq!(tried(5, 4, false), [4, 3, 5, 2, 1]);
        assert_eq!(tried(200, 100, false).len(), 200);
        let few = tried(200, 100, true);
        assert_eq!((few.len(), few[0]), (MOST_HANGS, 100));
        assert!(few.iter().all(|offset| offset.abs_diff(100) <= MOST_HANGS / 2));
    }
}
