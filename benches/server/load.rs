//! The one load generator: clients in this process.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a client says at a time.
pub(crate) const LINE: &[u8] = "naïve 東京 😀, a line of text\n".as_bytes();

/// As many descriptors as may be.
pub(crate) fn raise_descriptor_limit() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let limit = Rlimit { current: maximum, maximum };
    setrlimit(Resource::Nofile, limit).expect("the soft limit may be raised to the hard one");
}

pub(crate) struct Client(TcpStream);

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("it is a TCP socket");
        Self(stream)
    }

    pub(crate) fn say(&mut self) {
        self.0.write_all(LINE).expect("the server reads");
    }

    pub(crate) fn hear(&mut self) {
        let mut answer = [0; LINE.len()];
        self.0.read_exact(&mut answer).expect("the server answers");
        assert_eq!(answer, LINE);
    }
}

/// Clients that have said a line each and have its answer.
pub(crate) fn crowd(address: SocketAddr, size: usize) -> Vec<Client> {
    let mut clients: Vec<_> = (0..size).map(|_| Client::connect(address)).collect();
    say_and_hear(&mut clients);
    clients
}

/// Each says a line, then each hears the answer.
pub(crate) fn say_and_hear(clients: &mut [Client]) {
    clients.iter_mut().for_each(Client::say);
    clients.iter_mut().for_each(Client::hear);
}

/// Sends text that often while its answer is read.
pub(crate) fn bulk(address: SocketAddr, text: &[u8], times: usize) {
    let Client(mut stream) = Client::connect(address);
    let mut sender = stream.try_clone().expect("there are descriptors");
    thread::scope(|scope| {
        scope.spawn(move || {
            for _ in 0..times {
                sender.write_all(text).expect("the server reads");
            }
        });
        let mut answer = vec![0; text.len()];
        for _ in 0..times {
            stream.read_exact(&mut answer).expect("the server answers");
            assert!(answer == text, "the answer is another");
        }
    });
}
