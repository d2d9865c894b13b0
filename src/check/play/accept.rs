//! Connections that the script accepts.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::steps::{Halt, Play};
use crate::check::finding::{Demand, Mismatch, Then, TranscriptEvent};
use crate::peer::{Accepted, Arrival, Deadline, Link, Wait};
use crate::script::{Action, Conversation, Expected, Law, Op, Step};

/// How long it is waited for the first bytes of one connection before another one is looked at.
const LOOK: Duration = Duration::from_millis(1);

/// How long it is waited at most for the bytes that tell connections apart: one of them may say
/// nothing before it has heard something.
const TELL_APART: Duration = Duration::from_secs(1);

impl Play<'_, '_> {
    /// Gives the variables that stand for ports their values.
    pub(super) fn set_ports(&mut self) {
        for (index, port) in self.conversation.ports.iter().enumerate() {
            if let Some(slot) = port.slot {
                let number = self.server.port(index).to_string();
                self.values.set(slot, number.as_bytes());
            }
        }
    }

    /// Accepts a connection, which must come in time. Several that are listened for on one port,
    /// one statement after the other, come in any order: their first bytes tell which is which.
    pub(super) fn listen_for(&mut self, index: usize, port: usize) -> Result<(), Halt> {
        let connection = &mut self.connections[index];
        connection.note_received(index, self.recording);
        connection.open_anew();
        self.listening.push(index);
        let next = self.conversation.ops.get(self.op + 1);
        let is_in_group = matches!(self.conversation.ops.get(self.op), Some(Op::Step(_)));
        if is_in_group && next.is_some_and(|next| listens_on(next, port)) {
            return Ok(());
        }
        let group = std::mem::take(&mut self.listening);
        let mut came = Vec::new();
        for index in &group {
            came.push(self.accept(*index, port)?);
        }
        if group.len() > 1 {
            came = self.sorted(&group, came);
        }
        for (index, (link, inbox)) in group.into_iter().zip(came) {
            let connection = &mut self.connections[index];
            (connection.link, connection.inbox) = (link, inbox);
            self.answered = true;
            let name = || self.conversation.ports[port].name.clone();
            self.recording.note(|| TranscriptEvent::Accepted(index, name()));
        }
        Ok(())
    }

    /// The next connection on a port.
    fn accept(&mut self, index: usize, port: usize) -> Result<Came, Halt> {
        let passed = self.anchor.map_or(Duration::ZERO, |anchor| anchor.elapsed());
        let until = Deadline::after(self.timeout.saturating_sub(passed));
        let accepted = self.server.accept(port, until, self.stop);
        let then = match accepted.map_err(|error| Halt::Failed(Box::new(error)))? {
            Accepted::Link(link) => {
                self.tick();
                self.restart_clock();
                return Ok((Some(link), Vec::new()));
            }
            Accepted::Nobody if self.stop.load(Ordering::Relaxed) => return Err(Halt::Done),
            Accepted::Nobody => Then::Silence,
            Accepted::Ended(how) => Then::Ended(how),
        };
        // One that ends before it has said all stops short, as a server does that closes.
        let law = if then == Then::Silence { Law::Hangs } else { Law::CutOff };
        Err(match self.mismatch(index, self.place(), Demand::Connects, then) {
            Halt::Mismatch(mismatch) => Halt::Mismatch(Box::new(Mismatch { law, ..*mismatch })),
            halt => halt,
        })
    }

    /// The connections in the order of those that are listened for, by the first bytes that these
    /// expect; else in the order in which they came.
    fn sorted(&self, group: &[usize], mut came: Vec<Came>) -> Vec<Came> {
        let demands: Vec<_> =
            group.iter().map(|index| first_demand(self.conversation, self.op, *index)).collect();
        let most = demands.iter().flatten().map(Vec::len).max().unwrap_or(0);
        let until = Deadline::after(self.timeout.min(TELL_APART));
        let is_known = |came: &[Came]| {
            let mut all = demands.iter().zip(places(&demands, came));
            all.all(|(demand, place)| demand.is_none() || place.is_some())
        };
        while most > 0 && !is_known(&came) && !until.is_over() {
            let mut has_heard = false;
            for (link, inbox) in came.iter_mut().filter(|(_, inbox)| inbox.len() < most) {
                let until = Some(Deadline::after(LOOK));
                let wait = Wait { until, or_quiet: false, stop: self.stop };
                let arrival = link.as_mut().map(|link| link.arrive(inbox, wait));
                has_heard |= matches!(arrival, Some(Arrival::Bytes | Arrival::Nothing));
            }
            if !has_heard || self.stop.load(Ordering::Relaxed) {
                break;
            }
        }
        let places = places(&demands, &came);
        let mut came: Vec<_> = came.into_iter().map(Some).collect();
        let mut sorted: Vec<Option<Came>> =
            places.iter().map(|place| place.and_then(|place| came[place].take())).collect();
        let mut rest = came.into_iter().flatten();
        for place in sorted.iter_mut().filter(|place| place.is_none()) {
            *place = rest.next();
        }
        sorted.into_iter().flatten().collect()
    }
}

/// A connection that came, and what it has said.
type Came = (Option<Link>, Vec<u8>);

/// Whether an op listens on that port.
fn listens_on(op: &Op, port: usize) -> bool {
    matches!(op, Op::Step(step) if matches!(step.action, Action::Listen(other) if other == port))
}

/// The bytes that are expected first on a connection, after the op at that index, up to where
/// anything is said to anybody; none if something else comes first.
fn first_demand(conversation: &Conversation, op: usize, connection: usize) -> Option<Vec<u8>> {
    let is_said = |step: &&Step| matches!(step.action, Action::Send { .. });
    let steps = conversation.steps_from(op + 1).skip_while(|step| step.connection != connection);
    let steps = steps.take_while(|step| !is_said(step));
    let known = |step: &Step| match &step.action {
        Action::Expect { what: Expected::Exact(payload), .. } => payload.known(),
        _ => None,
    };
    let own = steps.filter(|step| step.connection == connection);
    let demand: Vec<u8> = own.map_while(known).flatten().collect();
    (!demand.is_empty()).then_some(demand)
}

/// Which connection each demand is met by, as far as that is known: no other may meet it too, and
/// it may not have been met by two.
fn places(demands: &[Option<Vec<u8>>], came: &[Came]) -> Vec<Option<usize>> {
    let mut taken = vec![false; came.len()];
    let place = |demand: &Option<Vec<u8>>| {
        let demand = demand.as_deref()?;
        let meets = |(place, (_, said)): (usize, &Came)| {
            (!taken[place] && said.starts_with(demand)).then_some(place)
        };
        let place = came.iter().enumerate().find_map(meets)?;
        taken[place] = true;
        Some(place)
    };
    demands.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_connections_apart() {
        let demand = |text: &str| Some(text.as_bytes().to_vec());
        let came = |text: &str| (None, text.as_bytes().to_vec());
        let demands = [demand("USER a"), demand("USER b"), None, demand("USER b")];
        let said = [came("USER b\n"), came("US"), came("USER a\n"), came("USER b\n")];
        assert_eq!(places(&demands, &said), [Some(2), Some(0), None, Some(3)]);
    }

    #[test]
    fn what_is_expected_first_is_known_if_it_is_bytes() {
        let text = "listen a\nlisten b\nlisten c\nb > \"hi\"\na < \"x\"\na < \"y\"\nc < line\n\
                    c < \"z\"\nb > \"hi\"\na < \"w\"\nb < \"y\"\n";
        let conversation = Conversation::parse("s", text).unwrap();
        let first = |connection| first_demand(&conversation, 2, connection);
        assert_eq!([first(0), first(1), first(2)], [Some(b"xy".to_vec()), None, None]);
    }
}
