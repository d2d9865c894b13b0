//! Connection loops with one defect each, around the echo.

use std::io::{self, ErrorKind, Read, Write};

use recut::shell::server::converse;
use recut::testing::Wire;
use recut::{Echo, Flow, Protocol};

/// Goes round the whole loop when a signal comes in, answer and all.
pub(super) fn twice_after_interrupted(mut wire: &Wire<'_>) -> io::Result<Flow> {
    let (mut echo, mut reply, mut buffer) = (Echo::default(), Vec::new(), [0; 4096]);
    loop {
        match wire.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => wire.write_all(&reply)?,
            Err(error) => return Err(error),
            Ok(length) => {
                reply.clear();
                let flow = match length {
                    0 => echo.end(&mut reply),
                    _ => echo.receive(&buffer[..length], &mut reply),
                };
                wire.write_all(&reply)?;
                flush(wire)?;
                if flow != Flow::Continue {
                    return Ok(flow);
                }
            }
        }
    }
}

fn flush(mut wire: &Wire<'_>) -> io::Result<()> {
    loop {
        match wire.flush() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            flushed => return flushed,
        }
    }
}

/// A wire whose writes are not as they should be, and whose reads are right.
struct Through<'w, W> {
    wire: &'w Wire<'w>,
    write: W,
}

impl<W: FnMut(&Wire<'_>, &[u8]) -> io::Result<usize>> Write for Through<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.write)(self.wire, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut wire = self.wire;
        wire.flush()
    }
}

/// A wire that is never flushed.
struct Unflushed<'w>(&'w Wire<'w>);

impl Write for Unflushed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The answer waits in a buffer for the next one.
pub(super) fn answer_not_flushed(wire: &Wire<'_>) -> io::Result<Flow> {
    converse(Echo::default(), wire, Unflushed(wire))
}

/// A wire that is flushed before more is read from it.
struct FlushedBeforeReading<'w>(&'w Wire<'w>);

impl Read for FlushedBeforeReading<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        flush(self.0)?;
        self.0.read(buffer)
    }
}

/// What the last answer was stays in a buffer.
pub(super) fn last_answer_not_flushed(wire: &Wire<'_>) -> io::Result<Flow> {
    converse(Echo::default(), FlushedBeforeReading(wire), Unflushed(wire))
}

/// A wire on which one signal is borne with, and not two in a row.
struct Impatient<'w>(&'w Wire<'w>);

impl Read for Impatient<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let interrupted = |error: &io::Error| error.kind() == ErrorKind::Interrupted;
        match self.0.read(buffer) {
            Err(error) if interrupted(&error) => match self.0.read(buffer) {
                Err(error) if interrupted(&error) => Ok(0),
                result => result,
            },
            result => result,
        }
    }
}

/// Takes the second signal in a row for the end of the stream.
pub(super) fn second_signal_ends_it(wire: &Wire<'_>) -> io::Result<Flow> {
    converse(Echo::default(), Impatient(wire), wire)
}

/// Tells of an error by another one of its kind.
pub(super) fn error_made_anew(wire: &Wire<'_>) -> io::Result<Flow> {
    converse(Echo::default(), wire, wire).map_err(|error| error.kind().into())
}

/// `send` where it should be `sendall`.
pub(super) fn short_write_lost(wire: &Wire<'_>) -> io::Result<Flow> {
    let write = |mut wire: &Wire<'_>, bytes: &[u8]| match wire.write(bytes)? {
        0 => Ok(0),
        _ => Ok(bytes.len()),
    };
    converse(Echo::default(), wire, Through { wire, write })
}

/// A system call for each byte of the answer.
pub(super) fn writes_each_byte(wire: &Wire<'_>) -> io::Result<Flow> {
    let write = |mut wire: &Wire<'_>, bytes: &[u8]| wire.write(&bytes[..bytes.len().min(1)]);
    converse(Echo::default(), wire, Through { wire, write })
}

/// Whatever goes wrong is taken for the end of the stream.
pub(super) fn error_swallowed(wire: &Wire<'_>) -> io::Result<Flow> {
    Ok(converse(Echo::default(), wire, wire).unwrap_or(Flow::Close))
}

/// Looks for more once the client has said that there is none.
pub(super) fn reads_after_quit(mut wire: &Wire<'_>) -> io::Result<Flow> {
    let flow = converse(Echo::default(), wire, wire)?;
    let _ = wire.read(&mut [0; 16]);
    Ok(flow)
}
