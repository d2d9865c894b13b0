//! A client: what is typed goes out, what comes back is shown.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};

use crate::protocol::utf8::Decoder;

/// Sends all of `input`, then half-closes.
///
/// # Errors
///
/// What reading or sending fails with.
pub fn send(mut input: impl Read, mut stream: &TcpStream) -> io::Result<()> {
    io::copy(&mut input, &mut stream)?;
    stream.shutdown(Shutdown::Write)
}

/// Writes what the server says until it ends, each part as it comes.
///
/// With `visible`, control characters other than line ends and tabs are written as escapes, and
/// ill-formed UTF-8 as U+FFFD, so that a server can't play tricks on a terminal; else bytes pass
/// as they are.
///
/// # Errors
///
/// What receiving or writing fails with.
pub fn receive(mut stream: impl Read, mut output: impl Write, visible: bool) -> io::Result<()> {
    let (mut decoder, mut text) = (Decoder::default(), Vec::new());
    let mut buffer = [0; 16 * 1024];
    loop {
        let length = match stream.read(&mut buffer) {
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if !visible {
            output.write_all(&buffer[..length])?;
        } else {
            match length {
                0 => decoder.finish(&mut text),
                _ => decoder.decode(&buffer[..length], &mut text),
            }
            output.write_all(escaped(&String::from_utf8_lossy(&text)).as_bytes())?;
            text.clear();
        }
        output.flush()?;
        if length == 0 {
            return Ok(());
        }
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => out.push(character),
            '\r' => {}
            control if control.is_control() => out.extend(control.escape_default()),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_plays_no_tricks_on_a_terminal() {
        let said = &b"h\xc3\xa9\x1b[2J\xff\r\n"[..];
        let mut shown = Vec::new();
        receive(said, &mut shown, true).unwrap();
        assert_eq!(String::from_utf8(shown).unwrap(), "hé\\u{1b}[2J\u{FFFD}\n");
        let mut passed = Vec::new();
        receive(said, &mut passed, false).unwrap();
        assert_eq!(passed, said);
    }
}
