//! Judging and shrinking, whatever is said and answered.

use proptest::prelude::*;
use recut::check::{Verdict, shrink_list};
use recut::script::{Law, literal};
use recut::strategies::{conversation, doubtful_conversation, stream};
use recut::{Conversation, Echo, Flow, Options, Protocol, Target, check_once};

/// Answers each byte that it gets with the next piece of a text.
struct InPieces {
    pieces: std::vec::IntoIter<Vec<u8>>,
}

impl Protocol for InPieces {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        for piece in self.pieces.by_ref().take(segment.len()) {
            reply.extend(piece);
        }
        Flow::Continue
    }

    fn end(&mut self, _reply: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

/// What is found of a server that answers in pieces, where these lines expect its answer.
fn findings(pieces: &[Vec<u8>], expectations: &str) -> Vec<Law> {
    let all = pieces.to_vec();
    let connect = move || InPieces { pieces: all.clone().into_iter() };
    let target = Target::memory("in pieces", connect);
    let script = format!("> \"x\" * {} eof\n{expectations}", pieces.len());
    let conversation = Conversation::parse("pieces", &script).unwrap();
    let options = Options { max: Some(60), confirm: 1, ..Options::default() };
    let checked = check_once(&target, &conversation, &options).unwrap();
    checked.findings.iter().map(|finding| finding.law).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However an answer arrives, it is judged as the whole that it is.
    #[test]
    fn a_claim_is_judged_on_the_whole_answer(
        pieces in prop::collection::vec(stream(), 1..6),
        wrong: prop::sample::Index,
    ) {
        let answer = pieces.concat();
        prop_assume!(!answer.is_empty());
        for claim in [
            format!("< {}\n", literal(&answer)),
            format!("< {} bytes re\"(?s-u)^.*$\"\n< eof\n", answer.len()),
            "< rest\n".to_owned(),
        ] {
            prop_assert_eq!(findings(&pieces, &claim), [], "{}", claim);
        }
        let mut other = answer.clone();
        *wrong.get_mut(&mut other) ^= 1;
        let claim = format!("< {}\n", literal(&other));
        prop_assert_eq!(findings(&pieces, &claim), [Law::Baseline]);
        let claim = format!("< {} bytes\n", answer.len() + 1);
        prop_assert_eq!(findings(&pieces, &claim), [Law::Baseline]);
    }

    /// A line is what stands before the first line end, and no more is taken.
    #[test]
    fn lines_are_framed_as_on_the_whole_answer(pieces in prop::collection::vec(stream(), 1..6)) {
        let mut answer = pieces.concat();
        answer.extend(b"\r\nlast\n");
        let pieces: Vec<Vec<u8>> = pieces.into_iter().chain([b"\r\nlast\n".to_vec()]).collect();
        let lines = answer.iter().filter(|byte| **byte == b'\n').count();
        prop_assert_eq!(findings(&pieces, &("< line\n".repeat(lines) + "< eof\n")), []);
        let more = "< line\n".repeat(lines + 1);
        prop_assert_eq!(findings(&pieces, &more), [Law::Baseline]);
        let until = "< lines until re\"^last$\"\n< eof\n";
        let before = &answer[..answer.len() - 5];
        let is_last = before.split(|byte| *byte == b'\n').all(|line| line != b"last");
        prop_assert!(!is_last || findings(&pieces, until).is_empty());
    }

    #[test]
    fn the_harness_says_the_same_in_any_order_and_accuses_no_echo(
        holds in conversation(Echo::default),
        doubtful in doubtful_conversation(Echo::default),
    ) {
        prop_assert_eq!(recut::testing::play(holds.as_bytes()), Ok(()), "{}", holds);
        prop_assert_eq!(recut::testing::play(doubtful.as_bytes()), Ok(()), "{}", doubtful);
    }

    /// Where more items never hide what fewer show, nothing that is left can go.
    #[test]
    fn what_is_left_of_a_list_is_needed(
        length in 0..40_u32,
        needed in prop::collection::btree_set(0..40_u32, 0..6),
        patience in 1..400_usize,
    ) {
        let items: Vec<u32> = (0..length).collect();
        let shows = |items: &[u32]| needed.iter().all(|n| *n >= length || items.contains(n));
        let verdict = |items: &[u32]| if shows(items) { Verdict::Keep } else { Verdict::Reject };
        let expected: Vec<u32> = needed.iter().copied().filter(|n| *n < length).collect();
        prop_assert_eq!(shrink_list(items.clone(), verdict), expected);
        let mut asked = 0;
        let impatient = shrink_list(items, |items| {
            asked += 1;
            if asked > patience { Verdict::Stop } else { verdict(items) }
        });
        prop_assert!(shows(&impatient), "what is left always shows it");
    }
}
