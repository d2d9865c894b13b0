//! A conversation and a delivery while they are made smaller: one step after the other, cuts
//! anchored to the steps that they cut, so that steps can go without moving them.

use crate::delivery::{Cut, Cuts, Delivery, Ending, Order, Vanish};
use crate::script::{
    Action, Conversation, Expected, FileSystem, Law, Op, Payload, Piece, Place, Script, Step,
};

/// A place in what one step sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Anchor {
    /// The step's number, which it keeps.
    pub(super) step: usize,
    /// Bytes of its payload before the place.
    pub(super) offset: usize,
}

/// How the stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Natural,
    HalfClose,
    Vanish(Anchor, Vanish),
}

/// A conversation without repeats and a delivery of it.
#[derive(Clone, Debug)]
pub(super) struct Case {
    base: Conversation,
    /// The steps that are left, each with its number.
    pub(super) steps: Vec<(usize, Step)>,
    pub(super) cuts: Vec<Anchor>,
    order: Order,
    end: End,
    /// How long the values of the predefined variables are, in bytes.
    predefined: [usize; 3],
}

/// What one step adds to a burst.
struct Run {
    step: usize,
    connection: usize,
    burst: usize,
    start: usize,
    length: usize,
}

impl Case {
    /// The case of a play: its steps as they were recorded, its cuts where segments ended. None
    /// where a place of the delivery lies in no step.
    pub(super) fn new(
        base: &Conversation,
        steps: &[Step],
        borders: &[Cut],
        delivery: &Delivery,
        predefined: [usize; 3],
    ) -> Option<Self> {
        let mut case = Self {
            base: base.clone(),
            steps: steps.iter().cloned().enumerate().collect(),
            cuts: Vec::new(),
            order: delivery.order,
            end: End::Natural,
            predefined,
        };
        if delivery.order == Order::Script {
            case.cuts = borders.iter().map(|cut| case.anchor(*cut)).collect::<Option<_>>()?;
        }
        case.end = match delivery.ending {
            Ending::Natural => End::Natural,
            Ending::HalfClose => End::HalfClose,
            Ending::Vanish { at, how } => End::Vanish(case.anchor(at)?, how),
        };
        Some(case)
    }

    /// The same with other cuts.
    pub(super) fn with_cuts(&self, cuts: &[Anchor]) -> Self {
        Self { cuts: cuts.to_vec(), ..self.clone() }
    }

    /// The same with these steps only.
    pub(super) fn with_steps(&self, steps: &[(usize, Step)]) -> Self {
        Self { steps: steps.to_vec(), ..self.clone() }
    }

    /// The last send before the claim at that place, on its connection, by number.
    pub(super) fn asked_before(&self, claim: Place) -> Option<usize> {
        let at = |(_, step): &(usize, Step)| {
            step.place.source == claim.source && step.place.span.start == claim.span.start
        };
        let claim = self.steps.iter().position(at)?;
        let connection = self.steps[claim].1.connection;
        let is_send = |(_, step): &&(usize, Step)| {
            step.connection == connection && matches!(step.action, Action::Send { .. })
        };
        self.steps[..claim].iter().rfind(is_send).map(|(number, _)| *number)
    }

    /// Where steps stand in bursts, by the rule that makes them: whatever is no send on the same
    /// connection, and no pause, ends one.
    fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut bursts = vec![0; self.base.connections.len()];
        let mut open: Option<(usize, usize)> = None;
        for (number, step) in &self.steps {
            match &step.action {
                Action::Pause(_) => {}
                Action::Open | Action::Expect { .. } => open = None,
                Action::Send { payload, ending } => {
                    let length = self.length(payload);
                    if length > 0 {
                        let start = match open {
                            Some((connection, end)) if connection == step.connection => end,
                            _ => {
                                bursts[step.connection] += 1;
                                0
                            }
                        };
                        let burst = bursts[step.connection];
                        let (step_number, connection) = (*number, step.connection);
                        runs.push(Run { step: step_number, connection, burst, start, length });
                        open = Some((connection, start + length));
                    }
                    if ending.is_some() || length == 0 {
                        open = None;
                    }
                }
            }
        }
        runs
    }

    /// How many bytes a payload has.
    fn length(&self, payload: &Payload) -> usize {
        let piece_length = |piece: &Piece| match piece {
            Piece::Bytes(bytes) => bytes.len(),
            Piece::Variable(slot) => self.predefined.get(*slot).copied().unwrap_or(0),
            Piece::Repeated(..) | Piece::Pin => 0,
        };
        payload.pieces.iter().map(piece_length).sum()
    }

    fn anchor(&self, at: Cut) -> Option<Anchor> {
        let runs = self.runs();
        let mut of_burst =
            runs.iter().filter(|run| (run.connection, run.burst) == (at.connection, at.burst));
        let holds = |run: &&Run| (run.start..=run.start + run.length).contains(&at.offset);
        let run = of_burst.find(holds)?;
        Some(Anchor { step: run.step, offset: at.offset - run.start })
    }

    fn place(runs: &[Run], anchor: Anchor) -> Option<Cut> {
        let run = runs.iter().find(|run| run.step == anchor.step)?;
        (anchor.offset <= run.length).then_some(Cut {
            connection: run.connection,
            burst: run.burst,
            offset: run.start + anchor.offset,
        })
    }

    /// The case without its settings, as a conversation.
    pub(super) fn conversation(&self) -> Conversation {
        let ops = self.steps.iter().map(|(_, step)| Op::Step(step.clone())).collect();
        Conversation { ops, ..self.base.clone() }
    }

    /// The delivery, its connections numbered as in `names`. None where a cut or the place to
    /// vanish has gone with its step.
    fn delivery(&self, names: &[String]) -> Option<Delivery> {
        let runs = self.runs();
        let renumbered = |anchor: Anchor| {
            let cut = Self::place(&runs, anchor)?;
            let name = &self.base.connections[cut.connection];
            let connection = names.iter().position(|other| other == name)?;
            Some(Cut { connection, ..cut })
        };
        let mut cuts = self.cuts.iter().map(|cut| renumbered(*cut)).collect::<Option<Vec<_>>>()?;
        cuts.sort_unstable();
        let ending = match self.end {
            End::Natural => Ending::Natural,
            End::HalfClose => Ending::HalfClose,
            End::Vanish(anchor, how) => Ending::Vanish { at: renumbered(anchor)?, how },
        };
        let cuts = if cuts.is_empty() { Cuts::None } else { Cuts::At(cuts) };
        Some(Delivery { cuts, order: self.order, ending })
    }

    /// The case as a user gets it: the script that says it, parsed again. None where it is no
    /// script any more.
    pub(super) fn said(&self) -> Option<(Conversation, Delivery)> {
        let text = self.conversation().to_script().to_string();
        let mut said = Script::resolve("-", &text, &[], &FileSystem).ok()?;
        said.settings.timeout = self.base.settings.timeout;
        let delivery = self.delivery(&said.connections)?;
        Some((said, delivery))
    }

    /// The bytes that a step sends, where all are known.
    pub(super) fn sent(&self, index: usize) -> Option<Vec<u8>> {
        match &self.steps[index].1.action {
            Action::Send { payload, .. } => payload.known(),
            _ => None,
        }
    }

    /// The places in what a step sends that matter.
    pub(super) fn places_in(&self, step: usize) -> Vec<usize> {
        let end = match self.end {
            End::Vanish(anchor, _) => Some(anchor),
            End::Natural | End::HalfClose => None,
        };
        let anchors = self.cuts.iter().chain(&end).filter(|anchor| anchor.step == step);
        anchors.map(|anchor| anchor.offset).collect()
    }

    /// The case without a stretch of what the step at that index sends.
    pub(super) fn without(&self, index: usize, (start, end): (usize, usize)) -> Option<Self> {
        let bytes = self.sent(index)?;
        let mut case = self.clone();
        let number = case.steps[index].0;
        if let Action::Send { payload, .. } = &mut case.steps[index].1.action {
            *payload = Payload::bytes([&bytes[..start], &bytes[end..]].concat());
        }
        let shift = |anchor: &mut Anchor| {
            if anchor.step == number && anchor.offset >= end {
                anchor.offset -= end - start;
            }
        };
        case.cuts.iter_mut().for_each(shift);
        if let End::Vanish(anchor, _) = &mut case.end {
            shift(anchor);
        }
        Some(case)
    }

    /// The case with exact expectations replaced by what was answered, by index of the step.
    pub(super) fn with_answers(mut self, answers: &[(usize, Vec<u8>, bool)]) -> Option<Self> {
        for (index, bytes, _) in answers {
            let Action::Expect { what, .. } = &mut self.steps[*index].1.action else { return None };
            if bytes.is_empty() {
                return None;
            }
            match what {
                Expected::Exact(payload) => *payload = Payload::bytes(bytes.as_slice()),
                Expected::Answer(Some(answer)) => answer.bytes = bytes.as_slice().into(),
                _ => return None,
            }
        }
        Some(self)
    }
}

/// The script that shows a finding: the delivery and the law stated above the conversation.
pub(super) fn reproducer(
    conversation: &Conversation,
    delivery: &Delivery,
    law: Law,
    head: &[String],
    started_by: &str,
) -> String {
    let mut text: String = head.iter().map(|line| format!("# {line}\n")).collect();
    text.push_str(&format!("deliver {}\n", delivery.words(&conversation.connections)));
    text.push_str(&format!("laws {law}\n"));
    text.push_str(started_by);
    if let Some(timeout) = conversation.settings.timeout {
        text.push_str(&format!("timeout {}\n", crate::script::print_duration(timeout)));
    }
    text.push('\n');
    text.push_str(&conversation.to_script().to_string());
    text
}
