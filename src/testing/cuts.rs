//! The echo against its oracle, under every way that a stream may be cut.

use std::cell::RefCell;

use super::expected::EchoOracle;
use super::{Body, BodyResult, Look, segments};
use crate::protocol::{Echo, Flow, Protocol};

const PROMPT: &str = "after each segment exactly what is decided has been answered";
const ANSWER: &str = "the whole answer is that of the oracle";
const SIGNAL: &str = "the quit signal comes with the quit line, and not before";
const QUIT: &str = "the connection ends, and the quit signal is that of the oracle";

pub(super) const BODY: Body = Body {
    name: "cuts",
    check: cuts,
    replay: |stream| cuts_with(Echo::default, stream, Look::DEEP),
    claims: &[PROMPT, ANSWER, SIGNAL, QUIT],
    of_streams: true,
};

/// The answer of the echo and its quit signal are those of the oracle, however the stream is cut.
/// They come as early as possible, and nothing comes after quit.
///
/// # Errors
///
/// The claim that does not hold.
pub fn cuts(stream: &[u8]) -> BodyResult {
    cuts_with(Echo::default, stream, Look::QUICK)
}

/// The same for anything that should be an echo; `connect` makes each connection.
///
/// # Errors
///
/// The claim that does not hold.
pub fn cuts_with<P: Protocol>(connect: impl Fn() -> P, stream: &[u8], look: Look) -> BodyResult {
    thread_local! {
        static BUFFERS: RefCell<(EchoOracle, Vec<u8>)> = RefCell::default();
    }
    BUFFERS.with_borrow_mut(|(expected, reply)| {
        expected.look(stream);
        let answer = expected.answer.as_bytes();
        segments::each(stream, look, |segments| {
            let shown = || segments::shown(&segments);
            let mut echo = connect();
            reply.clear();
            let mut flow = echo.open(reply);
            let mut received = 0;
            for segment in segments.clone() {
                if flow != Flow::Continue {
                    break;
                }
                flow = echo.receive(segment, reply);
                received += segment.len();
                let is_decided = reply.as_slice() == &answer[..expected.decided[received]];
                look.claim(PROMPT, is_decided, shown)?;
                let quits = expected.quits_at.is_some_and(|at| at <= received);
                let is_signal = flow == if quits { Flow::Quit } else { Flow::Continue };
                look.claim(SIGNAL, is_signal, shown)?;
            }
            if flow == Flow::Continue {
                flow = echo.end(reply);
            }
            let is_over = flow == if expected.quit { Flow::Quit } else { Flow::Close };
            look.claim(QUIT, is_over, shown)?;
            look.claim(ANSWER, reply.as_slice() == answer, shown)
        })
    })
}
