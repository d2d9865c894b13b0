//! The end of a connection that a task has.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::pipe::TaskPipe;
use crate::peer::pipe::Given;

/// A connection in memory, as the handler of [`Target::tokio`](crate::Target::tokio) has it: it
/// reads and writes like a `TcpStream` of tokio, and `tokio::io::split` halves it.
///
/// One read never returns more than one segment. After the client's FIN a read returns 0; after
/// its reset it fails with `ConnectionReset`. If the client has closed, a write fails with
/// `BrokenPipe`.
pub struct AsyncPipe {
    pipe: Arc<TaskPipe>,
}

impl AsyncPipe {
    pub(super) fn new(pipe: Arc<TaskPipe>) -> Self {
        Self { pipe }
    }
}

impl AsyncRead for AsyncPipe {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let mut state = self.pipe.lock();
        match state.duct.give(buffer.initialize_unfilled()) {
            Given::Bytes(count) => {
                buffer.advance(count);
                Poll::Ready(Ok(()))
            }
            // It would go on for ever without waiting for anything.
            Given::End(_) if state.duct.refuse() => Poll::Pending,
            Given::End(end) => Poll::Ready(end.map_or(Ok(()), |error| Err(error.into()))),
            Given::Nothing => state.wait_to_read(context),
        }
    }
}

impl AsyncWrite for AsyncPipe {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.pipe.lock();
        match state.duct.write_error() {
            Some(_) if state.duct.refuse() => return Poll::Pending,
            Some(error) => return Poll::Ready(Err(error.into())),
            None => {}
        }
        let count = state.duct.accept(bytes);
        if count == 0 && !bytes.is_empty() {
            return state.wait_to_write(context);
        }
        drop(state);
        self.pipe.tell(|_| {});
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pipe.tell(|state| state.duct.is_mute = true);
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for AsyncPipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncPipe").finish_non_exhaustive()
    }
}

impl Drop for AsyncPipe {
    fn drop(&mut self) {
        self.pipe.tell(|state| {
            state.is_dropped = true;
            if thread::panicking() {
                // Its message comes later, if it is the handler's own task.
                let message = "a task that had the connection panicked".to_owned();
                state.crash.get_or_insert(message);
            }
        });
    }
}
