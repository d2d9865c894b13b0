//! A cut is real: the server reads up to it, and no further, at once.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use recut::check::{Limits, Player, Wanted};
use recut::delivery::{Delivery, Shape};
use recut::peer::{Quality, Stdio};
use recut::{Conversation, Target};

use crate::reads::{busy_for, bytes, kept_over_tcp, serve};

#[test]
fn none_is_merged_on_an_idle_server() {
    kept_over_tcp("127.0.0.1", "127.0.0.1", 3000, Duration::ZERO);
}

#[test]
fn none_is_merged_in_any_family() {
    for (listen, client) in [("::1", "[::1]"), ("::", "127.0.0.1"), ("::", "[::ffff:127.0.0.1]")] {
        kept_over_tcp(listen, client, 300, Duration::ZERO);
    }
}

#[test]
fn none_is_merged_on_a_busy_server() {
    kept_over_tcp("127.0.0.1", "127.0.0.1", 200, Duration::from_millis(5));
}

#[test]
fn hardly_any_is_merged_over_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let reads = serve(move || listener.accept().unwrap().0, Duration::from_micros(200));
    let target = Target::connect(&format!("unix:{}", path.display())).unwrap();
    let played = bytes(&target, 1000);
    let reads = reads.recv_timeout(Duration::from_secs(30)).unwrap();
    // A read that has taken its bytes looks once more before it returns, which can't be seen.
    assert_eq!(reads.iter().sum::<usize>(), 1000);
    assert!(reads.len() > 980, "1,000 segments were read in {}", reads.len());
    assert_eq!(played.quality, Quality::Confirmed);
}

#[test]
fn none_is_merged_over_pipes() {
    // It says how much each of its reads brought.
    let script = "import os\nfor _ in range(300): os.write(1, b'%d ' % len(os.read(0, 65536)))";
    let target = Target::stdio(Stdio::new(&format!("python3 -c \"{script}\"")).unwrap());
    let text = "> \"x\" * 300\n< rest re\"^(1 ){300}$\"\n";
    let conversation = Conversation::parse("pipes", text).unwrap();
    let stop = AtomicBool::new(false);
    let mut player = Player::new(&target, Limits::default(), &stop);
    let shape = Shape::default();
    let played = player.play(&conversation, &Delivery::BYTES, &shape, Wanted::default()).unwrap();
    assert_eq!((played.mismatch, played.quality), (None, Quality::Confirmed));
}

#[test]
fn a_server_that_has_closed_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = Target::connect(&listener.local_addr().unwrap().to_string()).unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0]).unwrap();
        // The listening socket stays: the look-up must not take it for the connection.
        listener
    });
    let text = "> \"x\" * 200\n< closed\n";
    let conversation = Conversation::parse("closed", text).unwrap();
    let stop = AtomicBool::new(false);
    // One gap a cut would take an hour.
    let limits = Limits { gap: Duration::from_secs(18), ..Limits::default() };
    let mut player = Player::new(&target, limits, &stop);
    let played =
        player.play(&conversation, &Delivery::BYTES, &Shape::default(), Wanted::default()).unwrap();
    assert_eq!((played.mismatch, played.quality), (None, Quality::Confirmed));
    drop(server.join().unwrap());
}

#[test]
fn a_server_that_leaves_bytes_unread_does_not_confirm_them() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (over, is_over) = channel::<()>();
    let server = thread::spawn(move || {
        let stream: TcpStream = listener.accept().unwrap().0;
        let _ = is_over.recv();
        drop(stream);
    });
    let conversation = Conversation::parse("unread", "> \"abc\"\n").unwrap();
    let target = Target::connect(&address).unwrap();
    let stop = AtomicBool::new(false);
    let (gap, timeout) = (Duration::from_millis(1), Duration::from_millis(50));
    let limits = Limits { gap, timeout, ..Limits::default() };
    let mut player = Player::new(&target, limits, &stop);
    let played = player.play(&conversation, &Delivery::BYTES, &Shape::default(), Wanted::default());
    assert_eq!(played.unwrap().quality, Quality::Paced);
    drop(over);
    server.join().unwrap();
}

#[test]
fn the_end_of_a_burst_is_a_border_even_where_the_answer_came_early() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = Target::connect(&listener.local_addr().unwrap().to_string()).unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut buffer, mut sizes) = ([0; 99], Vec::new());
        loop {
            let length = stream.read(&mut buffer).unwrap_or(0);
            if length == 0 {
                return sizes;
            }
            sizes.push(length);
            if buffer[0] == b'a' || buffer[0] == b'd' {
                stream.write_all(b"early\n").unwrap();
            }
            busy_for(Duration::from_millis(5));
        }
    });
    let text = "deliver cut@1\n> \"abc\"\n< \"early\\n\"\n> \"de\"\n< \"early\\n\"\n";
    let conversation = Conversation::parse("early", text).unwrap();
    let stop = AtomicBool::new(false);
    let mut player = Player::new(&target, Limits::default(), &stop);
    let mut choice = recut::delivery::Choice::new(&[]);
    choice.apply(&conversation.settings.deliver[0], &conversation.connections).unwrap();
    let (shape, wanted) = (Shape::default(), Wanted::default());
    let played = player.play(&conversation, &choice.explicit[0], &shape, wanted).unwrap();
    assert_eq!(played.mismatch, None);
    assert_eq!(server.join().unwrap(), [1, 2, 2]);
}

#[test]
fn a_full_queue_of_a_unix_socket_is_waited_for_no_longer_than_asked() {
    use socket2::{Domain, SockAddr, Socket, Type};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    listener.bind(&SockAddr::unix(&path).unwrap()).unwrap();
    listener.listen(0).unwrap();
    let target = Target::connect(&format!("unix:{}", path.display())).unwrap();
    let conversation = Conversation::parse("queue", "> \"a\"\n").unwrap();
    let stop = AtomicBool::new(false);
    let mut server = target.start();
    let moment = Duration::from_millis(50);
    // Whoever comes is queued, until there is no room.
    let queued: Vec<_> =
        std::iter::from_fn(|| server.open(&mut Vec::new(), moment, &stop).ok()).take(10).collect();
    assert!(queued.len() < 10);
    let limits = Limits { timeout: moment, ..Limits::default() };
    let mut player = Player::new(&target, limits, &stop);
    let shape = Shape::default();
    let error = player.play(&conversation, &Delivery::UNCUT, &shape, Wanted::default());
    assert!(error.unwrap_err().is_timeout());
}

#[test]
fn where_nobody_can_be_asked_a_whole_conversation_is_played_with_paced_cuts() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || recut::shell::server::serve(&listener, recut::Echo::default));
    let text = "> \"one\\n\"\n< \"one\\n\"\n> \"two\\n\"\n< \"two\\n\"\n> \"q\\n\"\n< eof\n";
    let conversation = Conversation::parse("blind", text).unwrap();
    let limits = Limits { gap: Duration::from_millis(2), ..Limits::default() };
    let quality = |target: &Target, delivery: &Delivery| {
        let stop = AtomicBool::new(false);
        let mut player = Player::new(target, limits.clone(), &stop);
        let shape = Shape::default();
        let played = player.play(&conversation, delivery, &shape, Wanted::default()).unwrap();
        assert_eq!(played.mismatch, None);
        played.quality
    };
    let blind = Target::connect_blind(&address).unwrap();
    assert_eq!(quality(&blind, &Delivery::BYTES), Quality::Paced);
    assert_eq!(quality(&blind, &Delivery::UNCUT), Quality::Confirmed, "nothing is cut");
    let seeing = Target::connect(&address).unwrap();
    assert_eq!(quality(&seeing, &Delivery::BYTES), Quality::Confirmed);
}

#[test]
fn where_nobody_can_be_asked_a_server_that_has_closed_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = Target::connect_blind(&listener.local_addr().unwrap().to_string()).unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0]).unwrap();
    });
    let conversation = Conversation::parse("closed", "> \"x\" * 1000\n< closed\n").unwrap();
    let stop = AtomicBool::new(false);
    let limits = Limits { gap: Duration::from_millis(200), ..Limits::default() };
    let mut player = Player::new(&target, limits, &stop);
    let (start, shape) = (Instant::now(), Shape::default());
    let played = player.play(&conversation, &Delivery::BYTES, &shape, Wanted::default()).unwrap();
    // A gap for each cut would take more than three minutes.
    assert!(start.elapsed() < Duration::from_secs(60));
    assert_eq!((played.mismatch, played.quality), (None, Quality::Paced));
    server.join().unwrap();
}
