//! How a recording is said: the client's side is sent, the server's expected.

use super::rows::rows;
use super::{Connection, Event, Recorded, Side, What};
use crate::script::Script;
use crate::script::literal::LINE;
use crate::script::syntax::{Close, Expect, Expectation, Item, Line, Send, Statement};
use crate::text::escape;

/// How many more statements the rows of long answers may take: together with those of the events
/// fewer than a script may have.
pub(super) const ROWS: usize = 30_000;

/// How much of a burst stands on one line, in bytes. In the delivery `written` each line is a
/// segment, and the client made no cuts that anybody saw: so as few lines as can be read.
const BURST: usize = 64 * 1024;

impl Recorded {
    /// What happened, as a script in which the client's side is sent and the server's expected.
    pub fn to_script(&self, from: &str, to: &str) -> Script {
        let mut lines = vec![self.head(from, to)];
        let names = self.names();
        // Many bytes have longer rows; each row but the last holds half of that at least.
        let row = LINE.max(self.size.div_ceil(ROWS / 2));
        let is_present = |event: &&Event| !self.connections[event.connection].absent;
        let mut events = self.events.iter().filter(is_present).peekable();
        while let Some(Event { connection, what }) = events.next() {
            let name = &names[*connection];
            // Where it is the next to do something, that opens it.
            let opens_by_use = events.peek().is_some_and(|next| next.connection == *connection);
            match what {
                What::Opened if opens_by_use => {}
                What::Opened => lines.push(line(Statement::Open(name.clone()))),
                What::Said(Side::Client, bytes) => {
                    let sent = |row| send(name, Some(row), None);
                    lines.extend(rows(bytes, BURST).into_iter().map(sent));
                }
                What::Said(Side::Server, bytes) => {
                    let exact = |row| expect(name, Expectation::Exact(row));
                    lines.extend(rows(bytes, row).into_iter().map(exact));
                }
                What::Ended(Side::Client) => lines.push(send(name, None, Some(Close::Eof))),
                What::Ended(Side::Server) => lines.push(expect(name, Expectation::Eof)),
                What::Reset(Side::Client) => lines.push(send(name, None, Some(Close::Reset))),
                What::Reset(Side::Server) => lines.push(expect(name, Expectation::Reset)),
                // It went on; closed, nobody looks at what the server still says.
                What::Full => lines.push(Line {
                    comment: Some("# the recording is full: the rest is left out".to_owned()),
                    ..send(name, None, Some(Close::Close))
                }),
            }
        }
        Script { lines }
    }

    fn head(&self, from: &str, to: &str) -> Line {
        let (from, to) = (escape(from.as_bytes()), escape(to.as_bytes()));
        let count = match self.connections() {
            1 => "1 connection".to_owned(),
            count => format!("{count} connections"),
        };
        let left_out = match self.left_out {
            0 => String::new(),
            count => format!(", {count} more left out: the recording was full"),
        };
        let comment = Some(format!("# Recorded from {from} to {to}: {count}{left_out}"));
        Line { comment, ..Line::default() }
    }

    /// What the script calls the connections: the only one has no name.
    fn names(&self) -> Vec<String> {
        let is_only = self.connections() == 1;
        let mut number = 0;
        let mut name = |connection: &Connection| {
            number += usize::from(!connection.absent);
            if is_only { String::new() } else { format!("c{number}") }
        };
        self.connections.iter().map(&mut name).collect()
    }
}

fn line(statement: Statement) -> Line {
    Line { statement: Some(statement), ..Line::default() }
}

fn send(name: &str, items: Option<Vec<Item>>, ending: Option<Close>) -> Line {
    let segments = items.into_iter().collect();
    line(Statement::Send(Send { connection: name.to_owned(), segments, ending }))
}

fn expect(name: &str, what: Expectation) -> Line {
    line(Statement::Expect(Expect { connection: name.to_owned(), what, within: None }))
}
