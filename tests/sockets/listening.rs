//! Servers that the test starts itself.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use recut::{Check, Law, Options, Target, check_once};

/// Ends its server, and counts that.
struct Guard {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    ended: Arc<AtomicUsize>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.ended.fetch_add(1, Ordering::Relaxed);
        // Wakes the thread that accepts.
        drop(TcpStream::connect(self.address));
    }
}

/// How many servers were started, and have ended.
#[derive(Clone, Default)]
struct Count {
    started: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
}

impl Count {
    fn both(&self) -> (usize, usize) {
        (self.started.load(Ordering::Relaxed), self.ended.load(Ordering::Relaxed))
    }
}

fn serve(count: &Count, attend: fn(TcpStream) -> io::Result<()>) -> Target {
    serve_sharing(count, move || attend)
}

/// The same, with what `start` makes for each server.
fn serve_sharing<A: Fn(TcpStream) -> io::Result<()> + Clone + Send + 'static>(
    count: &Count,
    start: impl Fn() -> A + Send + Sync + 'static,
) -> Target {
    let count = count.clone();
    Target::listening("ours", move || {
        let attend = start();
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let attend = attend.clone();
                thread::spawn(move || attend(stream));
            }
        });
        count.started.fetch_add(1, Ordering::Relaxed);
        Ok((address, Guard { address, is_over, ended: Arc::clone(&count.ended) }))
    })
}

fn by_line(stream: TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        reader.get_mut().write_all(line.as_bytes())?;
        line.clear();
    }
    Ok(())
}

fn by_read(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        if !buffer[..count].ends_with(b"\n") {
            return stream.write_all(b"?");
        }
        stream.write_all(&buffer[..count])?;
    }
}

const SCRIPT: &str = "> \"one\\n\"\n< \"one\\n\"\n> \"two\\n\"\n< \"two\\n\"\n";

#[test]
fn a_server_of_the_test_is_played_and_ended() {
    let count = Count::default();
    let target = serve(&count, by_line);
    let checked = Check::new(&target).jobs(2).run(SCRIPT).unwrap();
    assert!(checked.findings().is_empty(), "{checked}");
    let (started, ended) = count.both();
    assert!((1..=3).contains(&started) && ended < started, "{started} {ended}");
    drop(target);
    assert_eq!(count.both(), (started, started));
}

#[test]
fn a_server_of_the_test_is_found_out() {
    let count = Count::default();
    let checked = Check::new(serve(&count, by_read)).run(SCRIPT).unwrap();
    assert_eq!(checked.findings()[0].law(), Law::Differs, "{checked}");
    assert!(checked.to_string().contains("ours"), "{checked}");
    let (started, ended) = count.both();
    assert_eq!(started, ended);
}

#[test]
fn a_server_that_cannot_be_started_is_an_error_and_no_finding() {
    let conversation = recut::Conversation::parse("script", SCRIPT).unwrap();
    let told = |target: Target| {
        check_once(&target, &conversation, &Options::default()).unwrap_err().to_string()
    };
    let fails = || -> io::Result<(SocketAddr, ())> { Err(io::Error::other("no database")) };
    assert_eq!(told(Target::listening("fails", fails)), "can't start `fails`: no database");
    let panics = || -> io::Result<(SocketAddr, ())> { panic!("no luck") };
    assert_eq!(told(Target::listening("panics", panics)), "can't start `panics`: no luck");
}

#[test]
fn a_lock_that_a_thread_holds_for_a_whole_connection_starves_others_every_time() {
    let locks = || {
        let lock = Arc::new(Mutex::new(()));
        move |stream| {
            let _guard = lock.lock().unwrap();
            by_line(stream)
        }
    };
    for _ in 0..5 {
        let target = serve_sharing(&Count::default(), locks);
        let check = Check::new(target).deliver("uncut");
        let checked = check.run("timeout 300ms\n> \"one\\n\"\n< \"one\\n\"\n").unwrap();
        let findings = checked.findings();
        assert_eq!(findings.len(), 1, "{checked}");
        assert_eq!(findings[0].law(), Law::Starves);
        assert!(findings[0].is_stable(), "{checked}");
    }
}

#[test]
fn a_guard_that_panics_does_not_take_the_report_with_it() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("the server does not end");
        }
    }
    let target = Target::listening("ours", || {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = attend_one_read(stream);
            }
        });
        Ok((address, Panics))
    });
    let checked = recut::check(target, "> \"hello\\n\"\n< \"hello\\n\"\n");
    assert!(!checked.findings().is_empty(), "{checked}");
}

/// Takes what one read returns for a line.
fn attend_one_read(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 99];
    let length = stream.read(&mut buffer)?;
    stream.write_all(&buffer[..length])
}
