//! Conversations in memory against `tokio-test`'s `io::Builder`, on one core.
//!
//! Both play the same conversation (send a line, expect it, `q`, expect the end) in turn; what
//! counts is the ratio of the medians of one run. The peer's server is an echo over its mock, in
//! one runtime for all plays. `cargo bench --bench plays`

use std::hint::black_box;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use recut::check::{Limits, Player, Wanted};
use recut::delivery::{Delivery, Shape};
use recut::{Conversation, Echo, Target};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio_test::io::Builder;

const PLAYS: u32 = 100_000;
const ROUNDS: usize = 9;

fn main() {
    let (mut ours, mut peers) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(recut());
        peers.push(tokio_test());
    }
    let (ours, peer) = (median(ours), median(peers));
    let rate = |time: Duration| f64::from(PLAYS) / time.as_secs_f64();
    println!("recut       {:>12.0} plays/s", rate(ours));
    println!("tokio-test  {:>12.0} plays/s", rate(peer));
    println!("ratio       {:>12.2}", peer.as_secs_f64() / ours.as_secs_f64());
}

fn recut() -> Duration {
    let script = "> \"hello, world\\n\"\n< \"hello, world\\n\"\n> \"q\\n\"\n< eof\n";
    let Ok(conversation) = Conversation::parse("bench", script) else { return Duration::ZERO };
    let target = Target::memory("echo", Echo::default);
    let stop = AtomicBool::new(false);
    let mut player = Player::new(&target, Limits::default(), &stop);
    let shape = Shape::default();
    let start = Instant::now();
    for _ in 0..PLAYS {
        let played =
            player.play(black_box(&conversation), &Delivery::UNCUT, &shape, Wanted::default());
        assert!(played.is_ok_and(|outcome| outcome.mismatch.is_none()));
    }
    start.elapsed()
}

fn tokio_test() -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let Ok(runtime) = runtime else { return Duration::ZERO };
    runtime.block_on(async {
        let start = Instant::now();
        for _ in 0..PLAYS {
            let mock = Builder::new()
                .read(black_box(b"hello, world\n"))
                .write(b"hello, world\n")
                .read(b"q\n")
                .build();
            serve(mock).await;
        }
        start.elapsed()
    })
}

/// The peer's server: an echo by line.
async fn serve(stream: tokio_test::io::Mock) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    loop {
        line.clear();
        match stream.read_line(&mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) if line == "q\n" => return,
            Ok(_) => assert!(stream.write_all(line.as_bytes()).await.is_ok()),
        }
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
