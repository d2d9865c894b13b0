//! Listening sockets.

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, SockRef, Socket, Type};

/// Listens at an address; with `reuse` also while old connections to it are in TIME-WAIT. A socket
/// at an IPv6 address does not accept IPv4, so that both can have the same port.
///
/// # Errors
///
/// The address is in use, is not one of this machine, or needs a privilege.
pub fn bind(address: SocketAddr, backlog: i32, reuse: bool) -> io::Result<TcpListener> {
    listen(address, backlog, reuse, |_| Ok(()))
}

/// The same with options that are set before the first client can come.
pub(super) fn listen(
    address: SocketAddr,
    backlog: i32,
    reuse: bool,
    prepare: impl FnOnce(SockRef<'_>) -> io::Result<()>,
) -> io::Result<TcpListener> {
    let socket = bound(address, Type::STREAM, Protocol::TCP, reuse)?;
    prepare(SockRef::from(&socket))?;
    socket.listen(backlog)?;
    Ok(socket.into())
}

/// A socket at an address, of either kind.
pub(super) fn bound(
    address: SocketAddr,
    kind: Type,
    transport: Protocol,
    reuse: bool,
) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(transport))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(reuse)?;
    socket.bind(&address.into())?;
    Ok(socket)
}
