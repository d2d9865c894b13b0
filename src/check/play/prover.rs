//! What a proof keeps from play to play: where plays have been, and what is still to be followed.

use crate::delivery::{Cut, Cuts, Delivery};
use crate::peer::{CoreState, Every, GaveUp, WayEnd};

/// What a proof keeps from play to play.
#[derive(Default)]
pub(in crate::check) struct Prover {
    /// How many bursts of this play are cut as the delivery says; the others are followed.
    pub(super) given: usize,
    /// Where the last of them must lead.
    pub(super) leads_to: Option<WayEnd>,
    /// How many bursts this play has sent.
    pub(super) bursts: usize,
    /// Where plays have been before a burst: whoever comes there again goes on alike.
    pub(super) visited: Vec<Visit>,
    /// The bursts that this play has begun to follow.
    pub(super) begun: Vec<Begun>,
    /// The state to which the last of the given bursts has led.
    pub(super) came_to: Option<Box<dyn CoreState>>,
    pub(super) gave_up: Option<GaveUp>,
}

/// A burst whose segmentations are followed.
pub(in crate::check) struct Begun {
    /// Where its first byte is.
    pub(in crate::check) at: Cut,
    /// How many bursts were sent before it, on all connections.
    pub(in crate::check) before: usize,
    pub(in crate::check) every: Box<dyn Every>,
}

/// All on which the rest of a play depends.
pub(super) struct Visit {
    pub(super) statements: usize,
    pub(super) answered: bool,
    pub(super) burst: Vec<u8>,
    pub(super) variables: Vec<Vec<u8>>,
    pub(super) connections: Vec<SideState>,
}

/// Our side of one connection, and the core behind it.
pub(super) struct SideState {
    pub(super) ended: bool,
    pub(super) unread: Vec<u8>,
    pub(super) core: Option<Box<dyn CoreState>>,
}

impl Prover {
    /// Prepares a play whose first `given` bursts are cut as its delivery says, the last of which
    /// leads to that end.
    pub(in crate::check) fn begin(&mut self, given: usize, leads_to: Option<WayEnd>) {
        (self.given, self.leads_to, self.bursts) = (given, leads_to, 0);
        self.came_to = None;
    }

    /// The state to which the last of the given bursts has led.
    pub(in crate::check) fn came_to(&mut self) -> Option<Box<dyn CoreState>> {
        self.came_to.take()
    }

    /// The bursts that the last play has begun to follow.
    ///
    /// # Errors
    ///
    /// Why nothing can be proved, if the play has shown that.
    pub(in crate::check) fn begun(&mut self) -> Result<Vec<Begun>, GaveUp> {
        match self.gave_up {
            Some(why) => Err(why),
            None => Ok(std::mem::take(&mut self.begun)),
        }
    }
}

impl Visit {
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let place = |visit: &Self| (visit.statements, visit.answered);
        let is_like = |(one, other): (&SideState, &SideState)| {
            let cores = match (&one.core, &other.core) {
                (Some(core), Some(other)) => core.equals(other.as_ref()),
                (None, None) => true,
                _ => false,
            };
            cores && one.ended == other.ended && one.unread == other.unread
        };
        place(self) == place(other)
            && (&self.burst, &self.variables) == (&other.burst, &other.variables)
            && self.connections.len() == other.connections.len()
            && self.connections.iter().zip(&other.connections).all(is_like)
    }
}

/// A delivery with these cuts, too, in the burst that begins at `at`.
pub(in crate::check) fn with_cuts(delivery: &Delivery, at: Cut, offsets: &[usize]) -> Delivery {
    let mut cuts = match &delivery.cuts {
        Cuts::At(cuts) => cuts.clone(),
        _ => Vec::new(),
    };
    cuts.extend(offsets.iter().map(|&offset| Cut { offset, ..at }));
    cuts.sort_unstable();
    let cuts = if cuts.is_empty() { Cuts::None } else { Cuts::At(cuts) };
    Delivery { cuts, ..delivery.clone() }
}
