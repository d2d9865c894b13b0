//! What is measured.

use std::time::Instant;

use crate::child::Child;
use crate::load::{Client, LINE, bulk, crowd, say_and_hear};

/// One figure of a server.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    /// Of recut, beside the bare server.
    pub(crate) aim: &'static str,
    /// Whether a server that has served others would give another figure.
    pub(crate) is_of_a_fresh_server: bool,
    pub(crate) take: fn(&mut Child) -> f64,
}

pub(crate) const ALL: [Figure; 6] = [
    Figure {
        name: "one",
        unit: "round trips a second on one connection",
        aim: "0.98 at least",
        is_of_a_fresh_server: false,
        take: round_trips,
    },
    Figure {
        name: "crowd-200",
        unit: "µs of processor a round trip",
        aim: "1.02 at most",
        is_of_a_fresh_server: false,
        take: |child| cost_in_a_crowd(child, 200),
    },
    Figure {
        name: "crowd-1000",
        unit: "µs of processor a round trip",
        aim: "1.02 at most",
        is_of_a_fresh_server: false,
        take: |child| cost_in_a_crowd(child, 1000),
    },
    Figure {
        name: "bulk",
        unit: "MB of mixed UTF-8 a second of processor",
        aim: "0.95 at least",
        is_of_a_fresh_server: false,
        take: bulk_rate,
    },
    Figure {
        name: "fresh",
        unit: "connections a second: connect, a line, its answer, close",
        aim: "1.0 at least",
        is_of_a_fresh_server: false,
        take: fresh_connections,
    },
    Figure {
        name: "memory",
        unit: "KiB a connection, of 1,000 that are silent after a line",
        aim: "9 KiB",
        is_of_a_fresh_server: true,
        take: memory,
    },
];

fn round_trips(child: &mut Child) -> f64 {
    const TIMES: u32 = 10_000;
    let mut client = Client::connect(child.address);
    let start = Instant::now();
    for _ in 0..TIMES {
        client.say();
        client.hear();
    }
    f64::from(TIMES) / start.elapsed().as_secs_f64()
}

fn cost_in_a_crowd(child: &mut Child, size: usize) -> f64 {
    const TRIPS: usize = 30_000;
    let mut clients = crowd(child.address, size);
    let before = child.usage().cpu;
    for _ in 0..TRIPS / size {
        say_and_hear(&mut clients);
    }
    (child.usage().cpu - before) * 1e6 / TRIPS as f64
}

fn bulk_rate(child: &mut Child) -> f64 {
    const TIMES: usize = 64;
    let text = LINE.repeat(1_000_000 / LINE.len());
    let before = child.usage().cpu;
    bulk(child.address, &text, TIMES);
    (text.len() * TIMES) as f64 / 1e6 / (child.usage().cpu - before)
}

fn fresh_connections(child: &mut Child) -> f64 {
    const TIMES: u32 = 1000;
    let start = Instant::now();
    for _ in 0..TIMES {
        let mut client = Client::connect(child.address);
        client.say();
        client.hear();
    }
    f64::from(TIMES) / start.elapsed().as_secs_f64()
}

fn memory(child: &mut Child) -> f64 {
    const SIZE: usize = 1000;
    drop(crowd(child.address, 1));
    let before = child.usage().memory;
    let clients = crowd(child.address, SIZE);
    let grown = child.usage().memory - before;
    drop(clients);
    grown / SIZE as f64
}
