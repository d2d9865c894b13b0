//! The proof that a conversation holds under every segmentation, for cores whose state can be
//! copied and compared. Ways are followed in the order of their cuts, so that the first that breaks
//! a claim has the fewest.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Search;
use super::sweep::Suspicion;
use crate::check::finding::{Mismatch, NotProved, Omission, Proof, StateFork};
use crate::check::options::Options;
use crate::check::play::{Begun, Player, Wanted, with_cuts};
use crate::delivery::{Choice, Cut, Delivery, Ending, Set, Shape, Vanish};
use crate::peer::{Bounds, Deadline, Fork, GaveUp, Target, WayEnd};
use crate::script::{Conversation, Law};

/// The time for the proof of one conversation.
const PROOF_TIME: Duration = Duration::from_secs(2);

/// How many segments a core is given in it, at most.
const PROOF_SEGMENTS: u64 = 50_000_000;

/// How much longer other broken laws are looked for after the first.
const AFTER_FIRST: Duration = Duration::from_millis(200);

/// How many random deliveries are played beside the proof.
const BESIDE: u64 = 64;

/// What is still to be done, by the number of cuts.
#[derive(Default)]
struct Agenda {
    todo: BTreeMap<(usize, u64), Todo>,
    pushed: u64,
}

enum Todo {
    /// A delivery whose first `given` bursts lead to that end.
    Play { delivery: Delivery, given: usize, leads_to: Option<WayEnd> },
    /// One more segment for all ways through a burst, before which the delivery has so many cuts.
    Round { begun: Begun, delivery: Delivery, cuts: usize },
}

/// A proof while it is looked for.
struct ProofSearch {
    deadline: Deadline,
    segments: u64,
    agenda: Agenda,
    places: usize,
    fork: Option<(Begun, Delivery, Fork)>,
    /// The first delivery that breaks each law.
    broken: BTreeMap<Law, Suspicion>,
}

impl Agenda {
    fn push(&mut self, cuts: usize, todo: Todo) {
        self.pushed += 1;
        self.todo.insert((cuts, self.pushed), todo);
    }
}

/// What is known of a proof before anything was played, if one is asked for.
pub(super) fn asked_for(
    options: &Options,
    conversation: &Conversation,
    target: &Target,
) -> Option<Proof> {
    let (choice, _) = options.choice(conversation, target);
    choice.sets.contains(&Set::Every).then(Proof::default)
}

impl<'s> Search<'s> {
    /// Proves every segmentation, if that was asked for, and replaces the sets that it makes
    /// needless. What can't be proved is told, and played as it is without a proof.
    pub(super) fn prove(
        &mut self,
        choice: &mut Choice,
        conversation: &Conversation,
        shape: &Shape,
    ) {
        if !choice.sets.contains(&Set::Every) {
            return;
        }
        choice.sets.retain(|set| *set != Set::Every);
        let is_enough = match self.target.abilities().clone {
            false => Err(NotProved::NotCloneable),
            true => self.look_for_proof(choice, conversation, shape).map_err(NotProved::GaveUp),
        };
        let is_sample =
            |set: &Set| matches!(set, Set::Single | Set::Pairs | Set::All | Set::Random(_));
        let beside = match is_enough {
            Ok(()) => {
                choice.sets.retain(|set| !is_sample(set));
                vec![Set::Written, Set::Bytes, Set::Random(BESIDE)]
            }
            Err(why) => {
                self.left_out.push((Set::Every.to_string(), Omission::NotProved(why)));
                let mut sets = vec![Set::Written, Set::Bytes, Set::Single];
                if self.target.abilities().virtual_time {
                    sets.extend([Set::Pairs, Set::All]);
                }
                sets
            }
        };
        for set in beside {
            if !choice.sets.contains(&set) {
                choice.sets.push(set);
            }
        }
    }

    /// A claim that a play broke, although every segmentation was found to hold: then the proof
    /// is worth nothing.
    pub(super) fn compare_with_proof(&mut self) {
        let Some(proof) = self.proof.as_mut().filter(|proof| proof.holds) else { return };
        if self.suspicions.iter().any(|(_, suspicion)| suspicion.delivery.is_of_cuts()) {
            *proof = Proof::default();
            let why = NotProved::GaveUp(GaveUp::Missed);
            self.left_out.push((Set::Every.to_string(), Omission::NotProved(why)));
        }
    }

    /// The proof for the stream as the script ends it, and for other ends that were asked for.
    fn look_for_proof(
        &mut self,
        choice: &Choice,
        conversation: &Conversation,
        shape: &Shape,
    ) -> Result<(), GaveUp> {
        let mut search = ProofSearch {
            deadline: Deadline::after(PROOF_TIME.min(self.deadline.left() / 2)),
            segments: 0,
            agenda: Agenda::default(),
            places: 0,
            fork: None,
            broken: BTreeMap::new(),
        };
        let is_asked = |set| choice.sets.contains(&set);
        let mut bases = vec![Delivery::UNCUT];
        bases.extend(is_asked(Set::HalfClose).then_some(Delivery::HALF_CLOSE));
        let can_join = is_asked(Set::Joined) && conversation.has_static_sends();
        bases.extend(can_join.then_some(Delivery::JOINED));
        let mut outcome = Ok(());
        for base in bases {
            outcome =
                outcome.and_then(|()| self.follow_all(&mut search, conversation, shape, base));
        }
        let ProofSearch { segments, places, fork, broken, .. } = search;
        if broken.is_empty() {
            outcome?;
        }
        let fork = fork.and_then(|(begun, delivery, fork)| {
            self.fork_on_fresh_cores(conversation, shape, &begun, &delivery, &fork)
        });
        let holds = broken.is_empty();
        self.proof = Some(Proof { holds, places, segments, fork });
        self.suspicions.extend(broken);
        Ok(())
    }

    /// Follows all ways, in the order of their cuts.
    fn follow_all(
        &mut self,
        search: &mut ProofSearch,
        conversation: &Conversation,
        shape: &Shape,
        base: Delivery,
    ) -> Result<(), GaveUp> {
        let mut player = self.player();
        search.agenda = Agenda::default();
        search.agenda.push(0, Todo::Play { delivery: base.clone(), given: 0, leads_to: None });
        while let Some(((cuts, _), todo)) = search.agenda.todo.pop_first() {
            if search.deadline.is_over() || player.is_stopped() {
                return Err(GaveUp::Bounds);
            }
            match todo {
                Todo::Play { delivery, given, leads_to } => {
                    player.prover().begin(given, leads_to);
                    let played = player.play(conversation, &delivery, shape, Wanted::default());
                    let outcome = played.map_err(|_| GaveUp::Bounds)?;
                    self.tally.count(outcome.quality);
                    let begun = player.prover().begun()?;
                    if let Some(mismatch) = outcome.mismatch {
                        if delivery == Delivery::UNCUT {
                            // The baseline held: what a core does must not depend on anything else.
                            return Err(GaveUp::NotAgain);
                        }
                        if !self.is_enabled(mismatch.law) {
                            // Nobody would be told, and nothing is known of what follows.
                            return Err(GaveUp::Unasked);
                        }
                        search.break_with(mismatch.law, delivery.clone(), mismatch);
                        if delivery == base {
                            // It breaks without a cut: no cut says more.
                            return Ok(());
                        }
                    }
                    for begun in begun {
                        if cuts == 0 && delivery == base {
                            search.places += begun.every.places();
                        }
                        let delivery = delivery.clone();
                        search.agenda.push(cuts, Todo::Round { begun, delivery, cuts });
                    }
                }
                Todo::Round { begun, delivery, cuts: before } => {
                    search.round(begun, delivery, before, cuts)?;
                }
            }
        }
        Ok(())
    }

    /// Plays both ways to a place twice on fresh cores: it is told only if each comes to the same
    /// state again, and the two states differ.
    fn fork_on_fresh_cores(
        &self,
        conversation: &Conversation,
        shape: &Shape,
        begun: &Begun,
        before: &Delivery,
        fork: &Fork,
    ) -> Option<StateFork> {
        let at = Cut { offset: fork.offset, ..begun.at };
        let mut player = self.player();
        let state_after = |player: &mut Player<'s>, way: &[usize]| {
            let ending = Ending::Vanish { at, how: Vanish::Rst };
            let delivery = Delivery { ending, ..with_cuts(before, begun.at, way) };
            player.prover().begin(begun.before + 1, None);
            player.play(conversation, &delivery, shape, Wanted::default()).ok()?;
            player.prover().came_to()
        };
        let mut states = Vec::new();
        for way in &fork.ways {
            let (state, again) = (state_after(&mut player, way)?, state_after(&mut player, way)?);
            if !state.equals(again.as_ref()) {
                return None;
            }
            states.push(state);
        }
        if states[0].equals(states[1].as_ref()) {
            return None;
        }
        let names = &conversation.connections;
        let deliveries = fork.ways.each_ref().map(|way| {
            let cuts: Vec<usize> = way.iter().copied().chain([fork.offset]).collect();
            with_cuts(before, begun.at, &cuts).words(names)
        });
        Some(StateFork { place: Delivery::cut_at(vec![at]).words(names), deliveries })
    }
}

impl ProofSearch {
    /// Lets all ways through a burst go on by one segment. Each new end is to be played.
    fn round(
        &mut self,
        mut begun: Begun,
        delivery: Delivery,
        before: usize,
        cuts: usize,
    ) -> Result<(), GaveUp> {
        let deadline = self.deadline;
        let is_over = || deadline.is_over();
        let mut bounds =
            Bounds { is_over: &is_over, most: PROOF_SEGMENTS, segments: self.segments };
        let round = begun.every.round(&mut bounds);
        self.segments = bounds.segments;
        let round = round?;
        let Some(ends) = round else {
            if let (None, Some(fork)) = (&self.fork, begun.every.fork()) {
                self.fork = Some((begun, delivery, fork));
            }
            return Ok(());
        };
        for end in ends {
            let mut way = with_cuts(&delivery, begun.at, &end.cuts);
            let cuts = before + end.cuts.len();
            let leads_to = match end.vanishes {
                Some(offset) => {
                    let at = Cut { offset, ..begun.at };
                    way.ending = Ending::Vanish { at, how: Vanish::Fin };
                    None
                }
                // The play itself went on uncut.
                None if end.cuts.is_empty() => continue,
                None => Some(end),
            };
            self.agenda.push(cuts, Todo::Play { delivery: way, given: begun.before + 1, leads_to });
        }
        self.agenda.push(cuts + 1, Todo::Round { begun, delivery, cuts: before });
        Ok(())
    }

    /// A delivery breaks a law: others are looked for a while, too.
    fn break_with(&mut self, law: Law, delivery: Delivery, mismatch: Box<Mismatch>) {
        if self.broken.is_empty() {
            let soon = Deadline::after(AFTER_FIRST);
            self.deadline = self.deadline.earlier(soon);
        }
        let order = (0, 1 + self.broken.len() as u64);
        self.broken.entry(law).or_insert(Suspicion { order, delivery, mismatch });
    }
}
