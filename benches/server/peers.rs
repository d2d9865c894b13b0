//! The servers that are compared. Each accepts for ever.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use recut::Echo;
use recut::shell::server;
use tokio::net::TcpListener as AsyncListener;

/// A server by name.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) accept: fn(TcpListener),
}

pub(crate) const ALL: [Peer; 4] = [
    Peer { name: "bare", accept: |listener| with_threads(&listener, |_| true) },
    Peer { name: "checked", accept: |listener| with_threads(&listener, is_text) },
    Peer { name: "tokio", accept: with_tasks },
    Peer { name: "recut", accept: |listener| server::serve(&listener, Echo::default) },
];

/// What is read at once, in bytes.
const BUFFER: usize = 16 * 1024;

/// A thread a connection: what is read is written.
fn with_threads(listener: &TcpListener, accepts: fn(&[u8]) -> bool) {
    for stream in listener.incoming().flatten() {
        thread::spawn(move || echo(stream, accepts));
    }
}

fn echo(mut stream: TcpStream, accepts: fn(&[u8]) -> bool) {
    let _ = stream.set_nodelay(true);
    let mut buffer = [0; BUFFER];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        if !accepts(&buffer[..length]) || stream.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}

/// Whether a segment is UTF-8, but for a character that is cut at either end.
fn is_text(segment: &[u8]) -> bool {
    let start = segment.iter().take(3).take_while(|byte| (0x80..0xc0).contains(*byte)).count();
    match std::str::from_utf8(&segment[start..]) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

/// A task a connection, on as many threads as there are processors.
fn with_tasks(listener: TcpListener) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("threads").block_on(async {
        listener.set_nonblocking(true).expect("it is a socket");
        let listener = AsyncListener::from_std(listener).expect("it listens");
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.set_nodelay(true);
                let (mut from, mut to) = stream.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
}
