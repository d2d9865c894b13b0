//! `recut connect`

mod filter;
mod terminal;

use std::io::{self, ErrorKind, IsTerminal};

use rustix::termios::tcgetwinsize;

use super::args::ConnectArgs;
use super::foreign::AddressUse;
use super::output::Output;
use super::{Exit, Failed, address};
use crate::shell::client;
use crate::text::print_duration;
use filter::FilterEnd;

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
    let result = match is_person() {
        true => terminal::talk(stream, name, output),
        false => filter::pass(stream, args.wait).map(|end| {
            if end == FilterEnd::Waited {
                let wait = print_duration(args.wait);
                output.note(&format!(
                    "recut: the server keeps the connection open; left {wait} after its last byte \
                     (--wait)"
                ));
            }
        }),
    };
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
