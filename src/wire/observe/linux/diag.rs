//! What the kernel knows of a socket that is not ours: `sock_diag`, by exact look-ups.
//!
//! No privilege is needed, and the cost does not depend on how many sockets there are; see
//! sock_diag(7). `/proc/net/tcp` says the same, slower the more connections linger.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use netlink_packet_core::{NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_sock_diag::constants::{
    AF_INET, AF_INET6, IPPROTO_TCP, TCP_CLOSE_WAIT, TCP_ESTABLISHED, TCP_FIN_WAIT1, TCP_FIN_WAIT2,
    TCP_LISTEN,
};
use netlink_packet_sock_diag::inet::nlas::Nla as InetNla;
use netlink_packet_sock_diag::inet::{
    ExtensionFlags, InetRequest, InetResponse, SocketId, StateFlags,
};
use netlink_packet_sock_diag::unix::nlas::Nla as UnixNla;
use netlink_packet_sock_diag::unix::{
    ShowFlags, StateFlags as UnixStates, UnixRequest, UnixResponse,
};
use netlink_packet_sock_diag::{SockDiagMessage, SockDiagMessage as Message};
use netlink_sys::{Socket, SocketAddr as NetlinkAddr, protocols::NETLINK_SOCK_DIAG};
use rustix::io::Errno;

/// Larger than any single answer.
const REPLY: usize = 4096;

/// The cookie that fits every socket.
const NO_COOKIE: [u8; 8] = [0xff; 8];

/// A connection to the kernel's register of sockets.
pub(crate) struct Diag {
    socket: Socket,
    request: Vec<u8>,
    reply: Vec<u8>,
}

/// The far end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FarEnd {
    /// How many bytes the kernel has received there; a FIN counts as one.
    pub(crate) received: u64,
    /// How many of them the program has not read.
    pub(crate) unread: u32,
    /// How many bytes wait to be sent, or to be acknowledged.
    pub(crate) unsent: u32,
    /// Its inode; 0 while nobody has accepted it.
    pub(crate) inode: u32,
    /// Whether our FIN has arrived there.
    pub(crate) was_ended: bool,
}

impl Diag {
    pub(crate) fn open() -> io::Result<Self> {
        let mut socket = Socket::new(NETLINK_SOCK_DIAG)?;
        socket.bind_auto()?;
        socket.connect(&NetlinkAddr::new(0, 0))?;
        // The kernel answers before the request returns: what is not there now never comes.
        socket.set_non_blocking(true)?;
        Ok(Self { socket, request: Vec::new(), reply: Vec::with_capacity(REPLY) })
    }

    /// The far end of a connection, by the addresses of both its ends; none if there is no such
    /// connection any more. After a close the look-up finds the listening socket, which is not
    /// taken for it.
    pub(crate) fn far_end(
        &mut self,
        far: SocketAddr,
        near: SocketAddr,
    ) -> io::Result<Option<FarEnd>> {
        let Some(found) = self.inet(far, near)? else { return Ok(None) };
        let header = found.header;
        let is_connected = match header.state {
            TCP_ESTABLISHED | TCP_CLOSE_WAIT => true,
            // It has said all; it still reads if a program holds it.
            TCP_FIN_WAIT1 | TCP_FIN_WAIT2 => header.inode != 0,
            _ => false,
        };
        if !is_connected {
            return Ok(None);
        }
        let info = found.nlas.iter().find_map(|nla| match nla {
            InetNla::TcpInfo(info) => Some(info),
            _ => None,
        });
        let received = info.ok_or(Errno::NOTSUP)?.bytes_received;
        Ok(Some(FarEnd {
            received,
            unread: header.recv_queue,
            unsent: header.send_queue,
            inode: header.inode,
            was_ended: header.state == TCP_CLOSE_WAIT,
        }))
    }

    /// The inode of the socket that listens at an address, if one does.
    pub(crate) fn listener(&mut self, address: SocketAddr) -> io::Result<Option<u32>> {
        let nobody = match address {
            SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
        };
        let found = self.inet(address, nobody)?;
        let listens = found.filter(|found| found.header.state == TCP_LISTEN);
        Ok(listens.map(|found| found.header.inode))
    }

    /// How much memory what was sent on a Unix socket takes until the other side has read it: 0
    /// once all of it was.
    pub(crate) fn unix_unread(&mut self, inode: u32) -> io::Result<u32> {
        let found = self.unix(inode, ShowFlags::RQLEN)?;
        let unread = found.nlas.iter().find_map(|nla| match nla {
            UnixNla::ReceiveQueueLength(_, sent) => Some(*sent),
            _ => None,
        });
        unread.ok_or(Errno::NOTSUP.into())
    }

    /// The inode of the other end of a Unix socket, if it has one.
    pub(crate) fn unix_peer(&mut self, inode: u32) -> io::Result<Option<u32>> {
        // One that was closed has no inode any more.
        Ok(self.unix(inode, ShowFlags::PEER)?.peer().filter(|peer| *peer != 0))
    }

    fn unix(&mut self, inode: u32, show_flags: ShowFlags) -> io::Result<UnixResponse> {
        let state_flags = UnixStates::all();
        let request = UnixRequest { state_flags, inode, show_flags, cookie: NO_COOKIE };
        match self.ask(Message::UnixRequest(request))? {
            Some(Message::UnixResponse(found)) => Ok(*found),
            _ => Err(Errno::NOENT.into()),
        }
    }

    fn inet(&mut self, own: SocketAddr, other: SocketAddr) -> io::Result<Option<InetResponse>> {
        let (family, interface_id) = match own {
            SocketAddr::V4(_) => (AF_INET, 0),
            SocketAddr::V6(address) => (AF_INET6, address.scope_id()),
        };
        let request = InetRequest {
            family,
            protocol: IPPROTO_TCP,
            extensions: ExtensionFlags::INFO,
            states: StateFlags::all(),
            socket_id: SocketId {
                source_port: own.port(),
                destination_port: other.port(),
                source_address: own.ip(),
                destination_address: of_family(other.ip(), own),
                interface_id,
                cookie: NO_COOKIE,
            },
        };
        match self.ask(Message::InetRequest(request))? {
            Some(Message::InetResponse(found)) => Ok(Some(*found)),
            _ => Ok(None),
        }
    }

    /// The kernel's answer; none if it knows no such socket.
    fn ask(&mut self, request: SockDiagMessage) -> io::Result<Option<SockDiagMessage>> {
        let mut header = NetlinkHeader::default();
        header.flags = NLM_F_REQUEST;
        let mut message = NetlinkMessage::new(header, NetlinkPayload::from(request));
        message.finalize();
        self.request.resize(message.buffer_len(), 0);
        message.serialize(&mut self.request);
        self.socket.send(&self.request, 0)?;
        self.reply.clear();
        self.socket.recv(&mut self.reply, 0)?;
        let answer = NetlinkMessage::<SockDiagMessage>::deserialize(&self.reply)
            .map_err(|error| io::Error::other(error.to_string()))?;
        match answer.payload {
            NetlinkPayload::InnerMessage(found) => Ok(Some(found)),
            NetlinkPayload::Error(error) => match error.to_io() {
                error if error.raw_os_error() == Some(Errno::NOENT.raw_os_error()) => Ok(None),
                error => Err(error),
            },
            _ => Ok(None),
        }
    }
}

/// The address in the family of the other: a socket of one family knows no address of the other.
fn of_family(address: IpAddr, other: SocketAddr) -> IpAddr {
    match (address, other) {
        (IpAddr::V4(address), SocketAddr::V6(_)) => address.to_ipv6_mapped().into(),
        (address, _) => address,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use super::*;

    /// A connection, asked for by `client`, to a server that listens at `listen`.
    fn connection(listen: &str, client: &str) -> (TcpListener, TcpStream, TcpStream) {
        let listener = TcpListener::bind((listen, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let ours = TcpStream::connect((client, port)).unwrap();
        let (theirs, _) = listener.accept().unwrap();
        (listener, ours, theirs)
    }

    fn ask(diag: &mut Diag, ours: &TcpStream) -> Option<FarEnd> {
        diag.far_end(ours.peer_addr().unwrap(), ours.local_addr().unwrap()).unwrap()
    }

    #[test]
    fn the_far_end_is_known_in_every_family() {
        let families = [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("::", "127.0.0.1")];
        for (listen, client) in families.into_iter().chain([("::", "::ffff:127.0.0.1")]) {
            let mut diag = Diag::open().unwrap();
            let (_listener, mut ours, mut theirs) = connection(listen, client);
            let end = ask(&mut diag, &ours).unwrap();
            assert_eq!((end.received, end.unread), (0, 0), "{listen} {client}");
            assert_ne!(end.inode, 0);
            ours.write_all(b"abc").unwrap();
            let end = ask(&mut diag, &ours).unwrap();
            assert_eq!((end.received, end.unread), (3, 3), "{listen} {client}");
            assert!(!end.was_ended, "{listen} {client}");
            theirs.read_exact(&mut [0; 3]).unwrap();
            let end = ask(&mut diag, &ours).unwrap();
            assert_eq!((end.received, end.unread), (3, 0), "{listen} {client}");
            // A FIN counts as a byte, unread until the program has seen it.
            ours.shutdown(std::net::Shutdown::Write).unwrap();
            assert_eq!(theirs.read(&mut [0; 3]).unwrap(), 0);
            let end = ask(&mut diag, &ours).unwrap();
            assert_eq!((end.received, end.unread), (4, 0), "{listen} {client}");
            assert!(end.was_ended, "{listen} {client}");
        }
    }

    #[test]
    fn a_closed_end_is_not_taken_for_the_socket_that_listens() {
        let mut diag = Diag::open().unwrap();
        let (listener, mut ours, theirs) = connection("127.0.0.1", "127.0.0.1");
        drop(theirs);
        assert_eq!(ours.read(&mut [0; 1]).unwrap(), 0);
        assert_eq!(ask(&mut diag, &ours), None);
        let address = listener.local_addr().unwrap();
        assert!(diag.listener(address).unwrap().is_some());
        drop(listener);
        assert_eq!(diag.listener(address).unwrap(), None);
    }

    #[test]
    fn a_unix_socket_knows_what_was_not_read() {
        let mut diag = Diag::open().unwrap();
        let (mut ours, mut theirs) = UnixStream::pair().unwrap();
        let inode = rustix::fs::fstat(ours.as_fd()).unwrap().st_ino as u32;
        assert_eq!(diag.unix_unread(inode).unwrap(), 0);
        let other = rustix::fs::fstat(theirs.as_fd()).unwrap().st_ino as u32;
        assert_eq!(diag.unix_peer(inode).unwrap(), Some(other));
        ours.write_all(b"abc").unwrap();
        assert_ne!(diag.unix_unread(inode).unwrap(), 0);
        theirs.read_exact(&mut [0; 2]).unwrap();
        assert_ne!(diag.unix_unread(inode).unwrap(), 0);
        theirs.read_exact(&mut [0; 1]).unwrap();
        assert_eq!(diag.unix_unread(inode).unwrap(), 0);
    }
}
