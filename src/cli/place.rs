//! Both ends of a relay as they are typed: HOST:PORT, or unix:PATH.

use std::io::ErrorKind;
use std::path::Path;

use super::Failed;
use super::address::{bind, is_spoken, no_address, resolve, resolve_server};
use super::foreign::AddressUse;
use crate::shell::place::{Entrance, ServerPlace, SocketFile};
use crate::shell::server;

/// How many connections the system keeps for us until they are accepted.
const BACKLOG: i32 = 128;

/// What stands before the path of a Unix socket.
const UNIX: &str = "unix:";

/// Where the server is.
pub(super) fn server_place(address: &str) -> Result<ServerPlace, Failed> {
    match path(address)? {
        Some(path) => Ok(ServerPlace::Unix(path.to_owned())),
        None => resolve_server(address).map(ServerPlace::from),
    }
}

/// Where clients come in, and the files of sockets, which go with their guards.
pub(super) fn entrances(address: &str) -> Result<(Vec<Entrance>, Vec<SocketFile>), Failed> {
    if let Some(path) = path(address)? {
        let made = Entrance::unix(path).map_err(|error| {
            let advice = match error.kind() {
                ErrorKind::AddrInUse => " (something is there: if nobody listens, remove it)",
                ErrorKind::NotFound => " (its folder is not there)",
                _ => "",
            };
            Failed::unreachable(format!("can't listen on {address}: {error}{advice}"))
        });
        let (entrance, file) = made?;
        return Ok((vec![entrance], vec![file]));
    }
    is_spoken(address, AddressUse::Listen)?;
    let any = resolve(address, AddressUse::Listen)?;
    let listeners = bind(&any, |address| server::bind(address, BACKLOG, true))?;
    Ok((listeners.into_iter().map(Entrance::from).collect(), Vec::new()))
}

/// The path of a Unix socket, if the address is one.
fn path(address: &str) -> Result<Option<&Path>, Failed> {
    match address.strip_prefix(UNIX) {
        Some("") => {
            Err(no_address(address, "expected the path of a socket after `unix:`, or HOST:PORT"))
        }
        path => Ok(path.map(Path::new)),
    }
}
