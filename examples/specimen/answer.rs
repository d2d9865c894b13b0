//! What is answered to a line.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::Server;
use crate::defect::Defect;
use crate::lines::Line;

/// The most that `bulk` gives.
const MOST: usize = 64 << 20;

/// The longest answer that is taken from a backend.
const RELAYED: u64 = 64 << 10;

/// How long a backend may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How late `slow` is with `timer`.
const LATE: Duration = Duration::from_millis(100);

pub(crate) struct Answer {
    pub(crate) body: Body,
    pub(crate) then: Then,
    pub(crate) late: Duration,
}

/// The answer's line, without its terminator.
pub(crate) enum Body {
    Text(String),
    /// So many `x`, made when they are written.
    Bulk(usize),
}

/// What the server does behind the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    GoOn,
    Quit,
    GiveUp,
}

/// The answer to a line; none where the connection is dropped instead.
pub(crate) fn to(line: Line, server: &Server) -> Option<Answer> {
    let mut late = server.delay;
    let mut then = Then::GoOn;
    let body = match line {
        Line::Undecoded => return None,
        Line::NotUtf8 => error("not UTF-8"),
        Line::TooLong => {
            then = Then::GiveUp;
            error("line too long")
        }
        Line::Text(line) => {
            let (command, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match command {
                "echo" => Body::Text(rest.to_owned()),
                "slow" => {
                    // Not a defect: whoever promised no earlier answer breaks no promise.
                    if server.has(Defect::Timer) {
                        late += LATE;
                    }
                    Body::Text(rest.to_owned())
                }
                "ask" => ask(rest, server.backend),
                "sum" => sum(rest),
                "bulk" => bulk(rest),
                "quit" if line == "quit" => {
                    then = Then::Quit;
                    Body::Text("bye".to_owned())
                }
                _ => error("unknown command"),
            }
        }
    };
    Some(Answer { body, then, late })
}

fn error(problem: &str) -> Body {
    Body::Text(format!("error: {problem}"))
}

fn sum(numbers: &str) -> Body {
    // Too few numbers fit into a line for their sum to overflow.
    let sum: Result<i128, _> =
        numbers.split_ascii_whitespace().map(|number| number.parse::<i64>().map(i128::from)).sum();
    sum.map_or_else(|_| error("not a number"), |sum| Body::Text(sum.to_string()))
}

fn bulk(number: &str) -> Body {
    match number.parse() {
        Ok(number) if number <= MOST => Body::Bulk(number),
        Ok(_) => error("too many"),
        Err(_) => error("not a number"),
    }
}

fn ask(question: &str, backend: Option<SocketAddr>) -> Body {
    let Some(backend) = backend else { return Body::Text(question.to_owned()) };
    relay(question, backend).map_or_else(|_| error("no answer from the backend"), Body::Text)
}

fn relay(question: &str, backend: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&backend, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{question}\n").as_bytes())?;
    let mut answer = String::new();
    BufReader::new(stream.take(RELAYED)).read_line(&mut answer)?;
    // Too long or cut off: no line.
    let line = answer.strip_suffix('\n').ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}
