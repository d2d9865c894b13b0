//! A counter that is told what to add, a number on each line, and answers with the sum. Its fuzz
//! target, in `fuzz/`, is one line.

#![forbid(unsafe_code)]

use recut::{Flow, Protocol};

/// One connection to the counter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    line: Vec<u8>,
    sum: u64,
}

impl Protocol for Counter {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        for byte in segment {
            match byte {
                b'\n' if self.line == b"quit" => return Flow::Quit,
                b'\n' => {
                    let number = std::str::from_utf8(&self.line).ok().and_then(|s| s.parse().ok());
                    self.sum = self.sum.wrapping_add(number.unwrap_or(0));
                    reply.extend(format!("{}\n", self.sum).bytes());
                    self.line.clear();
                }
                _ => self.line.push(*byte),
            }
        }
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}
