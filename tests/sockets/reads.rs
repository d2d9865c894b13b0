//! A server that tells the sizes of its reads, and what they must be if each byte is cut off.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use recut::check::{Limits, Outcome, Player, Wanted};
use recut::delivery::{Delivery, Shape};
use recut::peer::Quality;
use recut::{Conversation, Target};

/// Works for that long, as a server does that has something to compute.
pub(crate) fn busy_for(work: Duration) {
    let until = Instant::now() + work;
    while Instant::now() < until {
        std::hint::spin_loop();
    }
}

/// Reads with plenty of room, works for a while after each read, and answers the end of the first
/// line; returns the sizes of the reads.
fn attend(mut stream: impl Read + Write, work: Duration) -> Vec<usize> {
    let (mut buffer, mut sizes) = (vec![0; 64 * 1024], Vec::new());
    loop {
        let length = stream.read(&mut buffer).unwrap_or(0);
        if length == 0 {
            return sizes;
        }
        sizes.push(length);
        busy_for(work);
        if buffer[..length].ends_with(b"\n") {
            stream.write_all(b"done\n").unwrap();
        }
    }
}

/// Serves one client on a listener; the sizes of its reads come through the channel.
pub(crate) fn serve<S: Read + Write + 'static>(
    accept: impl FnOnce() -> S + Send + 'static,
    work: Duration,
) -> Receiver<Vec<usize>> {
    let (sender, sizes) = channel();
    thread::spawn(move || sender.send(attend(accept(), work)));
    sizes
}

/// Plays that many segments of one byte each against a target.
pub(crate) fn bytes(target: &Target, length: usize) -> Outcome {
    let text = format!("> \"x\" * {} \"\\n\"\n< \"done\\n\"\n", length - 1);
    let conversation = Conversation::parse("bytes", &text).unwrap();
    let stop = AtomicBool::new(false);
    let limits = Limits { timeout: Duration::from_secs(30), ..Limits::default() };
    let mut player = Player::new(target, limits, &stop);
    let shape = Shape::default();
    let played = player.play(&conversation, &Delivery::BYTES, &shape, Wanted::default()).unwrap();
    assert_eq!(played.mismatch, None);
    played
}

/// Asserts that each byte is read on its own, over TCP.
pub(crate) fn kept_over_tcp(listen: &str, client: &str, length: usize, work: Duration) {
    let listener = TcpListener::bind((listen, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let sizes = serve(move || listener.accept().unwrap().0, work);
    let target = Target::connect(&format!("{client}:{port}")).unwrap();
    let played = bytes(&target, length);
    let sizes = sizes.recv_timeout(Duration::from_secs(30)).unwrap();
    assert_eq!(sizes, vec![1; length], "{listen} {client}: segments were merged");
    assert_eq!(played.quality, Quality::Confirmed, "{listen} {client}");
}
