//! A conversation and a delivery while they are made smaller: one step after the other, cuts
//! anchored to the steps that they cut, so that steps can go without moving them.

use std::collections::BTreeMap;

use crate::check::play::Learned;
use crate::delivery::{Cut, Cuts, Delivery, Ending, Order, Vanish, telling_offsets};
use crate::script::{Action, Conversation, Expected, NoFiles, Op, Payload, Piece, Script, Step};

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
    /// What cuts and their places leave open of the delivery.
    how: Delivery,
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
    /// if a place of the delivery lies in no step.
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
            how: Delivery { cuts: Cuts::None, ..delivery.clone() },
            end: End::Natural,
            predefined,
        };
        if delivery.order != Order::Joined {
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

    /// Where steps stand in bursts, by the rule that makes bursts: a step ends one unless it is a
    /// pause, or a send on the same connection after which our side has not ended.
    fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut bursts = vec![0; self.base.connections.len()];
        let mut open: Option<(usize, usize)> = None;
        for (number, step) in &self.steps {
            match &step.action {
                Action::Pause(_) => {}
                Action::Open | Action::Listen(_) | Action::Expect { .. } => open = None,
                Action::Send { payload, ending } => {
                    let (length, connection) = (self.length(payload), step.connection);
                    let start = match open {
                        Some((other, end)) if other == connection => end,
                        _ => 0,
                    };
                    if length > 0 {
                        if start == 0 {
                            bursts[connection] += 1;
                        }
                        let burst = bursts[connection];
                        runs.push(Run { step: *number, connection, burst, start, length });
                    }
                    open = ending.is_none().then_some((connection, start + length));
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

    /// The delivery, its connections numbered as in `names`. None if a cut or the place to
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
        Some(Delivery { cuts, ending, ..self.how.clone() })
    }

    /// The case as a user gets it: the script that says it, parsed again. None if it is not
    /// a script any more.
    pub(super) fn said(&self) -> Option<(Conversation, Delivery)> {
        let text = self.conversation().to_script().to_string();
        let mut said = Script::resolve("-", &text, &[], &NoFiles).ok()?;
        said.settings.timeout = self.base.settings.timeout;
        said.result = self.base.result.clone();
        let delivery = self.delivery(&said.connections)?;
        Some((said, delivery))
    }

    /// The bytes that a step sends, if all are known.
    pub(super) fn sent(&self, index: usize) -> Option<Vec<u8>> {
        match &self.steps[index].1.action {
            Action::Send { payload, .. } => payload.known(),
            _ => None,
        }
    }

    /// The cuts that are at telling offsets of what their steps send.
    pub(super) fn telling_cuts(&self) -> Vec<Anchor> {
        let telling = |(index, (number, _)): (usize, &(usize, Step))| {
            let offsets = self.sent(index).map(|bytes| telling_offsets(&bytes));
            (*number, offsets.unwrap_or_default())
        };
        let telling: BTreeMap<_, _> = self.steps.iter().enumerate().map(telling).collect();
        let is_telling = |cut: &&Anchor| {
            telling.get(&cut.step).is_some_and(|offsets| offsets.binary_search(&cut.offset).is_ok())
        };
        self.cuts.iter().filter(is_telling).copied().collect()
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

    /// The case with exact expectations replaced by what was answered; its ops are its steps.
    pub(super) fn with_answers(mut self, answers: &[Learned]) -> Option<Self> {
        for Learned { op, bytes, .. } in answers {
            let Action::Expect { what, .. } = &mut self.steps[*op].1.action else { return None };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Answer;

    const SAID: &str = "\
> \"ab\"
> \"cd\"
pause 1ms
> \"\"
> \"e\"
bob > \"xy\"
bob > \"z\"
> \"fg\"
< \"answer\"
> \"hi\"
> eof
bob > \"w\"
bob < line
";

    /// The bursts of that: connection, number, length.
    const BURSTS: [(usize, usize, usize); 5] =
        [(0, 1, 5), (1, 1, 3), (0, 2, 2), (0, 3, 2), (1, 2, 1)];

    fn conversation(text: &str) -> Conversation {
        Conversation::parse("case", text).expect("a script")
    }

    fn case(text: &str, delivery: &Delivery) -> Option<Case> {
        let conversation = conversation(text);
        let steps: Vec<Step> = conversation.steps().cloned().collect();
        let borders: &[Cut] = match &delivery.cuts {
            Cuts::At(cuts) => cuts,
            Cuts::None | Cuts::Written | Cuts::Every => &[],
        };
        Case::new(&conversation, &steps, borders, delivery, [9, 4, 0])
    }

    fn cut_at(connection: usize, burst: usize, offset: usize) -> Delivery {
        Delivery::cut_at(vec![Cut { connection, burst, offset }])
    }

    fn vanishing(connection: usize, burst: usize, offset: usize, how: Vanish) -> Delivery {
        let at = Cut { connection, burst, offset };
        Delivery { ending: Ending::Vanish { at, how }, ..Delivery::UNCUT }
    }

    #[test]
    fn every_place_is_found_again_in_the_script_that_says_it() {
        for (connection, burst, length) in BURSTS {
            for offset in 0..=length {
                let fin = vanishing(connection, burst, offset, Vanish::Fin);
                let rst = vanishing(connection, burst, offset, Vanish::Rst);
                for delivery in [fin, rst, cut_at(connection, burst, offset.max(1))] {
                    let case = case(SAID, &delivery).expect("a place in the conversation");
                    let (said, again) = case.said().expect("a script");
                    assert_eq!(again, delivery);
                    assert_eq!(said.to_script().to_string(), SAID);
                }
            }
            assert!(case(SAID, &cut_at(connection, burst, length + 1)).is_none());
        }
        assert!(case(SAID, &cut_at(0, 4, 1)).is_none() && case(SAID, &cut_at(1, 3, 1)).is_none());
        // In a joined delivery the one burst is cut as the order says: borders say nothing more.
        let joined = Delivery { order: Order::Joined, ..cut_at(0, 1, 3) };
        let (_, again) = case(SAID, &joined).and_then(|case| case.said()).expect("a script");
        assert_eq!(again, Delivery { cuts: Cuts::None, ..joined });
    }

    #[test]
    fn predefined_variables_have_their_length() {
        let text = "> \"a\" $port \"b\"\n> \"c\"\n";
        assert!(case(text, &cut_at(0, 1, 7)).is_some());
        assert!(case(text, &cut_at(0, 1, 8)).is_none());
    }

    #[test]
    fn a_connection_that_is_opened_anew_counts_on() {
        let text = "> eof\n< eof\nopen\n> \"ab\" eof\n< eof\nopen\n> \"cd\"\n";
        for burst in [1, 2] {
            let case = case(text, &cut_at(0, burst, 1)).expect("a burst");
            assert_eq!(case.cuts[0].step, [3, 6][burst - 1]);
        }
    }

    #[test]
    fn a_place_stays_with_its_step() {
        let words = |case: &Case| {
            let (said, delivery) = case.said()?;
            Some(delivery.words(&said.connections))
        };
        let bob = case(SAID, &cut_at(1, 1, 1)).expect("a burst");
        assert_eq!(words(&bob.with_steps(&bob.steps[5..7])).as_deref(), Some("cut@bob:1"));
        assert_eq!(words(&bob.with_steps(&bob.steps[..5])), None);
        let ours = case(SAID, &cut_at(0, 2, 1)).expect("a burst");
        let behind = ours.with_steps(&ours.steps[5..]);
        assert_eq!(words(&behind).as_deref(), Some("cut@1"));
        let first = behind.said().expect("a script").0.connections;
        assert_eq!(first, ["bob", ""]);
    }

    #[test]
    fn places_move_with_the_bytes_behind_a_stretch() {
        let cut = Cut { connection: 0, burst: 1, offset: 2 };
        let mut delivery = vanishing(0, 1, 9, Vanish::Fin);
        delivery.cuts = Cuts::At(vec![cut, Cut { offset: 5, ..cut }]);
        let text = "> \"0123456789\"\n> \"0123456789\"\n";
        let case = case(text, &delivery).expect("a case");
        assert_eq!(case.places_in(0), [2, 5, 9]);
        let less = case.without(0, (2, 5)).expect("bytes");
        assert_eq!(less.sent(0).as_deref(), Some(&b"0156789"[..]));
        assert_eq!(less.places_in(0), [2, 2, 6]);
        assert_eq!(case.without(1, (2, 5)).expect("bytes").places_in(0), [2, 5, 9]);
        assert_eq!(less.places_in(1), [0; 0]);
    }

    #[test]
    fn what_was_answered_becomes_the_claim() {
        let case = case("> \"a\"\n< \"b\"\n< line\n", &Delivery::UNCUT).expect("a case");
        let learned = |op, bytes: &[u8]| Learned { op, bytes: bytes.into(), closed: false };
        let with = |index, bytes| case.clone().with_answers(&[learned(index, bytes)]);
        let answered = with(1, b"c").expect("an answer").conversation();
        assert_eq!(answered.to_script().to_string(), "> \"a\"\n< \"c\"\n< line\n");
        let mut raw = case.clone();
        let answer = Answer { bytes: b"b"[..].into(), closed: true, pattern: None };
        let what = Expected::Answer(Some(answer));
        raw.steps[1].1.action = Action::Expect { what, within: None };
        let raw = raw.with_answers(&[learned(1, b"c")]).expect("an answer").steps;
        let Action::Expect { what: Expected::Answer(Some(answer)), .. } = &raw[1].1.action else {
            panic!("{raw:?}");
        };
        assert_eq!(*answer.bytes, *b"c");
        assert!(with(1, b"").is_none() && with(0, b"c").is_none() && with(2, b"c").is_none());
    }
}
