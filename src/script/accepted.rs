//! What a script says of connections that it accepts, and of the client that comes.

use std::sync::Arc;

use super::pattern::Pattern;
use super::source::Place;

/// The names that a port can't have, because a command has other uses for them.
pub const RESERVED_PORTS: [&str; 5] = ["port", "host", "dir", "socket", "ca"];

/// A port on which the script listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// What `listen … on` calls it; empty is the common one, `{port}`.
    pub name: String,
    /// The slot of the variable that holds its number; none for the common one, which is `$port`.
    pub slot: Option<usize>,
}

/// A claim on the end of a client.
#[derive(Clone, Debug)]
pub struct ResultClaim {
    /// Where it stands.
    pub place: Place,
    /// What is claimed.
    pub what: Claimed,
}

/// What is claimed of the end of a client.
#[derive(Clone, Debug)]
pub enum Claimed {
    /// `exit 0`: it ends with this code.
    Exit(u8),
    /// `output re"…"`: what it wrote on its stdout matches.
    Output(Pattern),
}

/// What came of an uncut conversation for a client: each delivery must come to the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientResult {
    /// How the process ended, as the system words it; none for a driver, which goes on.
    pub end: Option<String>,
    /// What it wrote on its stdout, or the line of a driver, without what is ignored.
    pub output: Arc<[u8]>,
}
