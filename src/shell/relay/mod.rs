//! A relay between clients and a server that cuts what it carries, both ways. Each cut is
//! confirmed as in a play: more is passed on only after the other end has read up to there.

mod passage;
mod plan;
mod run;

use std::io;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Builder};
use std::time::Duration;

use socket2::{Domain, Socket};

use self::passage::CutPassage;
pub use self::plan::{CarriedCut, CutPlan, CutPlanError};
pub use self::run::{RelayRun, Relayed};
use super::place::{Entrance, ServerPlace};
use super::server::{BREATH, STACK, is_momentary, make_reset};
use crate::wire::{Kernel, Observe, Stream, StreamLink};

/// How many clients are served at once; one more is reset.
const CLIENTS: usize = 256;

/// A relay to a server.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use recut::shell::{relay::{CutPlan, CuttingRelay}, server};
///
/// let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
/// let (echo, entrance) = (listen(), listen());
/// let (there, here) = (echo.local_addr().unwrap(), entrance.local_addr().unwrap());
/// std::thread::spawn(move || server::serve(&echo, recut::Echo::default));
///
/// let relay = Arc::new(CuttingRelay::new(vec![there].into(), Duration::from_millis(20)));
/// let accept = { let relay = Arc::clone(&relay); move || relay.accept(&entrance.into()) };
/// std::thread::spawn(accept);
/// let run = relay.begin(CutPlan::every(1, None));
/// let mut client = TcpStream::connect(here).unwrap();
/// client.write_all(b"hi\n").unwrap();
/// client.shutdown(Shutdown::Write).unwrap();
/// let mut answer = Vec::new();
/// client.read_to_end(&mut answer).unwrap();
///
/// assert_eq!(answer, b"hi\n");
/// // Behind two bytes of three, each way.
/// assert!(run.end(Duration::from_secs(1)).cuts.len() >= 4);
/// ```
pub struct CuttingRelay {
    to: ServerPlace,
    /// How long a rest is where a cut can't be confirmed.
    gap: Duration,
    observer: Arc<dyn Observe>,
    run: Mutex<Arc<RelayRun>>,
}

impl CuttingRelay {
    /// A relay to a server, which may have several addresses. It passes on what it carries
    /// unchanged until a run begins. Where a cut can't be confirmed, it rests for `gap`.
    pub fn new(to: ServerPlace, gap: Duration) -> Self {
        let observer = Arc::new(Kernel::of_sockets(None));
        let run = Mutex::new(Arc::new(RelayRun::new(CutPlan::Unchanged)));
        Self { to, gap, observer, run }
    }

    /// From now on connections are cut like this, and counted anew. Those that are open go on as
    /// before, until their own run ends.
    pub fn begin(&self, plan: CutPlan) -> Arc<RelayRun> {
        let run = Arc::new(RelayRun::new(plan));
        *self.current() = Arc::clone(&run);
        run
    }

    fn current(&self) -> MutexGuard<'_, Arc<RelayRun>> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Accepts for ever, a thread for each connection; several may accept at once.
    pub fn accept(self: &Arc<Self>, entrance: &Entrance) {
        loop {
            let client = match entrance.accept() {
                Ok(client) => client,
                Err(error) if is_momentary(&error) => continue,
                Err(_) => {
                    thread::sleep(BREATH);
                    continue;
                }
            };
            let run = Arc::clone(&*self.current());
            let Some(number) = run.opens(CLIENTS) else {
                make_reset(&client);
                continue;
            };
            let (relay, its) = (Arc::clone(self), Arc::clone(&run));
            let carry = move || relay.carry(&its, number, client);
            if Builder::new().stack_size(STACK).spawn(carry).is_err() {
                run.leaves();
            }
        }
    }

    /// One connection from its first byte to its last.
    fn carry(&self, run: &Arc<RelayRun>, number: usize, client: Socket) {
        match self.to.reach() {
            Ok(server) => {
                let link = |socket| {
                    let stream = stream(socket)?;
                    Ok::<_, io::Error>(StreamLink::new(stream, Arc::clone(&self.observer)))
                };
                // It fails if the connection is gone already.
                if let (Ok(client), Ok(server)) = (link(client), link(server)) {
                    CutPassage::new(run, number, self.gap, client, server).carry();
                }
            }
            Err(_) => {
                run.refuses(number);
                make_reset(&client);
            }
        }
        run.leaves();
    }
}

/// A socket as the kernel can be asked about it.
fn stream(socket: Socket) -> io::Result<Stream> {
    match socket.domain()? {
        Domain::UNIX => Stream::unix(UnixStream::from(socket)),
        _ => Stream::tcp(TcpStream::from(socket)),
    }
}
