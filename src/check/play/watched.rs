//! What is kept of the plays on one server, for whoever asks how a law came to be broken.

use std::collections::VecDeque;

use crate::check::finding::ObservedPlay;

/// How many plays are kept: a delivery, and who came before and after it.
const KEPT: usize = 3;

/// The last plays on one server.
#[derive(Debug, Default)]
pub(super) struct Watched {
    is_on: bool,
    plays: VecDeque<ObservedPlay>,
}

impl Watched {
    /// Keeps plays from now on.
    pub(super) fn begin(&mut self) {
        self.is_on = true;
        self.plays.clear();
    }

    /// Whether plays are kept.
    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    /// Forgets the plays on a server that is there no more.
    pub(super) fn forget(&mut self) {
        self.plays.clear();
    }

    /// Keeps a play.
    pub(super) fn add(&mut self, play: ObservedPlay) {
        if self.plays.len() == KEPT {
            self.plays.pop_front();
        }
        self.plays.push_back(play);
    }

    /// Whether the play to come shows what the last one has left behind.
    pub(super) fn is_aftermath(&self) -> bool {
        self.plays.back().is_some_and(|play| !play.is_uncut())
    }

    /// The last play, and those before it from the last delivery on that was cut.
    pub(super) fn plays(&self) -> Vec<ObservedPlay> {
        let last = self.plays.len().saturating_sub(1);
        let from = self.plays.iter().rposition(|play| !play.is_uncut()).unwrap_or(last);
        self.plays.iter().skip(from).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(deliveries: &[&str]) -> (Vec<String>, bool) {
        let mut watched = Watched::default();
        watched.begin();
        for delivery in deliveries {
            let delivery = (*delivery).to_owned();
            watched.add(ObservedPlay { delivery, ..ObservedPlay::default() });
        }
        let plays = watched.plays().into_iter().map(|play| play.delivery).collect();
        (plays, watched.is_aftermath())
    }

    #[test]
    fn what_led_to_a_mismatch_begins_with_the_delivery() {
        let strings = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        for (played, told, is_aftermath) in [
            (&["uncut", "cut@1"][..], &["cut@1"][..], true),
            (&["uncut", "cut@1", "uncut"], &["cut@1", "uncut"], false),
            (&["cut@1", "uncut", "uncut", "uncut"], &["uncut"], false),
            (&["uncut", "uncut"], &["uncut"], false),
            (&[], &[], false),
        ] {
            assert_eq!(kept(played), (strings(told), is_aftermath), "{played:?}");
        }
    }
}
