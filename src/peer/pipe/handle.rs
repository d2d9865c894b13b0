//! The end of a connection that a handler has.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::pipes::Pipes;

/// A connection in memory, as the handler of [`Target::blocking`](crate::Target::blocking) has it:
/// it reads and writes like a `TcpStream`.
///
/// One read never returns more than one segment. After the client's FIN a read returns 0; after
/// its reset it fails with `ConnectionReset`. If the client has closed, a write fails with
/// `BrokenPipe`.
///
/// A pipe closes when its last copy is dropped.
pub struct Pipe {
    pipes: Arc<Pipes>,
    id: u64,
    is_used: AtomicBool,
}

impl Pipe {
    /// The first handle of a connection that was opened just now.
    pub(in crate::peer) fn new(pipes: Arc<Pipes>, id: u64) -> Self {
        Self { pipes, id, is_used: AtomicBool::new(false) }
    }

    /// Another handle of the same connection: one to read from, in a
    /// [`BufReader`](std::io::BufReader), one to write to.
    ///
    /// # Errors
    ///
    /// None; the signature is that of `TcpStream`.
    pub fn try_clone(&self) -> io::Result<Self> {
        self.pipes.copy_handle(self.id);
        Ok(Self::new(Arc::clone(&self.pipes), self.id))
    }

    /// Ends reading, writing, or both, for all handles of the connection.
    ///
    /// # Errors
    ///
    /// None; the signature is that of `TcpStream`.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.pipes.shut_down(self.id, how);
        Ok(())
    }

    fn is_first_use(&self) -> bool {
        !self.is_used.swap(true, Ordering::Relaxed)
    }
}

impl Read for &Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.pipes.read(self.id, buffer, self.is_first_use())
    }
}

impl Write for &Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pipes.write(self.id, bytes, self.is_first_use())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipe").field("connection", &self.id).finish_non_exhaustive()
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.pipes.drop_handle(self.id, !*self.is_used.get_mut());
    }
}
