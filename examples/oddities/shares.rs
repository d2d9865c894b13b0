//! Servers in which one client's bytes reach another one.

use std::io;
use std::mem;

use crate::lines::{bracketed, take_line, write};
use crate::server::Server;
use crate::turns::Client;

/// Has one buffer for all connections: half a line of one client is glued to another's.
pub(crate) fn cross(client: &mut Client, data: &[u8], server: &Server) -> io::Result<()> {
    let mut shared = server.bytes();
    shared.extend(data);
    while let Some(line) = take_line(&mut shared) {
        write(&client.stream, &bracketed(&line))?;
    }
    Ok(())
}

/// Has a buffer for each connection, takes it from a pool, and gives it back as it is.
pub(crate) fn grow(client: &mut Client, data: &[u8], server: &Server) -> io::Result<()> {
    if data.is_empty() {
        // The defect: what it holds is not thrown away.
        if !client.kept.is_empty() {
            *server.bytes() = mem::take(&mut client.kept);
        }
        return Ok(());
    }
    if !client.has_begun {
        client.kept = mem::take(&mut *server.bytes());
    }
    client.kept.extend(data);
    while let Some(line) = take_line(&mut client.kept) {
        write(&client.stream, &bracketed(&line))?;
    }
    Ok(())
}

/// Answers rightly until a client leaves inside a line, and never again after that.
pub(crate) fn mangles_after(client: &mut Client, data: &[u8], server: &Server) -> io::Result<()> {
    if data.is_empty() && !client.kept.is_empty() {
        server.damage();
    }
    client.kept.extend(data);
    while let Some(line) = take_line(&mut client.kept) {
        let answer = if server.is_damaged() { b"damaged" } else { line.as_slice() };
        write(&client.stream, &bracketed(answer))?;
    }
    Ok(())
}
