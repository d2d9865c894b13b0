//! What was observed in a play, and how a play is said as a script.

use std::time::Duration;

use crate::script::syntax::{Close, Expect, Expectation, Item, Line, Send, Statement};
use crate::script::{Script, literal, payload_items, payload_rows};

/// From this length on, in bytes, a segment is written as several lines of one burst.
const LONG: usize = 64 * 1024;

/// Something that was observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The script opened a connection.
    Opened(usize),
    /// A segment was sent; the FIN may have ridden with it.
    Sent(usize, Vec<u8>),
    /// Our side ended.
    Ended(usize, Close),
    /// Bytes arrived.
    Received(usize, Vec<u8>),
    /// The server closed.
    Eof(usize),
    /// The server reset the connection.
    Reset(usize),
    /// The script paused.
    Paused(Duration),
}

impl Event {
    /// The connection on which it was observed.
    pub fn connection(&self) -> Option<usize> {
        match self {
            Event::Opened(connection)
            | Event::Sent(connection, _)
            | Event::Ended(connection, _)
            | Event::Received(connection, _)
            | Event::Eof(connection)
            | Event::Reset(connection) => Some(*connection),
            Event::Paused(_) => None,
        }
    }
}

/// What was observed in a play, in order. Connections go by their index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// The events; bytes of one connection that arrived in a row are one.
    pub events: Vec<Event>,
}

impl Transcript {
    /// Adds an event; bytes that follow others are joined with them.
    pub fn push(&mut self, event: Event) {
        if let (Some(Event::Received(last, bytes)), Event::Received(connection, more)) =
            (self.events.last_mut(), &event)
            && last == connection
        {
            bytes.extend_from_slice(more);
            return;
        }
        self.events.push(event);
    }

    /// What happened, as a script that holds: what arrived is what it expects.
    pub fn to_script(&self, names: &[String]) -> Script {
        let mut lines = Vec::new();
        let mut push = |statement| {
            lines.push(Line { statement: Some(statement), ..Line::default() });
        };
        let send = |connection: &usize, items: Vec<Item>, ending| {
            let segments = if items.is_empty() { Vec::new() } else { vec![items] };
            Statement::Send(Send { connection: names[*connection].clone(), segments, ending })
        };
        let expect = |connection: &usize, what| {
            let connection = names[*connection].clone();
            Statement::Expect(Expect { connection, what, within: None })
        };
        for event in &self.events {
            match event {
                Event::Opened(connection) => push(Statement::Open(names[*connection].clone())),
                Event::Sent(connection, bytes) if bytes.len() < LONG => {
                    push(send(connection, payload_items(bytes), None));
                }
                Event::Sent(connection, bytes) => {
                    for row in payload_rows(bytes) {
                        push(send(connection, row, None));
                    }
                }
                Event::Ended(connection, close) => {
                    push(send(connection, Vec::new(), Some(*close)));
                }
                Event::Received(connection, bytes) => {
                    for row in payload_rows(bytes) {
                        push(expect(connection, Expectation::Exact(row)));
                    }
                }
                Event::Eof(connection) => push(expect(connection, Expectation::Eof)),
                Event::Reset(connection) => push(expect(connection, Expectation::Reset)),
                Event::Paused(duration) => push(Statement::Pause(*duration)),
            }
        }
        Script { lines }
    }

    /// What the client did, line by line: for the report of a finding.
    pub fn sent_lines(&self, names: &[String]) -> Vec<String> {
        let arrow = |connection: &usize| match names[*connection].as_str() {
            "" => ">".to_owned(),
            name => format!("{name} >"),
        };
        let line = |event: &Event| match event {
            Event::Sent(connection, bytes) => {
                Some(format!("{} {}", arrow(connection), literal(bytes)))
            }
            Event::Ended(connection, close) => Some(format!(
                "{} {}",
                arrow(connection),
                match close {
                    Close::Eof => "eof",
                    Close::Close => "close",
                    Close::Reset => "reset",
                }
            )),
            _ => None,
        };
        self.events.iter().filter_map(line).collect()
    }
}
