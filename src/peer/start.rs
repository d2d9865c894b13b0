//! The start of a server of ours: on a free port, and until it is ready.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::address::Address;
use super::elsewhere;
use super::ports::{Ports, UsedPorts};
use super::process::{NOT_STARTED, Process, Role};
use super::spawn::Spawn;
use crate::text::print_duration;
use crate::wire::{Deadline, Diag, Kernel, Observe};

/// How many ports are tried, if they turn out to be taken.
const PORTS: usize = 5;

/// How long to wait between two looks whether the server is ready, at first and at most.
const LOOKS: (Duration, Duration) = (Duration::from_micros(500), Duration::from_millis(10));

/// A server that was started and listens.
pub(super) struct StartedServer {
    pub(super) process: Process,
    pub(super) address: Address,
    pub(super) observer: Arc<dyn Observe>,
    /// Where it finds recut, if it stands between.
    pub(super) ports: Ports,
}

/// Starts a server on a free port, and on another one if that turns out to be taken.
///
/// # Errors
///
/// If it can't be started, ends, or is not ready in time: with the end of its output.
pub(super) fn start(
    spawn: &Spawn,
    ports: &[&str],
    used: &UsedPorts,
    stop: &AtomicBool,
) -> io::Result<StartedServer> {
    let mut last = io::Error::other("no port is free");
    for _ in 0..PORTS {
        let ports = Ports::open(ports, used)?;
        match start_on(spawn, free_port()?, ports, stop) {
            Ok(running) => return Ok(running),
            Err(NotReady::Taken(error)) => last = error,
            Err(NotReady::Failed(error)) => return Err(error),
        }
    }
    Err(last)
}

fn start_on(
    spawn: &Spawn,
    port: u16,
    ports: Ports,
    stop: &AtomicBool,
) -> Result<StartedServer, NotReady> {
    let words: Vec<_> = spawn.command(port).iter().map(|word| ports.fill(word)).collect();
    let mut process = Process::start(&words, &spawn.supervisor, Role::Server, |command| {
        command.env("PORT", port.to_string()).envs(ports.variables());
    })?;
    process.read_output(spawn.ready.as_ref())?;
    let mut diag = Diag::open()?;
    let until = Deadline::after(spawn.start_timeout);
    let mut rest = LOOKS.0;
    loop {
        let ended = process.ended();
        let listens = listeners(&mut diag, port)?;
        let by_others = || {
            // If we are not allowed to look, the port is taken for its own.
            let own = process.tree.sockets();
            own.is_some_and(|own| listens.iter().all(|(_, inode)| !own.contains(inode)))
        };
        let failed = |what: String| io::Error::other(with_tail(what, &process));
        if let Some(status) = ended {
            if status.code() == Some(NOT_STARTED) && spawn.supervisor.is_some() {
                let said = process.output.settled_tail();
                return Err(io::Error::other(said.join("; ")).into());
            }
            process.output.settled_tail();
            let error = failed(format!("it ended before it was ready: {status}"));
            // Whoever had the port, a listener or a client of somebody else, may have gone already.
            let is_taken = !listens.is_empty() || says_taken(&process.output.tail());
            return Err(if is_taken { NotReady::Taken(error) } else { error.into() });
        }
        let is_ready = match &spawn.ready {
            Some(_) => process.output.is_ready(),
            None => !listens.is_empty(),
        };
        if is_ready && !listens.is_empty() && by_others() {
            let what = format!("another program listens on port {port}");
            return Err(NotReady::Taken(failed(what)));
        }
        if is_ready {
            let addresses: Vec<_> = match listens.is_empty() {
                true => hosts(port).to_vec(),
                false => listens.iter().map(|(address, _)| *address).collect(),
            };
            let host = "127.0.0.1".to_owned();
            let observer = Arc::new(Kernel::of_sockets(Some(process.tree)));
            let address = Address::Tcp { host, port, addresses };
            return Ok(StartedServer { process, address, observer, ports });
        }
        if stop.load(Ordering::Relaxed) {
            return Err(io::Error::from(io::ErrorKind::Interrupted).into());
        }
        if until.is_over() {
            let what = match &spawn.ready {
                Some(ready) => format!("no line of its output matched `{ready}`"),
                None => format!("it did not listen on 127.0.0.1:{port}"),
            };
            let limit = print_duration(spawn.start_timeout);
            let places = process.tree.listening();
            let told = elsewhere::told(places.as_ref(), port, spawn.has_port_place());
            // One that listens where it should and does not say so needs no advice on ports.
            let told = told.filter(|_| listens.is_empty());
            let told = told.map(|told| format!(": {told}")).unwrap_or_default();
            return Err(failed(format!("{what} within {limit}{told}")).into());
        }
        process.wait(Deadline::after(rest));
        rest = (rest * 2).min(LOOKS.1);
    }
}

/// Why a server did not come up.
enum NotReady {
    /// Somebody else has the port.
    Taken(io::Error),
    Failed(io::Error),
}

impl From<io::Error> for NotReady {
    fn from(error: io::Error) -> Self {
        NotReady::Failed(error)
    }
}

/// Whether a server says in the system's words that its port is taken.
fn says_taken(output: &[String]) -> bool {
    output.iter().any(|line| line.to_lowercase().contains("address already in use"))
}

/// A port that nobody has at this moment.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn hosts(port: u16) -> [SocketAddr; 2] {
    [(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]
}

/// The sockets that listen on a port of this host, seen without connecting: a connection would use
/// up a server that serves one client, and may harm one that is not used to clients that leave.
fn listeners(diag: &mut Diag, port: u16) -> io::Result<Vec<(SocketAddr, u64)>> {
    let mut listeners = Vec::new();
    for address in hosts(port) {
        // Without IPv6 the kernel refuses to look.
        if let Ok(Some(inode)) = diag.listener(address) {
            listeners.push((address, u64::from(inode)));
        }
    }
    Ok(listeners)
}

/// What went wrong, and what the process said.
fn with_tail(what: String, process: &Process) -> String {
    let tail = process.output.tail();
    if tail.is_empty() {
        return format!("{what}; it wrote nothing");
    }
    let lines: String = tail.iter().map(|line| format!("\n    {line}")).collect();
    format!("{what}; the end of its output:{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_told_in_the_words_of_the_system() {
        let says = |line: &str| says_taken(&["starting".to_owned(), line.to_owned()]);
        let error = io::Error::from_raw_os_error(rustix::io::Errno::ADDRINUSE.raw_os_error());
        assert!(says(&format!("can't listen: {error}")));
        assert!(says("listen tcp 127.0.0.1:80: bind: address already in use"));
        assert!(!says("can't read the configuration"));
    }
}
