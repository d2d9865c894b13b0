//! Sessions as a state machine: several clients of one server, each doing what it likes.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use recut::strategies::stream;
use recut::testing::decided;
use recut::{Echo, Flow, Protocol, respond};

/// What one client does.
#[derive(Clone, Debug)]
enum Step {
    Open,
    Send(usize, Vec<u8>),
    HalfClose(usize),
    Vanish(usize),
}

/// What a client has said; none where it has left.
type Clients = Vec<Option<Vec<u8>>>;

/// Whether a client that has said that has quit: nothing is sent behind it.
fn has_quit(said: &[u8]) -> bool {
    respond(&[said, b"x"].concat()).1
}

struct Sessions;

impl ReferenceStateMachine for Sessions {
    type State = Clients;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Clients> {
        Just(Vec::new()).boxed()
    }

    fn transitions(clients: &Clients) -> BoxedStrategy<Step> {
        let open: Vec<usize> =
            (0..clients.len()).filter(|client| clients[*client].is_some()).collect();
        if open.is_empty() {
            return Just(Step::Open).boxed();
        }
        let client = || prop::sample::select(open.clone());
        let words = prop_oneof![stream(), "(q|\r|\n|é|q\r\n|\nq\n)".prop_map(String::into_bytes)];
        prop_oneof![
            1 => Just(Step::Open),
            6 => (client(), words).prop_map(|(client, bytes)| Step::Send(client, bytes)),
            1 => client().prop_map(Step::HalfClose),
            1 => client().prop_map(Step::Vanish),
        ]
        .boxed()
    }

    fn apply(mut clients: Clients, step: &Step) -> Clients {
        match step {
            Step::Open => clients.push(Some(Vec::new())),
            Step::Send(client, bytes) => {
                if let Some(said) = &mut clients[*client] {
                    said.extend_from_slice(bytes);
                }
            }
            Step::HalfClose(client) | Step::Vanish(client) => clients[*client] = None,
        }
        clients
    }

    fn preconditions(clients: &Clients, step: &Step) -> bool {
        let is_there = |client: &usize| clients.get(*client).is_some_and(Option::is_some);
        match step {
            Step::Open => true,
            Step::Send(client, bytes) => {
                !bytes.is_empty()
                    && is_there(client)
                    && clients[*client].as_ref().is_some_and(|said| !has_quit(said))
            }
            Step::HalfClose(client) => {
                is_there(client) && clients[*client].as_ref().is_some_and(|said| !has_quit(said))
            }
            Step::Vanish(client) => is_there(client),
        }
    }
}

/// A server in memory, as its clients know it.
struct Server<S> {
    connect: S,
    connections: Vec<Connection>,
}

/// The server's side, what the client has said, and what it was answered.
type Connection = (Box<dyn Protocol>, Vec<u8>, Vec<u8>);

trait Start: Sized {
    fn start() -> Self;
    fn connect(&self) -> Box<dyn Protocol>;
}

impl<S: Start> StateMachineTest for Server<S> {
    type SystemUnderTest = Self;
    type Reference = Sessions;

    fn init_test(_clients: &Clients) -> Self {
        Self { connect: S::start(), connections: Vec::new() }
    }

    fn apply(mut server: Self, _clients: &Clients, step: Step) -> Self {
        match step {
            Step::Open => {
                let (mut core, mut reply) = (server.connect.connect(), Vec::new());
                assert_eq!(core.open(&mut reply), Flow::Continue);
                server.connections.push((core, Vec::new(), reply));
            }
            Step::Send(client, bytes) => {
                let (core, said, reply) = &mut server.connections[client];
                said.extend_from_slice(&bytes);
                let flow = core.receive(&bytes, reply);
                assert_eq!(*reply, decided(said), "after {said:x?}");
                assert_eq!(flow == Flow::Quit, has_quit(said), "after {said:x?}");
            }
            Step::HalfClose(client) => {
                let (core, said, reply) = &mut server.connections[client];
                let flow = core.end(reply);
                assert_eq!((reply.clone(), flow == Flow::Quit), respond(said));
            }
            Step::Vanish(client) => server.connections[client].0 = server.connect.connect(),
        }
        server
    }
}

/// recut's own echo.
struct Right;

impl Start for Right {
    fn start() -> Self {
        Self
    }

    fn connect(&self) -> Box<dyn Protocol> {
        Box::new(Echo::default())
    }
}

/// A server that keeps state from one connection to the next.
struct Shared(Rc<RefCell<Echo>>);

struct OnShared(Rc<RefCell<Echo>>);

impl Protocol for OnShared {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.0.borrow_mut().receive(segment, reply)
    }

    fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
        self.0.borrow_mut().end(reply)
    }
}

impl Start for Shared {
    fn start() -> Self {
        Self(Rc::default())
    }

    fn connect(&self) -> Box<dyn Protocol> {
        Box::new(OnShared(Rc::clone(&self.0)))
    }
}

/// Runs the machine; the steps that are left of a failure once they are few.
fn run<S: Start>() -> Result<(), Vec<Step>> {
    let config = Config { failure_persistence: None, ..Config::default() };
    // How small a failure becomes must not be a matter of luck.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let strategy = Sessions::sequential_strategy(1..30);
    let result = runner.run(&strategy, |(clients, steps, seen)| {
        let test = || Server::<S>::test_sequential(Config::default(), clients, steps, seen);
        catch_unwind(AssertUnwindSafe(test))
            .map_err(|_| TestCaseError::fail("a client was not served as it should be"))
    });
    match result {
        Ok(()) => Ok(()),
        Err(proptest::test_runner::TestError::Fail(_, (_, steps, _))) => Err(steps),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn each_client_is_served_as_if_it_were_alone() {
    if let Err(steps) = run::<Right>() {
        panic!("{steps:#?}");
    }
}

#[test]
fn state_that_is_kept_is_found_and_made_small() {
    let steps = run::<Shared>().unwrap_err();
    // A client that is opened stays, since the steps behind it name clients by their number.
    let acts = steps.iter().filter(|step| !matches!(step, Step::Open)).count();
    assert!((2..=4).contains(&acts), "{steps:#?}");
}
