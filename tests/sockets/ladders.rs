//! What is told of a play is in the order in which it happened.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use recut::check::{Limits, ObservedPlay, TranscriptEvent};
use recut::{Checked, Conversation, Law, Options, Target, check_once};

fn check(target: &Target, text: &str) -> Checked {
    let checked = checked(target, text);
    assert!(!checked.findings.is_empty(), "{:?}", checked.left_out);
    checked
}

fn checked(target: &Target, text: &str) -> Checked {
    let limits = Limits {
        timeout: Duration::from_millis(400),
        gap: Duration::from_millis(300),
        quiet_for: Duration::from_millis(40),
        ..Limits::default()
    };
    let options = Options { limits, ..Options::default() };
    check_once(target, &Conversation::parse("script", text).unwrap(), &options).unwrap()
}

/// A server that gives every connection to a function in a thread of its own.
fn serve(attend: impl Fn(TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = Target::connect(&listener.local_addr().unwrap().to_string()).unwrap();
    let attend = Arc::new(attend);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let attend = Arc::clone(&attend);
            std::thread::spawn(move || attend(stream));
        }
    });
    target
}

/// Answers each byte at once, and inside a line asks for the rest after a while.
fn by_byte(mut stream: TcpStream) -> std::io::Result<()> {
    let mut byte = [b'\n'];
    loop {
        let is_inside = byte != *b"\n";
        stream.set_read_timeout(is_inside.then_some(Duration::from_millis(80)))?;
        match stream.read(&mut byte) {
            Ok(0) => return Ok(()),
            Ok(_) => stream.write_all(&byte)?,
            Err(_) => {
                stream.write_all(b"?")?;
                byte = *b"\n";
            }
        }
    }
}

/// The play in which the first finding was seen.
fn observed(checked: &Checked) -> &ObservedPlay {
    checked.findings[0].seen.plays.last().unwrap()
}

fn assert_in_order(play: &ObservedPlay) {
    let times = &play.transcript.times;
    assert!(times.is_sorted(), "{times:?}: {:?}", play.transcript.events);
}

#[test]
fn an_answer_that_comes_before_a_pause_is_told_before_it_ends() {
    let checked = check(&serve(by_byte), "deliver slow@1=400ms\n> \"ab\\n\"\n< \"ab\\n\"\n");
    let play = observed(&checked);
    assert_in_order(play);
    let place = |is_it: &dyn Fn(&TranscriptEvent) -> bool| {
        let events = &play.transcript.events;
        events.iter().rposition(is_it).unwrap_or_else(|| panic!("{play:?}"))
    };
    let received = |first: u8| {
        place(&|event| matches!(event, TranscriptEvent::Received(_, bytes) if bytes[0] == first))
    };
    let rest = place(&|event| matches!(event, TranscriptEvent::Sent(..)));
    assert!(received(b'a') < received(b'?') && received(b'?') < rest, "{play:?}");
}

#[test]
fn what_comes_after_a_while_is_not_joined_with_what_came_before() {
    let drips = |mut stream: TcpStream| {
        stream.read_exact(&mut [0; 2])?;
        stream.write_all(b"a")?;
        std::thread::sleep(Duration::from_millis(60));
        stream.write_all(b"b\n")?;
        stream.read_exact(&mut [0])
    };
    let checked = check(&serve(drips), "deliver uncut\n> \"q\\n\"\n< \"ac\\n\"\n");
    let answers: Vec<_> = observed(&checked)
        .transcript
        .events
        .iter()
        .filter_map(|event| match event {
            TranscriptEvent::Received(_, bytes) => Some(bytes.as_slice()),
            _ => None,
        })
        .collect();
    assert_eq!(answers[0], b"a", "{answers:?}");
}

fn rest_of_line(stream: &mut TcpStream, line: &mut Vec<u8>) -> std::io::Result<()> {
    while !line.ends_with(b"\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        line.push(byte[0]);
    }
    Ok(())
}

#[test]
fn the_client_that_fails_in_between_is_the_one_that_is_named() {
    let taken = Arc::new((Mutex::new(false), Condvar::new()));
    let one_in_a_line = move |mut stream: TcpStream| -> std::io::Result<()> {
        let (is_taken, freed) = &*taken;
        let mut line = vec![0];
        loop {
            stream.read_exact(&mut line)?;
            // Who has just gone may not have been noticed yet.
            let at_most = Duration::from_millis(300);
            let held = is_taken.lock().unwrap();
            let (mut held, late) = freed.wait_timeout_while(held, at_most, |held| *held).unwrap();
            if late.timed_out() {
                return stream.write_all(b"busy\n");
            }
            *held = true;
            drop(held);
            let rest = rest_of_line(&mut stream, &mut line);
            *is_taken.lock().unwrap() = false;
            freed.notify_one();
            rest?;
            stream.write_all(&line)?;
            line.truncate(1);
        }
    };
    let text = "deliver interleaved\n> \"one\\n\"\n< \"one\\n\"\n";
    let checked = check(&serve(one_in_a_line), text);
    let finding = &checked.findings[0];
    assert!(matches!(finding.law, Law::Poisons | Law::Starves), "{:?}", finding.law);
    // There is one connection of ours: the next is that of the other client.
    assert_eq!(finding.seen.connection, 1, "{:?}", finding.seen);
    assert_in_order(observed(&checked));
}

#[test]
fn what_a_server_was_lost_by_is_told_though_it_can_not_be_shown_again() {
    let lives = Arc::new(Mutex::new(true));
    let wedges = move |mut stream: TcpStream| -> std::io::Result<()> {
        let mut line = Vec::new();
        let mut byte = [0];
        while !line.ends_with(b"\n") {
            if stream.read(&mut byte)? == 0 {
                *lives.lock().unwrap() = false;
                return Ok(());
            }
            line.push(byte[0]);
        }
        if *lives.lock().unwrap() {
            stream.write_all(&line)?;
        }
        // Until the client goes.
        stream.read(&mut byte).map(|_| ())
    };
    let checked = check(&serve(wedges), "deliver drop@2\n> \"one\\n\"\n< \"one\\n\"\n");
    let finding = &checked.findings[0];
    assert_eq!((finding.law, finding.delivery.as_str()), (Law::Wedged, "drop@2"));
    let plays: Vec<&str> = finding.seen.plays.iter().map(|play| play.delivery.as_str()).collect();
    assert_eq!(plays.first(), Some(&"drop@2"), "{plays:?}");
    assert!(!finding.sent.is_empty());
}
