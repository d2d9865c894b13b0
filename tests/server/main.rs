//! The server over loopback: each of its limits, how it ends, and datagrams.

#![allow(clippy::unwrap_used)]

mod endings;
mod limits;
mod stop;
mod timers;
mod udp;

use std::fmt::Display;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use recut::shell::server::{ConnectionEnd, ProtocolServer, ServerEvent, ServerLimits};
use recut::{Echo, Protocol};

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Short enough to wait for.
const SOON: Duration = Duration::from_millis(100);

/// A server on a free port, and what it tells.
struct Served {
    server: Arc<ProtocolServer>,
    address: SocketAddr,
    told: Receiver<Told>,
}

/// What of an event can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Opened,
    Closed { heard: u64, told: u64, ending: ConnectionEnd },
    Full(usize),
    CannotAccept,
    NoThread,
}

impl Served {
    fn echo(limits: ServerLimits) -> Self {
        Self::start(limits, Echo::default)
    }

    fn start<P: Protocol + Send + 'static>(limits: ServerLimits, connect: fn() -> P) -> Self {
        let (sender, told) = channel();
        let server = ProtocolServer::new(limits).telling(move |event| {
            let _ = match *event {
                ServerEvent::Opened { .. } => sender.send(Told::Opened),
                ServerEvent::Closed { heard, told, ending, .. } => {
                    sender.send(Told::Closed { heard, told, ending })
                }
                ServerEvent::Full { limit } => sender.send(Told::Full(limit)),
                ServerEvent::CannotAccept(_) => sender.send(Told::CannotAccept),
                ServerEvent::NoThread(_) => sender.send(Told::NoThread),
                _ => Ok(()),
            };
        });
        let server = Arc::new(server);
        let listener = server.listen("127.0.0.1:0".parse().unwrap(), 128, true).unwrap();
        let address = listener.local_addr().unwrap();
        let accepting = Arc::clone(&server);
        thread::spawn(move || accepting.serve(listener, connect));
        Self { server, address, told }
    }

    fn client(&self) -> TcpStream {
        let client = TcpStream::connect(self.address).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        client.set_write_timeout(Some(PATIENCE)).unwrap();
        client
    }

    fn next(&self) -> Told {
        self.told.recv_timeout(PATIENCE).unwrap()
    }

    /// The next connection that ends: how much it said and was told, and why it ended.
    fn ended(&self) -> (u64, u64, ConnectionEnd) {
        loop {
            if let Told::Closed { heard, told, ending } = self.next() {
                return (heard, told, ending);
            }
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.stop(Duration::ZERO);
    }
}

/// Says a line, and reads it back.
fn ask(client: &mut TcpStream, line: impl Display) {
    let line = format!("{line}\n");
    client.write_all(line.as_bytes()).unwrap();
    let mut answer = vec![0; line.len()];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(answer, line.as_bytes());
}

/// Something that threads wait for.
#[derive(Default)]
struct Gate(Mutex<bool>, Condvar);

impl Gate {
    fn open(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_all();
    }

    fn pass(&self) {
        let (open, result) =
            self.1.wait_timeout_while(self.0.lock().unwrap(), PATIENCE, |open| !*open).unwrap();
        assert!(*open && !result.timed_out());
    }
}
