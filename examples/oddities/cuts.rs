//! Servers that only some cuts break: the map of a burst shows what those have in common.

use std::io;
use std::net::TcpStream;

use crate::lines::{Lines, bracketed, read, write};
use crate::server::Server;

/// What ends a request of `terminator`.
const END: &[u8] = b"\r\n\r\n";

/// How much of a line that has no end yet `limit` keeps, in bytes.
const KEPT: usize = 20;

/// Answers a request that a blank line ends. The defect: the end is looked for in each read on its
/// own.
pub(crate) fn terminator(stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    let mut request = Vec::new();
    loop {
        let data = read(stream)?;
        if data.is_empty() {
            return Ok(());
        }
        request.extend_from_slice(&data);
        if data.windows(END.len()).any(|window| window == END) {
            write(stream, &bracketed(request.trim_ascii()))?;
            request.clear();
        }
    }
}

/// Answers `5:hello` with `<hello>`. The defect: the digits that have come are taken for all.
pub(crate) fn length(stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    let mut kept = read(stream)?;
    let digits = kept.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number: Vec<u8> = kept.drain(..digits).collect();
    let Some(length) = str::from_utf8(&number).ok().and_then(|text| text.parse::<usize>().ok())
    else {
        return Ok(());
    };
    while kept.len() < length.saturating_add(1) {
        let more = read(stream)?;
        if more.is_empty() {
            return Ok(());
        }
        kept.extend(more);
    }
    write(stream, &bracketed(&kept[1..=length]))
}

/// Answers lines. The defect: a line of which too much has come without its end is given up,
/// though the same line is answered when it comes whole.
pub(crate) fn limit(stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        let data = read(stream)?;
        line.extend_from_slice(&data);
        if line.ends_with(b"\n") {
            write(stream, &bracketed(line.trim_ascii()))?;
            line.clear();
        } else if data.is_empty() || line.len() > KEPT {
            return Ok(());
        }
    }
}

/// Answers lines of text. The defect: what is kept of a character is joined with the next read
/// once, and what is then still no character is replaced.
pub(crate) fn join_once(stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    let (mut kept, mut text) = (Vec::new(), String::new());
    loop {
        let data = read(stream)?;
        if data.is_empty() {
            return Ok(());
        }
        let was_joined = !kept.is_empty();
        kept.extend(data);
        let whole = match str::from_utf8(&kept) {
            Err(error) if error.error_len().is_none() && !was_joined => error.valid_up_to(),
            _ => kept.len(),
        };
        let decoded: Vec<u8> = kept.drain(..whole).collect();
        text.push_str(&String::from_utf8_lossy(&decoded));
        if text.ends_with('\n') {
            write(stream, &bracketed(text.trim_end().as_bytes()))?;
            text.clear();
        }
    }
}

/// Answers a line. The defect: what comes behind the first read is ignored.
pub(crate) fn first_read(stream: &TcpStream, _: &Server, _: u64) -> io::Result<()> {
    let first = read(stream)?;
    if first.is_empty() {
        return Ok(());
    }
    write(stream, &bracketed(first.trim_ascii()))?;
    // Reads on, so that nothing is left unread when it closes.
    let mut rest = Lines::new(stream);
    while rest.next()?.is_some() {}
    Ok(())
}
