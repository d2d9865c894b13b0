//! The server's connection loop over a byte stream in memory that misbehaves.

use std::cell::RefCell;
use std::io;

use rustix::io::Errno;

use super::expected::EchoOracle;
use super::segments::each_place;
use super::wire::{Behavior, Fault, Portion, Wire};
use super::{Body, BodyResult, Look};
use crate::delivery::SHORT;
use crate::protocol::{Echo, Flow};
use crate::shell::server::converse;
use crate::text::stable_hash;

const WRITTEN: &str = "what is written is the oracle's answer, or as much of it as was due";
const FLUSHED: &str = "what is written is flushed before more is read, and at the end";
const RESULT: &str = "the loop says how the connection ended, and an error as it was";
const OVER: &str = "nothing is asked of a connection that is over";
const STEPS: &str = "a bounded number of operations";

pub(super) const BODY: Body = Body {
    name: "shell",
    check: shell,
    replay: |stream| shell_with(echo, stream, Look::DEEP),
    claims: &[WRITTEN, FLUSHED, RESULT, OVER, STEPS],
    of_streams: true,
};

/// How a connection may break: a reset, and a time-out in both of the ways in which systems report
/// it.
const ERRORS: [Errno; 3] = [Errno::CONNRESET, Errno::AGAIN, Errno::TIMEDOUT];

/// The server's loop around the echo answers what the oracle answers over short reads, short
/// writes and interruptions; if the connection breaks, it stops at once and says why.
///
/// # Errors
///
/// The claim that does not hold.
pub fn shell(stream: &[u8]) -> BodyResult {
    shell_with(echo, stream, Look::QUICK)
}

fn echo(wire: &Wire<'_>) -> io::Result<Flow> {
    converse(Echo::default(), wire, wire)
}

/// The same for any loop.
///
/// # Errors
///
/// The claim that does not hold.
pub fn shell_with(
    serve: impl Fn(&Wire<'_>) -> io::Result<Flow>,
    stream: &[u8],
    look: Look,
) -> BodyResult {
    thread_local! {
        static EXPECTED: RefCell<EchoOracle> = RefCell::default();
    }
    EXPECTED.with_borrow_mut(|expected| {
        expected.look(stream);
        let expected = &*expected;
        let hash = stable_hash(stream) as usize;
        let play = |plan| judge(&serve, stream, expected, plan, look);
        for plan in every_plan() {
            play(plan)?;
        }
        let breaks = |fault: fn(usize, Errno) -> Fault, place: usize| {
            let plans = every_plan().map(|plan| Behavior { fault: None, ..plan });
            // A quick look takes one error and one behavior for each place, and the cheapest
            // behavior if the stream is long; a deep look takes all of them.
            let turn = hash.wrapping_add(place);
            let plan_of_turn = if stream.len() > SHORT { 0 } else { turn % plans.len() };
            for (number, plan) in plans.into_iter().enumerate() {
                for (index, error) in ERRORS.into_iter().enumerate() {
                    let is_turn = turn % ERRORS.len() == index && plan_of_turn == number;
                    if look.deep || is_turn {
                        play(Behavior { fault: Some(fault(place, error)), ..plan })?;
                    }
                }
            }
            Ok(())
        };
        let edges = |bytes: &[u8], fault| {
            breaks(fault, 0)?;
            each_place(bytes, look, |place| breaks(fault, place))?;
            if bytes.is_empty() { Ok(()) } else { breaks(fault, bytes.len()) }
        };
        edges(stream, Fault::Read)?;
        edges(expected.answer.as_bytes(), Fault::Write)?;
        edges(expected.answer.as_bytes(), |place, _| Fault::Full(place))?;
        breaks(Fault::Flush, 0)?;
        breaks(Fault::Flush, expected.answer.len())
    })
}

fn every_plan() -> [Behavior; 5] {
    let plan = |reads, writes, signals| Behavior { reads, writes, signals, fault: None };
    [
        plan(Portion::Whole, Portion::Whole, 0),
        plan(Portion::Bytes, Portion::Bytes, 1),
        plan(Portion::Mixed, Portion::Mixed, 0),
        plan(Portion::Mixed, Portion::Whole, 2),
        plan(Portion::Whole, Portion::Mixed, 1),
    ]
}

fn judge(
    serve: impl Fn(&Wire<'_>) -> io::Result<Flow>,
    stream: &[u8],
    expected: &EchoOracle,
    plan: Behavior,
    look: Look,
) -> BodyResult {
    let wire = Wire::new(stream, plan, expected.quits_at);
    let result = serve(&wire);
    let state = wire.into_state();
    let shown = || format!("{} under {plan:?}", crate::script::literal(stream));
    let answer = expected.answer.as_bytes();
    // How much of the answer was due, and how the loop must end.
    let (due, ending) = match plan.fault {
        Some(fault) if state.broken => {
            let due = match fault {
                Fault::Read(place, _) => expected.decided[place],
                Fault::Write(place, _) | Fault::Full(place) => place,
                // Any amount is right: what counts is that it ends there.
                Fault::Flush(..) => state.written.len().min(answer.len()),
            };
            (due, Err(named(&fault.error())))
        }
        _ => (answer.len(), Ok(if expected.quit { Flow::Quit } else { Flow::Close })),
    };
    look.claim(WRITTEN, state.written == answer[..due], shown)?;
    look.claim(FLUSHED, !state.kept, shown)?;
    look.claim(RESULT, result.map_err(|error| named(&error)) == ending, shown)?;
    look.claim(OVER, !state.disturbed, shown)?;
    // Each piece is an operation, each answer is flushed, and each may be interrupted.
    let pieces = 3 * plan.reads.of(stream.len()) + plan.writes.of(answer.len());
    look.claim(STEPS, state.steps <= 2 * (1 + plan.signals) * pieces + 16, shown)
}

/// An error with the system's own number, which is lost if it is turned into another error.
fn named(error: &io::Error) -> (io::ErrorKind, Option<i32>) {
    (error.kind(), error.raw_os_error())
}
