//! Plays with a client: those of a driver beside a bare loop, and those of a process for each play
//! beside the bare start and end of that process. `cargo bench --bench clients`
//!
//! The bare loop does what a play does and nothing else: it listens on a new port, tells the driver
//! of it, reads requests, sends answers, reads the end of the stream, and reads the line. Both are
//! measured in turn, several times; what counts is the ratio of the medians of one run.

use std::hint::black_box;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener};
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use recut::check::{Limits, Player, Wanted};
use recut::delivery::{Cut, Cuts, Delivery, Shape};
use recut::{ClientCommand, Conversation, Target};

const CALLER: &str = env!("CARGO_BIN_EXE_caller");
const PLAYS: u32 = 500;
const PROCESSES: u32 = 100;
const ROUNDS: usize = 7;

/// What the client asks for, and what it is answered.
const TALK: [(&[u8], &[u8]); 2] =
    [(b"get one\n", b"page 12\nhello, Zo\xC3\xAB\n"), (b"get two\n", b"page 4\nbye\n")];

const SCRIPT: &str = "listen\n< \"get one\\n\"\n> \"page 12\\nhello, Zo\u{EB}\\n\"\n\
                      < \"get two\\n\"\n> \"page 4\\nbye\\n\"\n< closed\n";

fn main() {
    let driver = ClientCommand::driver(&format!("'{CALLER}' --driver")).expect("a command");
    let client = ClientCommand::new(&format!("'{CALLER}' --port {{port}}")).expect("a command");
    let (driver, client) = (Target::client(driver), Target::client(client));
    let mut times: [Vec<Duration>; 5] = Default::default();
    for _ in 0..ROUNDS {
        let cut = Cut { connection: 0, burst: 1, offset: 4 };
        let cut = Delivery { cuts: Cuts::At(vec![cut]), ..Delivery::UNCUT };
        times[0].push(plays(&driver, &Delivery::UNCUT, PLAYS));
        times[1].push(plays(&driver, &cut, PLAYS));
        times[2].push(bare_loop());
        times[3].push(plays(&client, &Delivery::UNCUT, PROCESSES));
        times[4].push(processes());
    }
    let [uncut, cut, bare, client, process] = times.map(median);
    let rate = |time: Duration| f64::from(PLAYS) / time.as_secs_f64();
    let ratio = |time: Duration| bare.as_secs_f64() / time.as_secs_f64();
    println!("driver, uncut: {:.0} plays/s, ratio {:.2}", rate(uncut), ratio(uncut));
    println!("driver, cut:   {:.0} plays/s, ratio {:.2}", rate(cut), ratio(cut));
    println!("bare loop:     {:.0} plays/s", rate(bare));
    let each = |time: Duration| time.as_secs_f64() * 1e3 / f64::from(PROCESSES);
    println!("client: {:.2} ms a play, the process alone {:.2} ms", each(client), each(process));
}

fn plays(target: &Target, delivery: &Delivery, plays: u32) -> Duration {
    let conversation = Conversation::parse("pages", SCRIPT).expect("a script");
    let stop = AtomicBool::new(false);
    let mut player = Player::new(target, Limits::default(), &stop);
    let mut play = || {
        let outcome = player.play(&conversation, delivery, &Shape::default(), Wanted::default());
        assert!(outcome.expect("a client").mismatch.is_none());
    };
    play();
    let start = Instant::now();
    (0..plays).for_each(|_| play());
    start.elapsed()
}

fn bare_loop() -> Duration {
    let mut driver = Command::new(CALLER)
        .arg("--driver")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the driver");
    let mut to = driver.stdin.take().expect("a pipe");
    let mut from = BufReader::new(driver.stdout.take().expect("a pipe"));
    let mut play = || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        writeln!(to, "{}", listener.local_addr().expect("an address")).expect("a driver");
        let (mut stream, _) = listener.accept().expect("a client");
        stream.set_nodelay(true).expect("a socket");
        for (request, answer) in TALK {
            let mut asked = vec![0; request.len()];
            stream.read_exact(&mut asked).expect("a request");
            stream.write_all(answer).expect("a client");
        }
        stream.shutdown(Shutdown::Write).expect("a client");
        assert_eq!(stream.read(&mut [0]).expect("an end"), 0);
        let mut line = String::new();
        from.read_line(&mut line).expect("a line");
        black_box(line);
    };
    play();
    let start = Instant::now();
    (0..PLAYS).for_each(|_| play());
    let elapsed = start.elapsed();
    drop((to, from));
    driver.wait().expect("the driver's end");
    elapsed
}

/// The start and the end of the process, with nobody to connect to.
fn processes() -> Duration {
    let start = Instant::now();
    for _ in 0..PROCESSES {
        let ended = Command::new(CALLER).arg("--list").stdout(Stdio::null()).status();
        assert!(ended.expect("the client").success());
    }
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
