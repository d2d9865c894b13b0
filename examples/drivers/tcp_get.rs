//! A driver: gets a page over a plain socket, once for each line of its input. One file, no crate:
//! `rustc -O tcp_get.rs`.
//!
//! recut writes 127.0.0.1:PORT, perhaps with NAME=PORT behind it, and waits for one line: the
//! result of this conversation. An error is a result, too.
use std::io::{self, BufRead, BufReader, Read, Write};
use std::{net::TcpStream, time::Duration};

fn get(address: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(stream, "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    // It waits until a line is whole; `stream.read` would return whatever has come.
    let mut reader = BufReader::new(stream);
    let (mut status, mut length) = (String::new(), None);
    reader.read_line(&mut status)?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok();
        }
    }
    let mut body = vec![0; length.ok_or_else(|| io::Error::other("no Content-Length"))?];
    reader.read_exact(&mut body)?;
    Ok(format!("{} {:?}", status.trim_end(), String::from_utf8_lossy(&body)))
}

fn main() {
    for line in io::stdin().lines().map_while(Result::ok) {
        let address = line.split(' ').next().unwrap_or_default();
        // {:?} has made line ends visible, so that this is one line; stdout flushes after each.
        println!("{}", get(address).unwrap_or_else(|error| format!("error: {error}")));
    }
}
