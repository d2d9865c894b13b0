//! What was observed in a play, and how a play is said as a script.

use std::time::Duration;

use crate::peer::Quality;
use crate::script::syntax::{Close, Expectation, Send, Statement};
use crate::script::{Composer, Script, payload_items};

/// Something that was observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TranscriptEvent {
    /// The script opened a connection.
    Opened(usize),
    /// The script accepted a connection, on the port with that name; empty is the common one.
    Accepted(usize, String),
    /// A segment was sent; the FIN may have ridden with it.
    Sent(usize, Vec<u8>),
    /// Between two segments it was asked how far the server had read.
    Cut(usize, Quality),
    /// Our side ended.
    Ended(usize, Close),
    /// Bytes arrived.
    Received(usize, Vec<u8>),
    /// So many more bytes arrived with those before, which were not kept.
    NotKept(usize, usize),
    /// The server closed.
    Eof(usize),
    /// The server reset the connection.
    Reset(usize),
    /// The script paused.
    Paused(Duration),
}

impl TranscriptEvent {
    /// The connection on which it was observed.
    pub fn connection(&self) -> Option<usize> {
        match self {
            TranscriptEvent::Opened(connection)
            | TranscriptEvent::Accepted(connection, _)
            | TranscriptEvent::Sent(connection, _)
            | TranscriptEvent::Cut(connection, _)
            | TranscriptEvent::Ended(connection, _)
            | TranscriptEvent::Received(connection, _)
            | TranscriptEvent::NotKept(connection, _)
            | TranscriptEvent::Eof(connection)
            | TranscriptEvent::Reset(connection) => Some(*connection),
            TranscriptEvent::Paused(_) => None,
        }
    }

    /// The same on a connection that is so many further on.
    pub(in crate::check) fn shifted(&self, by: usize) -> Self {
        let mut event = self.clone();
        match &mut event {
            TranscriptEvent::Opened(connection)
            | TranscriptEvent::Accepted(connection, _)
            | TranscriptEvent::Sent(connection, _)
            | TranscriptEvent::Cut(connection, _)
            | TranscriptEvent::Ended(connection, _)
            | TranscriptEvent::Received(connection, _)
            | TranscriptEvent::NotKept(connection, _)
            | TranscriptEvent::Eof(connection)
            | TranscriptEvent::Reset(connection) => *connection += by,
            TranscriptEvent::Paused(_) => {}
        }
        event
    }
}

/// What arrives within this time after other bytes came with them.
const AT_ONCE: Duration = Duration::from_millis(10);

/// What was observed in a play, in order. Connections go by their index; an index beyond those of
/// the conversation is one of another client, which came in between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// The events; bytes of one connection that arrived together are one.
    pub events: Vec<TranscriptEvent>,
    /// When each of them was observed, counted from the start of the play. In virtual time nothing
    /// takes any.
    pub times: Vec<Duration>,
}

impl Transcript {
    /// Adds an event; bytes that follow others at once are joined with them.
    pub fn push(&mut self, at: Duration, event: TranscriptEvent) {
        let is_at_once = self.times.last().is_some_and(|last| at.saturating_sub(*last) < AT_ONCE);
        if let (
            Some(TranscriptEvent::Received(last, bytes)),
            TranscriptEvent::Received(connection, more),
        ) = (self.events.last_mut(), &event)
            && last == connection
            && is_at_once
        {
            bytes.extend_from_slice(more);
            return;
        }
        self.events.push(event);
        self.times.push(at);
    }

    /// Forgets everything.
    pub(in crate::check) fn clear(&mut self) {
        self.events.clear();
        self.times.clear();
    }

    /// What happened, as a script that holds: what arrived is what it expects.
    pub fn to_script(&self, names: &[String]) -> Script {
        let size = |event: &TranscriptEvent| match event {
            TranscriptEvent::Sent(_, bytes) | TranscriptEvent::Received(_, bytes) => bytes.len(),
            _ => 0,
        };
        let mut script = Composer::new(self.events.iter().map(size).sum());
        // A script does not say when bytes came.
        let mut together = Self::default();
        for event in self.events.iter().filter(|event| is_of(names, event)) {
            together.push(Duration::ZERO, event.clone());
        }
        for event in &together.events {
            let name = event.connection().map_or("", |connection| &names[connection]);
            match event {
                TranscriptEvent::Opened(_) => script.open(name),
                TranscriptEvent::Accepted(_, port) => {
                    let on = (!port.is_empty()).then(|| port.clone().into());
                    script.push(Statement::Listen { connection: name.to_owned(), on });
                }
                TranscriptEvent::Sent(_, bytes) => script.segment(name, bytes),
                TranscriptEvent::Cut(..) | TranscriptEvent::NotKept(..) => {}
                TranscriptEvent::Ended(_, close) => script.end(name, *close),
                TranscriptEvent::Received(_, bytes) => script.expect_bytes(name, bytes),
                TranscriptEvent::Eof(_) => script.expect(name, Expectation::Eof, None),
                TranscriptEvent::Reset(_) => script.expect(name, Expectation::Reset, None),
                TranscriptEvent::Paused(duration) => script.pause(*duration),
            }
        }
        script.finish()
    }

    /// What the client did, line by line: for the report of a finding.
    pub fn sent_lines(&self, names: &[String]) -> Vec<String> {
        let line = |event: &TranscriptEvent| {
            let (connection, segments, ending) = match event {
                TranscriptEvent::Sent(connection, bytes) => {
                    (connection, vec![payload_items(bytes)], None)
                }
                TranscriptEvent::Ended(connection, close) => (connection, Vec::new(), Some(*close)),
                _ => return None,
            };
            let connection = names[*connection].clone();
            Some(Send { connection, segments, ending }.to_string())
        };
        self.events.iter().filter(|event| is_of(names, event)).filter_map(line).collect()
    }
}

/// Whether an event is one of the conversation's own connections, or of none.
fn is_of(names: &[String], event: &TranscriptEvent) -> bool {
    event.connection().is_none_or(|connection| connection < names.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use TranscriptEvent::{Accepted, Ended, Eof, Opened, Paused, Received, Reset, Sent};

    fn transcript(events: impl IntoIterator<Item = TranscriptEvent>) -> Transcript {
        let mut transcript = Transcript::default();
        events.into_iter().for_each(|event| transcript.push(Duration::ZERO, event));
        transcript
    }

    #[test]
    fn what_happened_is_said_line_by_line() {
        let pause = Duration::from_millis(3);
        let events = [
            (Opened(1), "open bob", None, Some(1)),
            (Accepted(1, "db".to_owned()), "listen bob on db", None, Some(1)),
            (Accepted(0, String::new()), "listen", None, Some(0)),
            (Sent(0, b"a".into()), "> \"a\"", Some("> \"a\""), Some(0)),
            (Sent(1, b"b".into()), "bob > \"b\"", Some("bob > \"b\""), Some(1)),
            (Received(1, b"c".into()), "bob < \"c\"", None, Some(1)),
            (Paused(pause), "pause 3ms", None, None),
            (Ended(0, Close::Eof), "> eof", Some("> eof"), Some(0)),
            (Ended(1, Close::Close), "bob > close", Some("bob > close"), Some(1)),
            (Ended(1, Close::Reset), "bob > reset", Some("bob > reset"), Some(1)),
            (Eof(0), "< eof", None, Some(0)),
            (Reset(1), "bob < reset", None, Some(1)),
        ];
        let names = ["".to_owned(), "bob".to_owned()];
        for (event, line, sent, connection) in events {
            assert_eq!(event.connection(), connection, "{line}");
            let transcript = transcript([event]);
            assert_eq!(transcript.to_script(&names).to_string(), format!("{line}\n"));
            let sent: Vec<String> = sent.into_iter().map(str::to_owned).collect();
            assert_eq!(transcript.sent_lines(&names), sent);
        }
    }

    #[test]
    fn what_arrives_in_a_row_is_one_event_and_what_is_sent_is_not() {
        let received = |connection, bytes: &[u8]| Received(connection, bytes.into());
        let joined = transcript([received(0, b"a"), received(0, b"b"), received(1, b"c")]);
        assert_eq!(joined.events, [received(0, b"ab"), received(1, b"c")]);
        let sent = [Sent(0, b"a".into()), Sent(0, b"b".into())];
        assert_eq!(transcript(sent.clone()).events, sent);
    }

    #[test]
    fn what_is_long_stands_on_several_lines() {
        let lines = |length: usize| {
            let bytes: Vec<u8> = (b'a'..=b'z').cycle().take(length).collect();
            let script = transcript([Sent(0, bytes)]).to_script(&["".to_owned()]);
            script.lines.len()
        };
        assert_eq!([65_536, 65_537].map(lines), [1, 2]);
    }
}
