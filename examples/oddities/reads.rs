//! Servers to whom it matters what one read brings.

use std::io::{self, Read};
use std::net::TcpStream;
use std::process;
use std::thread;
use std::time::Duration;

use crate::lines::{Lines, bracketed, read, read_up_to, write};
use crate::server::Server;

/// A nap before an answer: long enough to be seen asleep.
const NAP: Duration = Duration::from_millis(20);

/// How late `late` is: longer than a hurried wait.
const LATE: Duration = Duration::from_millis(700);

/// The longest message of `headers`.
const LONGEST: usize = 1 << 20;

/// Takes one read for one line.
pub(crate) fn one_read(stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    loop {
        let data = read(stream)?;
        if data.is_empty() {
            return Ok(());
        }
        write(stream, &bracketed(data.trim_ascii()))?;
    }
}

/// Reads a length of four bytes, then as many, and sends both back.
pub(crate) fn headers(mut stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    loop {
        let came = read_up_to(stream, 4)?;
        if came.is_empty() {
            return Ok(());
        }
        // The defect: what has not come yet is taken for zero.
        let mut header = [0; 4];
        header[..came.len()].copy_from_slice(&came);
        let length = usize::try_from(u32::from_be_bytes(header)).unwrap_or(usize::MAX);
        if length > LONGEST {
            return Ok(());
        }
        let mut message = header.to_vec();
        message.resize(4 + length, 0);
        stream.read_exact(&mut message[4..])?;
        write(stream, &message)?;
    }
}

/// Is asleep before its first answer, and takes one read for the line behind it.
pub(crate) fn nap(stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    let Some(mut first) = Lines::new(stream).next()? else { return Ok(()) };
    thread::sleep(NAP);
    first.push(b'\n');
    write(stream, &first)?;
    let data = read(stream)?;
    if data.is_empty() {
        return Ok(());
    }
    write(stream, if data.ends_with(b"\n") { &data } else { b"bad\n" })
}

/// Is asleep before its answer, which is wrong where a read has ended at one place.
pub(crate) fn nap_one(stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    let mut data = Vec::new();
    while !data.ends_with(b"\n") {
        let more = read(stream)?;
        if more.is_empty() {
            break;
        }
        data.extend(more);
        if data == b"hel" {
            data = b"bad\n".to_vec();
        }
    }
    thread::sleep(NAP);
    write(stream, &data)
}

/// Answers nothing, and dies of a read that ends inside a line.
pub(crate) fn sink(stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    loop {
        let data = read(stream)?;
        if data.is_empty() {
            return Ok(());
        }
        if !data.ends_with(b"\n") {
            process::exit(3);
        }
    }
}

/// Answers lines, and dies of a client that leaves inside one.
pub(crate) fn sink_aside(stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        let data = read(stream)?;
        if data.is_empty() {
            if line.is_empty() {
                return Ok(());
            }
            process::exit(3);
        }
        line.extend(data);
        if line.ends_with(b"\n") {
            write(stream, &bracketed(line.trim_ascii()))?;
            line.clear();
        }
    }
}

/// Breaks by chance where a line is cut, and surely where a read ends behind `hell`.
pub(crate) fn mostly(stream: &TcpStream, server: &Server, _: u64) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        let data = read(stream)?;
        if data.is_empty() {
            return Ok(());
        }
        line.extend(data);
        if !line.ends_with(b"\n") {
            if line == b"hell" || server.happens_once_in(3) {
                line = b"bad".to_vec();
            }
            continue;
        }
        write(stream, &bracketed(line.trim_ascii()))?;
        line.clear();
    }
}

/// Takes its time for a line that came in more than one read, and answers it rightly.
pub(crate) fn late(stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    let mut lines = Lines::new(stream);
    while let Some(line) = lines.next()? {
        if lines.was_cut() {
            thread::sleep(LATE);
        }
        write(stream, &bracketed(&line))?;
    }
    Ok(())
}
