//! Conversations with a server: what it is sent, and what it answers to that.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::pieces::pieces;
use super::stream::{bytes, text};
use crate::protocol::{Flow, Protocol};
use crate::script::syntax::{
    Close, Expect, Expectation, Item, ItemKind, Line, Number, Send, Statement,
};
use crate::script::{Script, payload_items};

/// The connections that speak.
const NAMES: [&str; 3] = ["", "bob", "zoë-2"];

/// One thing that happens, before it is known what the server says to it.
#[derive(Clone, Debug)]
struct Event {
    /// Index of the connection.
    who: usize,
    /// What is sent, in segments with a pin between them.
    says: Vec<Vec<u8>>,
    /// How often.
    rounds: u64,
    /// Whether the answer is awaited, and how it is framed.
    awaits: Option<Frame>,
    extra: Extra,
}

/// What stands beside what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extra {
    Nothing,
    /// The payload is a variable.
    Let,
    /// A `pause` behind it.
    Pause,
    /// The connection ends behind it; what follows on it opens it anew.
    Ends(Close),
}

/// How an answer is expected.
#[derive(Clone, Copy, Debug)]
enum Frame {
    Exact,
    Bytes,
    /// Its first line, and then what is left.
    Line,
}

/// Conversations with a server, as scripts that hold where nothing is cut: what they expect is
/// what a server of `connect`, one for each connection, answers to each burst in one piece.
///
/// They have up to three connections, pins, pauses, variables, repeats and every ending, and no
/// files. `recut::check_once` then says whether the server answers the same however it is cut.
///
/// # Examples
///
/// ```
/// use proptest::prelude::*;
/// use recut::strategies::conversation;
/// use recut::{Conversation, Echo, Options, Target, check_once};
///
/// let target = Target::memory("mine", Echo::default); // anything that implements recut::Protocol
/// proptest!(ProptestConfig::with_cases(16), |(script in conversation(Echo::default))| {
///     let said = Conversation::parse("generated", &script).unwrap();
///     let options = Options { max: Some(200), ..Options::default() };
///     let checked = check_once(&target, &said, &options).unwrap();
///     prop_assert!(checked.findings.is_empty(), "{}", checked.findings[0].script);
/// });
/// ```
pub fn conversation<P, C>(connect: C) -> impl Strategy<Value = String>
where
    P: Protocol,
    C: Fn() -> P,
{
    events().prop_map(move |events| Talk::new(&connect, |answer| answer).of(&events))
}

/// Conversations as those of [`conversation`], which need not hold: some answers are expected to
/// be others than they are. Each is a script that can be played.
///
/// # Examples
///
/// ```
/// use proptest::prelude::*;
/// use recut::strategies::doubtful_conversation;
/// use recut::{Conversation, Echo};
///
/// proptest!(|(script in doubtful_conversation(Echo::default))| {
///     prop_assert!(Conversation::parse("generated", &script).is_ok());
/// });
/// ```
pub fn doubtful_conversation<P, C>(connect: C) -> impl Strategy<Value = String>
where
    P: Protocol,
    C: Fn() -> P,
{
    let wrong = (bytes(), 0..3_usize, any::<prop::sample::Index>());
    (events(), vec(wrong, 1..4)).prop_map(move |(events, wrongs)| {
        let mut wrongs = wrongs.into_iter();
        let doubt = |mut answer: Vec<u8>| {
            if let Some((other, kind, at)) = wrongs.next() {
                let at = at.index(answer.len() + 1);
                match kind {
                    0 => answer.truncate(at),
                    1 => answer.splice(at..at, other).for_each(drop),
                    _ => answer = other,
                }
            }
            answer
        };
        Talk::new(&connect, doubt).of(&events)
    })
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let said = prop_oneof![5 => text(), 1 => bytes()];
    let frame =
        prop_oneof![5 => Just(Frame::Exact), 1 => Just(Frame::Bytes), 1 => Just(Frame::Line)];
    let extra = prop_oneof![
        6 => Just(Extra::Nothing),
        1 => Just(Extra::Let),
        1 => Just(Extra::Pause),
        2 => prop::sample::select(vec![Close::Eof, Close::Close, Close::Reset])
            .prop_map(Extra::Ends),
    ];
    let rounds = prop_oneof![5 => Just(1), 1 => 2..4_u64];
    let awaits = proptest::option::weighted(0.7, frame);
    let event = (0..NAMES.len(), vec(said, 1..4), rounds, awaits, extra)
        .prop_map(|(who, says, rounds, awaits, extra)| Event { who, says, rounds, awaits, extra });
    let plain = Event {
        who: 0,
        says: vec![b"a".to_vec()],
        rounds: 1,
        awaits: Some(Frame::Exact),
        extra: Extra::Nothing,
    };
    pieces(event, plain, |_| 1)
}

/// One side of a connection to the server.
struct Side<P> {
    server: P,
    flow: Flow,
    /// What it has answered that nothing has expected yet.
    answer: Vec<u8>,
}

/// A conversation while it is written down.
struct Talk<'c, C, P, D> {
    connect: &'c C,
    /// What is expected where the server answers that.
    doubt: D,
    sides: [Option<Side<P>>; NAMES.len()],
    /// What was sent and has not been delivered: a burst may still grow.
    burst: Option<(usize, Vec<u8>)>,
    opened: [bool; NAMES.len()],
    variables: usize,
    lines: Vec<Line>,
}

impl<'c, P: Protocol, C: Fn() -> P, D: FnMut(Vec<u8>) -> Vec<u8>> Talk<'c, C, P, D> {
    fn new(connect: &'c C, doubt: D) -> Self {
        Self {
            connect,
            doubt,
            sides: [const { None }; NAMES.len()],
            burst: None,
            opened: [false; NAMES.len()],
            variables: 0,
            lines: Vec::new(),
        }
    }

    /// The events as the text of a script.
    fn of(mut self, events: &[Event]) -> String {
        for event in events {
            self.event(event);
        }
        if events.is_empty() {
            self.open(0);
            self.expect(0, Frame::Exact);
        }
        self.deliver_unless(None);
        for who in 0..NAMES.len() {
            let is_open = |side: &Side<P>| side.flow == Flow::Continue && side.answer.is_empty();
            if !self.sides[who].as_ref().is_none_or(is_open) {
                self.expect(who, Frame::Exact);
            }
        }
        Script { lines: self.lines }.to_string()
    }

    fn push(&mut self, statement: Statement) {
        self.lines.push(Line { statement: Some(statement), ..Line::default() });
    }

    fn event(&mut self, event: &Event) {
        let who = event.who;
        self.open(who);
        let said = event.says.concat();
        if event.rounds > 1 {
            return self.repeat(event, &said);
        }
        let segments = match event.extra {
            Extra::Let => {
                self.variables += 1;
                let name = format!("v{}", self.variables);
                let items = payload_items(&said);
                self.push(Statement::Let { name: name.clone().into(), items });
                vec![vec![Item::from(ItemKind::Variable(name))]]
            }
            _ => event.says.iter().map(|bytes| payload_items(bytes)).collect(),
        };
        self.send(who, segments, &said);
        match event.extra {
            Extra::Nothing | Extra::Let => {}
            Extra::Pause => self.push(Statement::Pause(Duration::from_millis(3))),
            Extra::Ends(close) => return self.end(who, close),
        }
        if let Some(frame) = event.awaits {
            self.expect(who, frame);
        }
    }

    /// The same several times: a `repeat` where each round is answered alike, else one by one.
    fn repeat(&mut self, event: &Event, said: &[u8]) {
        let who = event.who;
        self.expect(who, Frame::Exact);
        let before = self.lines.len();
        let mut rounds = Vec::new();
        for _ in 0..event.rounds {
            self.open(who);
            let start = self.lines.len();
            self.send(who, vec![payload_items(said)], said);
            self.expect(who, Frame::Exact);
            rounds.push(self.lines[start..].to_vec());
        }
        let body = rounds[0].clone();
        // A round that opens the connection anew has a line more in front.
        let is_alike = self.lines.len() - before == body.len() * rounds.len();
        if is_alike && rounds.iter().all(|round| *round == body) {
            self.lines.truncate(before);
            let (times, index) =
                (Number::Literal(event.rounds).into(), Some("i".to_owned().into()));
            self.push(Statement::Repeat { times, index, body, end_comment: None });
        }
    }

    /// The connection stands, anew where it has ended.
    fn open(&mut self, who: usize) {
        self.deliver_unless(Some(who));
        if self.sides[who].is_some() {
            return;
        }
        if std::mem::replace(&mut self.opened[who], true) {
            self.push(Statement::Open(NAMES[who].to_owned()));
        }
        let (mut server, mut answer) = ((self.connect)(), Vec::new());
        let flow = server.open(&mut answer);
        let greets = !answer.is_empty() || flow != Flow::Continue;
        self.sides[who] = Some(Side { server, flow, answer });
        if greets {
            self.expect(who, Frame::Exact);
            self.open(who);
        }
    }

    fn send(&mut self, who: usize, segments: Vec<Vec<Item>>, said: &[u8]) {
        let connection = NAMES[who].to_owned();
        self.push(Statement::Send(Send { connection, segments, ending: None }));
        let (_, burst) = self.burst.get_or_insert_with(|| (who, Vec::new()));
        burst.extend_from_slice(said);
    }

    /// What was sent arrives, unless it is the burst of `who`, which may still grow.
    fn deliver_unless(&mut self, who: Option<usize>) {
        let Some((sender, burst)) = self.burst.take_if(|(sender, _)| Some(*sender) != who) else {
            return;
        };
        if let Some(Side { server, flow, answer }) = &mut self.sides[sender]
            && *flow == Flow::Continue
            && !burst.is_empty()
        {
            *flow = server.receive(&burst, answer);
        }
    }

    /// What the server has answered is expected, and so is its end.
    fn expect(&mut self, who: usize, frame: Frame) {
        self.deliver_unless(None);
        let Some(side) = &mut self.sides[who] else { return };
        let is_over = side.flow != Flow::Continue;
        let answer = (self.doubt)(std::mem::take(&mut side.answer));
        let mut rest = &answer[..];
        if let (Frame::Line, Some(newline)) = (frame, answer.iter().position(|&b| b == b'\n')) {
            self.expectation(who, Expectation::Line(None));
            rest = &answer[newline + 1..];
        }
        match frame {
            // Nothing is expected, too: a burst ends there.
            _ if answer.is_empty() && !is_over => {
                self.expectation(who, Expectation::Silence(Duration::from_millis(1)));
            }
            _ if rest.is_empty() => {}
            Frame::Bytes => {
                let count = Number::Literal(rest.len() as u64).into();
                self.expectation(who, Expectation::Bytes(count, None));
            }
            _ => self.expectation(who, Expectation::Exact(payload_items(rest))),
        }
        if is_over {
            self.expectation(who, Expectation::Eof);
            self.sides[who] = None;
        }
    }

    fn expectation(&mut self, who: usize, what: Expectation) {
        let connection = NAMES[who].to_owned();
        self.push(Statement::Expect(Expect { connection, what, within: None }));
    }

    /// Our side ends, once all that was answered has come.
    fn end(&mut self, who: usize, close: Close) {
        self.expect(who, Frame::Exact);
        let Some(side) = &mut self.sides[who] else { return };
        let connection = NAMES[who].to_owned();
        let ending = Some(close);
        let end = Statement::Send(Send { connection, segments: Vec::new(), ending });
        if close == Close::Eof {
            side.flow = side.server.end(&mut side.answer);
            let goes_on = side.flow == Flow::Continue;
            self.push(end);
            self.expect(who, Frame::Exact);
            // A server that does not end with us is left: its connection can't be opened anew.
            if goes_on {
                let connection = NAMES[who].to_owned();
                let ending = Some(Close::Close);
                self.push(Statement::Send(Send { connection, segments: Vec::new(), ending }));
            }
        } else {
            self.push(end);
        }
        self.sides[who] = None;
    }
}
