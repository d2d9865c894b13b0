//! One thread for all clients: what happens to one of them first is also seen first.
//!
//! With a thread for each connection it would be left to chance whether the end of a client is seen
//! before the first bytes of the next one, and so whether that one gets what the other left.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::lines::read;
use crate::server::Server;

/// A connection.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    /// What the mode keeps of its stream.
    pub(crate) kept: Vec<u8>,
    /// Whether something has come of it.
    pub(crate) has_begun: bool,
}

/// Takes what one read of a client brought; nothing is its end. An error ends it too.
pub(crate) type Take = fn(&mut Client, &[u8], &Server) -> io::Result<()>;

/// Attends to all clients, to the older ones first.
pub(crate) fn serve(listener: &TcpListener, take: Take, server: &Server) -> ! {
    let mut clients: Vec<Client> = Vec::new();
    loop {
        let may_connect = wait(listener, &clients);
        // Whoever has left before another one spoke is done with before that one is read.
        clients.retain_mut(|client| {
            while is_ready(&client.stream) {
                let data = read(&client.stream).unwrap_or_default();
                if take(client, &data, server).is_err() || data.is_empty() {
                    return false;
                }
                client.has_begun = true;
            }
            true
        });
        if may_connect {
            match listener.accept() {
                Ok((stream, _)) => {
                    // An answer must not wait for the next one.
                    let _ = stream.set_nodelay(true);
                    clients.push(Client { stream, kept: Vec::new(), has_begun: false });
                }
                // Descriptors may have run out: others have to go first.
                Err(_) => thread::sleep(Duration::from_millis(10)),
            }
        }
    }
}

/// Waits until something happens, and says whether somebody wants to connect.
fn wait(listener: &TcpListener, clients: &[Client]) -> bool {
    let mut watched = vec![PollFd::new(listener, PollFlags::IN)];
    watched.extend(clients.iter().map(|client| PollFd::new(&client.stream, PollFlags::IN)));
    let _ = poll(&mut watched, None);
    !watched[0].revents().is_empty()
}

/// Whether a read would not wait.
fn is_ready(stream: &impl AsFd) -> bool {
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut [PollFd::new(stream, PollFlags::IN)], Some(&at_once)).is_ok_and(|ready| ready > 0)
}
