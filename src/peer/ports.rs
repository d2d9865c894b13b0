//! The ports on which a play listens.

use std::collections::HashSet;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::SockRef;

use crate::wire::Stream;

/// How often the system is asked for a port that was not used yet, before the used ones are
/// forgotten.
const TRIES: usize = 64;

/// The most connections that nobody has listened for and that are counted.
const COUNTED: usize = 1000;

/// Ports that were used: a client that is late must not come to the play after its own.
#[derive(Default)]
pub(super) struct UsedPorts(Mutex<HashSet<u16>>);

impl UsedPorts {
    /// A listener on a port that was not used yet, as long as there are such.
    fn listener(&self) -> io::Result<(TcpListener, u16)> {
        let mut refused = Vec::new();
        for _ in 0..TRIES {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            let port = listener.local_addr()?.port();
            if self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(port) {
                return Ok((listener, port));
            }
            // Kept until the end: the system would give it out again.
            refused.push((listener, port));
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
        refused.pop().ok_or_else(|| ErrorKind::AddrNotAvailable.into())
    }
}

/// The listeners of a play, or of a server that stands between.
pub(super) struct Ports {
    all: Vec<ListenedPort>,
}

struct ListenedPort {
    /// Empty is the common one.
    name: String,
    number: u16,
    /// None once whoever connects is to be refused.
    listener: Option<TcpListener>,
}

impl Ports {
    /// Listens on a port for each of these names.
    ///
    /// # Errors
    ///
    /// If the system has no port left.
    pub(super) fn open(names: &[&str], used: &UsedPorts) -> io::Result<Self> {
        let open = |name: &&str| {
            let (listener, number) = used.listener()?;
            listener.set_nonblocking(true)?;
            Ok(ListenedPort { name: (*name).to_owned(), number, listener: Some(listener) })
        };
        names.iter().map(open).collect::<io::Result<_>>().map(|all| Self { all })
    }

    /// Whether they have these names, in this order.
    pub(super) fn have(&self, names: &[&str]) -> bool {
        self.all.iter().map(|port| port.name.as_str()).eq(names.iter().copied())
    }

    /// The number of the port with that index.
    pub(super) fn number(&self, index: usize) -> u16 {
        self.all.get(index).map_or(0, |port| port.number)
    }

    /// The number of the common port; of the first one if there is none.
    pub(super) fn common(&self) -> u16 {
        let common = self.all.iter().position(|port| port.name.is_empty());
        self.number(common.unwrap_or(0))
    }

    /// A word of a command, its places filled in.
    pub(super) fn fill(&self, word: &str) -> String {
        let named = self.all.iter().filter(|port| !port.name.is_empty());
        named.fold(word.to_owned(), |word, port| {
            word.replace(&format!("{{{}}}", port.name), &port.number.to_string())
        })
    }

    /// The variables that tell a command of them.
    pub(super) fn variables(&self) -> Vec<(String, String)> {
        let named = self.all.iter().filter(|port| !port.name.is_empty());
        let variable = |port: &ListenedPort| {
            (format!("PORT_{}", port.name.to_uppercase()), port.number.to_string())
        };
        named.map(variable).collect()
    }

    /// The line that tells a driver of them: `127.0.0.1:PORT [NAME=PORT…]`.
    pub(super) fn line(&self) -> String {
        let named = self.all.iter().filter(|port| !port.name.is_empty());
        let named: String = named.map(|port| format!(" {}={}", port.name, port.number)).collect();
        format!("127.0.0.1:{}{named}\n", self.common())
    }

    /// Waits for a connection on the port with that index, at most so long.
    ///
    /// # Errors
    ///
    /// If the system can't accept it.
    pub(super) fn accept(&self, index: usize, wait: Duration) -> io::Result<Option<Stream>> {
        let listener = self.all.get(index).and_then(|port| port.listener.as_ref());
        let Some(listener) = listener else { return Ok(None) };
        let wait = Timespec::try_from(wait).ok();
        let _ = poll(&mut [PollFd::new(listener, PollFlags::IN)], wait.as_ref());
        match accepted(listener)? {
            Some(stream) => Stream::tcp(stream).map(Some),
            None => Ok(None),
        }
    }

    /// Resets the connections that nobody has listened for; how many there were.
    pub(super) fn clear(&self) -> usize {
        let mut cleared = 0;
        for listener in self.all.iter().filter_map(|port| port.listener.as_ref()) {
            while cleared < COUNTED
                && let Ok(Some(stream)) = accepted(listener)
            {
                // If it fails, the close is a FIN, unless bytes are unread.
                let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
                cleared += 1;
            }
        }
        cleared
    }

    /// Refuses whoever connects from now on.
    pub(super) fn refuse(&mut self) {
        self.clear();
        self.all.iter_mut().for_each(|port| port.listener = None);
    }

    /// Listens again after a refusal, where nobody else has taken the port.
    pub(super) fn listen_again(&mut self) {
        for port in self.all.iter_mut().filter(|port| port.listener.is_none()) {
            // The option to reuse an address is set, so that ended connections do not matter.
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.number));
            port.listener = listener.and_then(|it| it.set_nonblocking(true).map(|()| it)).ok();
        }
    }
}

/// A connection that waits to be accepted; one that has gone again meanwhile does not count.
fn accepted(listener: &TcpListener) -> io::Result<Option<TcpStream>> {
    loop {
        match listener.accept() {
            Ok((stream, _)) => return Ok(Some(stream)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => match error.kind() {
                ErrorKind::Interrupted | ErrorKind::ConnectionAborted => {}
                _ => return Err(error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn ports_are_told_by_places_variables_and_a_line() {
        let ports = Ports::open(&["", "db"], &UsedPorts::default()).unwrap();
        let (common, db) = (ports.number(0), ports.number(1));
        assert!(common != db && ports.common() == common);
        assert_eq!(ports.fill("--db={db} {port} {other}"), format!("--db={db} {{port}} {{other}}"));
        assert_eq!(ports.variables(), [("PORT_DB".to_owned(), db.to_string())]);
        assert_eq!(ports.line(), format!("127.0.0.1:{common} db={db}\n"));
        assert!(ports.have(&["", "db"]) && !ports.have(&["db", ""]));
    }

    #[test]
    fn no_port_is_used_twice_as_long_as_there_are_others() {
        let used = UsedPorts::default();
        let ports: Vec<_> = (0..200).map(|_| Ports::open(&[""], &used).unwrap().common()).collect();
        assert_eq!(ports.iter().collect::<HashSet<_>>().len(), 200);
    }

    #[test]
    fn who_comes_unasked_is_reset_and_who_comes_too_late_is_refused() {
        let mut ports = Ports::open(&[""], &UsedPorts::default()).unwrap();
        let connect = |ports: &Ports| TcpStream::connect((Ipv4Addr::LOCALHOST, ports.common()));
        let mut one = connect(&ports).unwrap();
        let _two = connect(&ports).unwrap();
        assert_eq!(ports.clear(), 2);
        assert_eq!(one.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
        ports.refuse();
        assert_eq!(connect(&ports).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        ports.listen_again();
        let _three = connect(&ports).unwrap();
        assert!(ports.accept(0, Duration::from_secs(20)).unwrap().is_some());
    }
}
