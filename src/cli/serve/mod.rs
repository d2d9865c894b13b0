//! `recut serve`

pub(super) mod args;
mod log;

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use clap::ColorChoice;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use super::address;
use super::foreign::AddressUse;
use super::output::Output;
use super::{Exit, Failed};
use crate::protocol::Echo;
use crate::shell::server::{self, ProtocolServer, udp};
use crate::shell::tutorial;
use args::{ServeArgs, ServedProtocol};

pub(super) fn run(args: &ServeArgs, color: ColorChoice) -> Result<Exit, Failed> {
    let mut signals = signals()
        .map_err(|error| Failed::unreachable(format!("can't watch for signals: {error}")))?;
    let _log = log::start(args.verbose, args.log_format, color)
        .map_err(|error| Failed::unreachable(format!("can't start the log: {error}")))?;
    match args.protocol {
        ServedProtocol::Echo if args.udp => datagrams(args)?,
        ServedProtocol::Echo => {
            let server = echo(args)?;
            signals.forever().next();
            tracing::info!("stopping, open connections may end");
            let cut = server.stop(args.limits.grace());
            if cut > 0 {
                tracing::warn!(connections = cut, "cut off after the grace");
            }
            return Ok(Exit::Held);
        }
        ServedProtocol::Tutorial if args.udp || args.limits.is_given() => {
            return Err(Failed::usage("the tutorial's server supports neither limits nor UDP"));
        }
        ServedProtocol::Tutorial => beginners(args)?,
    }
    // These end with the process, whatever their threads do.
    signals.forever().next();
    Ok(Exit::Held)
}

/// The first signal is waited for; the second ends the program, whatever it does.
fn signals() -> io::Result<Signals> {
    let is_second = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, 0, Arc::clone(&is_second))?;
        flag::register(signal, Arc::clone(&is_second))?;
    }
    Signals::new([SIGINT, SIGTERM])
}

fn echo(args: &ServeArgs) -> Result<Arc<ProtocolServer>, Failed> {
    raise_descriptor_limit();
    let server = Arc::new(ProtocolServer::new(args.limits.limits()).telling(log::tell));
    let listeners: Vec<TcpListener> =
        bind_all(args, |address| server.listen(address, args.backlog, true))?;
    announce(listeners.iter().map(TcpListener::local_addr));
    for listener in listeners {
        let server = Arc::clone(&server);
        thread::spawn(move || server.serve(listener, Echo::default));
    }
    Ok(server)
}

fn datagrams(args: &ServeArgs) -> Result<(), Failed> {
    let sockets: Vec<UdpSocket> = bind_all(args, udp::bind)?;
    announce(sockets.iter().map(UdpSocket::local_addr));
    for socket in sockets {
        thread::spawn(move || udp::serve(&socket, Echo::default, log::tell));
    }
    Ok(())
}

fn beginners(args: &ServeArgs) -> Result<(), Failed> {
    let listeners: Vec<TcpListener> =
        bind_all(args, |address| server::bind(address, args.backlog, false))?;
    announce(listeners.iter().map(TcpListener::local_addr));
    for listener in listeners {
        thread::spawn(move || tutorial::serve(&listener, io::stderr()));
    }
    Ok(())
}

/// Binds a socket at each address of each name.
fn bind_all<S>(
    args: &ServeArgs,
    bind: impl Fn(SocketAddr) -> io::Result<S>,
) -> Result<Vec<S>, Failed> {
    let mut sockets = Vec::new();
    for name in &args.listen {
        sockets.extend(address::bind(&address::resolve(name, AddressUse::Listen)?, &bind)?);
    }
    Ok(sockets)
}

/// Prints where the server listens. From a thread of its own: if nobody reads stdout, signals
/// are heeded all the same.
fn announce(addresses: impl Iterator<Item = io::Result<SocketAddr>>) {
    let addresses: Vec<_> = addresses.flatten().collect();
    thread::spawn(move || {
        let output = Output::new(ColorChoice::Never);
        for address in addresses {
            output.line(&format!("listening on {address}"));
        }
    });
}

/// Lets the server have as many descriptors as the system allows without asking: each connection
/// needs one. With fewer, clients wait.
fn raise_descriptor_limit() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}
