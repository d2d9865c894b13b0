//! Which single cuts of a burst break a conversation.

use super::{Reproduction, Shrinker};
use crate::check::finding::{CutMap, Then};
use crate::check::play::{Sent, Wanted};
use crate::delivery::{Cut, Cuts, Delivery, Ending, Order};

/// The longest burst of which a cut map is drawn, in bytes.
const LONGEST: usize = 256;

impl Shrinker<'_, '_> {
    /// Which single cuts of the burst with the first cut break the conversation; none if the
    /// delivery is not made of cuts alone, or if the burst is long.
    pub(in crate::check) fn map(&mut self, reproduction: &Reproduction) -> Option<CutMap> {
        let Reproduction { conversation, delivery, .. } = reproduction;
        let Cuts::At(cuts) = &delivery.cuts else { return None };
        if delivery.order == Order::Joined || delivery.ending != Ending::Natural {
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
        let wanted = Wanted { waits: self.waits, ..Wanted::default() };
        let mut broken = Vec::new();
        for offset in 1..stream.len() {
            if self.is_over() {
                broken.push(None);
                continue;
            }
            let cut = vec![Cut { offset, ..cuts[0] }];
            let delivery = Delivery { cuts: Cuts::At(cut), ..delivery.clone() };
            self.player.server().refresh();
            let outcome = self.player.play(conversation, &delivery, &shape, wanted);
            let mismatch = outcome.ok().map(|outcome| outcome.mismatch);
            broken.push(mismatch.as_ref().map(Option::is_some));
            if mismatch.flatten().is_some_and(|seen| seen.then != Then::Silence) {
                // An uncut play that holds shows that the server needs no new start.
                let _ = self.player.play(conversation, &Delivery::UNCUT, &shape, wanted);
            }
        }
        Some(CutMap { stream, broken })
    }
}
