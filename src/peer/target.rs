//! What the user names: who is at the other end.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use super::TargetError;
use super::address::AddressBackend;
#[cfg(feature = "tokio")]
use super::asynchronous::TaskBackend;
use super::backend::{Abilities, Backend};
use super::blocking::BlockingBackend;
use super::client::{ClientBackend, ClientCommand};
use super::listening::ListeningBackend;
use super::memory::MemoryBackend;
use super::pipe::Pipe;
use super::running::Peer;
use super::spawn::{Spawn, SpawnBackend};
use super::stdio::{Stdio, StdioBackend};
#[cfg(feature = "tokio")]
use super::task::AsyncPipe;
use crate::protocol::{Echo, Protocol, Tutorial};

/// Who is at the other end.
///
/// A clone is the same target: what recut starts for it ends with the last of them.
///
/// # Examples
///
/// ```
/// use recut::{Echo, Target};
///
/// let in_memory = Target::memory("echo", Echo::default);
/// let running = Target::connect("127.0.0.1:8888").unwrap();
/// assert_eq!(running.to_string(), "127.0.0.1:8888");
/// ```
#[derive(Clone)]
pub struct Target {
    name: String,
    backend: Arc<dyn Backend>,
}

impl Target {
    fn new(name: impl Into<String>, backend: impl Backend + 'static) -> Self {
        Self { name: name.into(), backend: Arc::new(backend) }
    }

    /// A core in memory: `connect` makes the server's side of each connection. Connections must
    /// share nothing, since plays run side by side; for those that do, see [`Target::server`].
    pub fn memory<P, C>(name: impl Into<String>, connect: C) -> Self
    where
        P: Protocol + Send + 'static,
        C: Fn() -> P + Send + Sync + 'static,
    {
        Self::new(name, MemoryBackend::stateless(connect))
    }

    /// A core in memory whose state can be copied and compared, so that `every` segmentation of
    /// what is sent to it can be proved. A copy must share nothing with what it was copied from,
    /// and two states that are equal must behave alike.
    pub fn cloneable<P, C>(name: impl Into<String>, connect: C) -> Self
    where
        P: Protocol + Clone + Eq + Send + 'static,
        C: Fn() -> P + Send + Sync + 'static,
    {
        Self::new(name, MemoryBackend::cloneable(connect))
    }

    /// A core in memory whose connections share state: each job calls `start` for a server of its
    /// own, and calls what that returns once for each connection.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use recut::{Flow, Protocol, Target};
    ///
    /// struct Visitors(Arc<Mutex<u32>>);
    ///
    /// impl Protocol for Visitors {
    ///     fn open(&mut self, reply: &mut Vec<u8>) -> Flow {
    ///         let mut visitors = self.0.lock().unwrap();
    ///         *visitors += 1;
    ///         reply.extend(format!("you are number {visitors}\n").bytes());
    ///         Flow::Continue
    ///     }
    ///     fn receive(&mut self, _: &[u8], _: &mut Vec<u8>) -> Flow { Flow::Continue }
    ///     fn end(&mut self, _: &mut Vec<u8>) -> Flow { Flow::Close }
    /// }
    ///
    /// let target = Target::server("visitors", || {
    ///     let visitors = Arc::new(Mutex::new(0));
    ///     move || Visitors(Arc::clone(&visitors))
    /// });
    /// ```
    pub fn server<P, C, S>(name: impl Into<String>, start: S) -> Self
    where
        P: Protocol + Send + 'static,
        C: Fn() -> P + Send + Sync + 'static,
        S: Fn() -> C + Send + Sync + 'static,
    {
        Self::new(name, MemoryBackend::stateful(start))
    }

    /// A handler in blocking style, `fn(impl Read + Write)`: it runs in a thread of its own for
    /// each connection, over a [`Pipe`] in memory. Connections must share nothing that outlives
    /// them.
    ///
    /// Cuts are exact, because a read never returns more than one segment, and nothing waits in
    /// real time as long as the handler waits in a read. One that sleeps or computes is waited for
    /// as a server elsewhere is. What it returns does not matter: a connection ends with its
    /// handler, and a panic is a crash, also one after the client's end. Threads that the handler
    /// starts, and that read or write, can't be seen to have nothing left to do: then every wait
    /// takes its time.
    ///
    /// A thread can't be ended from outside. A handler that does not end after its client has gone
    /// keeps its thread, and its reads and writes fail from then on.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{self, BufRead, BufReader, Read, Write};
    /// use recut::Target;
    ///
    /// fn shout(mut stream: impl Read + Write) -> io::Result<()> {
    ///     let mut line = String::new();
    ///     while BufReader::new(&mut stream).read_line(&mut line)? > 0 {
    ///         stream.write_all(line.to_uppercase().as_bytes())?;
    ///         line.clear();
    ///     }
    ///     Ok(())
    /// }
    ///
    /// // A new `BufReader` for each line loses what came with it, even if nothing is cut.
    /// let script = "> \"one\\n\" \"two\\n\"\n< \"ONE\\n\" \"TWO\\n\"\n";
    /// let checked = recut::check(Target::blocking("shout", |stream| shout(stream)), script);
    /// assert_eq!(checked.findings()[0].law().to_string(), "baseline");
    /// ```
    pub fn blocking<R, H>(name: impl Into<String>, handler: H) -> Self
    where
        H: Fn(Pipe) -> R + Send + Sync + 'static,
    {
        let name = name.into();
        Self::new(name.clone(), BlockingBackend::new(name, handler))
    }

    /// A handler in async style, `async fn(impl AsyncRead + AsyncWrite)`: it runs as a task of
    /// tokio for each connection, over an [`AsyncPipe`] in memory. For handlers whose connections
    /// share something, see [`Target::tokio_server`].
    ///
    /// Cuts are exact, because a read never returns more than one segment. The clock of tokio
    /// stands still, and passes only while a conversation waits: `sleep`, `timeout` and `interval`
    /// cost no real time, and an idle limit of a minute is played at once. The runtime has one
    /// thread; that thread is recut's own, so that a test may be `#[tokio::test]` or not.
    ///
    /// A connection ends when the handler drops its pipe, and a panic is a crash. The runtime has
    /// no driver for sockets and files of its own: what else a handler speaks to is given to it as
    /// `tokio::io::duplex`. While a blocking task of tokio runs, time passes as it does outside,
    /// for a second or somewhat longer; the rest of a longer wait then passes at once. What it
    /// waits for from a thread that tokio does not know is waited for in real time: a fifth of a
    /// second at first, and a second once that was seen to help.
    ///
    /// # Examples
    ///
    /// ```
    /// use recut::Target;
    /// use tokio::io::{self, AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
    ///
    /// async fn shout(stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    ///     let (reader, mut writer) = io::split(stream);
    ///     let mut lines = BufReader::new(reader).lines();
    ///     while let Some(line) = lines.next_line().await? {
    ///         writer.write_all(format!("{}\n", line.to_uppercase()).as_bytes()).await?;
    ///     }
    ///     Ok(())
    /// }
    ///
    /// let target = Target::tokio("shout", shout);
    /// recut::check(target, "> \"zoë\\n\"\n< \"ZOË\\n\"\n").assert();
    /// ```
    #[cfg(feature = "tokio")]
    pub fn tokio<F, H>(name: impl Into<String>, handler: H) -> Self
    where
        F: Future + Send + 'static,
        H: Fn(AsyncPipe) -> F + Clone + Send + Sync + 'static,
    {
        let name = name.into();
        Self::new(name.clone(), TaskBackend::new(name, false, move || handler.clone()))
    }

    /// Handlers in async style whose connections share state: each job calls `start` for a server
    /// of its own, inside the runtime, and calls what that returns once for each connection. Tasks
    /// that `start` spawns end with their server.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU32, Ordering};
    /// use recut::Target;
    /// use tokio::io::AsyncWriteExt;
    ///
    /// let target = Target::tokio_server("visitors", || {
    ///     let visitors = Arc::new(AtomicU32::new(0));
    ///     move |mut stream| {
    ///         let number = visitors.fetch_add(1, Ordering::Relaxed) + 1;
    ///         async move {
    ///             stream.write_all(format!("you are number {number}\n").as_bytes()).await
    ///         }
    ///     }
    /// });
    /// let script = "< line re\"^you are number [0-9]+$\"\n";
    /// recut::check(target, script).assert();
    /// ```
    #[cfg(feature = "tokio")]
    pub fn tokio_server<F, H, S>(name: impl Into<String>, start: S) -> Self
    where
        F: Future + Send + 'static,
        H: Fn(AsyncPipe) -> F + 'static,
        S: Fn() -> H + Send + Sync + 'static,
    {
        let name = name.into();
        Self::new(name.clone(), TaskBackend::new(name, true, start))
    }

    /// The cores that recut brings along, by name: `echo`, `tutorial`.
    #[doc(hidden)]
    pub fn builtin(name: &str) -> Option<Self> {
        match name {
            "echo" => Some(Self::cloneable(name, Echo::default)),
            "tutorial" => Some(Self::cloneable(name, Tutorial::default)),
            _ => None,
        }
    }

    /// A server that is running at `HOST:PORT` or `unix:PATH`. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// If the address is not valid, or if its name does not resolve.
    pub fn connect(address: &str) -> Result<Self, TargetError> {
        AddressBackend::new(address, false).map(|backend| Self::new(address, backend))
    }

    /// A server that the test starts itself: `start` lets it listen on a port of the system's
    /// choice, and returns where that is, and a guard whose drop ends the server. Each job has one
    /// of its own, and a server that is wedged or damaged is replaced by a new one.
    ///
    /// A server in any framework can be checked like that. It is played over TCP, in real time: if
    /// it can be had as a core, or as a handler, that is faster and exact.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::net::TcpListener;
    /// use std::thread;
    ///
    /// let target = recut::Target::listening("echo", || {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let address = listener.local_addr()?;
    ///     let server = thread::spawn(move || {
    ///         for stream in listener.incoming().flatten() {
    ///             thread::spawn(move || std::io::copy(&mut &stream, &mut &stream));
    ///         }
    ///     });
    ///     // A thread can't be ended from outside: this one lives as long as the test program.
    ///     Ok((address, server))
    /// });
    /// recut::check(target, "> \"zoë\\n\"\n< \"zoë\\n\"\n").assert();
    /// ```
    pub fn listening<G, S>(name: impl Into<String>, start: S) -> Self
    where
        G: Send + 'static,
        S: Fn() -> io::Result<(SocketAddr, G)> + Send + Sync + 'static,
    {
        let name = name.into();
        Self::new(name.clone(), ListeningBackend::new(name, start))
    }

    /// A server that is running, of which nothing is seen: as on a system where the kernel can't be
    /// asked how far it has read. Every cut is paced.
    ///
    /// # Errors
    ///
    /// Those of [`Target::connect`].
    #[doc(hidden)]
    pub fn connect_blind(address: &str) -> Result<Self, TargetError> {
        AddressBackend::new(address, true).map(|backend| Self::new(address, backend))
    }

    /// A server that is started when it is needed, one for each job, and stopped when the target is
    /// dropped, which waits for its end: see [`Target::stop`].
    pub fn spawn(spawn: Spawn) -> Self {
        Self::new(spawn.to_string(), SpawnBackend::new(spawn))
    }

    /// A process for each connection, spoken to over its stdin and stdout.
    pub fn stdio(stdio: Stdio) -> Self {
        Self::new(stdio.to_string(), StdioBackend::new(stdio))
    }

    /// A client that connects to recut. A conversation that does not say `listen` is mirrored: what
    /// it sends is expected of the client, and what it expects is sent.
    ///
    /// # Examples
    ///
    /// ```
    /// use recut::{ClientCommand, Target};
    ///
    /// let curl = ClientCommand::new("curl -s http://127.0.0.1:{port}/").unwrap();
    /// assert_eq!(Target::client(curl).to_string(), "curl -s http://127.0.0.1:{port}/");
    /// ```
    pub fn client(command: ClientCommand) -> Self {
        Self::new(command.to_string(), ClientBackend::new(command))
    }

    /// What can be done with it, and what can be seen of it.
    #[doc(hidden)]
    pub fn abilities(&self) -> Abilities {
        self.backend.abilities()
    }

    /// The option of the command line that names this target.
    #[doc(hidden)]
    pub fn option(&self) -> String {
        self.backend.option(&self.name)
    }

    /// Whether it can be told of the port with that name; the empty one is the common one.
    #[doc(hidden)]
    pub fn knows_port(&self, name: &str) -> bool {
        self.backend.knows_port(name)
    }

    /// The statements of a script that start this target, if there are such.
    #[doc(hidden)]
    pub fn statements(&self) -> String {
        self.backend.statements()
    }

    /// What one job plays against; each job has its own if that is possible. A process of ours is
    /// started at its first use.
    #[doc(hidden)]
    pub fn start(&self) -> Peer<'_> {
        Peer::new(self.abilities(), self.backend.start())
    }

    /// Stops the servers that recut started and that nobody plays against at the moment. Dropping
    /// the target does the same. Both wait until the processes have ended: each has two seconds to
    /// end by itself after it was asked to.
    pub fn stop(&self) {
        self.backend.stop();
    }
}

/// How output names it.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("name", &self.name).finish_non_exhaustive()
    }
}
