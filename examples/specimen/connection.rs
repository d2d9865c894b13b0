//! One connection, from its first read to its close.

use std::hint;
use std::io::{ErrorKind, Read};
use std::mem;
use std::net::{Shutdown, TcpStream};
use std::sync::MutexGuard;
use std::thread;
use std::time::{Duration, Instant};

use crate::Server;
use crate::answer::{self, Body, Then};
use crate::defect::Defect;
use crate::lines::Lines;
use crate::write::Writer;

/// The most that one read takes.
const READ: usize = 16 << 10;

/// How long a client may take nothing of an answer.
const STALLED: Duration = Duration::from_secs(30);

/// How long a closing server reads what still comes.
const DRAIN: Duration = Duration::from_secs(1);

/// How late `slow-close` closes.
const SLOW: Duration = Duration::from_millis(100);

/// How a connection came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Quit,
    GivenUp,
    Left,
}

pub(crate) fn serve(stream: TcpStream, server: &Server) {
    // An answer must not wait for the next one.
    let _ = stream.set_nodelay(true);
    let _ = stream.set_write_timeout(Some(STALLED));
    let Ok(writer) = Writer::new(&stream, server) else { return };
    let mut turn = None;
    let end = converse(&stream, &writer, server, &mut turn);
    // DEFECT wedge: nobody gives back what a client had that has left.
    if end == End::Left {
        mem::forget(turn);
    }
    writer.finish();
    close(stream, end, server);
    // DEFECT spin: the thread looks for ever for a client that has left.
    while server.has(Defect::Spin) && end == End::Left {
        hint::spin_loop();
    }
}

/// `turn` is what the connection holds between two reads: nothing, but with `wedge`.
fn converse<'a>(
    mut stream: &TcpStream,
    writer: &Writer,
    server: &'a Server,
    turn: &mut Option<MutexGuard<'a, u64>>,
) -> End {
    let mut lines = Lines::new(server.defect);
    let mut buffer = vec![0; READ];
    loop {
        let read = match stream.read(&mut buffer) {
            Ok(length) => &buffer[..length],
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return End::Left,
        };
        let has_ended = read.is_empty();
        // DEFECT wedge: the line has no end, so its turn has none.
        if has_ended && turn.is_some() {
            return End::Left;
        }
        let found = if has_ended { lines.end() } else { lines.take(read) };
        // DEFECT fin-rides: who has ended is taken for one who wants no answer.
        if server.has(Defect::FinRides) && !has_ended && fin_has_come(stream) {
            return End::Left;
        }
        let mut found = found.into_iter().peekable();
        while let Some(line) = found.next() {
            *turn.take().unwrap_or_else(|| server.turn()) += 1;
            let Some(answer) = answer::to(line, server) else { return End::GivenUp };
            let then = answer.then;
            let is_bulk = matches!(answer.body, Body::Bulk(_));
            if writer.give(answer).is_err() {
                return End::Left;
            }
            match then {
                Then::GoOn => {}
                Then::Quit => return End::Quit,
                Then::GiveUp => return End::GivenUp,
            }
            // DEFECT reset-unread: behind a bulk it looks for no more lines than it has.
            if server.has(Defect::ResetUnread) && is_bulk && found.peek().is_none() {
                return End::GivenUp;
            }
        }
        // DEFECT wedge: the turn is taken when a line begins, and kept until it is complete.
        if server.has(Defect::Wedge) && lines.is_within_line() && turn.is_none() {
            *turn = Some(server.turn());
        }
        // DEFECT flood: the end of the stream is read again and again.
        if has_ended && !server.has(Defect::Flood) {
            return End::Left;
        }
    }
}

/// Whether nothing is left to read but the end, without waiting for it.
fn fin_has_come(stream: &TcpStream) -> bool {
    let _ = stream.set_nonblocking(true);
    let has_come = matches!(stream.peek(&mut [0]), Ok(0));
    let _ = stream.set_nonblocking(false);
    has_come
}

/// Closes so that the client gets the whole answer: a close with bytes unread would be a reset,
/// which destroys what is still under way.
fn close(stream: TcpStream, end: End, server: &Server) {
    // DEFECT reset-unread: where it is the server that closes, it does so at once.
    if server.has(Defect::ResetUnread) && end != End::Left {
        return;
    }
    // Not a defect: the answer is out, and nobody was told when the close comes.
    if server.has(Defect::SlowClose) && end == End::Quit {
        thread::sleep(SLOW);
    }
    let _ = stream.shutdown(Shutdown::Write);
    drain(&stream);
    // DEFECT leak: the client sees the end, but the descriptor stays.
    if server.has(Defect::Leak) {
        let _ = stream.shutdown(Shutdown::Both);
        mem::forget(stream);
    }
}

fn drain(mut stream: &TcpStream) {
    let mut buffer = [0; 4096];
    let until = Instant::now() + DRAIN;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        // A time limit of zero is refused.
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return;
        }
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Err(error) if error.kind() != ErrorKind::Interrupted => return,
            _ => {}
        }
    }
}
