//! A server in a process of its own, which tells what it has used.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{self, ChildStdin, ChildStdout, Command, Stdio};
use std::{env, thread};

use procfs::process::Process;
use rustix::time::{ClockId, clock_gettime};

use crate::peers;

/// How many clients may wait: none of the figures is of the backlog.
const BACKLOG: i32 = 1024;

/// What a process has used so far.
#[derive(Clone, Copy)]
pub(crate) struct Usage {
    /// Processor time, in seconds.
    pub(crate) cpu: f64,
    /// Memory that is resident, in KiB.
    pub(crate) memory: f64,
}

pub(crate) struct Child {
    pub(crate) address: SocketAddr,
    process: process::Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Child {
    pub(crate) fn start(name: &str) -> Self {
        let mut process = Command::new(env::current_exe().expect("we have a name"))
            .args(["--serve", name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("we can be started again");
        let asks = process.stdin.take().expect("it is piped");
        let answers = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut child = Self { address: ([127, 0, 0, 1], 0).into(), process, asks, answers };
        child.address = child.line().parse().expect("an address");
        child
    }

    pub(crate) fn usage(&mut self) -> Usage {
        self.asks.write_all(b"\n").expect("the server lives");
        let line = self.line();
        let (cpu, memory) = line.split_once(' ').expect("two numbers");
        let number = |word: &str| word.parse().expect("a number");
        Usage { cpu: number(cpu), memory: number(memory) }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the server lives");
        line.trim_end().to_owned()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The other side: serves, and tells after each line of stdin what was used; ends with stdin.
pub(crate) fn serve(name: &str) {
    let peer = peers::ALL.iter().find(|peer| peer.name == name).expect("it is one of them");
    let any = ([127, 0, 0, 1], 0).into();
    let listener: TcpListener =
        recut::shell::server::bind(any, BACKLOG, true).expect("loopback has a port");
    println!("{}", listener.local_addr().expect("it is bound"));
    let accept = peer.accept;
    thread::spawn(move || accept(listener));
    let us = Process::myself().expect("there is /proc");
    for _ in io::stdin().lines() {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        let cpu = time.tv_sec as f64 + time.tv_nsec as f64 / 1e9;
        let memory = us.status().expect("we live").vmrss.expect("we have memory");
        println!("{cpu} {memory}");
    }
}
