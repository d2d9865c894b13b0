//! Where a process tree waits for clients, as the kernel lists it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;

use procfs::net::{TcpState, UnixState};
use procfs::process::Process;

use super::ProcessTree;

/// Where the processes of a tree wait for clients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListeningPlaces {
    pub(crate) tcp: BTreeSet<SocketAddr>,
    /// Where datagrams are received, from anybody.
    pub(crate) udp: BTreeSet<SocketAddr>,
    /// Unix sockets; an abstract one begins with `@`.
    pub(crate) unix: BTreeSet<PathBuf>,
}

impl ProcessTree {
    /// Where it waits for clients now; none if we are not allowed to look.
    pub(crate) fn listening(self) -> Option<ListeningPlaces> {
        let own = self.sockets()?;
        let mut places = ListeningPlaces::default();
        // Each process may have a network of its own.
        for process in self.processes() {
            places.add(&process, &own);
        }
        Some(places)
    }
}

impl ListeningPlaces {
    fn add(&mut self, process: &Process, own: &BTreeSet<u64>) {
        // What can't be read is not there: a kernel may have no IPv6.
        let tcp = [process.tcp(), process.tcp6()].into_iter().flatten().flatten();
        let listens = tcp.filter(|entry| entry.state == TcpState::Listen);
        let owned = listens.filter(|entry| own.contains(&entry.inode));
        self.tcp.extend(owned.map(|entry| entry.local_address));
        let udp = [process.udp(), process.udp6()].into_iter().flatten().flatten();
        // A socket that is connected is a client's, or answers one client.
        let open = udp.filter(|entry| entry.remote_address.port() == 0);
        let owned = open.filter(|entry| own.contains(&entry.inode));
        self.udp.extend(owned.map(|entry| entry.local_address));
        let unix = process.unix().into_iter().flatten();
        let listens = unix.filter(|entry| entry.state == UnixState::UNCONNECTED);
        let owned = listens.filter(|entry| own.contains(&entry.inode));
        self.unix.extend(owned.filter_map(|entry| entry.path));
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::unix::net::UnixListener;

    use rustix::process::getpid;

    use super::*;

    #[test]
    fn what_waits_for_clients_is_found_and_what_is_a_client_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let _unix = UnixListener::bind(&path).unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(tcp.local_addr().unwrap()).unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let talker = UdpSocket::bind("127.0.0.1:0").unwrap();
        talker.connect(udp.local_addr().unwrap()).unwrap();
        // Other tests of this process may listen, too.
        let found = ProcessTree::of(getpid()).listening().unwrap();
        assert!(found.tcp.contains(&tcp.local_addr().unwrap()), "{found:?}");
        assert!(!found.tcp.contains(&client.local_addr().unwrap()), "{found:?}");
        assert!(found.udp.contains(&udp.local_addr().unwrap()), "{found:?}");
        assert!(!found.udp.contains(&talker.local_addr().unwrap()), "{found:?}");
        assert!(found.unix.contains(&path), "{found:?}");
        let below = ProcessTree::below(getpid()).listening().unwrap();
        assert!(!below.tcp.contains(&tcp.local_addr().unwrap()), "{below:?}");
    }
}
