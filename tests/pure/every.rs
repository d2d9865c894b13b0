//! Every segmentation proved: what holds, the fewest cuts that break it, and the cores that only
//! seem to be copied and compared.

use std::sync::{Arc, Mutex};

use recut::check::{GaveUp, NotProved, Omission, Proof};
use recut::{Checked, Conversation, Echo, Flow, Options, Protocol, Target, Tutorial, check_once};

/// A line protocol with planted defects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Lines {
    kept: Vec<u8>,
    defect: Defect,
    /// How many segments had one byte, one after the other.
    single: Ignored,
    /// How many segments came: remembered, and without an effect.
    reads: u32,
    /// How much of `kept` was answered, if it is compacted now and then only.
    answered: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Defect {
    #[default]
    None,
    /// Three segments that end inside one line lose it.
    ThreeCuts,
    /// Three segments of one byte lose the line, and `Eq` does not see that they are counted.
    HiddenCount,
    /// It is counted how many segments came.
    CountsReads,
    /// What was answered is taken out of the buffer with the next segment.
    Lazy,
    /// It panics at the client's FIN inside a line that came in two segments.
    PanicsAtEnd,
    /// It panics on a third segment in a line.
    Panics,
}

/// A count that `Eq` leaves out.
#[derive(Clone, Copy, Debug, Default)]
struct Ignored(u32);

impl PartialEq for Ignored {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Ignored {}

impl Lines {
    fn with(defect: Defect) -> impl Fn() -> Self {
        move || Self { defect, ..Self::default() }
    }
}

impl Protocol for Lines {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        if self.defect == Defect::Lazy && self.answered > 2 {
            self.kept.drain(..std::mem::take(&mut self.answered));
        }
        self.kept.extend_from_slice(segment);
        self.single = Ignored(if segment.len() == 1 { self.single.0 + 1 } else { 0 });
        let counts = [Defect::ThreeCuts, Defect::CountsReads, Defect::Panics, Defect::PanicsAtEnd];
        self.reads += u32::from(counts.contains(&self.defect));
        assert!(self.defect != Defect::Panics || self.reads < 3, "a third segment");
        while let Some(end) = self.kept[self.answered..].iter().position(|byte| *byte == b'\n') {
            let line = self.answered..self.answered + end + 1;
            let lost = match self.defect {
                Defect::ThreeCuts => self.reads > 3,
                Defect::HiddenCount => self.single.0 >= 3,
                _ => false,
            };
            if !lost {
                reply.extend_from_slice(&self.kept[line.clone()]);
            }
            if self.defect != Defect::CountsReads {
                self.reads = 0;
            }
            self.answered = line.end;
            if self.defect != Defect::Lazy {
                self.kept.drain(..self.answered);
                self.answered = 0;
            }
        }
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        let is_cut = self.reads == 2 && !self.kept.is_empty();
        assert!(self.defect != Defect::PanicsAtEnd || !is_cut, "inside a line");
        Flow::Close
    }
}

fn conversation(text: &str) -> Conversation {
    Conversation::parse("proof", text).unwrap()
}

fn prove(target: &Target, text: &str) -> Checked {
    let deliver = vec!["+every".parse().unwrap()];
    let options = Options { deliver, ..Options::default() };
    check_once(target, &conversation(text), &options).unwrap()
}

fn lines(defect: Defect) -> Target {
    Target::cloneable("lines", Lines::with(defect))
}

fn why_not(checked: &Checked) -> Option<NotProved> {
    checked.left_out.iter().find_map(|(_, omission)| match omission {
        Omission::NotProved(why) => Some(*why),
        _ => None,
    })
}

fn proof(checked: &Checked) -> Proof {
    assert_eq!(why_not(checked), None);
    checked.proof.clone().unwrap()
}

const TWO_LINES: &str = "> \"one\\ntwo\\n\"\n< \"one\\ntwo\\n\"\n> \"three\\n\"\n< \"three\\n\"\n";

#[test]
fn a_core_that_does_not_depend_on_the_cuts_is_proved_in_half_a_square() {
    let checked = prove(&lines(Defect::None), TWO_LINES);
    let proof = proof(&checked);
    assert!(proof.holds && checked.findings.is_empty(), "{:?}", checked.findings);
    assert_eq!((proof.places, proof.segments), (7 + 5, 8 * 9 / 2 + 6 * 7 / 2));
    assert_eq!(proof.fork, None);
    let echoed = prove(&Target::cloneable("echo", Echo::default), "> \"é\\nq\\r\"\n< \"é\\n\"\n");
    assert!(self::proof(&echoed).holds);
}

#[test]
fn the_finding_has_the_fewest_cuts_that_there_can_be() {
    let checked = prove(&lines(Defect::ThreeCuts), "> \"hello\\n\"\n< \"hello\\n\"\n");
    assert!(!proof(&checked).holds);
    let found: Vec<_> = checked.findings.iter().map(|found| found.law.name()).collect();
    assert_eq!(found, ["hangs"]);
    assert_eq!(checked.findings[0].delivery.split(' ').count(), 3, "{:?}", checked.findings);
    // Two cuts do not show it.
    let options = Options { deliver: vec!["pairs".parse().unwrap()], ..Options::default() };
    let target = lines(Defect::ThreeCuts);
    let pairs = check_once(&target, &conversation("> \"hello\\n\"\n< \"hello\\n\"\n"), &options);
    assert_eq!(pairs.unwrap().findings.len(), 0);
}

#[test]
fn the_tutorial_breaks_at_its_first_character_that_is_cut() {
    let target = Target::cloneable("tutorial", Tutorial::default);
    let checked = prove(&target, "> \"aé\\n\"\n< \"aé\\n\"\n");
    assert!(!proof(&checked).holds);
    assert_eq!(checked.findings[0].delivery, "cut@2");
}

#[test]
fn a_panic_is_found_in_a_segment_and_at_the_end() {
    let checked = prove(&lines(Defect::Panics), "> \"hello\\n\"\n< \"hello\\n\"\n");
    let found: Vec<_> = checked.findings.iter().map(|found| found.law.name()).collect();
    assert_eq!(found, ["crashed"]);
    assert_eq!(checked.findings[0].delivery.split(' ').count(), 2);
    let checked = prove(&lines(Defect::PanicsAtEnd), "> \"hello\\n\"\n< \"hello\\n\"\n");
    let found: Vec<_> = checked.findings.iter().map(|found| found.law.name()).collect();
    assert_eq!(found, ["crashed"]);
    let words: Vec<&str> = checked.findings[0].delivery.split(' ').collect();
    assert!(words[1].starts_with("drop@") && words.len() == 2, "{words:?}");
}

#[test]
fn equal_states_that_go_on_differently_give_the_proof_up() {
    let checked = prove(&lines(Defect::HiddenCount), "> \"hello\\n\"\n< \"hello\\n\"\n");
    assert_eq!(why_not(&checked), Some(NotProved::GaveUp(GaveUp::UnlikeEquals)));
    assert!(!checked.proof.as_ref().unwrap().holds);
    // What is played without a proof finds it.
    assert_eq!(checked.findings[0].law.name(), "hangs");
}

#[test]
fn a_harmless_history_is_told_and_accuses_nobody() {
    for (defect, is_told) in [(Defect::CountsReads, true), (Defect::Lazy, true)] {
        let checked = prove(&lines(defect), TWO_LINES);
        assert!(proof(&checked).holds && checked.findings.is_empty(), "{:?}", checked.findings);
        let fork = proof(&checked).fork;
        assert_eq!(fork.is_some(), is_told, "{defect:?}: {fork:?}");
    }
}

/// Copies of it share what it keeps.
#[derive(Clone, Default)]
struct Shares(Arc<Mutex<Vec<u8>>>);

impl PartialEq for Shares {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || *self.0.lock().unwrap() == *other.0.lock().unwrap()
    }
}

impl Eq for Shares {}

impl Protocol for Shares {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        let mut kept = self.0.lock().unwrap();
        kept.extend_from_slice(segment);
        while let Some(end) = kept.iter().position(|byte| *byte == b'\n') {
            reply.extend(kept.drain(..=end));
        }
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

/// Each copy and each fresh core has another number.
#[derive(Clone, PartialEq, Eq)]
struct Chance(u64);

impl Protocol for Chance {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.0 = fastrand::u64(..);
        reply.extend_from_slice(segment);
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

#[test]
fn copies_that_share_and_states_of_chance_are_not_proved() {
    let shares = prove(&Target::cloneable("shares", Shares::default), TWO_LINES);
    assert!(matches!(why_not(&shares), Some(NotProved::GaveUp(_))), "{:?}", shares.proof);
    let chance = prove(&Target::cloneable("chance", || Chance(0)), TWO_LINES);
    assert_eq!(why_not(&chance), Some(NotProved::GaveUp(GaveUp::Moody)));
    assert!(chance.findings.is_empty());
    let opaque = prove(&Target::memory("opaque", Echo::default), TWO_LINES);
    assert_eq!(why_not(&opaque), Some(NotProved::NotCloneable));
    assert!(opaque.findings.is_empty() && opaque.tally.total() > 30, "{:?}", opaque.tally);
}

/// Answers each segment with its number: the answer depends on the cuts in as many ways as there
/// are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Numbers(u32);

impl Protocol for Numbers {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.0 += 1;
        reply.extend(format!("{}:{} ", self.0, segment.len()).bytes());
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

#[test]
fn a_proof_that_has_no_end_is_bounded_and_still_finds() {
    let stream = "x".repeat(60);
    let text = format!("> \"{stream}\"\n< \"1:60 \"\n");
    let checked = prove(&Target::cloneable("numbers", Numbers::default), &text);
    assert_eq!(checked.findings[0].delivery.split(' ').count(), 1, "{:?}", checked.findings);
    assert!(!checked.proof.unwrap().holds);
}

/// Answers a length with that many bytes more than was asked for: what is sent next depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Lengths {
    segments: usize,
}

impl Protocol for Lengths {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.segments += 1;
        if segment.ends_with(b"?") {
            reply.extend(format!("{}\n", self.segments).bytes());
        } else if segment.ends_with(b"!") {
            reply.extend_from_slice(b"ok\n");
        }
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

#[test]
fn a_capture_may_change_how_long_the_next_burst_is() {
    let text = "> \"how many?\"\n< line re\"^(?<n>[0-9]+)$\"\n> \"x\" * $n \"!\"\n< \"ok\\n\"\n";
    let checked = prove(&Target::cloneable("lengths", Lengths::default), text);
    let proof = proof(&checked);
    assert!(proof.holds && checked.findings.is_empty(), "{:?}", checked.findings);
    // Bursts of 2 to 10 bytes follow the first one, which has 9.
    assert!(proof.segments > 45 + (2..=10).map(|n| n * (n + 1) / 2).sum::<u64>());
    assert!(proof.fork.is_some());
}

#[test]
fn other_ends_of_the_stream_are_proved_if_they_are_asked_for() {
    let deliver = |words: &str| words.split(' ').map(|word| word.parse().unwrap()).collect();
    let target = lines(Defect::None);
    let segments = |words| {
        let options = Options { deliver: deliver(words), ..Options::default() };
        let checked = check_once(&target, &conversation(TWO_LINES), &options).unwrap();
        assert!(proof(&checked).holds, "{words}: {:?}", checked.findings);
        proof(&checked).segments
    };
    let plain = 8 * 9 / 2 + 6 * 7 / 2;
    assert_eq!(segments("every"), plain);
    assert_eq!(segments("every half-close"), 2 * plain);
    assert_eq!(segments("every joined"), plain + 14 * 15 / 2);
}

/// Loses what came with the end of a line in one segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct LosesRest(Vec<u8>);

impl Protocol for LosesRest {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        let line = segment.iter().position(|byte| *byte == b'\n').map(|end| end + 1);
        self.0.extend_from_slice(&segment[..line.unwrap_or(segment.len())]);
        if line.is_some() {
            reply.append(&mut self.0);
        }
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

#[test]
fn what_breaks_uncut_when_it_is_joined_is_not_proved_with_joined() {
    let text = "> \"one\\n\"\n< \"one\\n\"\n> \"two\\n\"\n< \"two\\n\"\n";
    let target = Target::cloneable("loses", LosesRest::default);
    let holds = |words: &str| {
        let deliver = words.split(' ').map(|word| word.parse().unwrap()).collect();
        let options = Options { deliver, ..Options::default() };
        let checked = check_once(&target, &conversation(text), &options).unwrap();
        (proof(&checked).holds, checked.findings.len())
    };
    assert_eq!(holds("every"), (true, 0));
    assert_eq!(holds("every joined"), (false, 1));
}

#[test]
fn a_law_that_nobody_looks_at_leaves_nothing_proved() {
    let script = "laws -crashed\n> \"hello\\n\"\n< \"hello\\n\"\n";
    let checked = prove(&lines(Defect::PanicsAtEnd), script);
    assert_eq!(why_not(&checked), Some(NotProved::GaveUp(GaveUp::Unasked)));
    assert!(!checked.proof.unwrap().holds && checked.findings.is_empty());
}

#[test]
fn several_connections_are_proved_together() {
    let text = "bob > \"b\\n\"\n> \"one\\n\"\n< \"one\\n\"\nbob < \"b\\n\"\nbob > \"two\\n\"\n\
                bob < \"two\\n\"\n";
    let checked = prove(&lines(Defect::CountsReads), text);
    assert!(proof(&checked).holds && checked.findings.is_empty(), "{:?}", checked.findings);
}
