//! One client from its first byte to its last.

use std::io::{ErrorKind, Read};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::connection::{ConnectionError, Observer, Over, talk};
use super::seat::Seat;
use super::{ConnectionEnd, ProtocolServer, ServerEvent, make_reset};
use crate::protocol::{Flow, Protocol};

/// After how much silence the large buffers of a client are freed.
pub const REST: Duration = Duration::from_secs(1);

/// How long the bytes that a client still sends after its last answer are discarded; up to twice as
/// long if it keeps on sending. There is no limit in bytes, since a fast sender may read slowly.
const LINGER: Duration = Duration::from_secs(2);

/// A connection while it is served. Its end is reported when it is dropped.
struct Session<'s> {
    server: &'s ProtocolServer,
    stream: &'s TcpStream,
    peer: SocketAddr,
    since: Instant,
    /// Since when the client is silent, if the protocol is to be woken.
    timed_since: Option<Instant>,
    heard: u64,
    told: u64,
    ending: ConnectionEnd,
}

/// The shortest limit of a read.
const LEAST: Duration = Duration::from_millis(1);

/// Serves a client.
pub(super) fn attend(
    seat: &Seat,
    stream: &TcpStream,
    peer: SocketAddr,
    mut protocol: impl Protocol,
) {
    let server = &*seat.server;
    server.tell(&ServerEvent::Opened { peer });
    // Every normal exit overwrites this; only a panic does not.
    let (since, ending) = (Instant::now(), ConnectionEnd::Panicked);
    let mut session =
        Session { server, stream, peer, since, timed_since: None, heard: 0, told: 0, ending };
    let result = server.limits.complete(stream).map_err(ConnectionError::Reading);
    let result = result.and_then(|()| talk(&mut protocol, stream, stream, &mut session));
    session.ending =
        if server.has_cut() { ConnectionEnd::Stopped } else { ConnectionEnd::of(&result) };
    match result {
        // Nothing can come after the client's FIN, so the connection can be closed at once.
        Ok(Over { at_end: true, .. }) => {}
        Ok(Over { flow: Flow::Quit | Flow::Close | Flow::Continue, .. }) => {
            seat.is_leaving();
            see_off(stream);
        }
        // After a FIN the system would keep the unread answer, and offer it, long after the close.
        Err(_) if session.ending == ConnectionEnd::NotReading => make_reset(stream),
        Err(_) => {}
    }
}

/// Ends a connection whose client may still be sending: a FIN follows the answer, then what comes
/// is discarded for a bounded time, so that no RST overtakes the answer. (It is not inlined, since
/// every connection would pay for its stack frame then.)
#[inline(never)]
fn see_off(mut stream: &TcpStream) {
    let deadline = Instant::now() + LINGER;
    let mut waste = [0; 4096];
    // If one of these fails, the client has gone.
    if stream.shutdown(Shutdown::Write).is_err() || stream.set_read_timeout(Some(LINGER)).is_err() {
        return;
    }
    while Instant::now() < deadline {
        match stream.read(&mut waste) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

impl Observer for Session<'_> {
    fn heard(&mut self, bytes: &[u8]) {
        if self.timed_since.is_some() {
            self.timed_since = Some(Instant::now());
        }
        self.heard += bytes.len() as u64;
        self.server.tell(&ServerEvent::Heard { peer: self.peer, bytes });
    }

    fn told(&mut self, bytes: &[u8]) {
        self.told += bytes.len() as u64;
        self.server.tell(&ServerEvent::Told { peer: self.peer, bytes });
    }

    fn watch_silence(&mut self, watched: bool) -> bool {
        let idle = self.server.limits.idle;
        if idle.is_some_and(|idle| idle <= REST) {
            return false;
        }
        let timeout = if watched { Some(REST) } else { idle };
        let is_set = self.stream.set_read_timeout(timeout).is_ok();
        // If it can't be changed, it stays as it was.
        is_set == watched
    }

    fn wait_at_most(&mut self, timeout: Option<Duration>) -> bool {
        let idle = self.server.limits.idle;
        let Some(timeout) = timeout else {
            self.timed_since = None;
            // If it can't be changed, it stays as it was: too short.
            return self.stream.set_read_timeout(idle).is_err();
        };
        let since = *self.timed_since.get_or_insert_with(Instant::now);
        let idle = idle.map(|idle| idle.saturating_sub(since.elapsed()).max(LEAST));
        // Who is silent for too long is cut off, whatever the protocol waits for.
        let limit = idle.map_or(timeout, |idle| idle.min(timeout));
        self.stream.set_read_timeout(Some(limit)).is_ok() && limit == timeout
    }

    fn is_cut_off(&self) -> bool {
        self.server.has_cut()
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        let &mut Self { peer, heard, told, ending, .. } = self;
        let lasted = self.since.elapsed();
        self.server.tell(&ServerEvent::Closed { peer, heard, told, lasted, ending });
    }
}
