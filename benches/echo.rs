//! The echo core against `encoding_rs`, the field's streaming decoder with replacement.
//!
//! Both decode the same 64 MiB in turn, several times; what counts is the ratio of the medians of
//! one run. In segments, what a segment is answered is taken away before the next one comes, as a
//! server sends it. `cargo bench --bench echo`

use std::hint::black_box;
use std::time::{Duration, Instant};

use encoding_rs::UTF_8;
use recut::{Echo, Flow, Protocol};

const SIZE: usize = 64 << 20;
const ROUNDS: usize = 9;

fn main() {
    println!("{:<28} {:>12} {:>12} {:>8}", "stream", "echo MB/s", "peer MB/s", "ratio");
    for (name, stream) in streams() {
        for (cut, size) in [("whole", SIZE), ("1 KiB segments", 1024)] {
            let mut echo_times = Vec::new();
            let mut peer_times = Vec::new();
            let mut reply = Vec::with_capacity(3 * SIZE);
            let mut text = vec![0; 3 * SIZE + 1024];
            for _ in 0..ROUNDS {
                echo_times.push(echo(&stream, size, &mut reply));
                peer_times.push(peer(&stream, size, &mut text));
            }
            let (echo, peer) = (median(echo_times), median(peer_times));
            let speed = |time: Duration| stream.len() as f64 / 1e6 / time.as_secs_f64();
            let ratio = peer.as_secs_f64() / echo.as_secs_f64();
            let name = format!("{name}, {cut}");
            println!("{name:<28} {:>12.0} {:>12.0} {ratio:>8.2}", speed(echo), speed(peer));
        }
    }
}

fn streams() -> [(&'static str, Vec<u8>); 3] {
    let repeated = |line: &[u8]| line.iter().copied().cycle().take(SIZE).collect::<Vec<u8>>();
    let mixed = "敏捷的棕色狐狸跳过了懒狗 and the quick brown fox jumps over it 今天天气很好\n";
    let mut ill_formed = repeated("text, naïve and 世界, with faults \n".as_bytes());
    let mut rng = fastrand::Rng::with_seed(7);
    for byte in &mut ill_formed {
        if rng.u8(..) < 16 {
            *byte = rng.u8(0x80..);
        }
    }
    [
        ("ASCII", repeated(b"The quick brown fox jumps over the lazy dog, as it always does.\n")),
        ("mixed", repeated(mixed.as_bytes())),
        ("ill-formed", ill_formed),
    ]
}

fn echo(stream: &[u8], size: usize, reply: &mut Vec<u8>) -> Duration {
    let start = Instant::now();
    let mut echo = Echo::default();
    reply.clear();
    for segment in stream.chunks(size) {
        reply.clear();
        assert!(echo.receive(black_box(segment), reply) == Flow::Continue);
        black_box(&reply);
    }
    let _ = echo.end(reply);
    start.elapsed()
}

fn peer(stream: &[u8], size: usize, text: &mut [u8]) -> Duration {
    let start = Instant::now();
    let mut decoder = UTF_8.new_decoder_without_bom_handling();
    for segment in stream.chunks(size) {
        let (_, _, length, _) = decoder.decode_to_utf8(black_box(segment), text, false);
        black_box(&text[..length]);
    }
    let (_, _, length, _) = decoder.decode_to_utf8(b"", text, true);
    black_box(&text[..length]);
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
