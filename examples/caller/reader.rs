//! Reads answers from the stream.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;

use crate::mode::Mode;

/// One connection, and what was read of it and not used.
pub(crate) struct Reader {
    stream: TcpStream,
    mode: Mode,
    unread: Vec<u8>,
}

impl Reader {
    pub(crate) fn new(stream: TcpStream, mode: Mode) -> Self {
        Self { stream, mode, unread: Vec::new() }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// The text of the next page.
    pub(crate) fn page(&mut self) -> io::Result<String> {
        let header = self.header()?;
        let length = header.strip_prefix("page ").and_then(|length| length.trim().parse().ok());
        let length: usize = length.ok_or_else(|| bad(format!("no header: {header:?}")))?;
        // DEFECT one-read: what has come with the header is taken for the whole page.
        while self.unread.len() < length && self.mode.name != "one-read" {
            let is_over = self.read()? == 0;
            // DEFECT short: the end of the stream is taken for the end of the page.
            if is_over && self.mode.name == "short" {
                break;
            }
        }
        let rest = self.unread.split_off(length.min(self.unread.len()));
        let page = std::mem::replace(&mut self.unread, rest);
        // DEFECT glued: the next answer is gone if it came with this one.
        if self.mode.name == "glued" {
            self.unread.clear();
        }
        String::from_utf8(page).map_err(|error| bad(error.to_string()))
    }

    fn header(&mut self) -> io::Result<String> {
        loop {
            let end = self.unread.iter().position(|byte| *byte == b'\n');
            // DEFECT header: a read that has no whole header is an error.
            if end.is_none() && self.mode.name == "header" && !self.unread.is_empty() {
                return Err(bad("the header is not whole".to_owned()));
            }
            if let Some(end) = end {
                let rest = self.unread.split_off(end + 1);
                let line = std::mem::replace(&mut self.unread, rest);
                return String::from_utf8(line).map_err(|error| bad(error.to_string()));
            }
            if self.read()? == 0 && self.mode.name == "short" {
                return Err(bad("the header is not whole".to_owned()));
            }
        }
    }

    /// Reads once, and tells how much; the end of the stream comes too early here.
    fn read(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 4096];
        let length = self.stream.read(&mut buffer)?;
        match self.mode.name {
            // DEFECT hang: it waits for somebody who has gone.
            "hang" if length == 0 => loop {
                thread::park();
            },
            // DEFECT spin: no bytes are taken for bytes to come.
            "spin" if length == 0 => return Ok(0),
            "short" if length == 0 && !self.unread.is_empty() => return Ok(0),
            // DEFECT crash: a short read is thought impossible.
            "crash" if length == 1 => std::process::abort(),
            _ if length == 0 => return Err(bad("the answer stops short".to_owned())),
            // DEFECT cut-character: a read need not end where a character does.
            "cut-character" if std::str::from_utf8(&buffer[..length]).is_err() => {
                return Err(bad("the answer is not UTF-8".to_owned()));
            }
            _ => {}
        }
        self.unread.extend_from_slice(&buffer[..length]);
        Ok(length)
    }
}

fn bad(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
