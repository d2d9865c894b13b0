//! Echoes with one defect each.

use std::cell::RefCell;
use std::rc::Rc;

use recut::protocol::utf8::Decoder;
use recut::testing::{BodyResult, Look, cuts_with};
use recut::{Echo, Flow, Protocol};

/// `if data == "q"`: quits only where the quit line is all that one read gives.
#[derive(Default)]
pub(super) struct QuitOnlyAlone(Decoder);

impl Protocol for QuitOnlyAlone {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        if matches!(segment, b"q" | b"q\r" | b"q\n" | b"q\r\n") {
            return Flow::Quit;
        }
        self.0.decode(segment, reply);
        Flow::Continue
    }

    fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
        self.0.finish(reply);
        Flow::Close
    }
}

/// Takes the start of a read for the start of a line.
#[derive(Default)]
pub(super) struct QuitInsideAWord {
    decoder: Decoder,
    /// What may become the quit line.
    held: Vec<u8>,
}

impl Protocol for QuitInsideAWord {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        let mut text = std::mem::take(&mut self.held);
        self.decoder.decode(segment, &mut text);
        let start = reply.len();
        let flow = Echo::default().receive(&text, reply);
        if flow == Flow::Continue {
            self.held = text[reply.len() - start..].to_vec();
            if !self.decoder.pending().is_empty() {
                reply.append(&mut self.held);
            }
        }
        flow
    }

    fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
        self.decoder.finish(reply);
        if self.held.is_empty() { Flow::Close } else { Flow::Quit }
    }
}

/// Knows `q\r\n` only where a read does not end between the two.
#[derive(Default)]
pub(super) struct CrLfNotJoined {
    echo: Echo,
    ends_with_cr: bool,
}

impl Protocol for CrLfNotJoined {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        if self.ends_with_cr && segment.starts_with(b"\n") {
            // More of the line makes the echo release a `q\r`, and forget it.
            let _ = self.echo.receive(b".", reply);
            reply.pop();
        }
        self.ends_with_cr = segment.ends_with(b"\r");
        self.echo.receive(segment, reply)
    }

    fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
        self.echo.end(reply)
    }
}

/// Loses the last byte where a read fills its buffer.
#[derive(Default)]
pub(super) struct LosesAt1024(Echo);

impl Protocol for LosesAt1024 {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.0.receive(&segment[..segment.len() - usize::from(segment.len() == 1024)], reply)
    }

    fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
        self.0.end(reply)
    }
}

/// Answers what the same read brings behind the quit line.
#[derive(Default)]
pub(super) struct EchoesAfterQuit {
    echo: Echo,
    received: Vec<u8>,
}

impl Protocol for EchoesAfterQuit {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.received.extend_from_slice(segment);
        let flow = self.echo.receive(segment, reply);
        if flow == Flow::Quit {
            let (answer, _) = recut::respond(&self.received);
            let text = String::from_utf8_lossy(&self.received);
            let behind = text[answer.len()..].split_once('\n').map_or("", |(_, behind)| behind);
            reply.extend_from_slice(behind.as_bytes());
        }
        flow
    }

    fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
        self.echo.end(reply)
    }
}

/// The state lives with the server, not with the connection.
struct Shared(Rc<RefCell<Echo>>);

impl Protocol for Shared {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.0.borrow_mut().receive(segment, reply)
    }

    fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
        self.0.borrow_mut().end(reply)
    }
}

pub(super) fn state_kept(stream: &[u8], look: Look) -> BodyResult {
    let echo = Rc::default();
    cuts_with(|| Shared(Rc::clone(&echo)), stream, look)
}

/// Answers line by line, and keeps what may grow without bound.
#[derive(Default)]
pub(super) struct WholeLines {
    echo: Echo,
    line: Vec<u8>,
}

impl Protocol for WholeLines {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        let flow = self.echo.receive(segment, &mut self.line);
        let lines = match flow {
            Flow::Continue => {
                self.line.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
            }
            _ => self.line.len(),
        };
        reply.extend(self.line.drain(..lines));
        flow
    }

    fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
        reply.append(&mut self.line);
        self.echo.end(reply)
    }
}

/// Says nothing of a character that the end of the stream has cut.
#[derive(Default)]
pub(super) struct LosesTail(Echo);

impl Protocol for LosesTail {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.0.receive(segment, reply)
    }

    fn end(&mut self, _reply: &mut Vec<u8>) -> Flow {
        self.0.end(&mut Vec::new())
    }
}

/// A last line without its newline is no line.
#[derive(Default)]
pub(super) struct QuitNeedsNewline(Echo);

impl Protocol for QuitNeedsNewline {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.0.receive(segment, reply)
    }

    fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
        let _ = self.0.end(reply);
        Flow::Close
    }
}

/// Tells of the quit line when it is asked the next time.
#[derive(Default)]
pub(super) struct QuitsLate {
    echo: Echo,
    has_quit: bool,
}

impl Protocol for QuitsLate {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        if self.has_quit {
            return Flow::Quit;
        }
        self.has_quit = self.echo.receive(segment, reply) == Flow::Quit;
        Flow::Continue
    }

    fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
        if self.has_quit { Flow::Quit } else { self.echo.end(reply) }
    }
}

/// Takes no notice of the end of the stream.
#[derive(Default)]
pub(super) struct NeverEnds(Echo);

impl Protocol for NeverEnds {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.0.receive(segment, reply)
    }

    fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
        match self.0.end(reply) {
            Flow::Close => Flow::Continue,
            flow => flow,
        }
    }
}
