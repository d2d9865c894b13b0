//! The same protocol over UDP: each datagram is a stream of its own.
//!
//! A sender can state any source address. A server that answers to that address can be made to send
//! to somebody else, and to send more than came in if its answers are longer than the questions
//! (BCP 38, RFC 2827, is about the networks that let such datagrams out). So an answer is never
//! longer than its question, and some sources get no answer: see [`may_answer`].

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::thread;

use socket2::{Protocol as Transport, Type};

use super::{BREATH, ServerEvent, is_momentary, listen};
use crate::protocol::{Flow, Protocol};

/// More than the longest datagram, in bytes.
const DATAGRAM: usize = 65_536;

/// Up to here ports belong to services.
const SERVICES: u16 = 1023;

/// A socket for datagrams at an address, which no other socket can share. One at an IPv6 address
/// does not receive IPv4.
///
/// # Errors
///
/// The address is in use, is not one of this machine, or needs a privilege.
pub fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    // With SO_REUSEADDR, somebody else could have the same port and take what comes in.
    Ok(listen::bound(address, Type::DGRAM, Transport::UDP, false)?.into())
}

/// Whether a datagram that states this source may be answered from a socket with this port.
///
/// It may not if the source is many hosts or none (multicast, broadcast, unspecified), or if its
/// port is below 1024: clients do not use those ports, but echo (7), chargen (19), time (37) or DNS
/// (53) would answer the answer, for ever (RFC 862 and 864 do not forbid it). It may not if the
/// port is our own either, since there may be a server like this one.
///
/// The broadcast addresses of single networks can't be recognised; the system refuses to send to
/// them.
///
/// # Examples
///
/// ```
/// use recut::shell::server::udp::may_answer;
///
/// assert!(may_answer("192.0.2.1:40000".parse().unwrap(), 8888));
/// assert!(!may_answer("192.0.2.1:7".parse().unwrap(), 8888));
/// assert!(!may_answer("192.0.2.1:8888".parse().unwrap(), 8888));
/// assert!(!may_answer("255.255.255.255:40000".parse().unwrap(), 8888));
/// ```
pub fn may_answer(source: SocketAddr, own_port: u16) -> bool {
    let is_one_host = match source.ip().to_canonical() {
        IpAddr::V4(ip) => !(ip.is_unspecified() || ip.is_broadcast() || ip.is_multicast()),
        IpAddr::V6(ip) => !(ip.is_unspecified() || ip.is_multicast()),
    };
    is_one_host && source.port() > SERVICES && source.port() != own_port
}

/// The answer to a datagram, which may be empty, as the datagram may be.
///
/// `None` if it would be longer than the datagram: ill-formed bytes triple in size. It is not
/// shortened, since it would look like a whole answer; a client must expect to lose some anyway.
///
/// # Examples
///
/// ```
/// use recut::Echo;
/// use recut::shell::server::udp::answer;
///
/// assert_eq!(answer(Echo::default(), b"hi\nq\nlost"), Some(b"hi\n".to_vec()));
/// assert_eq!(answer(Echo::default(), b""), Some(Vec::new()));
/// assert_eq!(answer(Echo::default(), b"\xff"), None);
/// ```
pub fn answer(mut protocol: impl Protocol, datagram: &[u8]) -> Option<Vec<u8>> {
    let mut reply = Vec::new();
    let mut flow = protocol.open(&mut reply);
    if flow == Flow::Continue && !datagram.is_empty() {
        flow = protocol.receive(datagram, &mut reply);
    }
    if flow == Flow::Continue {
        let _ = protocol.end(&mut reply);
    }
    (reply.len() <= datagram.len()).then_some(reply)
}

/// Answers one datagram after the other, for ever; `connect` makes the server's side of each.
pub fn serve<P: Protocol>(
    socket: &UdpSocket,
    connect: impl Fn() -> P,
    tell: impl Fn(&ServerEvent<'_>),
) {
    let own_port = socket.local_addr().map_or(0, |address| address.port());
    let mut buffer = vec![0; DATAGRAM];
    // An error is reported once, until something comes in again.
    let mut is_told = false;
    loop {
        let (bytes, peer) = match socket.recv_from(&mut buffer) {
            Ok((length, peer)) => (&buffer[..length.min(DATAGRAM)], peer),
            Err(error) if is_momentary(&error) => continue,
            Err(error) => {
                if !std::mem::replace(&mut is_told, true) {
                    tell(&ServerEvent::CannotAccept(&error));
                }
                thread::sleep(BREATH);
                continue;
            }
        };
        is_told = false;
        let reply = may_answer(peer, own_port).then(|| answer(connect(), bytes)).flatten();
        // What can't be sent is lost, as datagrams are.
        let answered = reply.and_then(|reply| socket.send_to(&reply, peer).ok());
        tell(&ServerEvent::Datagram { peer, bytes, answered });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Echo;

    #[test]
    fn sources_that_are_no_single_client_are_not_answered() {
        for (source, is_answered) in [
            ("127.0.0.1:1024", true),
            ("127.0.0.1:65535", true),
            ("[::1]:40000", true),
            ("[2001:db8::1]:40000", true),
            ("127.0.0.1:8888", false),
            ("[::1]:8888", false),
            ("127.0.0.1:0", false),
            ("127.0.0.1:7", false),
            ("127.0.0.1:19", false),
            ("[::1]:1023", false),
            ("0.0.0.0:40000", false),
            ("255.255.255.255:40000", false),
            ("224.0.0.1:40000", false),
            ("239.255.255.255:40000", false),
            ("[::]:40000", false),
            ("[ff02::1]:40000", false),
            ("[::ffff:224.0.0.1]:40000", false),
            ("[::ffff:255.255.255.255]:40000", false),
            ("[::ffff:127.0.0.1]:40000", true),
        ] {
            assert_eq!(may_answer(source.parse().unwrap(), 8888), is_answered, "{source}");
        }
    }

    #[test]
    fn an_answer_is_never_longer_than_its_question() {
        let echo = |datagram: &[u8]| answer(Echo::default(), datagram);
        for (datagram, expected) in [
            (&b"hi\n"[..], Some(&b"hi\n"[..])),
            (b"", Some(b"")),
            (b"q", Some(b"")),
            (b"a\nq\nb", Some(b"a\n")),
            ("h\u{e9}".as_bytes(), Some("h\u{e9}".as_bytes())),
            // Three bytes become one replacement; a single byte would become three bytes.
            (b"\xf0\x9f\x98", Some("\u{fffd}".as_bytes())),
            (b"\xff", None),
            (b"text \xff", None),
            // The bytes after the quit line leave room for the replacement.
            (b"\xff\nq\n", Some("\u{fffd}\n".as_bytes())),
        ] {
            assert_eq!(echo(datagram).as_deref(), expected, "{datagram:x?}");
        }
        let longest = vec![b'x'; 65_507];
        assert_eq!(echo(&longest), Some(longest));
    }

    /// Speaks first, and gives up at once.
    struct Rude;

    impl Protocol for Rude {
        fn open(&mut self, reply: &mut Vec<u8>) -> Flow {
            reply.extend_from_slice(b"go away");
            Flow::Close
        }

        fn receive(&mut self, _: &[u8], _: &mut Vec<u8>) -> Flow {
            panic!("it has closed")
        }

        fn end(&mut self, _: &mut Vec<u8>) -> Flow {
            panic!("it has closed")
        }
    }

    #[test]
    fn the_contract_of_a_protocol_is_kept() {
        assert_eq!(answer(Rude, b"please!"), Some(b"go away".to_vec()));
        assert_eq!(answer(Rude, b"hm"), None);
    }
}
