//! Every segmentation of a stream proved, against the bare core given the same segments.
//!
//! The bare core is copied for each segment, since each begins in the state of its offset: it gets
//! as many bytes in as many segments as the proof takes. What counts is the ratio of the medians of
//! one run.
//! `cargo bench --bench every`

use std::hint::black_box;
use std::time::{Duration, Instant};

use recut::protocol::every::{Bounds, CoreState};
use recut::{Echo, Flow, Protocol};

const ROUNDS: usize = 9;

/// A naive line protocol: it keeps what is not a whole line, and answers lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Lines {
    kept: Vec<u8>,
}

impl Protocol for Lines {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.kept.extend_from_slice(segment);
        while let Some(end) = self.kept.iter().position(|byte| *byte == b'\n') {
            reply.extend(self.kept.drain(..=end));
        }
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

fn main() {
    let lines = b"a line of text, and \xc3\xa9\n".iter().copied();
    let stream: Vec<u8> = lines.cycle().take(1000).collect();
    measure("lines", &Lines::default(), &stream);
    measure("echo", &Echo::default(), &stream);
}

fn measure<P: Protocol + Clone + Eq + Send + 'static>(name: &str, core: &P, stream: &[u8]) {
    let (mut proofs, mut bares) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        proofs.push(proof(core, stream));
        bares.push(bare(core, stream));
    }
    let (proof, bare) = (median(proofs), median(bares));
    println!("{name:<6} proved  {:>8.1} ms", proof.as_secs_f64() * 1e3);
    println!("{name:<6} bare    {:>8.1} ms", bare.as_secs_f64() * 1e3);
    println!("{name:<6} ratio   {:>8.2}", bare.as_secs_f64() / proof.as_secs_f64());
}

fn proof<P: Protocol + Clone + Eq + Send + 'static>(core: &P, stream: &[u8]) -> Duration {
    let start = Instant::now();
    let mut bounds = Bounds { is_over: &|| false, most: u64::MAX, segments: 0 };
    let mut every = core.every(black_box(stream), false);
    while every.round(&mut bounds).is_ok_and(|ends| ends.is_some()) {}
    assert_eq!(bounds.segments, (stream.len() * (stream.len() + 1) / 2) as u64);
    start.elapsed()
}

fn bare<P: Protocol + Clone>(core: &P, stream: &[u8]) -> Duration {
    let start = Instant::now();
    let mut reply = Vec::new();
    let mut before = core.clone();
    for from in 0..stream.len() {
        for to in from + 1..=stream.len() {
            let mut core = before.clone();
            reply.clear();
            let _ = black_box(core.receive(black_box(&stream[from..to]), &mut reply));
        }
        let _ = before.receive(&stream[from..from + 1], &mut reply);
    }
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
