//! A small line server, healthy or with one defect chosen by name: what recut is tried on.
//!
//! ```text
//! cargo run --features specimen --bin specimen -- --list
//! cargo run --features specimen --bin specimen -- --listen 127.0.0.1:8888 --defect glued
//! ```
//!
//! It takes UTF-8 lines that end in LF or CR LF, of at most 64 bytes:
//!
//! | line | answer |
//! | --- | --- |
//! | `echo TEXT` | TEXT |
//! | `slow TEXT` | TEXT, later where the mode is `timer` |
//! | `ask TEXT` | what the backend answers to the line TEXT; TEXT where there is none |
//! | `sum N N…` | the sum |
//! | `bulk N` | N times `x` |
//! | `quit` | `bye`, and the server closes |
//!
//! Each answer is a line. On the client's FIN an unterminated last line is answered as if it were
//! complete. Every place where a defect leaves the healthy code has a comment `DEFECT`.

mod answer;
mod connection;
mod defect;
mod lines;
mod write;

use std::env;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::defect::{Defect, MODES};

const USAGE: &str = "\
usage: specimen [--listen ADDRESS] [--defect NAME] [--backend ADDRESS] [--delay MS]
       specimen --list";

/// No answer is more than an hour late.
const LATEST: u64 = 3_600_000;

/// What all connections share.
struct Server {
    /// Healthy where there is none.
    defect: Option<Defect>,
    /// Who answers `ask`.
    backend: Option<SocketAddr>,
    /// How late every answer is.
    delay: Duration,
    /// How many lines were answered.
    answered: Mutex<u64>,
}

impl Server {
    fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    /// Whose turn it is may answer a line, and counts it. It is short: nothing waits meanwhile.
    fn turn(&self) -> MutexGuard<'_, u64> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the arguments ask for.
enum Plan {
    List,
    Help,
    Serve(SocketAddr, Server),
}

fn main() -> ExitCode {
    match plan(env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned())) {
        // Nobody may be there to read it: no reason to fail.
        Ok(Plan::Help) => {
            let _ = writeln!(io::stdout(), "{USAGE}");
            ExitCode::SUCCESS
        }
        Ok(Plan::List) => {
            list();
            ExitCode::SUCCESS
        }
        Ok(Plan::Serve(address, server)) => match listen(address) {
            Ok(listener) => accept(&listener, &Arc::new(server)),
            Err(error) => {
                let _ = writeln!(io::stderr(), "specimen: can't listen on {address}: {error}");
                ExitCode::FAILURE
            }
        },
        Err(problem) => {
            let _ = writeln!(io::stderr(), "specimen: {problem}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn plan(mut words: impl Iterator<Item = String>) -> Result<Plan, String> {
    let mut address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut server =
        Server { defect: None, backend: None, delay: Duration::ZERO, answered: Mutex::new(0) };
    while let Some(option) = words.next() {
        match option.as_str() {
            "--help" | "-h" => return Ok(Plan::Help),
            "--list" => return Ok(Plan::List),
            "--listen" | "--defect" | "--backend" | "--delay" => {}
            _ => return Err(format!("unknown argument `{option}`")),
        }
        let value = words.next().ok_or_else(|| format!("{option} needs a value"))?;
        match option.as_str() {
            "--listen" => address = parse_address(&value)?,
            "--backend" => server.backend = Some(parse_address(&value)?),
            "--delay" => server.delay = parse_delay(&value)?,
            _ => server.defect = Some(parse_defect(&value)?),
        }
    }
    Ok(Plan::Serve(address, server))
}

fn parse_address(value: &str) -> Result<SocketAddr, String> {
    value.parse().map_err(|_| format!("`{value}` is no address like 127.0.0.1:8888"))
}

fn parse_delay(value: &str) -> Result<Duration, String> {
    let delay = value.parse().ok().filter(|delay| *delay <= LATEST);
    let delay = delay.ok_or_else(|| format!("`{value}` is no number of up to {LATEST} ms"))?;
    Ok(Duration::from_millis(delay))
}

fn parse_defect(value: &str) -> Result<Defect, String> {
    let mode = MODES.iter().find(|mode| mode.name == value);
    let mode = mode.ok_or_else(|| format!("unknown defect `{value}`: see --list"))?;
    Ok(mode.defect)
}

fn list() {
    for mode in MODES {
        let mark = if mode.is_defect { "" } else { "(no defect) " };
        let _ = writeln!(io::stdout(), "{:<16} {mark}{}", mode.name, mode.about);
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    let mut out = io::stdout();
    let _ = writeln!(out, "listening on {}", listener.local_addr()?);
    let _ = out.flush();
    Ok(listener)
}

fn accept(listener: &TcpListener, server: &Arc<Server>) -> ! {
    loop {
        match listener.accept() {
            // DEFECT serial: no thread of its own, so the next client waits for this one's end.
            Ok((stream, _)) if server.has(Defect::Serial) => connection::serve(stream, server),
            Ok((stream, _)) => start(stream, server),
            // Descriptors may have run out: others have to go first.
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    }
}

fn start(stream: TcpStream, server: &Arc<Server>) {
    let server = Arc::clone(server);
    let thread = thread::Builder::new().spawn(move || connection::serve(stream, &server));
    if let Err(error) = thread {
        let _ = writeln!(io::stderr(), "specimen: no thread for a client: {error}");
    }
}
