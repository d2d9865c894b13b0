//! From reads to lines, for every mode that does that part rightly.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;

/// The most that one read takes.
const READ: usize = 4096;

/// One read of up to so many bytes; nothing is the end of the stream.
pub(crate) fn read_up_to(mut stream: &TcpStream, most: usize) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; most];
    loop {
        match stream.read(&mut buffer) {
            Ok(length) => {
                buffer.truncate(length);
                return Ok(buffer);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// One read; nothing is the end of the stream.
pub(crate) fn read(stream: &TcpStream) -> io::Result<Vec<u8>> {
    read_up_to(stream, READ)
}

pub(crate) fn write(mut stream: &TcpStream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)
}

/// The answer of a mode that has no other one.
pub(crate) fn bracketed(line: &[u8]) -> Vec<u8> {
    [b"<", line, b">\n"].concat()
}

/// The first line of what was kept, without its end, if it is whole.
pub(crate) fn take_line(kept: &mut Vec<u8>) -> Option<Vec<u8>> {
    let end = kept.iter().position(|byte| *byte == b'\n')?;
    let mut line: Vec<u8> = kept.drain(..=end).collect();
    line.pop();
    Some(line)
}

/// The lines of a connection's stream, whatever the reads are.
pub(crate) struct Lines<'a> {
    stream: &'a TcpStream,
    kept: Vec<u8>,
    /// In how many reads the last line came.
    reads: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(stream: &'a TcpStream) -> Lines<'a> {
        Lines { stream, kept: Vec::new(), reads: 0 }
    }

    /// The next line, without its end; none if the stream has ended.
    pub(crate) fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        // What is left of the last read is the first of this line.
        self.reads = usize::from(!self.kept.is_empty());
        loop {
            if let Some(line) = take_line(&mut self.kept) {
                return Ok(Some(line));
            }
            let more = read(self.stream)?;
            if more.is_empty() {
                return Ok(None);
            }
            self.reads += 1;
            self.kept.extend(more);
        }
    }

    /// Whether the last line came in more than one read.
    pub(crate) fn was_cut(&self) -> bool {
        self.reads > 1
    }
}

/// Answers each line with what the function makes of it, until the stream ends.
pub(crate) fn answer_lines(
    stream: &TcpStream,
    mut answer: impl FnMut(&[u8]) -> Vec<u8>,
) -> io::Result<()> {
    let mut lines = Lines::new(stream);
    while let Some(line) = lines.next()? {
        write(stream, &answer(&line))?;
    }
    Ok(())
}
