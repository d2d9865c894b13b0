//! HOST:PORT as it is typed, and what to do if the address can't be used.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};

use rustix::io::Errno;

use super::Failed;
use super::foreign::{self, AddressUse};

/// Why a text is not HOST:PORT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AddressError {
    /// There is no host, no port, or something else in their place.
    Form,
    /// An IPv6 address without brackets.
    Brackets,
    /// The port is a number, but too large.
    PortTooLarge,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "expected HOST:PORT, as 127.0.0.1:8888, [::1]:8888 or localhost:8888",
            Self::Brackets => "an IPv6 address stands in brackets, as [::1]:8888",
            Self::PortTooLarge => "a port is at most 65535; 0 picks a free one",
        })
    }
}

/// The addresses of a HOST:PORT: both families if the name has both. Port 0 is allowed.
pub(super) fn resolve(address: &str, used: AddressUse) -> Result<Vec<SocketAddr>, Failed> {
    is_spoken(address, used)?;
    check(address).map_err(|why| no_address(address, why))?;
    let failed = |error: &dyn fmt::Display| {
        let advice = "is the name spelt right? 127.0.0.1 and [::1] are this machine";
        Failed::unreachable(format!("can't resolve {address}: {error} ({advice})"))
    };
    let addresses: Vec<_> = address.to_socket_addrs().map_err(|error| failed(&error))?.collect();
    if addresses.is_empty() { Err(failed(&"the name has no address")) } else { Ok(addresses) }
}

/// The addresses of a server that clients can connect to, so that its port is not 0.
pub(super) fn resolve_server(address: &str) -> Result<Vec<SocketAddr>, Failed> {
    is_spoken(address, AddressUse::Server)?;
    if !is_server(address) {
        let expected = "expected HOST:PORT with a port from 1 to 65535";
        return Err(no_address(address, expected));
    }
    let failed = |error| Failed::unreachable(format!("can't resolve {address}: {error}"));
    address.to_socket_addrs().map(Iterator::collect).map_err(failed)
}

/// Whether an address is one of what recut speaks; else the error says what to write instead.
pub(super) fn is_spoken(address: &str, used: AddressUse) -> Result<(), Failed> {
    match foreign::advice(address, used) {
        Some(advice) => Err(no_address(address, advice)),
        None => Ok(()),
    }
}

/// Says that a text is not an address, and why.
pub(super) fn no_address(address: &str, why: impl fmt::Display) -> Failed {
    Failed::usage(format!("`{address}` is not an address: {why}"))
}

/// Whether a text ends in a port that clients can connect to. What the host is shows when it is
/// looked up.
pub(super) fn is_server(address: &str) -> bool {
    matches!(split(address), Some((_, Ok(1..))))
}

/// Whether a text is HOST:PORT; else what is wrong.
fn check(address: &str) -> Result<(), AddressError> {
    let (host, port) = split(address).ok_or(AddressError::Form)?;
    let is_bracketed = host.starts_with('[') && host.ends_with(']');
    if host.contains(':') && !is_bracketed {
        return Err(AddressError::Brackets);
    } else if host.is_empty() || (host.contains(['[', ']']) && !is_bracketed) {
        return Err(AddressError::Form);
    }
    port.map(|_| ())
}

/// The host as it is typed, and the port; `None` if there is no `:`.
fn split(address: &str) -> Option<(&str, Result<u16, AddressError>)> {
    let (host, port) = address.rsplit_once(':')?;
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let why = if is_number { AddressError::PortTooLarge } else { AddressError::Form };
    Some((host, port.parse().map_err(|_| why)))
}

/// Binds a socket at each of the addresses of a name, and says what to do if that fails. A name
/// may have addresses that this machine does not have (`localhost` is also ::1, and there may be no
/// IPv6): one that it has is enough.
pub(super) fn bind<S>(
    addresses: &[SocketAddr],
    bind: impl Fn(SocketAddr) -> io::Result<S>,
) -> Result<Vec<S>, Failed> {
    let (mut sockets, mut missing) = (Vec::new(), None);
    for &address in addresses {
        match bind(address) {
            Ok(socket) => sockets.push(socket),
            Err(error) => {
                let is_missing = error.kind() == ErrorKind::AddrNotAvailable
                    || Errno::from_io_error(&error) == Some(Errno::AFNOSUPPORT);
                let advice = advice(error.kind());
                let told = format!("can't listen on {address}: {error}{advice}");
                if !is_missing {
                    return Err(Failed::unreachable(told));
                }
                missing = Some(told);
            }
        }
    }
    match missing {
        Some(told) if sockets.is_empty() => Err(Failed::unreachable(told)),
        _ => Ok(sockets),
    }
}

/// What can be done if a socket can't be bound.
fn advice(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::AddrInUse => " (another program listens there: stop it, or use port 0)",
        ErrorKind::PermissionDenied => {
            " (ports below 1024 need a privilege: use a higher one, or port 0)"
        }
        ErrorKind::AddrNotAvailable => {
            " (this machine has no such address: 127.0.0.1 is this machine alone, 0.0.0.0 all of \
             its networks)"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_an_address_is_named() {
        for good in ["127.0.0.1:0", "[::1]:8888", "localhost:65535", "[::]:1"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, part) in [
            ("here", "expected HOST:PORT"),
            ("", "expected HOST:PORT"),
            (":80", "expected HOST:PORT"),
            ("host:", "expected HOST:PORT"),
            ("host:http", "expected HOST:PORT"),
            ("host:-1", "expected HOST:PORT"),
            ("[::1:80", "in brackets"),
            ("[host:80", "expected HOST:PORT"),
            ("::1:80", "in brackets"),
            ("127.0.0.1:65536", "at most 65535"),
            ("127.0.0.1:99999999999999999999", "at most 65535"),
        ] {
            assert!(check(bad).is_err_and(|why| why.to_string().contains(part)), "{bad}");
        }
    }

    #[test]
    fn a_client_needs_a_port_that_is_not_0() {
        for (address, expected) in
            [("host:1", true), ("[::1]:65535", true), ("host:0", false), ("host", false)]
        {
            assert_eq!(is_server(address), expected, "{address}");
        }
    }

    #[test]
    fn what_can_be_done_is_said() {
        for (kind, part) in [
            (ErrorKind::AddrInUse, "stop it, or use port 0"),
            (ErrorKind::PermissionDenied, "below 1024 need a privilege"),
            (ErrorKind::AddrNotAvailable, "no such address"),
        ] {
            let failed = bind(&["192.0.2.1:80".parse().unwrap()], |_| Err::<(), _>(kind.into()));
            let message = failed.err().unwrap().message;
            assert!(message.starts_with("can't listen on 192.0.2.1:80: "), "{message}");
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn an_address_of_a_name_that_this_machine_has_is_enough() {
        let addresses = ["[::1]:80", "127.0.0.1:80"].map(|address| address.parse().unwrap());
        let missing: [fn() -> io::Error; 2] =
            [|| ErrorKind::AddrNotAvailable.into(), || Errno::AFNOSUPPORT.into()];
        for error in missing {
            let no_ipv6 = |a: SocketAddr| if a.is_ipv6() { Err(error()) } else { Ok(a) };
            assert_eq!(bind(&addresses, no_ipv6).ok().unwrap(), addresses[1..]);
            let nothing = bind(&addresses, |_| Err::<(), _>(error()));
            assert!(nothing.err().unwrap().message.contains("127.0.0.1:80"));
        }
        let taken =
            |a: SocketAddr| if a.is_ipv6() { Err(ErrorKind::AddrInUse.into()) } else { Ok(a) };
        assert!(bind(&addresses, taken).is_err());
    }
}
