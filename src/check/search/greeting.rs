//! Whether a server speaks first: asked by a client that connects and says nothing.

use super::Search;
use crate::check::finding::{Demand, Mismatch};
use crate::check::play::{Waits, Wanted};
use crate::delivery::{Delivery, Shape};
use crate::script::{Action, Conversation, Law};

/// The client that is greeted, if anybody is. It waits until the first bytes come, for so long at
/// most.
const QUIET_CLIENT: &str = "< silence 1s\n";

/// How many of its first bytes an answer has in common with a greeting that it begins with: dates
/// and names, which change, come later.
const IN_COMMON: usize = 4;

impl Search<'_> {
    /// What the server says to a client that says nothing, if the conversation does not expect it
    /// and the answer that was `seen` begins with it.
    pub(super) fn greeting(
        &self,
        conversation: &Conversation,
        law: Law,
        seen: &Mismatch,
    ) -> Option<Vec<u8>> {
        // If the uncut conversation holds, the script knows of what the server says first; and a
        // client that leaves again may do harm while more is to be asked.
        let is_uncut = matches!(law, Law::Baseline | Law::Unrepeatable);
        if !is_uncut || seen.actual.is_empty() || !is_first_claim(conversation, seen) {
            return None;
        }
        // A script that expects it, and has another text, knows that the server speaks first.
        let expected = match &seen.demand {
            Demand::Bytes(bytes) | Demand::BytesThenClose(bytes) => bytes.as_slice(),
            _ => &[],
        };
        let is_known = |start: &[u8]| start.len() == IN_COMMON && seen.actual.starts_with(start);
        if expected.get(..IN_COMMON).is_some_and(is_known) {
            return None;
        }
        let quiet = Conversation::parse("greeting", QUIET_CLIENT).ok()?;
        let wanted = Wanted { waits: Waits::FULL, ..Wanted::default() };
        let played = self.player().play(&quiet, &Delivery::UNCUT, &Shape::default(), wanted);
        let greeting = played.ok()?.mismatch?.actual;
        let common = &greeting[..greeting.len().min(IN_COMMON)];
        (!common.is_empty() && seen.actual.starts_with(common)).then_some(greeting)
    }
}

/// Whether a claim is the first one of its connection, and the script sends something before it.
fn is_first_claim(conversation: &Conversation, seen: &Mismatch) -> bool {
    let mut steps = conversation.steps().filter(|step| step.connection == seen.connection);
    let sends = |action: &Action| matches!(action, Action::Send { .. });
    let expects = |action: &Action| matches!(action, Action::Expect { .. });
    let mut has_sent = false;
    let first = steps.find(|step| {
        has_sent |= sends(&step.action);
        expects(&step.action)
    });
    has_sent && first.is_some_and(|step| step.place == seen.place)
}

#[cfg(test)]
mod tests {
    use crate::check::{Options, check_once};
    use crate::protocol::{Flow, Protocol};
    use crate::{Conversation, Finding, Target};

    /// Greets, and answers each segment with `ok`.
    struct Greets(&'static str);

    impl Protocol for Greets {
        fn open(&mut self, reply: &mut Vec<u8>) -> Flow {
            reply.extend(self.0.as_bytes());
            Flow::Continue
        }

        fn receive(&mut self, _: &[u8], reply: &mut Vec<u8>) -> Flow {
            reply.extend(b"ok\n");
            Flow::Continue
        }

        fn end(&mut self, _: &mut Vec<u8>) -> Flow {
            Flow::Close
        }
    }

    fn baseline(greeting: &'static str, script: &str) -> Finding {
        let target = Target::memory("greets", move || Greets(greeting));
        let conversation = Conversation::parse("a", script).unwrap();
        let options = Options { confirm: 1, ..Options::default() };
        check_once(&target, &conversation, &options).unwrap().findings.remove(0)
    }

    #[test]
    fn a_greeting_that_nobody_expects_is_seen() {
        let greeting = |text, script| baseline(text, script).greeting;
        let hello = "220 hello\r\n";
        assert_eq!(greeting(hello, "> \"hi\\n\"\n< \"ok\\n\"\n"), Some(hello.into()));
        // The script knows of it, or the server says nothing before it is asked.
        assert_eq!(greeting(hello, "< \"220 hullo\\r\\n\"\n> \"hi\\n\"\n"), None);
        assert_eq!(greeting(hello, "< line\n> \"hi\\n\"\n< \"no\\n\"\n"), None);
        assert_eq!(greeting(hello, "> \"hi\\n\"\n< \"220 hullo\\r\\n\"\n"), None);
        assert_eq!(greeting("", "> \"hi\\n\"\n< \"no\\n\"\n"), None);
    }
}
