//! A small server on which a verdict is hard, with one mode chosen by name: what recut must not
//! accuse, or must accuse of the right thing.
//!
//! ```text
//! cargo run --features specimen --bin oddity -- --list
//! cargo run --features specimen --bin oddity -- --listen 127.0.0.1:8888 cross
//! ```
//!
//! Most modes take lines that end in LF, and answer the line `hello` with `<hello>`; `mode.rs` says
//! what each one does instead. The specimen beside it has defects that a delivery alone shows; here
//! the server's own time, state, chance and age play a part.

mod changes;
mod cuts;
mod ends;
mod lines;
mod mode;
mod reads;
mod server;
mod shares;
mod turns;

use std::env;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::mode::{Attend, Kind, MODES, Mode, Serves};
use crate::server::Server;

const USAGE: &str = "\
usage: oddity [--listen ADDRESS] [--seed N] MODE
       oddity --list";

/// What the arguments ask for.
enum Plan {
    List,
    Help,
    Serve(SocketAddr, &'static Mode, u64),
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
        Ok(Plan::Serve(address, mode, seed)) => match listen(address) {
            Ok(listener) => serve(&listener, mode.serves, Server::new(seed)),
            Err(error) => {
                let _ = writeln!(io::stderr(), "oddity: can't listen on {address}: {error}");
                ExitCode::FAILURE
            }
        },
        Err(problem) => {
            let _ = writeln!(io::stderr(), "oddity: {problem}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn plan(mut words: impl Iterator<Item = String>) -> Result<Plan, String> {
    let mut address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut seed = None;
    let mut mode = None;
    while let Some(word) = words.next() {
        match word.as_str() {
            "--help" | "-h" => return Ok(Plan::Help),
            "--list" => return Ok(Plan::List),
            "--listen" | "--seed" => {
                let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
                if word == "--listen" {
                    address = parse_address(&value)?;
                } else {
                    seed = Some(parse_seed(&value)?);
                }
            }
            option if option.starts_with('-') => return Err(format!("unknown option `{option}`")),
            name if mode.is_none() => mode = Some(parse_mode(name)?),
            _ => return Err(format!("a second mode `{word}`: there can be only one")),
        }
    }
    let mode = mode.ok_or("which mode? See --list")?;
    Ok(Plan::Serve(address, mode, seed.unwrap_or_else(seed_of_the_time)))
}

fn parse_address(value: &str) -> Result<SocketAddr, String> {
    value.parse().map_err(|_| format!("`{value}` is not an address like 127.0.0.1:8888"))
}

fn parse_seed(value: &str) -> Result<u64, String> {
    value.parse().map_err(|_| format!("`{value}` is not a number"))
}

fn parse_mode(name: &str) -> Result<&'static Mode, String> {
    MODES
        .iter()
        .find(|mode| mode.name == name)
        .ok_or_else(|| format!("unknown mode `{name}`: see --list"))
}

/// Two starts of the server should not make the same choices.
fn seed_of_the_time() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs() ^ u64::from(since.subsec_nanos()) << 32
}

fn list() {
    for mode in MODES {
        let mark = match mode.kind {
            Kind::Healthy => "(no defect) ",
            Kind::Changes => "(no delivery is to blame) ",
            Kind::Broken => "",
        };
        let _ = writeln!(io::stdout(), "{:<14} {mark}{}", mode.name, mode.about);
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    let mut out = io::stdout();
    let _ = writeln!(out, "listening on {}", listener.local_addr()?);
    let _ = out.flush();
    Ok(listener)
}

fn serve(listener: &TcpListener, serves: Serves, server: Server) -> ! {
    let server = Arc::new(server);
    match serves {
        Serves::All(attend) => attend_to_all(listener, attend, &server, || ()),
        Serves::Few(attend) => {
            let count = Arc::clone(&server);
            attend_to_all(listener, attend, &server, move || count.has_ended())
        }
        Serves::One(attend) => {
            let stream = accept(listener);
            let _ = attend(&stream, &server, 1);
            drop(stream);
            process::exit(0)
        }
        Serves::InTurn(take) => turns::serve(listener, take, &server),
    }
}

/// Gives each client a thread, which calls `after` when the client has gone.
fn attend_to_all<F>(listener: &TcpListener, attend: Attend, server: &Arc<Server>, after: F) -> !
where
    F: Fn() + Clone + Send + 'static,
{
    let mut accepted = 0;
    loop {
        let stream = accept(listener);
        accepted += 1;
        let (server, after) = (Arc::clone(server), after.clone());
        let thread = thread::Builder::new().spawn(move || {
            // A client that has left is no reason to say anything.
            let _ = attend(&stream, &server, accepted);
            drop(stream);
            after();
        });
        if let Err(error) = thread {
            let _ = writeln!(io::stderr(), "oddity: no thread for a client: {error}");
        }
    }
}

fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        if let Ok((stream, _)) = listener.accept() {
            // An answer must not wait for the next one.
            let _ = stream.set_nodelay(true);
            return stream;
        }
        // Descriptors may have run out: others have to go first.
        thread::sleep(Duration::from_millis(10));
    }
}
