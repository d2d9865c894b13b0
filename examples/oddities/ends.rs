//! Servers that end a conversation, or an answer, in a way of their own.

use std::io::{self, ErrorKind, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::lines::{Lines, answer_lines, bracketed, read, read_up_to, write};
use crate::server::Server;

/// After so much silence `idle` closes.
const IDLE: Duration = Duration::from_secs(1);

/// What is said after the client's FIN by a server that is glad to: more than most would, and not
/// for ever.
const FAREWELL: usize = 100 * 1024;

/// How long `slow-farewell` takes, which is longer than a hurried wait; in how many parts it comes,
/// and how large each is.
const SLOW: (Duration, u32, usize) = (Duration::from_millis(350), 20, 10 * 1024);

/// The longest answer of `short-send`.
const LONGEST: usize = 64 << 20;

/// Takes the end of the stream for lines, for ever.
pub(crate) fn flood(stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    answer_lines(stream, bracketed)?;
    let empty = b"<>\n".repeat(1000);
    loop {
        write(stream, &empty)?;
    }
}

/// Says a lot after the client's FIN, and closes.
pub(crate) fn farewell(stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    answer_lines(stream, bracketed)?;
    write(stream, &[b'x'; FAREWELL])
}

/// Says even more, a part at a time, and closes.
pub(crate) fn slow_farewell(stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    answer_lines(stream, bracketed)?;
    let (time, parts, size) = SLOW;
    for _ in 0..parts {
        write(stream, &vec![b'x'; size])?;
        // At work, and not asleep: a server that sleeps is seen to have nothing more to say.
        let start = Instant::now();
        while start.elapsed() < time / parts {
            thread::yield_now();
        }
    }
    Ok(())
}

/// Answers a number with as many bytes, less those that one send does not take.
pub(crate) fn short_send(mut stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    let mut lines = Lines::new(stream);
    while let Some(line) = lines.next()? {
        let length = str::from_utf8(&line).ok().and_then(|text| text.trim().parse().ok());
        let Some(length) = length.filter(|length| *length <= LONGEST) else { return Ok(()) };
        let mut answer = vec![b'x'; length];
        answer.push(b'\n');
        stream.set_nonblocking(true)?;
        // The defect: how much was sent is not looked at.
        match stream.write(&answer) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
            _ => stream.set_nonblocking(false)?,
        }
    }
    Ok(())
}

/// Answers lines of six bytes that came in one read, and closes after a time of silence.
pub(crate) fn idle(stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    stream.set_read_timeout(Some(IDLE))?;
    loop {
        // The time-out is an error as well: it closes.
        let data = read(stream)?;
        if data.is_empty() {
            return Ok(());
        }
        if data.len() == 6 && data.ends_with(b"\n") {
            write(stream, &[b"<", data.as_slice()].concat())?;
        }
    }
}

/// Answers eight bytes, and closes: if more have come, the kernel makes a RST of it.
pub(crate) fn unread(stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    let mut data = Vec::new();
    while data.len() < 8 {
        let more = read_up_to(stream, 8 - data.len())?;
        if more.is_empty() {
            break;
        }
        data.extend(more);
    }
    write(stream, &data)
}
