//! One client from its first byte to its last.

use std::io::{ErrorKind, Read};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::connection::{Around, Broken, Over, talk};
use super::seat::Seat;
use super::{Ending, Event, Server, make_reset};
use crate::protocol::{Flow, Protocol};

/// After how much silence a client's large buffers are given back.
pub const REST: Duration = Duration::from_secs(1);

/// For how long what a client still sends is thrown away once it has its answer; up to twice that
/// where it keeps on sending. Not up to some number of bytes: a fast sender may be slow to read.
const LINGER: Duration = Duration::from_secs(2);

/// A connection while it is served; its end is told when it is dropped.
struct Session<'s> {
    server: &'s Server,
    stream: &'s TcpStream,
    peer: SocketAddr,
    since: Instant,
    heard: u64,
    told: u64,
    ending: Ending,
}

/// Serves a client.
pub(super) fn attend(
    seat: &Seat,
    stream: &TcpStream,
    peer: SocketAddr,
    mut protocol: impl Protocol,
) {
    let server = &*seat.server;
    server.tell(&Event::Opened { peer });
    // What the end is unless something else is said: nothing but a panic passes that by.
    let (since, ending) = (Instant::now(), Ending::Panicked);
    let mut session = Session { server, stream, peer, since, heard: 0, told: 0, ending };
    let result = server.limits.complete(stream).map_err(Broken::Reading);
    let result = result.and_then(|()| talk(&mut protocol, stream, stream, &mut session));
    session.ending = if server.has_cut() { Ending::Stopped } else { Ending::of(&result) };
    match result {
        // Nothing can come behind the client's FIN: the close is ours.
        Ok(Over { at_end: true, .. }) => {}
        Ok(Over { flow: Flow::Quit | Flow::Close | Flow::Continue, .. }) => {
            seat.is_leaving();
            see_off(stream);
        }
        // What it does not read would be kept for it, and offered, long after the close.
        Err(_) if session.ending == Ending::NotReading => make_reset(stream),
        Err(_) => {}
    }
}

/// Ends a connection whose client may still be sending: a FIN behind the answer, then what comes
/// is thrown away for a bounded time, so that no RST overtakes the answer. (Not inlined: what it
/// needs of the stack would be taken for every connection.)
#[inline(never)]
fn see_off(mut stream: &TcpStream) {
    let deadline = Instant::now() + LINGER;
    let mut waste = [0; 4096];
    // Where one of these fails, the client is gone.
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

impl Around for Session<'_> {
    fn heard(&mut self, bytes: &[u8]) {
        self.heard += bytes.len() as u64;
        self.server.tell(&Event::Heard { peer: self.peer, bytes });
    }

    fn told(&mut self, bytes: &[u8]) {
        self.told += bytes.len() as u64;
        self.server.tell(&Event::Told { peer: self.peer, bytes });
    }

    fn watch_silence(&mut self, watched: bool) -> bool {
        let idle = self.server.limits.idle;
        if idle.is_some_and(|idle| idle <= REST) {
            return false;
        }
        let timeout = if watched { Some(REST) } else { idle };
        let is_set = self.stream.set_read_timeout(timeout).is_ok();
        // Where it can't be changed, it stays as it was.
        is_set == watched
    }

    fn is_cut_off(&self) -> bool {
        self.server.has_cut()
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        let &mut Self { peer, heard, told, ending, .. } = self;
        let lasted = self.since.elapsed();
        self.server.tell(&Event::Closed { peer, heard, told, lasted, ending });
    }
}
