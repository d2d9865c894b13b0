//! The modes of the server, by name.

use std::io;
use std::net::TcpStream;

use crate::server::Server;
use crate::turns::Take;
use crate::{changes, cuts, ends, reads, shares};

/// What a right verdict says of a mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing is found.
    Healthy,
    /// The answers change, or stay away, by themselves: no delivery is to blame.
    Changes,
    /// A delivery, or what is claimed, shows a defect.
    Broken,
}

/// Whom the server attends to, and how.
#[derive(Clone, Copy)]
pub(crate) enum Serves {
    /// Everybody, side by side.
    All(Attend),
    /// Everybody, until so many have gone that the process ends.
    Few(Attend),
    /// One, after whom the process ends.
    One(Attend),
    /// Everybody, in the order in which they speak and leave.
    InTurn(Take),
}

/// Converses with a client: the connection is the so-manieth, counted from 1. An error is a client
/// that has gone.
pub(crate) type Attend = fn(&TcpStream, &Server, u64) -> io::Result<()>;

/// A name and what it stands for.
pub(crate) struct Mode {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) serves: Serves,
    pub(crate) about: &'static str,
}

const fn mode(name: &'static str, kind: Kind, serves: Serves, about: &'static str) -> Mode {
    Mode { name, kind, serves, about }
}

const fn changes(name: &'static str, attend: Attend, about: &'static str) -> Mode {
    mode(name, Kind::Changes, Serves::All(attend), about)
}

const fn broken(name: &'static str, attend: Attend, about: &'static str) -> Mode {
    mode(name, Kind::Broken, Serves::All(attend), about)
}

const fn shares(name: &'static str, take: Take, about: &'static str) -> Mode {
    mode(name, Kind::Broken, Serves::InTurn(take), about)
}

/// All of them, in the order of `--list`.
pub(crate) const MODES: &[Mode] = &[
    changes("clock", changes::clock, "answers each line with `tick` and the Unix second"),
    changes("counter", changes::counter, "answers each line with how many it has answered"),
    changes("period", changes::period, "answers `busy` on every third connection, else `ok`"),
    changes(
        "rare",
        changes::rare,
        "answers one line of ten, by chance, with `wrong`, else `right`",
    ),
    changes("wears", changes::wears, "answers `one` six times, from then on `two`"),
    changes("counts-clients", changes::counts_clients, "answers each client with its number"),
    changes("refuses", changes::refuses, "closes every third connection at once"),
    mode(
        "dies-of-age",
        Kind::Changes,
        Serves::Few(changes::answers),
        "ends after nine connections",
    ),
    mode(
        "late",
        Kind::Healthy,
        Serves::All(reads::late),
        "answers a line of several reads 700 ms late",
    ),
    mode(
        "farewell",
        Kind::Healthy,
        Serves::All(ends::farewell),
        "says 100 KiB after the client's FIN, and closes",
    ),
    mode(
        "slow-farewell",
        Kind::Healthy,
        Serves::All(ends::slow_farewell),
        "says 200 KiB within 350 ms after the client's FIN, and closes",
    ),
    mode(
        "serial-exit",
        Kind::Broken,
        Serves::One(reads::one_read),
        "takes one read for one line; ends after one client",
    ),
    broken("headers", reads::headers, "takes one read for the length, of four bytes, of a message"),
    broken(
        "sink-aside",
        reads::sink_aside,
        "answers, and dies of a client that leaves inside a line",
    ),
    broken("terminator", cuts::terminator, "looks for the blank line in each read on its own"),
    broken("length", cuts::length, "takes the digits of a length that have come for all of them"),
    broken("limit", cuts::limit, "gives up a line that has no end after 20 bytes"),
    broken("join-once", cuts::join_once, "joins a character that is cut with one read only"),
    broken("first-read", cuts::first_read, "answers the first read, and ignores what follows"),
    broken("nap", reads::nap, "answers after 20 ms, then takes one read for one line"),
    broken("nap-one", reads::nap_one, "breaks where a read ends behind `hel`; answers after 20 ms"),
    broken("sink", reads::sink, "answers nothing, and dies of a read that ends inside a line"),
    broken("flood", ends::flood, "answers for ever after the client's FIN"),
    broken("short-send", ends::short_send, "answers N with N bytes, but with what one send takes"),
    broken(
        "mostly",
        reads::mostly,
        "breaks at every cut by chance, and surely where a read ends behind `hell`",
    ),
    broken("idle", ends::idle, "ignores a line that is cut, and closes after 1 s of silence"),
    broken("unread", ends::unread, "answers eight bytes, and closes with the rest unread"),
    shares("cross", shares::cross, "has one buffer for all connections"),
    shares("grow", shares::grow, "gives what a client left half done to the next one"),
    shares(
        "mangles-after",
        shares::mangles_after,
        "answers `<damaged>` after a line without an end",
    ),
];
