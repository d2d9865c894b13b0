//! `recut connect`

use std::io::{BufRead, IsTerminal, Write};
use std::net::TcpStream;

use super::args::ConnectArgs;
use super::output::Output;
use super::{Exit, Failed};
use crate::shell::client;

pub(super) fn run(args: &ConnectArgs, output: &Output) -> Result<Exit, Failed> {
    let address = &args.address;
    if address.rsplit_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_err()) {
        return Err(Failed::usage(format!("`{address}` is no address: expected HOST:PORT")));
    }
    let stream = TcpStream::connect(address)
        .map_err(|error| Failed::unreachable(format!("can't connect to {address}: {error}")))?;
    let is_person = std::io::stdin().is_terminal();
    if is_person {
        output.note(&format!("connected to {address}; Ctrl-D ends what you say"));
    }
    let sender = stream
        .try_clone()
        .map_err(|error| Failed::unreachable(format!("can't use the connection: {error}")))?;
    // It may wait for a line that never comes; the process does not wait for it.
    std::thread::spawn(move || {
        let stdin = std::io::stdin();
        if is_person {
            let _ = type_lines(&sender);
        } else {
            // A server that is gone shows when its answer is read.
            let _ = client::send(stdin.lock(), &sender);
        }
    });
    let visible = std::io::stdout().is_terminal();
    match client::receive(&stream, std::io::stdout(), visible) {
        Ok(()) => {
            if is_person {
                output.note("the server has closed the connection");
            }
            Ok(Exit::Held)
        }
        Err(error) => Err(Failed::unreachable(format!("{address}: {error}"))),
    }
}

/// Sends line by line, so that an answer comes before the next line is typed.
fn type_lines(mut stream: &TcpStream) -> std::io::Result<()> {
    for line in std::io::stdin().lock().lines() {
        stream.write_all((line? + "\n").as_bytes())?;
    }
    stream.shutdown(std::net::Shutdown::Write)
}
