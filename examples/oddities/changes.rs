//! Servers that take every line rightly, and whose answers change by themselves.

use std::io;
use std::net::TcpStream;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::lines::{answer_lines, bracketed};
use crate::server::Server;

/// Nothing is odd about the answers.
pub(crate) fn answers(stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    answer_lines(stream, bracketed)
}

/// The time of day is part of the answer.
pub(crate) fn clock(stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    answer_lines(stream, |_| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        format!("tick {}\n", since.as_secs()).into_bytes()
    })
}

/// The answer counts the lines of all connections.
pub(crate) fn counter(stream: &TcpStream, server: &Server, _: u64) -> io::Result<()> {
    answer_lines(stream, |_| format!("{}\n", server.count()).into_bytes())
}

/// A limit on the rate of connections.
pub(crate) fn period(stream: &TcpStream, _: &Server, connection: u64) -> io::Result<()> {
    answer_lines(stream, |_| if is_third(connection) { b"busy\n" } else { b"ok\n" as &[u8] }.into())
}

/// A race inside the server, of which the network knows nothing.
pub(crate) fn rare(stream: &TcpStream, server: &Server, _: u64) -> io::Result<()> {
    answer_lines(stream, |_| {
        if server.happens_once_in(10) { b"wrong\n" } else { b"right\n" as &[u8] }.into()
    })
}

/// Something runs out, once and for all.
pub(crate) fn wears(stream: &TcpStream, server: &Server, _: u64) -> io::Result<()> {
    answer_lines(stream, |_| if server.count() <= 6 { b"one\n" } else { b"two\n" }.to_vec())
}

/// The answer says how many clients there were.
pub(crate) fn counts_clients(stream: &TcpStream, _: &Server, connection: u64) -> io::Result<()> {
    answer_lines(stream, |_| format!("client {connection}\n").into_bytes())
}

/// Some clients are turned away.
pub(crate) fn refuses(stream: &TcpStream, _: &Server, connection: u64) -> io::Result<()> {
    if is_third(connection) { Ok(()) } else { answer_lines(stream, bracketed) }
}

fn is_third(connection: u64) -> bool {
    connection.is_multiple_of(3)
}
