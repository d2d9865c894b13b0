//! The loop of one connection, over any stream: read, ask the protocol, write.

use std::io::{self, ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use crate::protocol::{Flow, Protocol};

/// How many bytes a read asks for at first. Most clients never send more at a time, and a thousand
/// silent ones should cost little: this much fits into a page of the stack that is used anyway.
const FIRST: usize = 1024;

/// How many bytes a read asks for at most.
const MOST: usize = 128 * 1024;

/// By how much the buffer grows when a read has filled it.
const GROWTH: usize = 4;

/// The shortest time that a read waits, if the protocol is to be woken.
const LEAST: Duration = Duration::from_millis(1);

/// How many times as large as the buffer the reply's buffer may stay: ill-formed bytes triple in
/// size.
const REPLY: usize = 4;

/// Observes a connection; `()` observes nothing.
pub(super) trait Observer {
    /// These bytes were read from the client.
    fn heard(&mut self, bytes: &[u8]) {
        let _ = bytes;
    }

    /// These bytes were written to the client.
    fn told(&mut self, bytes: &[u8]) {
        let _ = bytes;
    }

    /// The buffers have grown, or are small again. Returns true if a read ends with `WouldBlock`
    /// after a while of silence from now on, so that large buffers can be freed.
    fn watch_silence(&mut self, watched: bool) -> bool {
        let _ = watched;
        false
    }

    /// Reads end with `WouldBlock` after that time from now on; without one, as before. Returns
    /// whether they do.
    fn wait_at_most(&mut self, timeout: Option<Duration>) -> bool {
        let _ = timeout;
        false
    }

    /// Whether our own side ends the connection.
    fn is_cut_off(&self) -> bool {
        false
    }
}

impl Observer for () {}

/// How a connection ended that had no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Over {
    pub(super) flow: Flow,
    /// Whether the client's FIN was read, so that nothing more can come.
    pub(super) at_end: bool,
}

/// What failed, reading or writing, and why.
#[derive(Debug)]
pub(super) enum ConnectionError {
    Reading(io::Error),
    Writing(io::Error),
}

impl From<ConnectionError> for io::Error {
    fn from(broken: ConnectionError) -> Self {
        match broken {
            ConnectionError::Reading(error) | ConnectionError::Writing(error) => error,
        }
    }
}

/// Drives a protocol over a byte stream until one side ends. Returns how it ended.
///
/// An interrupted operation is tried again, a short write is finished. After any other error, and
/// after [`Flow::Quit`] and [`Flow::Close`], nothing is read or written any more.
///
/// # Errors
///
/// The error of reading or writing, unchanged.
///
/// # Examples
///
/// ```
/// use recut::shell::server::converse;
/// use recut::{Echo, Flow};
///
/// let mut answer = Vec::new();
/// let flow = converse(Echo::default(), &b"hi\nq\nlost"[..], &mut answer).unwrap();
/// assert_eq!((answer.as_slice(), flow), (&b"hi\n"[..], Flow::Quit));
/// ```
pub fn converse(mut protocol: impl Protocol, from: impl Read, to: impl Write) -> io::Result<Flow> {
    Ok(talk(&mut protocol, from, to, &mut ())?.flow)
}

/// The same, with an observer.
pub(super) fn talk(
    protocol: &mut impl Protocol,
    mut from: impl Read,
    mut to: impl Write,
    observer: &mut impl Observer,
) -> Result<Over, ConnectionError> {
    let mut reply = Vec::new();
    let mut flow = protocol.open(&mut reply);
    tell(&mut to, &mut reply, observer)?;
    let mut small = [0; FIRST];
    // Empty as long as the small one is enough.
    let mut large = Vec::new();
    let mut is_watched = false;
    let mut timer = Timer::default();
    // A client that is cut off has not ended its stream, so the protocol is not told of an end.
    while flow == Flow::Continue && !observer.is_cut_off() {
        set_timer(protocol, &mut timer, observer);
        let buffer = if large.is_empty() { &mut small[..] } else { &mut large[..] };
        let length = match from.read(buffer) {
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) if is_over(&error) && timer.due.is_some() => {
                if timer.is_due() {
                    flow = protocol.wake(&mut reply);
                    tell(&mut to, &mut reply, observer)?;
                    timer.due = None;
                }
                continue;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock && is_watched => {
                (large, reply) = (Vec::new(), Vec::new());
                is_watched = observer.watch_silence(false);
                continue;
            }
            Err(error) => return Err(ConnectionError::Reading(error)),
        };
        if length == 0 {
            if observer.is_cut_off() {
                break;
            }
            let flow = protocol.end(&mut reply);
            tell(&mut to, &mut reply, observer)?;
            return Ok(Over { flow, at_end: true });
        }
        let Some(segment) = buffer.get(..length) else {
            let why = "a read gave more than was asked for";
            return Err(ConnectionError::Reading(io::Error::new(ErrorKind::InvalidData, why)));
        };
        observer.heard(segment);
        flow = protocol.receive(segment, &mut reply);
        timer.due = None;
        tell(&mut to, &mut reply, observer)?;
        if reply.capacity() > REPLY * buffer.len() {
            reply = Vec::new();
        }
        if length == buffer.len() && length < MOST {
            large = vec![0; MOST.min(length * GROWTH)];
            is_watched = is_watched || observer.watch_silence(true);
        }
    }
    Ok(Over { flow, at_end: false })
}

/// Limits the next read, so that the protocol is woken in time. `timer` says when that is, if it is
/// known already, and whether the last read was limited; it is asked anew after the protocol was
/// called. A protocol that wants no time costs nothing.
fn set_timer(protocol: &impl Protocol, timer: &mut Timer, observer: &mut impl Observer) {
    let timeout = if timer.due.is_none() { protocol.timeout() } else { None };
    if timer.due.is_none() && timeout.is_none() && !timer.is_limited {
        return;
    }
    let now = Instant::now();
    let due = timer.due.or_else(|| now.checked_add(timeout?));
    // A read needs some time, or it would have no limit.
    let left = due.map(|due| due.saturating_duration_since(now).max(LEAST));
    let is_kept = observer.wait_at_most(left);
    *timer = Timer { due: due.filter(|_| is_kept), is_limited: due.is_some() };
}

/// When a protocol is to be woken.
#[derive(Default)]
struct Timer {
    due: Option<Instant>,
    /// Whether the last read was limited for it.
    is_limited: bool,
}

impl Timer {
    /// Whether that time has come.
    fn is_due(&self) -> bool {
        self.due.is_some_and(|due| due <= Instant::now())
    }
}

/// Whether a read ended because its time was over.
fn is_over(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Writes a reply and empties it.
fn tell(
    to: &mut impl Write,
    reply: &mut Vec<u8>,
    observer: &mut impl Observer,
) -> Result<(), ConnectionError> {
    if reply.is_empty() {
        return Ok(());
    }
    let mut left = reply.as_slice();
    while !left.is_empty() {
        match to.write(left) {
            Ok(0) => return Err(ConnectionError::Writing(ErrorKind::WriteZero.into())),
            Ok(length) => {
                let (written, rest) = left.split_at_checked(length).unwrap_or((left, &[]));
                observer.told(written);
                left = rest;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(ConnectionError::Writing(error)),
        }
    }
    reply.clear();
    loop {
        match to.flush() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            flushed => return flushed.map_err(ConnectionError::Writing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Echo, respond};

    /// Gives one byte at a time, with an interruption before each.
    struct Haltingly<'a> {
        bytes: &'a [u8],
        interrupt: bool,
    }

    impl Read for Haltingly<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.interrupt = !self.interrupt;
            if self.interrupt {
                return Err(ErrorKind::Interrupted.into());
            }
            let length = self.bytes.len().min(1);
            buffer[..length].copy_from_slice(&self.bytes[..length]);
            self.bytes = &self.bytes[length..];
            Ok(length)
        }
    }

    #[test]
    fn short_reads_and_interruptions_change_nothing() {
        for stream in [&b"h\xc3\xa9llo\nq\nlost"[..], b"", b"\xff\xe2\x82", b"no newline q"] {
            let mut answer = Vec::new();
            let from = Haltingly { bytes: stream, interrupt: false };
            let flow = converse(Echo::default(), from, &mut answer).unwrap();
            assert_eq!((answer, flow == Flow::Quit), respond(stream));
        }
    }

    /// Says what it is given, an event a read; then it is silent for once, then it ends.
    struct Client {
        said: Vec<usize>,
        asked: Vec<usize>,
        silence: Option<ErrorKind>,
    }

    impl Read for &mut Client {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.asked.push(buffer.len());
            if let Some(length) = self.said.pop() {
                let length = length.min(buffer.len());
                buffer[..length].fill(b'x');
                return Ok(length);
            }
            self.silence.take().map_or(Ok(0), |kind| Err(kind.into()))
        }
    }

    #[derive(Default)]
    struct Watch {
        heard: usize,
        told: usize,
        watched: Vec<bool>,
    }

    impl Observer for Watch {
        fn heard(&mut self, bytes: &[u8]) {
            self.heard += bytes.len();
        }

        fn told(&mut self, bytes: &[u8]) {
            self.told += bytes.len();
        }

        fn watch_silence(&mut self, watched: bool) -> bool {
            self.watched.push(watched);
            watched
        }
    }

    #[test]
    fn the_buffer_grows_with_what_is_said_and_shrinks_when_it_is_silent() {
        let said = vec![7, MOST, MOST, MOST, MOST, MOST, 7];
        let mut client = Client { said, asked: Vec::new(), silence: Some(ErrorKind::WouldBlock) };
        let (mut watch, mut answer) = (Watch::default(), Vec::new());
        let over = talk(&mut Echo::default(), &mut client, &mut answer, &mut watch).unwrap();
        assert_eq!(over, Over { flow: Flow::Close, at_end: true });
        let grown = [1024, 1024, 4096, 16 * 1024, 64 * 1024, MOST, MOST, MOST, 1024];
        assert_eq!(client.asked, grown);
        assert_eq!(watch.watched, [true, false]);
        assert_eq!((watch.heard, watch.told), (answer.len(), answer.len()));
    }

    #[test]
    fn silence_that_nobody_asked_for_is_an_error() {
        for kind in [ErrorKind::WouldBlock, ErrorKind::TimedOut] {
            let said = vec![7, MOST];
            let mut client = Client { said, asked: Vec::new(), silence: Some(kind) };
            let error = converse(Echo::default(), &mut client, io::sink()).unwrap_err();
            assert_eq!((error.kind(), client.asked), (kind, vec![1024, 4096, 4096]));
        }
    }
}
