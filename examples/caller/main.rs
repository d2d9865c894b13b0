//! A small client, healthy or with one defect chosen by name: what recut is tried on.
//!
//! ```text
//! cargo run --features specimen --bin caller -- --list
//! recut check page.recut --client 'caller --port {port} --defect one-read'
//! recut check page.recut --driver 'caller --driver --defect one-read'
//! ```
//!
//! It asks for two pages on one connection and prints them. A request is a line, `get NAME`; an
//! answer is a header line, `page N`, and N bytes of UTF-8. An answer that stops short is an error,
//! told on stderr, with exit code 1. A driver reads an address from each line of its stdin, and
//! answers with a line: the pages, or the error. Every place where a mode leaves the healthy code
//! has a comment `DEFECT`.

mod mode;
mod reader;

use std::env;
use std::io::{self, BufRead, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use crate::mode::{MODES, Mode};
use crate::reader::Reader;

const USAGE: &str = "\
usage: caller --port PORT [--defect NAME]
       caller --driver [--defect NAME]
       caller --list";

/// What the client asks for.
const PAGES: [&str; 2] = ["one", "two"];

/// What the arguments ask for.
enum Plan {
    List,
    Once(SocketAddr),
    Driver,
}

fn main() -> ExitCode {
    match plan(env::args().skip(1)) {
        Ok((Plan::List, _)) => {
            for mode in MODES {
                let _ = writeln!(io::stdout(), "{:<14}{}", mode.name, mode.about);
            }
            ExitCode::SUCCESS
        }
        Ok((Plan::Once(address), mode)) => match fetch(address, mode) {
            Ok(text) => {
                let _ = write!(io::stdout(), "{text}");
                ExitCode::SUCCESS
            }
            Err(error) => {
                let _ = writeln!(io::stderr(), "caller: {error}");
                ExitCode::FAILURE
            }
        },
        Ok((Plan::Driver, mode)) => drive(mode),
        Err(problem) => {
            let _ = writeln!(io::stderr(), "caller: {problem}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn plan(mut words: impl Iterator<Item = String>) -> Result<(Plan, Mode), String> {
    let (mut plan, mut mode) = (None, Mode::HEALTHY);
    while let Some(option) = words.next() {
        match option.as_str() {
            "--list" => plan = Some(Plan::List),
            "--driver" => plan = Some(Plan::Driver),
            "--port" => {
                let port = words.next().and_then(|port| port.parse().ok());
                let port: u16 = port.ok_or("--port needs a port")?;
                plan = Some(Plan::Once((Ipv4Addr::LOCALHOST, port).into()));
            }
            "--defect" => {
                let name = words.next().ok_or("--defect needs a name")?;
                let known = MODES.iter().find(|mode| mode.name == name);
                mode = *known.ok_or(format!("there is no mode `{name}`"))?;
            }
            _ => return Err(format!("unknown argument `{option}`")),
        }
    }
    Ok((plan.ok_or("what is to be done?")?, mode))
}

/// Plays a client for each line.
fn drive(mode: Mode) -> ExitCode {
    // DEFECT pool: connections are kept after their answers.
    let mut pool = Vec::new();
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let address = line.split(' ').next().and_then(|word| word.parse().ok());
        let Some(address) = address else { return ExitCode::from(2) };
        let answer = match connect(address, mode) {
            Err(error) => format!("error: {error}"),
            Ok(mut reader) => {
                let answer = ask(&mut reader, mode);
                if mode.name == "pool" {
                    pool.push(reader);
                }
                answer.unwrap_or_else(|error| format!("error: {error}"))
            }
        };
        // A result is one line.
        let answer = answer.trim_end().escape_debug().to_string();
        // DEFECT two-lines: a line more than was asked for.
        let more = if mode.name == "two-lines" { "done\n" } else { "" };
        let mut stdout = io::stdout().lock();
        if write!(stdout, "{answer}\n{more}").and_then(|()| stdout.flush()).is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// One conversation.
fn fetch(address: SocketAddr, mode: Mode) -> io::Result<String> {
    loop {
        let answer = connect(address, mode).and_then(|mut reader| ask(&mut reader, mode));
        match answer {
            // DEFECT retry, retry-later: whatever happens, it tries again, for ever.
            Err(_) if mode.name == "retry" => thread::sleep(Duration::from_millis(10)),
            Err(_) if mode.name == "retry-later" => thread::sleep(Duration::from_millis(500)),
            answer => return answer,
        }
    }
}

fn connect(address: SocketAddr, mode: Mode) -> io::Result<Reader> {
    // DEFECT slow: it takes its time, before and after.
    if mode.name == "slow" {
        thread::sleep(Duration::from_millis(30));
    }
    TcpStream::connect(address).map(|stream| Reader::new(stream, mode))
}

/// Asks for all pages on one connection.
fn ask(reader: &mut Reader, mode: Mode) -> io::Result<String> {
    let mut text = String::new();
    for page in PAGES {
        reader.send(format!("get {page}\n").as_bytes())?;
        text.push_str(&reader.page()?);
    }
    if matches!(mode.name, "short" | "count") {
        text = format!("{} pages\n", PAGES.len());
    }
    // DEFECT clock: what it prints is another text each time.
    if mode.name == "clock" {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        text.push_str(&format!("at {}\n", now.unwrap_or_default().as_nanos()));
    }
    if mode.name == "slow" {
        thread::sleep(Duration::from_millis(30));
    }
    Ok(text)
}
