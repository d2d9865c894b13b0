//! A server around any [`Protocol`]: accepts, and gives each connection a thread.
//!
//! [`serve`] is all that a test needs. [`ProtocolServer`] has limits, reports what happens, and can
//! be stopped.

mod accept;
mod alarm;
mod connection;
mod ending;
mod event;
mod limits;
mod listen;
mod seat;
mod session;
mod stop;
pub mod udp;

use std::collections::HashMap;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use socket2::SockRef;

pub use connection::converse;
pub use ending::ConnectionEnd;
pub use event::ServerEvent;
pub use limits::ServerLimits;
pub use listen::bind;
pub use session::REST;

use crate::protocol::Protocol;
use alarm::Alarm;

/// The stack of a connection's thread, in bytes. Only what is touched of it costs memory.
pub(super) const STACK: usize = 128 * 1024;

/// How long to wait when the system has no descriptor or thread left.
pub(super) const BREATH: Duration = Duration::from_millis(50);

/// Accepts for ever, with the default [`ServerLimits`]; `connect` makes the server's side of each
/// connection.
pub fn serve<P, C>(listener: &TcpListener, connect: C)
where
    P: Protocol + Send + 'static,
    C: Fn() -> P,
{
    Arc::new(ProtocolServer::new(ServerLimits::default())).accept(listener, connect);
}

/// A server with limits, which can be stopped.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::{Shutdown, TcpStream};
/// use std::sync::{Arc, mpsc};
/// use std::time::Duration;
///
/// use recut::Echo;
/// use recut::shell::server::{ConnectionEnd, ServerEvent, ServerLimits, ProtocolServer};
///
/// let (sender, endings) = mpsc::channel();
/// let server = ProtocolServer::new(ServerLimits::default()).telling(move |event| {
///     if let ServerEvent::Closed { ending, .. } = event {
///         let _ = sender.send(*ending);
///     }
/// });
/// let server = Arc::new(server);
/// let listener = server.listen("127.0.0.1:0".parse().unwrap(), 5, true).unwrap();
/// let address = listener.local_addr().unwrap();
/// let accepting = std::thread::spawn({
///     let server = Arc::clone(&server);
///     move || server.serve(listener, Echo::default)
/// });
///
/// let (mut client, mut answer) = (TcpStream::connect(address).unwrap(), String::new());
/// client.write_all(b"hi\n").unwrap();
/// client.shutdown(Shutdown::Write).unwrap();
/// client.read_to_string(&mut answer).unwrap();
/// assert_eq!((answer.as_str(), endings.recv().unwrap()), ("hi\n", ConnectionEnd::EndOfStream));
///
/// assert_eq!(server.stop(Duration::from_secs(1)), 0);
/// accepting.join().unwrap();
/// ```
pub struct ProtocolServer {
    limits: ServerLimits,
    tell: Option<Tell>,
    state: Mutex<ServerState>,
    /// Notified when a client leaves, or when the server stops.
    left: Condvar,
    /// Whether the remaining clients were cut off.
    has_cut: AtomicBool,
}

type Tell = Box<dyn Fn(&ServerEvent<'_>) + Send + Sync>;

/// What the threads of a server share.
#[derive(Default)]
struct ServerState {
    listeners: Vec<Arc<TcpListener>>,
    open: HashMap<u64, Weak<TcpStream>>,
    /// The name of the next connection.
    next: u64,
    is_stopping: bool,
    /// How many threads wait for a client to leave.
    waiting: usize,
    full: Alarm,
    no_client: Alarm,
    no_thread: Alarm,
}

impl ProtocolServer {
    /// A server that reports its events to nobody.
    pub fn new(limits: ServerLimits) -> Self {
        let (state, left, has_cut) = <(Mutex<ServerState>, Condvar, AtomicBool)>::default();
        Self { limits, tell: None, state, left, has_cut }
    }

    /// Reports what happens to `tell`, from the threads of the connections.
    #[must_use]
    pub fn telling(mut self, tell: impl Fn(&ServerEvent<'_>) + Send + Sync + 'static) -> Self {
        self.tell = Some(Box::new(tell));
        self
    }

    /// Listens at an address, as [`bind`] does; clients get the limits of this server from the
    /// start.
    ///
    /// # Errors
    ///
    /// The address is in use, is not one of this machine, or needs a privilege.
    pub fn listen(
        &self,
        address: SocketAddr,
        backlog: i32,
        reuse: bool,
    ) -> io::Result<TcpListener> {
        listen::listen(address, backlog, reuse, |socket| self.limits.apply(socket))
    }

    fn tell(&self, event: &ServerEvent<'_>) {
        if let Some(tell) = &self.tell {
            tell(event);
        }
    }

    fn lock(&self) -> MutexGuard<'_, ServerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a client has left, for a time of `at_most`.
    fn wait<'s>(
        &self,
        mut state: MutexGuard<'s, ServerState>,
        at_most: Option<Duration>,
    ) -> MutexGuard<'s, ServerState> {
        state.waiting += 1;
        let mut state = match at_most {
            None => self.left.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some(time) => {
                self.left.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
            }
        };
        state.waiting -= 1;
        state
    }

    fn has_cut(&self) -> bool {
        self.has_cut.load(Ordering::Acquire)
    }
}

impl fmt::Debug for ProtocolServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtocolServer").field("limits", &self.limits).finish_non_exhaustive()
    }
}

pub(super) fn is_momentary(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted)
}

/// Makes the socket send a RST when its last handle is dropped.
pub(super) fn make_reset<'s>(stream: impl Into<SockRef<'s>>) {
    // If the option can't be set, the close sends a FIN, which is the best that is left.
    let _ = stream.into().set_linger(Some(Duration::ZERO));
}
