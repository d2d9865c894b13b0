//! `recut connect`

mod terminal;

use std::io::{self, ErrorKind, IsTerminal};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc;
use std::thread;

use rustix::termios::tcgetwinsize;

use super::args::ConnectArgs;
use super::foreign::AddressUse;
use super::output::Output;
use super::{Exit, Failed, address};
use crate::shell::client;

pub(super) fn run(args: &ConnectArgs, output: &Output) -> Result<Exit, Failed> {
    let name = &args.address;
    let stream = client::connect(&address::resolve(name, AddressUse::Server)?, args.timeout)
        .map_err(|error| {
            let advice = match error.kind() {
                ErrorKind::ConnectionRefused => {
                    " (is a server listening there? `recut serve` starts one)"
                }
                ErrorKind::TimedOut => " (is the address right? `--timeout` gives it more time)",
                _ => "",
            };
            Failed::unreachable(format!("can't connect to {name}: {error}{advice}"))
        })?;
    let result = if is_person() { terminal::talk(stream, name, output) } else { filter(stream) };
    match result {
        Ok(()) => Ok(Exit::Held),
        // The reader of our output has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Exit::Held),
        Err(error) => Err(Failed::unreachable(format!("{name}: {error}"))),
    }
}

/// Whether stdin and stdout are a terminal that has a size, which line editing needs.
fn is_person() -> bool {
    io::stdin().is_terminal()
        && io::stdout().is_terminal()
        && tcgetwinsize(io::stdout()).is_ok_and(|size| size.ws_col > 0)
}

/// Passes on stdin and what comes back, until the server ends.
fn filter(stream: TcpStream) -> io::Result<()> {
    let sender = stream.try_clone()?;
    let (tell, sent) = mpsc::channel();
    // The thread may wait for input that never comes; the process does not wait for the thread.
    thread::spawn(move || {
        // The result is sent before the FIN, so that it is there when the server's answer ends.
        let _ = tell.send(client::send(io::stdin().lock(), &sender));
        sender.shutdown(Shutdown::Write)
    });
    if io::stdout().is_terminal() {
        client::show(&stream, |text| io::Write::write_all(&mut io::stdout(), text.as_bytes()))
    } else {
        client::receive(stream, io::stdout())
    }?;
    match sent.try_recv() {
        Ok(Err(error)) => {
            Err(io::Error::new(error.kind(), format!("stdin can't be read: {error}")))
        }
        Ok(Ok(())) | Err(_) => Ok(()),
    }
}
