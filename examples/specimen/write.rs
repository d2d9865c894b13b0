//! How answers go out: at once, or later from a thread of their own.

use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use crate::Server;
use crate::answer::{Answer, Body};
use crate::defect::Defect;

/// How many answers may wait for their time.
const WAITING: usize = 64;

/// How much of a bulk is written at once.
const PIECE: usize = 64 << 10;

/// An answer and when it is due.
type Due = (Instant, Body);

pub(crate) enum Writer<'a> {
    AtOnce(&'a TcpStream),
    /// One thread for all answers, early or late: they stay in order, and the connection reads on.
    Later(SyncSender<Due>, JoinHandle<()>),
}

impl<'a> Writer<'a> {
    pub(crate) fn new(stream: &'a TcpStream, server: &Server) -> io::Result<Writer<'a>> {
        if server.delay.is_zero() && !server.has(Defect::Timer) {
            return Ok(Writer::AtOnce(stream));
        }
        let stream = stream.try_clone()?;
        let (sender, receiver) = mpsc::sync_channel(WAITING);
        let thread = thread::Builder::new().spawn(move || write_when_due(&stream, &receiver))?;
        Ok(Writer::Later(sender, thread))
    }

    /// Fails when the client takes no more.
    pub(crate) fn give(&self, answer: Answer) -> io::Result<()> {
        match self {
            Writer::AtOnce(stream) => write(stream, &answer.body),
            Writer::Later(sender, _) => {
                let due = Instant::now() + answer.late;
                sender.send((due, answer.body)).map_err(|_| io::ErrorKind::BrokenPipe.into())
            }
        }
    }

    /// Waits until all is written.
    pub(crate) fn finish(self) {
        if let Writer::Later(sender, thread) = self {
            drop(sender);
            let _ = thread.join();
        }
    }
}

fn write_when_due(stream: &TcpStream, answers: &Receiver<Due>) {
    for (due, body) in answers {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if write(stream, &body).is_err() {
            return;
        }
    }
}

fn write(mut stream: &TcpStream, body: &Body) -> io::Result<()> {
    match body {
        Body::Text(text) => stream.write_all(format!("{text}\n").as_bytes()),
        Body::Bulk(length) => {
            let piece = [b'x'; PIECE];
            let mut left = *length;
            while left > 0 {
                let now = left.min(PIECE);
                stream.write_all(&piece[..now])?;
                left -= now;
            }
            stream.write_all(b"\n")
        }
    }
}
