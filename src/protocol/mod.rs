//! The server's side of one connection, without the network.
//!
//! [`Protocol`] is the seam of the whole crate. A server that implements it is played in memory,
//! where cuts are exact and nothing has to wait, and `crate::shell` serves it over TCP. This
//! module knows nothing of sockets, clocks and scripts.

mod echo;
pub mod every;
mod tutorial;
pub mod utf8;

use std::time::Duration;

pub(crate) use echo::quit_line;
pub use echo::{Echo, respond};
pub use tutorial::Tutorial;

/// What a server wants to happen to the connection after a call.
///
/// # Examples
///
/// ```
/// use recut::{Echo, Flow, Protocol};
///
/// let (mut echo, mut reply) = (Echo::default(), Vec::new());
/// assert_eq!(echo.receive(b"hi\n", &mut reply), Flow::Continue);
/// assert_eq!(echo.receive(b"q\n", &mut reply), Flow::Quit);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "whether the connection goes on"]
pub enum Flow {
    /// The connection goes on.
    Continue,
    /// The connection ends because the protocol says so (for the echo: a quit line). What was
    /// replied is sent.
    Quit,
    /// The connection ends because the server gives it up, or has nothing left to do after the
    /// client's FIN. What was replied is sent.
    Close,
}

/// The server's side of one connection, without the network (sans-IO).
///
/// # The contract
///
/// The caller keeps to these rules; recut asserts them.
///
/// 1. [`open`](Self::open) is called first, and once.
/// 2. [`receive`](Self::receive) is called with the bytes of the stream, in order; a segment is
///    never empty.
/// 3. [`end`](Self::end) is called at most once, when the client has sent its FIN, and no
///    `receive` follows it.
/// 4. Replies are only appended to: what is already in `reply` stays as it is.
/// 5. [`timeout`](Self::timeout) is asked after each call. If that much time passes without another
///    call, [`wake`](Self::wake) is called, and `timeout` is asked anew.
/// 6. Nothing is called after [`Flow::Quit`] or [`Flow::Close`].
///
/// One value serves one connection. What connections share belongs to the code that makes the
/// values.
///
/// # Examples
///
/// A server that answers each line with its length, however the stream is cut:
///
/// ```
/// use recut::{Flow, Protocol};
///
/// #[derive(Default)]
/// struct Lengths {
///     line: usize,
/// }
///
/// impl Protocol for Lengths {
///     fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
///         for byte in segment {
///             if *byte == b'\n' {
///                 reply.extend(format!("{}\n", self.line).bytes());
///                 self.line = 0;
///             } else {
///                 self.line += 1;
///             }
///         }
///         Flow::Continue
///     }
///
///     fn end(&mut self, _reply: &mut Vec<u8>) -> Flow {
///         Flow::Close
///     }
/// }
///
/// let (mut server, mut reply) = (Lengths::default(), Vec::new());
/// assert_eq!(server.open(&mut reply), Flow::Continue);
/// assert_eq!(server.receive(b"he", &mut reply), Flow::Continue);
/// assert_eq!(server.receive(b"llo\nyou", &mut reply), Flow::Continue);
/// assert_eq!(reply, b"5\n");
/// ```
pub trait Protocol {
    /// The connection is open: a server that speaks first appends its greeting.
    fn open(&mut self, reply: &mut Vec<u8>) -> Flow {
        let _ = reply;
        Flow::Continue
    }

    /// The next bytes of the client's stream; `segment` is never empty.
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow;

    /// The client's FIN: nothing more will be received.
    fn end(&mut self, reply: &mut Vec<u8>) -> Flow;

    /// How long from now the server wants to wait before it is [woken](Self::wake); none, as by
    /// default, if it waits for the client alone.
    ///
    /// Time is an input: a server without sockets has no clock either. In memory time is virtual
    /// and passes only while a play waits, so that nothing has to be waited for.
    fn timeout(&self) -> Option<Duration> {
        None
    }

    /// The time has come that [`timeout`](Self::timeout) spoke of, and nothing else has happened.
    fn wake(&mut self, reply: &mut Vec<u8>) -> Flow {
        let _ = reply;
        Flow::Continue
    }
}

impl<P: Protocol + ?Sized> Protocol for Box<P> {
    fn open(&mut self, reply: &mut Vec<u8>) -> Flow {
        (**self).open(reply)
    }

    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        (**self).receive(segment, reply)
    }

    fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
        (**self).end(reply)
    }

    fn timeout(&self) -> Option<Duration> {
        (**self).timeout()
    }

    fn wake(&mut self, reply: &mut Vec<u8>) -> Flow {
        (**self).wake(reply)
    }
}
