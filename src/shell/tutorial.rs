//! The beginner's server around the specimen, with the defects that can't be seen in memory.
//!
//! It serves one client at a time, ignores the FIN (it spins), does not set `SO_REUSEADDR`, and
//! writes the client's raw bytes to the log. All of this is on purpose: the harness exists to find
//! such defects.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use crate::protocol::{Flow, Protocol, Tutorial};

/// Serves one client after the other, for ever, and writes what they send to `log`.
pub fn serve(listener: &TcpListener, mut log: impl Write) {
    loop {
        if let Ok((stream, _)) = listener.accept() {
            attend(stream, &mut log);
        }
    }
}

fn attend(mut stream: TcpStream, log: &mut impl Write) {
    let (mut server, mut reply) = (Tutorial::default(), Vec::new());
    let mut buffer = [0; 1024];
    loop {
        // DEFECT: a length of 0 is the client's FIN, but it is treated as one more message.
        let Ok(length) = stream.read(&mut buffer) else { return };
        if length == 0 {
            continue;
        }
        // DEFECT: everything that the client sends reaches the terminal, escape sequences included.
        let _ = log.write_all(&buffer[..length]).and_then(|()| log.write_all(b"\n"));
        let flow = server.receive(&buffer[..length], &mut reply);
        if stream.write_all(&reply).is_err() || flow != Flow::Continue {
            return;
        }
        reply.clear();
    }
}
