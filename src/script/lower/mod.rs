//! A syntax tree to a conversation: includes spliced, files read, variables and repeats resolved
//! as far as they are known before the play.

mod listen;
mod repeat;
mod settings;
mod values;

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

pub use self::values::parse_count;
use super::accepted::{Port, ResultClaim};
use super::conversation::{
    Action, Conversation, Count, Expected, Op, PAYLOAD_LIMIT, PREDEFINED, Payload, Piece,
    STATEMENT_LIMIT, Settings, Step, UNKNOWN_SIZE,
};
use super::error::{ScriptError, ScriptErrorKind as Kind};
use super::files::{Files, ReadFile};
use super::parser;
use super::pattern::Pattern;
use super::source::{Inclusion, Place, Source, Span, Spanned};
use super::syntax::{Close, Expect, Expectation, Line, Send, Statement};

/// How deep `include` may stand inside `include`.
const INCLUDES: usize = 32;

/// Resolves a parsed script; `defined` (of `-D`) wins over `let`.
pub(super) fn lower(
    source: &Arc<Source>,
    lines: &[Line],
    defined: &[(String, Vec<u8>)],
    files: &dyn Files,
) -> Result<Conversation, Vec<ScriptError>> {
    let defined_names = defined.iter().map(|(name, _)| name.clone()).collect();
    let mut names: HashMap<_, _> = PREDEFINED
        .iter()
        .enumerate()
        .map(|(slot, name)| ((*name).to_owned(), Binding::Slot(slot)))
        .collect();
    for (name, value) in defined {
        names.insert(name.clone(), Binding::Known(value.clone().into()));
    }
    let mut lowering = Lowering {
        files,
        defined: defined_names,
        errors: Vec::new(),
        names,
        mentioned: BTreeSet::new(),
        variables: PREDEFINED.map(str::to_owned).to_vec(),
        connections: Vec::new(),
        states: Vec::new(),
        sources: vec![Arc::clone(source)],
        payload_files: BTreeSet::new(),
        including: vec![0],
        included: HashMap::new(),
        settings: Settings::default(),
        places: Vec::new(),
        begun: false,
        dynamic: 0,
        count: 0,
        size: 0,
        patterns: HashMap::new(),
        ports: Vec::new(),
        claims: Vec::new(),
    };
    let mut ops = Vec::new();
    lowering.declare_ports(lines);
    lowering.lines(lines, &mut ops);
    lowering.check_places();
    lowering.check_client();
    if lowering.errors.is_empty() && lowering.connections.is_empty() {
        lowering.error(Span::default(), Kind::Empty);
    }
    if !lowering.errors.is_empty() {
        return Err(lowering.errors);
    }
    Ok(Conversation {
        name: source.name.clone(),
        settings: lowering.settings,
        connections: lowering.connections,
        variables: lowering.variables,
        names: lowering.mentioned,
        ops,
        sources: lowering.sources,
        files: lowering.payload_files,
        raw: false,
        one_way: false,
        ports: lowering.ports,
        claims: lowering.claims,
        result: None,
    })
}

/// The value of a variable.
#[derive(Clone)]
enum Binding {
    /// This value.
    Known(Arc<[u8]>),
    /// These pieces, made of variables that differ in every play. In a play the slot holds the
    /// same.
    Made(Vec<Piece>, usize),
    /// What the slot holds in a play.
    Slot(usize),
}

/// What has been said of a connection so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OurEnd {
    New,
    Open,
    /// Our side has ended; the server may still speak.
    HalfClosed,
    Closed,
}

/// What is known of a connection before the play.
#[derive(Clone, Copy)]
struct ConnectionState {
    ours: OurEnd,
    /// Whether the server has ended its side: an `eof`, `reset`, `closed` or `rest` was expected.
    theirs_ended: bool,
}

struct Lowering<'a> {
    files: &'a dyn Files,
    defined: Vec<String>,
    errors: Vec<ScriptError>,
    names: HashMap<String, Binding>,
    /// The names that are set or used, but for those of captures.
    mentioned: BTreeSet<String>,
    variables: Vec<String>,
    connections: Vec<String>,
    states: Vec<ConnectionState>,
    sources: Vec<Arc<Source>>,
    /// The names of the files that payloads consist of.
    payload_files: BTreeSet<String>,
    /// The sources that are being read, by index, the innermost last.
    including: Vec<usize>,
    /// The files that `include` statements have read: one in a repeat is read once.
    included: HashMap<Place, (usize, Rc<[Line]>)>,
    settings: Settings,
    /// The connections that `deliver` statements name.
    places: Vec<(Place, String)>,
    /// Whether there was an event: after it, settings come too late.
    begun: bool,
    /// How many repeats around this statement run an unknown number of times.
    dynamic: usize,
    count: usize,
    /// How many bytes all payloads and patterns take so far.
    size: u64,
    /// The patterns so far, by their text: one in a repeat is compiled once.
    patterns: HashMap<String, Pattern>,
    /// The ports on which the script listens.
    ports: Vec<Port>,
    /// What it claims of the client's end.
    claims: Vec<ResultClaim>,
}

impl Lowering<'_> {
    fn place(&self, span: Span) -> Place {
        Place { source: self.including[self.including.len() - 1], span }
    }

    fn error(&mut self, span: Span, kind: Kind) {
        let source = &self.sources[self.place(span).source];
        self.errors.push(ScriptError::new(source, span, kind));
    }

    fn lines(&mut self, lines: &[Line], ops: &mut Vec<Op>) {
        for line in lines {
            let Some(statement) = &line.statement else { continue };
            if !self.counts(line.span) {
                return;
            }
            self.statement(statement, line.span, ops);
        }
    }

    /// Counts one more statement; false, after one error, if there are too many.
    fn counts(&mut self, span: Span) -> bool {
        self.count += 1;
        let is_told = || self.errors.iter().any(|e| *e.kind() == Kind::TooManyStatements);
        if self.count > STATEMENT_LIMIT && !is_told() {
            self.error(span, Kind::TooManyStatements);
        }
        self.count <= STATEMENT_LIMIT
    }

    fn statement(&mut self, statement: &Statement, span: Span, ops: &mut Vec<Op>) {
        match statement {
            Statement::Let { name, items } => self.assign(name, items, ops),
            Statement::Include(path) => self.include(path, ops),
            Statement::Repeat { times, index, body, .. } => {
                self.repeat(times, index.as_ref(), body, span, ops);
            }
            Statement::Listen { connection, on } => {
                self.listen(connection, on.as_ref(), span, ops);
            }
            Statement::Exit(code) => self.exit(*code, span),
            Statement::Output(pattern) => self.output(pattern, span),
            Statement::Pause(duration) => {
                self.begun = true;
                let place = self.place(span);
                let action = Action::Pause(*duration);
                ops.push(Op::Step(Step { place, connection: 0, action }));
            }
            Statement::Open(name) => {
                let connection = self.connection(name);
                self.check_opened(name, connection, span);
                let ConnectionState { ours, theirs_ended } = self.states[connection];
                if matches!(ours, OurEnd::Open | OurEnd::HalfClosed) && !theirs_ended {
                    self.error(span, Kind::AlreadyOpen(name.clone()));
                }
                self.states[connection] =
                    ConnectionState { ours: OurEnd::Open, theirs_ended: false };
                self.step(connection, span, Action::Open, ops);
            }
            Statement::Send(send) => self.send(send, span, ops),
            Statement::Expect(expect) => self.expect(expect, span, ops),
            setting => self.set(setting, span),
        }
    }

    fn step(&mut self, connection: usize, span: Span, action: Action, ops: &mut Vec<Op>) {
        self.begun = true;
        let place = self.place(span);
        ops.push(Op::Step(Step { place, connection, action }));
    }

    fn connection(&mut self, name: &str) -> usize {
        if let Some(index) = self.connections.iter().position(|other| other == name) {
            return index;
        }
        self.connections.push(name.to_owned());
        self.states.push(ConnectionState { ours: OurEnd::New, theirs_ended: false });
        self.connections.len() - 1
    }

    fn send(&mut self, send: &Send, span: Span, ops: &mut Vec<Op>) {
        let connection = self.connection(&send.connection);
        self.check_opened(&send.connection, connection, span);
        match self.states[connection].ours {
            OurEnd::New | OurEnd::Open => self.states[connection].ours = OurEnd::Open,
            OurEnd::HalfClosed if send.segments.is_empty() && send.ending != Some(Close::Eof) => {}
            OurEnd::HalfClosed | OurEnd::Closed => {
                self.error(span, Kind::SentAfterEnd(send.connection.clone()));
            }
        }
        match send.ending {
            None => {}
            Some(Close::Eof) => self.states[connection].ours = OurEnd::HalfClosed,
            Some(Close::Close | Close::Reset) => self.states[connection].ours = OurEnd::Closed,
        }
        let mut payload = Payload::default();
        for (index, segment) in send.segments.iter().enumerate() {
            if index > 0 && self.has_room(UNKNOWN_SIZE as u64, span) {
                payload.pieces.push(Piece::Pin);
            }
            self.items(segment, &mut payload);
        }
        let action = Action::Send { payload, ending: send.ending };
        self.step(connection, span, action, ops);
    }

    fn expect(&mut self, expect: &Expect, span: Span, ops: &mut Vec<Op>) {
        let connection = self.connection(&expect.connection);
        self.check_opened(&expect.connection, connection, span);
        match self.states[connection].ours {
            OurEnd::New => self.states[connection].ours = OurEnd::Open,
            OurEnd::Closed => self.error(span, Kind::ExpectedAfterEnd(expect.connection.clone())),
            OurEnd::Open | OurEnd::HalfClosed => {}
        }
        self.states[connection].theirs_ended |= matches!(
            expect.what,
            Expectation::Eof
                | Expectation::CleanEof
                | Expectation::Reset
                | Expectation::Closed
                | Expectation::Rest(_)
        );
        let what = match &expect.what {
            Expectation::Exact(items) => {
                let mut payload = Payload::default();
                self.items(items, &mut payload);
                Expected::Exact(payload)
            }
            Expectation::Bytes(count, matching) => {
                let count = self.count(count);
                if let Count::Fixed(bytes) = count
                    && bytes > PAYLOAD_LIMIT as u64
                {
                    self.error(span, Kind::PayloadTooLarge);
                }
                Expected::Bytes(count, self.pattern(matching.as_ref()))
            }
            Expectation::Line(matching) => Expected::Line(self.pattern(matching.as_ref())),
            Expectation::Lines { until, matching } => {
                let matching = self.pattern(matching.as_ref());
                match self.pattern(Some(until)) {
                    Some(until) => Expected::Lines { until, matching },
                    None => return,
                }
            }
            Expectation::Rest(matching) => Expected::Rest(self.pattern(matching.as_ref())),
            Expectation::Eof => Expected::Eof,
            Expectation::CleanEof => Expected::CleanEof,
            Expectation::Reset => Expected::Reset,
            Expectation::Closed => Expected::Closed,
            Expectation::Silence(duration) => Expected::Silence(*duration),
        };
        let action = Action::Expect { what, within: expect.within };
        self.step(connection, span, action, ops);
    }

    fn include(&mut self, path: &Spanned<String>, ops: &mut Vec<Op>) {
        let place = self.place(path.span);
        if let Some((source, lines)) = self.included.get(&place).cloned() {
            return self.lines_of(source, &lines, ops);
        }
        if self.including.len() > INCLUDES {
            return self.error(path.span, Kind::IncludedTooDeep);
        }
        let by = Arc::clone(&self.sources[place.source]);
        let ReadFile { name, bytes } = match self.files.read(&by.name, &path.value) {
            Ok(file) => file,
            Err(error) => return self.error(path.span, Kind::Unreadable(error)),
        };
        if self.including.iter().any(|&index| self.sources[index].name == name) {
            return self.error(path.span, Kind::IncludeCycle(name));
        }
        let inclusion = Some(Inclusion { by, span: path.span });
        let parsed = crate::script::decode(&name, bytes, inclusion)
            .and_then(|source| parser::parse(&source).map(|lines| (source, lines)));
        match parsed {
            Err(errors) => self.errors.extend(errors),
            Ok((source, lines)) => {
                self.declare_ports(&lines);
                let (index, lines) = (self.sources.len(), Rc::from(lines));
                self.sources.push(source);
                self.included.insert(place, (index, Rc::clone(&lines)));
                self.lines_of(index, &lines, ops);
            }
        }
    }

    /// The statements of an included file.
    fn lines_of(&mut self, source: usize, lines: &[Line], ops: &mut Vec<Op>) {
        self.including.push(source);
        self.lines(lines, ops);
        self.including.pop();
    }
}
