//! Servers in which one client's bytes reach another one.

use std::io;
use std::mem;
use std::net::TcpStream;

use crate::lines::{Lines, bracketed, read, take_line, write};
use crate::server::Server;

/// Has one buffer for all connections: half a line of one client is glued to another's.
pub(crate) fn cross(stream: &TcpStream, server: &Server, _: u64) -> io::Result<()> {
    loop {
        let data = read(stream)?;
        if data.is_empty() {
            return Ok(());
        }
        let mut shared = server.bytes();
        shared.extend(data);
        while let Some(line) = take_line(&mut shared) {
            write(stream, &bracketed(&line))?;
        }
    }
}

/// Has a buffer for each connection, takes it from a pool, and gives it back as it is.
pub(crate) fn grow(stream: &TcpStream, server: &Server, _: u64) -> io::Result<()> {
    let mut kept = Vec::new();
    let mut is_new = true;
    let end = loop {
        let data = match read(stream) {
            Ok(data) if data.is_empty() => break Ok(()),
            Ok(data) => data,
            Err(error) => break Err(error),
        };
        // Not before the first bytes: then whoever came before has surely given its buffer back.
        if mem::take(&mut is_new) {
            kept = mem::take(&mut *server.bytes());
        }
        kept.extend(data);
        while let Some(line) = take_line(&mut kept) {
            write(stream, &bracketed(&line))?;
        }
    };
    // The defect: what it holds is not thrown away. One without anything in it is not kept.
    if !kept.is_empty() {
        *server.bytes() = kept;
    }
    end
}

/// Answers rightly until a client leaves inside a line, and never again after that.
pub(crate) fn mangles_after(stream: &TcpStream, server: &Server, _: u64) -> io::Result<()> {
    let mut lines = Lines::new(stream);
    loop {
        match lines.next() {
            Ok(Some(_)) if server.is_damaged() => write(stream, &bracketed(b"damaged"))?,
            Ok(Some(line)) => write(stream, &bracketed(&line))?,
            end => {
                if lines.is_within_line() {
                    server.damage();
                }
                return end.map(|_| ());
            }
        }
    }
}
