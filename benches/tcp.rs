//! What a cut costs and whether it is real, beside a sleep and plain writes; and how many plays
//! over TCP there are for those of a bare client. All on loopback, in one run.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use recut::check::{Limits, Player, Wanted};
use recut::delivery::{Delivery, Shape};
use recut::peer::Quality;
use recut::shell::server;
use recut::{Conversation, Echo, Target};

const ROUNDS: usize = 9;

/// How many one-byte segments are sent in a round.
const SEGMENTS: usize = 300;

/// How many plays there are in a round.
const PLAYS: usize = 500;

fn main() {
    println!("{:<24} {:>10} {:>8}", "cuts, server idle", "µs a cut", "kept");
    cut_by("recut, confirmed", Duration::ZERO, confirmed);
    cut_by("a sleep of 2 ms", Duration::ZERO, |address| written(address, Some(2)));
    cut_by("plain writes", Duration::ZERO, |address| written(address, None));
    println!("{:<24} {:>10} {:>8}", "server busy 5 ms a read", "µs a cut", "kept");
    let busy = Duration::from_millis(5);
    cut_by("recut, confirmed", busy, confirmed);
    cut_by("a sleep of 2 ms", busy, |address| written(address, Some(2)));
    cut_by("plain writes", busy, |address| written(address, None));
    plays();
}

/// A server that works for a while behind each read; tells how many reads each client took.
fn reader(work: Duration) -> (SocketAddr, Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = listener.local_addr().expect("it is bound");
    let (told, tells) = channel();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (mut buffer, mut reads) = ([0; 4096], 0);
            while stream.read(&mut buffer).unwrap_or(0) > 0 {
                reads += 1;
                let until = Instant::now() + work;
                while Instant::now() < until {
                    std::hint::spin_loop();
                }
            }
            let _ = told.send(reads);
        }
    });
    (address, tells)
}

fn cut_by(name: &str, work: Duration, send: impl Fn(SocketAddr)) {
    let (address, reads) = reader(work);
    let rounds = if work.is_zero() { ROUNDS } else { 3 };
    let (mut times, mut kept) = (Vec::new(), 0);
    for _ in 0..rounds {
        let start = Instant::now();
        send(address);
        times.push(start.elapsed().as_secs_f64() * 1e6 / SEGMENTS as f64);
        kept += reads.recv().expect("the server lives") - 1;
    }
    let share = 100.0 * kept as f64 / (rounds * (SEGMENTS - 1)) as f64;
    println!("{name:<24} {:>10.1} {share:>7.1}%", median(&mut times));
}

fn confirmed(address: SocketAddr) {
    let text = format!("> \"x\" * {SEGMENTS}\n");
    let conversation = Conversation::parse("bytes", &text).expect("it parses");
    let target = Target::connect(&address.to_string()).expect("it resolves");
    let stop = AtomicBool::new(false);
    let mut player = Player::new(&target, Limits { timeout: Duration::ZERO, ..limits() }, &stop);
    let shape = Shape::default();
    let played = player.play(&conversation, &Delivery::BYTES, &shape, Wanted::default());
    assert_eq!(played.expect("it is served").quality, Quality::Confirmed);
}

fn limits() -> Limits {
    Limits::default()
}

fn written(address: SocketAddr, sleep: Option<u64>) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_nodelay(true).expect("it is TCP");
    for _ in 0..SEGMENTS {
        stream.write_all(b"x").expect("it is read");
        if let Some(milliseconds) = sleep {
            thread::sleep(Duration::from_millis(milliseconds));
        }
    }
}

/// Connect, a line, its answer, the quit line, the end: by recut and by a bare client.
fn plays() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || server::serve(&listener, Echo::default));
    let target = Target::connect(&address.to_string()).expect("it resolves");
    let text = "> \"hello\\n\"\n< \"hello\\n\"\n> \"q\\n\"\n< eof\n";
    let conversation = Conversation::parse("line", text).expect("it parses");
    let stop = AtomicBool::new(false);
    let mut player = Player::new(&target, limits(), &stop);
    let shape = Shape::default();
    let mut play = || {
        let played = player.play(&conversation, &Delivery::UNCUT, &shape, Wanted::default());
        assert!(played.expect("it is served").mismatch.is_none());
    };
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(rate(&mut play));
        bare.push(rate(&mut || by_hand(address)));
    }
    let (ours, bare) = (median(&mut ours), median(&mut bare));
    println!("{:<24} {:>10}", "plays over TCP", "plays/s");
    println!("{:<24} {ours:>10.0}", "recut");
    println!("{:<24} {bare:>10.0}", "a bare client");
    println!("{:<24} {:>10.2}", "ratio", ours / bare);
}

fn by_hand(address: SocketAddr) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_nodelay(true).expect("it is TCP");
    stream.write_all(b"hello\n").expect("it reads");
    let mut reader = BufReader::new(stream.try_clone().expect("a descriptor is left"));
    let mut line = String::new();
    reader.read_line(&mut line).expect("it answers");
    assert_eq!(line, "hello\n");
    stream.write_all(b"q\n").expect("it reads");
    assert_eq!(reader.read(&mut [0]).expect("it ends"), 0);
}

fn rate(play: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    (0..PLAYS).for_each(|_| play());
    PLAYS as f64 / start.elapsed().as_secs_f64()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
