//! A relay between clients and a server, which records what both say.
//!
//! Each event is recorded before it is passed on: otherwise the answer that it causes, perhaps on
//! another connection, could be recorded before it, and the script would expect an answer to what
//! it has not sent yet.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Builder};
use std::time::Duration;

use socket2::Socket;

use super::place::{Entrance, ServerPlace};
use super::server::{BREATH, STACK, is_momentary, make_reset};
use crate::script::{Carried, Side, Stored};

/// How many clients are served at once; more wait until they are accepted.
pub const CLIENTS: usize = 256;

/// How much is read at once, in bytes.
const READ: usize = 16 * 1024;

/// How long a write may block before the relay looks whether the connection is over.
const WRITE_SLICE: Duration = Duration::from_millis(100);

/// What a relay tells while it works.
#[derive(Debug)]
pub enum Notice {
    /// A connection has ended.
    Ended,
    /// A client was turned away: the server can't be reached, or there is no thread left.
    Refused(io::Error),
    /// The recording is full: what this connection still says is passed on, not recorded.
    Full,
}

/// A relay to a server.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
/// use std::sync::{Arc, mpsc};
///
/// use recut::shell::{record::{Notice, Relay}, server};
///
/// let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
/// let (echo, entrance) = (listen(), listen());
/// let (there, here) = (echo.local_addr().unwrap(), entrance.local_addr().unwrap());
/// std::thread::spawn(move || server::serve(&echo, recut::Echo::default));
///
/// let (sender, notices) = mpsc::channel();
/// let relay = Arc::new(Relay::new(vec![there].into(), move |notice| drop(sender.send(notice))));
/// let accept = { let relay = Arc::clone(&relay); move || relay.accept(&entrance.into()) };
/// std::thread::spawn(accept);
/// let mut client = TcpStream::connect(here).unwrap();
/// client.write_all(b"hi\n").unwrap();
/// client.shutdown(Shutdown::Write).unwrap();
/// client.read_to_end(&mut Vec::new()).unwrap();
///
/// assert!(matches!(notices.recv().unwrap(), Notice::Ended));
/// let script = relay.carried().to_script("here", "there").to_string();
/// assert!(script.contains("> \"hi\\n\"\n"), "{script}");
/// ```
pub struct Relay {
    to: ServerPlace,
    carried: Mutex<Carried>,
    tell: Box<dyn Fn(Notice) + Send + Sync>,
    /// How many clients are served now.
    served: Mutex<usize>,
    left: Condvar,
}

/// A connection through the relay.
struct Passage {
    id: usize,
    client: Socket,
    server: Socket,
    /// Whether the server's FIN was passed on, and the client's.
    client_told: AtomicBool,
    server_told: AtomicBool,
    /// Whether one side has reset it.
    over: AtomicBool,
}

impl Relay {
    /// A relay to a server, which may have several addresses; `tell` hears what happens, from the
    /// threads of the connections.
    pub fn new(to: ServerPlace, tell: impl Fn(Notice) + Send + Sync + 'static) -> Self {
        Self {
            to,
            carried: Mutex::default(),
            tell: Box::new(tell),
            served: Mutex::default(),
            left: Condvar::new(),
        }
    }

    /// What the relay has carried so far.
    pub fn carried(&self) -> Carried {
        self.lock().clone()
    }

    /// Accepts for ever, a thread a direction of each connection; several may accept at once.
    pub fn accept(self: &Arc<Self>, entrance: &Entrance) {
        loop {
            let slot = Slot::take(self);
            let client = match entrance.accept() {
                Ok(client) => client,
                Err(error) if is_momentary(&error) => continue,
                Err(_) => {
                    thread::sleep(BREATH);
                    continue;
                }
            };
            let carry = move || slot.0.carry(client);
            if let Err(error) = Builder::new().stack_size(STACK).spawn(carry) {
                (self.tell)(Notice::Refused(error));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Carried> {
        self.carried.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One connection from its first byte to its last.
    fn carry(&self, client: Socket) {
        // Before it is opened: the server may tell others that somebody came.
        let id = self.lock().opens();
        let server = match self.to.reach() {
            Ok(server) => server,
            Err(error) => {
                self.turn_away(id, error);
                return make_reset(&client);
            }
        };
        for stream in [&client, &server] {
            // It fails if the connection is gone already, which reading will show, and for Unix
            // sockets, which hold nothing back.
            let _ = stream.set_tcp_nodelay(true);
            let _ = stream.set_write_timeout(Some(WRITE_SLICE));
        }
        let [client_told, server_told, over] = [(); 3].map(|()| AtomicBool::new(false));
        let carried = Passage { id, client, server, client_told, server_told, over };
        let spawned = thread::scope(|scope| {
            let answers = || self.pump(&carried, Side::Server);
            let spawned = Builder::new().stack_size(STACK).spawn_scoped(scope, answers);
            spawned.map(|_| self.pump(&carried, Side::Client))
        });
        if let Err(error) = spawned {
            self.turn_away(id, error);
            make_reset(&carried.client);
            return make_reset(&carried.server);
        }
        drop(carried);
        (self.tell)(Notice::Ended);
    }

    /// A client can't be served; it is reset after this.
    fn turn_away(&self, id: usize, error: io::Error) {
        self.lock().forget(id);
        (self.tell)(Notice::Refused(error));
    }

    /// Passes on what one side says until it ends.
    fn pump(&self, carried: &Passage, side: Side) {
        let (mut from, to) = (carried.stream(side), carried.stream(other(side)));
        let mut buffer = [0; READ];
        loop {
            let read = from.read(&mut buffer);
            if carried.over.load(Ordering::Acquire) {
                return;
            }
            match read {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(0) if !carried.is_gone(side) => {
                    self.lock().ends(carried.id, side);
                    carried.told(other(side)).store(true, Ordering::Release);
                    // It fails if the other side is gone, which reading there will show.
                    let _ = to.shutdown(Shutdown::Write);
                    return;
                }
                Ok(0) | Err(_) => return self.reset(carried, side),
                Ok(length) => {
                    let kept = self.lock().says(carried.id, side, &buffer[..length]);
                    if kept == Stored::Full {
                        (self.tell)(Notice::Full);
                    }
                    if pass_on(&buffer[..length], to, &carried.over).is_ok() {
                        continue;
                    }
                    // What a server said before it was gone is still on its way, and its end shows
                    // after it. A client that is gone reads nothing.
                    if side == Side::Server {
                        self.reset(carried, Side::Client);
                    }
                    return;
                }
            }
        }
    }

    /// A side has reset the connection: the other is told as soon as both pumps have stopped.
    fn reset(&self, carried: &Passage, side: Side) {
        if carried.over.swap(true, Ordering::AcqRel) {
            return;
        }
        self.lock().resets(carried.id, side);
        let to = carried.stream(other(side));
        make_reset(to);
        // It wakes the pump that reads there, and sends nothing.
        let _ = to.shutdown(Shutdown::Read);
    }
}

impl Passage {
    fn stream(&self, side: Side) -> &Socket {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    /// Whether the FIN of its peer was passed on to that side.
    fn told(&self, side: Side) -> &AtomicBool {
        match side {
            Side::Client => &self.client_told,
            Side::Server => &self.server_told,
        }
    }

    /// Whether what reads as an end is a reset: its error is told once, and a write may have taken
    /// it. A socket that has sent no FIN has a peer until it is reset.
    fn is_gone(&self, side: Side) -> bool {
        !self.told(side).load(Ordering::Acquire) && self.stream(side).peer_addr().is_err()
    }
}

fn other(side: Side) -> Side {
    match side {
        Side::Client => Side::Server,
        Side::Server => Side::Client,
    }
}

/// Writes all, unless the connection is over meanwhile.
fn pass_on(mut bytes: &[u8], mut to: &Socket, over: &AtomicBool) -> io::Result<()> {
    while !bytes.is_empty() {
        match to.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) => match error.kind() {
                ErrorKind::Interrupted => {}
                ErrorKind::WouldBlock | ErrorKind::TimedOut if !over.load(Ordering::Acquire) => {}
                _ => return Err(error),
            },
        }
    }
    Ok(())
}

/// A place among the clients that are served at once; given back when it is dropped.
struct Slot(Arc<Relay>);

impl Slot {
    /// Waits for one.
    fn take(relay: &Arc<Relay>) -> Self {
        let served = relay.served.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |served: &mut usize| *served >= CLIENTS;
        let served = relay.left.wait_while(served, full);
        *served.unwrap_or_else(PoisonError::into_inner) += 1;
        Self(Arc::clone(relay))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        *self.0.served.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.left.notify_one();
    }
}
