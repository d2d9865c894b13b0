//! How many plays it takes to make a finding small.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use recut::{Conversation, Flow, Options, Protocol, Target, check_once};

/// Answers a line with its length, and is wrong if a segment ends at one place.
struct Touchy {
    came: usize,
    is_hurt: bool,
    at: usize,
}

impl Protocol for Touchy {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.came += segment.len();
        self.is_hurt |= self.came == self.at;
        if segment.ends_with(b"\n") {
            let length = if self.is_hurt { 0 } else { self.came };
            reply.extend(format!("{length}\n").bytes());
        }
        Flow::Continue
    }

    fn end(&mut self, _reply: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

/// By which delivery a defect at that offset of a burst of 2,108 bytes is shown, if all of its
/// bytes are segments, and how many plays the whole check took.
fn shown(at: usize) -> (String, usize) {
    let plays = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&plays);
    let target = Target::memory("touchy", move || {
        counted.fetch_add(1, Ordering::Relaxed);
        Touchy { came: 0, is_hurt: false, at }
    });
    let text = "deliver bytes\nlaws differs\n> \"a\" * 2107 \"\\n\"\n< line re\"^2108$\"\n";
    let conversation = Conversation::parse("touchy", text).unwrap();
    let checked = check_once(&target, &conversation, &Options::default()).unwrap();
    let [finding] = checked.findings.as_slice() else { panic!("{:?}", checked.findings) };
    assert!(finding.is_stable());
    (finding.delivery.clone(), plays.load(Ordering::Relaxed))
}

#[test]
fn one_cut_of_thousands_is_found_in_few_plays() {
    for at in [2, 700, 1500, 2106] {
        let (delivery, plays) = shown(at);
        assert_eq!(delivery, format!("cut@{at}"));
        // Each question is three plays; there are others besides.
        assert!(plays < 250, "{at}: {plays}");
    }
}

#[test]
fn a_telling_cut_of_thousands_is_tried_first() {
    let (delivery, plays) = shown(1024);
    assert_eq!(delivery, "cut@1024");
    assert!(plays < 100, "{plays}");
}
