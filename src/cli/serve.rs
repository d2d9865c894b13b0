//! `recut serve`

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::args::{ServeArgs, ServedProtocol};
use super::output::Output;
use super::{Exit, Failed};
use crate::protocol::Echo;
use crate::shell::{server, tutorial};

pub(super) fn run(args: &ServeArgs, output: &Output) -> Result<Exit, Failed> {
    let mut signals = Signals::new([SIGINT, SIGTERM])
        .map_err(|error| Failed::unreachable(format!("can't watch for signals: {error}")))?;
    let reuse = args.protocol == ServedProtocol::Echo;
    let mut listeners = Vec::new();
    for address in &args.listen {
        for socket in resolve(address)? {
            listeners.push(bind(address, socket, args.backlog, reuse)?);
        }
    }
    for listener in listeners {
        let address = listener.local_addr();
        let protocol = args.protocol;
        std::thread::spawn(move || match protocol {
            ServedProtocol::Echo => server::serve(&listener, Echo::default),
            ServedProtocol::Tutorial => tutorial::serve(&listener, std::io::stderr()),
        });
        if let Ok(address) = address {
            output.line(&format!("listening on {address}"));
        }
    }
    // A signal is how a server ends: with the process, whatever its threads do.
    let _ = signals.forever().next();
    Ok(Exit::Held)
}

/// The addresses of a name: both families where it has both.
pub(super) fn resolve(address: &str) -> Result<Vec<SocketAddr>, Failed> {
    if address.rsplit_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_err()) {
        let expected = "expected HOST:PORT with a port from 0 to 65535: 127.0.0.1:8888";
        return Err(Failed::usage(format!("`{address}` is no address: {expected}")));
    }
    match address.to_socket_addrs() {
        Ok(addresses) => Ok(addresses.collect()),
        Err(error) => Err(Failed::unreachable(format!("can't resolve {address}: {error}"))),
    }
}

pub(super) fn bind(
    name: &str,
    address: SocketAddr,
    backlog: i32,
    reuse: bool,
) -> Result<TcpListener, Failed> {
    server::bind(address, backlog, reuse).map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::AddrInUse => " (another program listens there: stop it, or use port 0)",
            ErrorKind::PermissionDenied => " (ports below 1024 need a privilege)",
            ErrorKind::AddrNotAvailable => " (this machine has no such address)",
            _ => "",
        };
        Failed::unreachable(format!("can't listen on {name}: {error}{advice}"))
    })
}
