//! What a conversation demands of who is at the other end.

use super::conversation::{Action, Conversation, Expected, Op, Step};
use super::source::Place;
use super::syntax::Close;

impl Conversation {
    /// Whether a connection is reset in it.
    #[doc(hidden)]
    pub fn sends_resets(&self) -> bool {
        let reset = Some(Close::Reset);
        self.steps().any(|it| matches!(it.action, Action::Send { ending, .. } if ending == reset))
    }

    /// Whether nothing is expected of the server.
    #[doc(hidden)]
    pub fn expects_nothing(&self) -> bool {
        fn expects(ops: &[Op]) -> bool {
            ops.iter().any(|op| match op {
                Op::Step(step) => matches!(step.action, Action::Expect { .. }),
                Op::Repeat { body, .. } => expects(body),
                Op::Let { .. } => false,
            })
        }
        !self.raw && !expects(&self.ops)
    }

    /// Whether something must be answered: not if all that the conversation expects is silence, an
    /// end, or the rest of the stream, which may be empty. A conversation that expects nothing asks
    /// for an answer as well: otherwise it would hold whatever the server does.
    #[doc(hidden)]
    pub fn asks_for_an_answer(&self) -> bool {
        // A client is judged by its result, too.
        if self.one_way || self.listens() {
            return false;
        }
        let demands = |step: &Step| match &step.action {
            Action::Expect { what, .. } => Some(!matches!(
                what,
                Expected::Eof
                    | Expected::CleanEof
                    | Expected::Reset
                    | Expected::Closed
                    | Expected::Silence(_)
                    | Expected::Rest(_)
            )),
            Action::Open | Action::Listen(_) | Action::Send { .. } | Action::Pause(_) => None,
        };
        let mut demands = self.steps().filter_map(demands).peekable();
        demands.peek().is_none() || demands.any(|demands| demands)
    }

    /// Whether it accepts connections.
    #[doc(hidden)]
    pub fn listens(&self) -> bool {
        !self.ports.is_empty()
    }

    /// The first connection that it opens and does not accept, and where.
    #[doc(hidden)]
    pub fn opened(&self) -> Option<(&str, Place)> {
        let mut accepted = vec![false; self.connections.len()];
        self.first_opened(&self.ops, &mut accepted)
    }

    fn first_opened(&self, ops: &[Op], accepted: &mut [bool]) -> Option<(&str, Place)> {
        for op in ops {
            match op {
                Op::Let { .. } => {}
                Op::Repeat { body, .. } => {
                    if let Some(opened) = self.first_opened(body, accepted) {
                        return Some(opened);
                    }
                }
                Op::Step(step) => match step.action {
                    Action::Listen(_) => accepted[step.connection] = true,
                    Action::Pause(_) => {}
                    Action::Open | Action::Send { .. } | Action::Expect { .. } => {
                        if !accepted[step.connection] || matches!(step.action, Action::Open) {
                            return Some((&self.connections[step.connection], step.place));
                        }
                    }
                },
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_a_rest_and_silence_ask_for_no_answer() {
        let asks = |text: &str| Conversation::parse("s", text).unwrap().asks_for_an_answer();
        for what in ["eof", "eof clean", "reset", "closed", "silence 1ms", "rest"] {
            assert!(!asks(&format!("> \"a\"\n< {what}\n")), "{what}");
            assert!(asks(&format!("> \"a\"\n< line\n< {what}\n")), "a line and {what}");
        }
        for what in ["\"a\"", "1 bytes", "line", "lines until re\"a\""] {
            assert!(asks(&format!("> \"a\"\n< {what}\n")), "{what}");
        }
        assert!(asks("> \"a\"\n"), "nothing is expected");
        assert!(Conversation::raw("raw", b"a".to_vec()).unwrap().asks_for_an_answer());
    }
}
