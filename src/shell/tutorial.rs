//! The beginner's server around the specimen: what of it can't be seen in memory.
//!
//! One client at a time, blind to FIN (it spins), no `SO_REUSEADDR`, the client's raw bytes in
//! the log. All of it on purpose: servers like this are what the harness is for.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use crate::protocol::{Flow, Protocol, Tutorial};

/// Serves one client after the other, for ever; writes what they say to `log`.
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
        // DEFECT: a length of 0 is the client's FIN, and it is taken for one more message.
        let Ok(length) = stream.read(&mut buffer) else { return };
        if length == 0 {
            continue;
        }
        // DEFECT: whatever the client sends reaches the terminal.
        let _ = log.write_all(&buffer[..length]).and_then(|()| log.write_all(b"\n"));
        let flow = server.receive(&buffer[..length], &mut reply);
        if stream.write_all(&reply).is_err() || flow != Flow::Continue {
            return;
        }
        reply.clear();
    }
}
