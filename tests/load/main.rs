//! The server under load and in want: many connections, floods, storms, no descriptors, no threads,
//! a signal in the midst of it. Each test prints its figures.

#![allow(clippy::unwrap_used)]

mod bulk;
mod flood;
mod many;
mod stop;
mod storm;
mod want;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use procfs::process::Process;
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, prlimit, setrlimit};
use tempfile::TempDir;

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// The server's own: one waits for signals, one writes the log, one accepts.
const OWN_THREADS: usize = 3;

/// One test at a time: each has the machine to itself.
static MACHINE: Mutex<()> = Mutex::new(());

/// `recut serve` on a free port, in a process of its own; it ends with the test.
struct Served {
    child: Child,
    address: String,
    folder: TempDir,
    _machine: MutexGuard<'static, ()>,
}

/// What a server's process holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    descriptors: usize,
    threads: usize,
    /// Resident, in KiB.
    memory: u64,
}

impl Served {
    fn start(args: &[&str]) -> Self {
        Self::start_as(Command::new(env!("CARGO_BIN_EXE_recut")), args)
    }

    fn start_as(mut program: Command, args: &[&str]) -> Self {
        let machine = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let mut child = program
            .args(["serve", "--listen", "127.0.0.1:0", "--backlog", "1024"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        let served = Self { child, address, folder, _machine: machine };
        // What it needs for itself it has by then.
        ask(&mut served.client(), "hi\n");
        served
    }

    fn client(&self) -> TcpStream {
        let client = TcpStream::connect(&self.address).unwrap();
        client.set_nodelay(true).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        client.set_write_timeout(Some(PATIENCE)).unwrap();
        client
    }

    fn process(&self) -> Process {
        Process::new(i32::try_from(self.child.id()).unwrap()).unwrap()
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// What it holds when nobody is there, once its clients' threads have ended.
    fn at_rest(&self) -> Held {
        let until = Instant::now() + PATIENCE;
        loop {
            let held = self.held();
            if held.threads == OWN_THREADS {
                return held;
            }
            assert!(Instant::now() < until, "{held:?}");
            thread::yield_now();
        }
    }

    fn held(&self) -> Held {
        let process = self.process();
        let status = process.status().unwrap();
        Held {
            descriptors: process.fd_count().unwrap(),
            threads: usize::try_from(status.threads).unwrap(),
            memory: status.vmrss.unwrap(),
        }
    }

    /// Limits what its process may have, from now on; what the limit was.
    fn limit(&self, resource: Resource, current: u64) -> Rlimit {
        let Rlimit { maximum, .. } = getrlimit(resource);
        prlimit(Some(self.pid()), resource, Rlimit { current: Some(current), maximum }).unwrap()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap()
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Asks it to end, and waits until it has; what it has logged.
    fn terminate(&mut self) -> String {
        kill_process(self.pid(), Signal::TERM).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        self.log()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says a line, and reads it back.
fn ask(client: &mut TcpStream, line: &str) {
    client.write_all(line.as_bytes()).unwrap();
    answered(client, line);
}

fn answered(client: &mut TcpStream, line: &str) {
    let mut answer = vec![0; line.len()];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(answer, line.as_bytes());
}

/// So many descriptors, or fewer where the system gives no more.
fn descriptors_for(wanted: usize) -> usize {
    const OWN: u64 = 100;
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    let room = maximum.map_or(u64::MAX, |maximum| maximum.saturating_sub(OWN));
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    if room < wanted {
        println!("reduced: the system gives {room} descriptors, not {wanted}");
    }
    wanted.min(room)
}
