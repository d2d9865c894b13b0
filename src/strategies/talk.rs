//! A conversation while it is written down.

use std::time::Duration;

use super::conversation::{Extra, Frame, Manner, Turn};
use crate::protocol::{Flow, Protocol};
use crate::script::syntax::{Close, Expectation, Item, ItemKind, Number, Statement};
use crate::script::{Composer, Spanned, exactly, payload_items};

/// The connections that speak.
pub(super) const NAMES: [&str; 3] = ["", "bob", "zoë-2"];

/// The server's side of a connection.
struct ServerSide<P> {
    server: P,
    flow: Flow,
    /// What it has answered that nothing has expected yet.
    answer: Vec<u8>,
}

/// A conversation while it is written down.
pub(super) struct Talk<'c, C, P, D> {
    connect: &'c C,
    /// Makes what is expected out of what the server answers.
    doubt: D,
    sides: [Option<ServerSide<P>>; NAMES.len()],
    /// What was sent and is not delivered yet, since the burst may still grow.
    burst: Option<(usize, Vec<u8>)>,
    opened: [bool; NAMES.len()],
    variables: usize,
    /// What was captured last: the variable, and what it holds.
    captured: Option<(String, Vec<u8>)>,
    script: Composer,
}

impl<'c, P: Protocol, C: Fn() -> P, D: FnMut(Vec<u8>) -> Vec<u8>> Talk<'c, C, P, D> {
    pub(super) fn new(connect: &'c C, doubt: D) -> Self {
        Self {
            connect,
            doubt,
            sides: [const { None }; NAMES.len()],
            burst: None,
            opened: [false; NAMES.len()],
            variables: 0,
            captured: None,
            script: Composer::default(),
        }
    }

    /// The events as the text of a script.
    pub(super) fn of(mut self, events: &[Turn]) -> String {
        for event in events {
            self.event(event);
        }
        if events.is_empty() {
            self.open(0);
            self.expect(0, Manner::EXACT);
        }
        self.deliver_unless(None);
        for who in 0..NAMES.len() {
            let is_open =
                |side: &ServerSide<P>| side.flow == Flow::Continue && side.answer.is_empty();
            if !self.sides[who].as_ref().is_none_or(is_open) {
                self.expect(who, Manner::EXACT);
            }
        }
        self.script.finish().to_string()
    }

    fn event(&mut self, event: &Turn) {
        let who = event.who;
        self.open(who);
        let mut said = event.says.concat();
        if event.rounds > 1 {
            return self.repeat(event, &said);
        }
        let mut segments: Vec<_> = event.says.iter().map(|bytes| payload_items(bytes)).collect();
        match (event.extra, &self.captured) {
            (Extra::Let, _) => {
                let name = self.variable();
                let items = payload_items(&said);
                self.script.push(Statement::Let { name: name.clone().into(), items });
                segments = vec![vec![Item::from(ItemKind::Variable(name))]];
            }
            (Extra::Captured, Some((name, value))) => {
                segments.push(vec![Item::from(ItemKind::Variable(name.clone()))]);
                said.extend(value);
            }
            (Extra::Never, _) => {
                let times = Some(Number::Literal(0).into());
                let never = Item { times, ..ItemKind::Text(b"never".to_vec()).into() };
                segments[0].push(never);
            }
            _ => {}
        }
        self.send(who, segments, &said);
        match event.extra {
            Extra::Nothing | Extra::Let | Extra::Captured | Extra::Never => {}
            Extra::Pause => self.script.pause(Duration::from_millis(3)),
            Extra::Ends(close) => return self.end(who, close),
        }
        if let Some(manner) = event.awaits {
            self.expect(who, manner);
        }
    }

    /// A name that no variable has yet.
    fn variable(&mut self) -> String {
        self.variables += 1;
        format!("v{}", self.variables)
    }

    /// The same several times: a `repeat` if each round gets the same answer, else one by one.
    fn repeat(&mut self, event: &Turn, said: &[u8]) {
        let who = event.who;
        self.expect(who, Manner::EXACT);
        let before = self.script.lines().len();
        let mut rounds = Vec::new();
        for _ in 0..event.rounds {
            self.open(who);
            let start = self.script.lines().len();
            self.send(who, vec![payload_items(said)], said);
            self.expect(who, Manner::EXACT);
            rounds.push(self.script.lines()[start..].to_vec());
        }
        let body = rounds[0].clone();
        // A round that opens the connection again has one line more at its start.
        let is_alike = self.script.lines().len() - before == body.len() * rounds.len();
        if is_alike && rounds.iter().all(|round| *round == body) {
            self.script.split_off(before);
            let (times, index) =
                (Number::Literal(event.rounds).into(), Some("i".to_owned().into()));
            self.script.push(Statement::Repeat { times, index, body, end_comment: None });
        }
    }

    /// Opens the connection if it is not open, also after its end.
    fn open(&mut self, who: usize) {
        self.deliver_unless(Some(who));
        if self.sides[who].is_some() {
            return;
        }
        if std::mem::replace(&mut self.opened[who], true) {
            self.script.open(NAMES[who]);
        }
        let (mut server, mut answer) = ((self.connect)(), Vec::new());
        let flow = server.open(&mut answer);
        let greets = !answer.is_empty() || flow != Flow::Continue;
        self.sides[who] = Some(ServerSide { server, flow, answer });
        if greets {
            self.expect(who, Manner::EXACT);
            self.open(who);
        }
    }

    fn send(&mut self, who: usize, segments: Vec<Vec<Item>>, said: &[u8]) {
        self.script.send(NAMES[who], segments, None);
        let (_, burst) = self.burst.get_or_insert_with(|| (who, Vec::new()));
        burst.extend_from_slice(said);
    }

    /// What was sent arrives, unless it is the burst of `who`, which may still grow.
    fn deliver_unless(&mut self, who: Option<usize>) {
        let Some((sender, burst)) = self.burst.take_if(|(sender, _)| Some(*sender) != who) else {
            return;
        };
        if let Some(ServerSide { server, flow, answer }) = &mut self.sides[sender]
            && *flow == Flow::Continue
            && !burst.is_empty()
        {
            *flow = server.receive(&burst, answer);
        }
    }

    /// What the server has answered is expected, and so is its end.
    fn expect(&mut self, who: usize, manner: Manner) {
        self.deliver_unless(None);
        let Some(side) = &mut self.sides[who] else { return };
        let is_over = side.flow != Flow::Continue;
        let answer = (self.doubt)(std::mem::take(&mut side.answer));
        let framed = self.framed(manner.frame, &answer, is_over);
        let taken = framed.as_ref().map_or(0, |(_, taken)| *taken);
        match framed {
            Some((expectation, _)) => self.expectation(who, expectation, manner),
            // That nothing comes is an expectation too: the burst ends there.
            None if answer.is_empty() && !is_over => {
                let moment = Expectation::Silence(Duration::from_millis(1));
                self.expectation(who, moment, Manner::EXACT);
            }
            None => {}
        }
        if taken < answer.len() {
            self.expectation(who, Expectation::Exact(payload_items(&answer[taken..])), manner);
        }
        if is_over {
            let end = match manner {
                Manner { loosely: true, .. } => Expectation::Closed,
                Manner { frame: Frame::Bytes, .. } => Expectation::CleanEof,
                _ => Expectation::Eof,
            };
            // `rest` takes everything to the end, and the end with it.
            if manner.frame != Frame::Rest {
                self.expectation(who, end, manner);
            }
            self.sides[who] = None;
        }
    }

    /// What is expected in a frame, and how much of the answer that takes; `None` if the answer
    /// does not have such a frame.
    fn framed(
        &mut self,
        frame: Frame,
        answer: &[u8],
        is_over: bool,
    ) -> Option<(Expectation, usize)> {
        match frame {
            Frame::Exact => None,
            Frame::Bytes if answer.is_empty() => None,
            Frame::Bytes => {
                let count = Number::Literal(answer.len() as u64).into();
                Some((Expectation::Bytes(count, pattern(answer)), answer.len()))
            }
            Frame::Line => {
                let line = whole_lines(answer).next()?;
                Some((Expectation::Line(pattern(content(line))), line.len()))
            }
            Frame::Captured => {
                let line = whole_lines(answer).next()?;
                let name = self.variable();
                let matching = format!("^(?<{name}>.*)$");
                self.captured = Some((name, content(line).to_vec()));
                Some((Expectation::Line(Some(matching.into())), line.len()))
            }
            Frame::Lines => {
                let last = content(whole_lines(answer).last()?);
                let until = pattern(last)?;
                // The same may have come before.
                let first = whole_lines(answer).position(|line| content(line) == last)?;
                let taken = whole_lines(answer).take(first + 1).map(<[u8]>::len).sum();
                Some((Expectation::Lines { until, matching: pattern(&answer[..taken]) }, taken))
            }
            Frame::Rest => is_over.then(|| (Expectation::Rest(pattern(answer)), answer.len())),
        }
    }

    fn expectation(&mut self, who: usize, what: Expectation, manner: Manner) {
        let within = manner.loosely.then_some(Duration::from_secs(9));
        self.script.expect(NAMES[who], what, within);
    }

    /// Our side ends after the whole answer has come.
    fn end(&mut self, who: usize, close: Close) {
        self.expect(who, Manner::EXACT);
        let Some(side) = &mut self.sides[who] else { return };
        self.script.end(NAMES[who], close);
        if close == Close::Eof {
            side.flow = side.server.end(&mut side.answer);
            let goes_on = side.flow == Flow::Continue;
            self.expect(who, Manner::EXACT);
            // A server that does not end with us is left: its connection can't be opened again.
            if goes_on {
                self.script.end(NAMES[who], Close::Close);
            }
        }
        self.sides[who] = None;
    }
}

/// The lines that have an end, with it.
fn whole_lines(answer: &[u8]) -> impl Iterator<Item = &[u8]> {
    answer.split_inclusive(|&byte| byte == b'\n').filter(|line| line.ends_with(b"\n"))
}

/// A line without its end.
fn content(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// A pattern of just these bytes; `None` if it would be long.
fn pattern(bytes: &[u8]) -> Option<Spanned<String>> {
    const LONG: usize = 64;
    (bytes.len() <= LONG).then(|| format!(r"\A{}\z", exactly(bytes)).into())
}
