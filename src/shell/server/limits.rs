//! The limits of a server: how many connections, and how long each may wait.

use std::io;
use std::net::TcpStream;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

/// The longest time between keepalive probes that Linux takes.
const LONGEST_PROBE: Duration = Duration::from_secs(32_767);

/// The limits of a server. `None` means no limit.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use recut::shell::server::ServerLimits;
///
/// let limits = ServerLimits { idle: Some(Duration::from_secs(60)), ..ServerLimits::default() };
/// assert_eq!((limits.connections, limits.write), (10_000, Some(Duration::from_secs(30))));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// How many connections are served at once, at least 1; more wait until there is room. Each
    /// costs a thread and a descriptor. The default is 10,000.
    pub connections: usize,
    /// How long a client may be silent. The default is no limit, since a person may be thinking.
    ///
    /// A client that has just sent much, so that its buffer has grown, may get up to
    /// [a second](super::REST) more.
    pub idle: Option<Duration>,
    /// How long a client may read nothing of an answer that waits for it. The default is 30 s. The
    /// time begins again if a part was written, so that it may take twice as long.
    pub write: Option<Duration>,
    /// How long a host may answer neither data nor probes. The default is 60 s. Probes are sent
    /// after half of it, and the system counts them in whole seconds.
    ///
    /// The system also ends a connection whose client lets its window stay shut for so long: a
    /// shorter time than [`write`](Self::write) replaces that limit.
    pub dead_peer: Option<Duration>,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            idle: None,
            write: Some(Duration::from_secs(30)),
            dead_peer: Some(Duration::from_secs(60)),
        }
    }
}

impl ServerLimits {
    /// Sets the options of connections on their listening socket: on Linux they inherit them, so
    /// that a connection costs no further system calls. The idle time is left out, since it would
    /// end the wait for clients, too.
    pub(super) fn apply<'s>(&self, socket: impl Into<SockRef<'s>>) -> io::Result<()> {
        let socket = socket.into();
        socket.set_write_timeout(self.write)?;
        if let Some(dead) = self.dead_peer {
            socket.set_tcp_user_timeout(Some(dead))?;
            socket.set_tcp_keepalive(&keepalive(dead))?;
        }
        // Last: a connection that has it has the rest (see `complete`).
        socket.set_tcp_nodelay(true)
    }

    /// Sets the options that a connection did not inherit.
    pub(super) fn complete(&self, stream: &TcpStream) -> io::Result<()> {
        // Its listener may not have had the options when the client came.
        if !stream.nodelay()? {
            self.apply(stream)?;
        }
        if self.idle.is_some() { stream.set_read_timeout(self.idle) } else { Ok(()) }
    }
}

/// The first probe after half of the time, three more in the other half. The user time-out has the
/// last word on when to give up.
fn keepalive(dead: Duration) -> TcpKeepalive {
    let within = |time: Duration| time.clamp(Duration::from_secs(1), LONGEST_PROBE);
    TcpKeepalive::new().with_time(within(dead / 2)).with_interval(within(dead / 6)).with_retries(3)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn connected(listener: &TcpListener) -> (TcpStream, TcpStream) {
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (listener.accept().unwrap().0, client)
    }

    #[test]
    fn what_is_accepted_has_the_options_of_the_listener() {
        let second = Duration::from_secs(1);
        let limits = ServerLimits {
            connections: 1,
            idle: Some(7 * second),
            write: Some(8 * second),
            dead_peer: Some(12 * second),
        };
        let listener =
            super::super::listen::listen("127.0.0.1:0".parse().unwrap(), 5, true, |socket| {
                limits.apply(socket)
            });
        let (accepted, _client) = connected(&listener.unwrap());
        let socket = SockRef::from(&accepted);
        assert!(socket.tcp_nodelay().unwrap() && socket.keepalive().unwrap());
        assert_eq!(socket.read_timeout().unwrap(), None);
        limits.complete(&accepted).unwrap();
        assert_eq!(socket.read_timeout().unwrap(), limits.idle);
        assert_eq!(socket.write_timeout().unwrap(), limits.write);
        assert_eq!(socket.tcp_user_timeout().unwrap(), limits.dead_peer);
        assert_eq!(socket.tcp_keepalive_time().unwrap(), 6 * second);
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), 2 * second);
        assert_eq!(socket.tcp_keepalive_retries().unwrap(), 3);
    }

    #[test]
    fn a_connection_that_was_there_before_is_given_them() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (accepted, _client) = connected(&listener);
        assert!(!accepted.nodelay().unwrap());
        ServerLimits::default().complete(&accepted).unwrap();
        assert_eq!(
            SockRef::from(&accepted).write_timeout().unwrap(),
            ServerLimits::default().write
        );
    }

    #[test]
    fn no_time_is_too_short_or_too_long_for_the_system() {
        for dead in [Duration::from_millis(1), Duration::from_secs(24 * 60 * 60)] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let limits = ServerLimits { dead_peer: Some(dead), ..ServerLimits::default() };
            limits.apply(&listener).unwrap();
        }
    }
}
