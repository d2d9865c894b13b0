//! A proof says what playing every segmentation says: for cores made of a random table.

use proptest::collection::vec;
use proptest::prelude::*;
use recut::check::Omission;
use recut::{Conversation, Flow, Options, Protocol, Target, check_once};

/// A core whose state is a number: each segment leads to another one, by a table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Machine {
    table: Vec<u8>,
    state: u8,
    /// Whether it counts segments, or bytes as most cores do.
    by_segment: bool,
}

impl Machine {
    fn next(&mut self, input: usize) {
        let at = (usize::from(self.state) * 7 + input) % self.table.len();
        self.state = self.table[at] % 5;
    }
}

impl Protocol for Machine {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        if self.by_segment {
            self.next(segment.len());
        }
        for byte in segment {
            if !self.by_segment {
                self.next(usize::from(*byte));
            }
            if *byte == b'.' {
                reply.push(b'a' + self.state / 2);
                if self.state == 4 && self.by_segment {
                    return Flow::Quit;
                }
            }
        }
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

/// What a machine answers to a stream with these cuts, and how it ends.
fn answer(machine: &Machine, stream: &[u8], cuts: u32) -> (Vec<u8>, Flow) {
    let (mut machine, mut reply, mut start) = (machine.clone(), Vec::new(), 0);
    for end in 1..=stream.len() {
        if end == stream.len() || cuts >> (end - 1) & 1 == 1 {
            let flow = machine.receive(&stream[start..end], &mut reply);
            if flow != Flow::Continue {
                return (reply, flow);
            }
            start = end;
        }
    }
    (reply, Flow::Continue)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_proof_says_what_every_play_says(
        table in vec(any::<u8>(), 1..12),
        by_segment: bool,
        stream in "[ab]{0,3}\\.[ab.]{0,4}",
    ) {
        let machine = Machine { table, state: 0, by_segment };
        let stream = stream.as_bytes();
        let whole = answer(&machine, stream, 0);
        // The stream must be answered alike; what ends early may answer less.
        let wrong = (0..1_u32 << (stream.len() - 1))
            .filter(|cuts| answer(&machine, stream, *cuts).0 != whole.0)
            .map(u32::count_ones)
            .min();
        let text = format!(
            "> \"{}\"\n< \"{}\"\n",
            String::from_utf8_lossy(stream),
            String::from_utf8_lossy(&whole.0)
        );
        let conversation = Conversation::parse("machine", &text).unwrap();
        let target = Target::cloneable("machine", move || machine.clone());
        let options = Options { deliver: vec!["every".parse().unwrap()], ..Options::default() };
        let checked = check_once(&target, &conversation, &options).unwrap();
        let not_proved = |omission: &Omission| matches!(omission, Omission::NotProved(_));
        prop_assert!(!checked.left_out.iter().any(|(_, why)| not_proved(why)), "{text}");
        let proof = checked.proof.as_ref().unwrap();
        prop_assert_eq!(proof.holds, wrong.is_none(), "{}", text);
        prop_assert_eq!(checked.findings.is_empty(), wrong.is_none(), "{}", text);
        if let Some(fewest) = wrong {
            let cuts = |delivery: &str| delivery.matches("cut@").count() as u32;
            let told = checked.findings.iter().map(|found| cuts(&found.delivery)).min();
            prop_assert_eq!(told, Some(fewest), "{}", text);
        }
    }
}
