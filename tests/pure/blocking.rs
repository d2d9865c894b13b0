//! Handlers in blocking style: healthy ones are not accused, planted defects are found, and
//! nothing waits in real time while a handler waits in a read.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use recut::{Checked, Conversation, Finding, Law, Options, Pipe, Target, check_once};

const TWO_LINES: &str = "> \"one\\n\"\n< \"ONE\\n\"\n> \"zoë\\n\"\n< \"ZOË\\n\"\n";

/// A healthy handler: a line is answered when it is whole.
fn shout(stream: Pipe) -> io::Result<()> {
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        writer.write_all(line.to_uppercase().as_bytes())?;
        line.clear();
    }
    Ok(())
}

/// Takes what one read returns for a message.
fn one_read(mut stream: impl Read + Write) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&buffer[..count]).to_uppercase();
        stream.write_all(text.as_bytes())?;
    }
}

/// Forgets what was read behind the first line.
fn loses_the_rest(mut stream: impl Read + Write) -> io::Result<()> {
    loop {
        let mut line = String::new();
        if BufReader::new(&mut stream).read_line(&mut line)? == 0 {
            return Ok(());
        }
        stream.write_all(line.to_uppercase().as_bytes())?;
    }
}

fn check_with(target: &Target, text: &str, options: &Options) -> Checked {
    let conversation = Conversation::parse("handler", text).unwrap();
    check_once(target, &conversation, options).unwrap()
}

fn check(target: &Target, text: &str) -> Checked {
    check_with(target, text, &Options::default())
}

/// The one finding that there is.
fn finding(target: &Target, text: &str) -> Finding {
    let checked = check(target, text);
    let laws: Vec<_> = checked.findings.iter().map(|finding| finding.law).collect();
    assert_eq!(laws.len(), 1, "{laws:?} {checked:?}");
    assert!(checked.findings[0].is_stable(), "{:?}", checked.findings[0].confirmed);
    checked.findings[0].clone()
}

#[test]
fn a_healthy_handler_is_played_thousands_of_times_without_a_finding() {
    let target = Target::blocking("shout", shout);
    let text = "deliver +joined +half-close +reset +pairs +random=2000\n\
                > \"grüße aus zürich\\nund\" \" mehr\\n\"\n< line\n< \"UND MEHR\\n\"\n\
                > \"zoë\\n\"\n< \"ZOË\\n\"\n";
    let checked = check_with(&target, text, &Options { max: Some(5_000), ..Options::default() });
    assert_eq!(checked.findings.len(), 0, "{:?}", checked.findings);
    assert!(checked.tally.confirmed > 2_000, "{:?}", checked.tally);
    assert_eq!((checked.tally.paced, checked.tally.held), (0, 0));
}

#[test]
fn one_read_taken_for_one_message_is_found_inside_a_character() {
    let found = finding(&Target::blocking("one-read", one_read), TWO_LINES);
    assert_eq!(found.law, Law::Differs);
    assert!(found.delivery.contains("cut@"), "{}", found.delivery);
}

#[test]
fn losing_what_is_glued_behind_a_line_hangs() {
    let target = Target::blocking("loses", loses_the_rest);
    let found = finding(&target, &format!("deliver +joined\n{TWO_LINES}"));
    assert_eq!((found.law, found.delivery.as_str()), (Law::Hangs, "joined"));
}

#[test]
fn closing_on_half_a_message_is_a_cut_off() {
    let target = Target::blocking("closes", |mut stream: Pipe| {
        let mut buffer = [0; 1024];
        let count = stream.read(&mut buffer).unwrap();
        if buffer[..count].ends_with(b"\n") {
            stream.write_all(&buffer[..count]).unwrap();
        }
    });
    let found = finding(&target, "> \"one\\n\"\n< \"one\\n\"\n");
    assert_eq!(found.law, Law::CutOff);
}

#[test]
fn a_panic_is_a_crash_with_its_message_wherever_it_happens() {
    let panics = |stream: Pipe| {
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).unwrap();
        // A client that has gone is no reason to panic.
        drop((&stream).write_all(line.as_bytes()));
        let mut rest = [0; 1];
        // A read of nothing is fine; one more byte is not.
        assert_eq!((&stream).read(&mut rest).unwrap_or(0), 0, "more was sent");
    };
    let target = Target::blocking("panics", panics);
    assert_eq!(check(&target, "> \"one\\n\"\n< \"one\\n\"\n").findings.len(), 0);
    // Nothing is expected behind what makes it panic.
    let found = finding(&target, "> \"one\\n\"\n< \"one\\n\"\n> \"x\"\n");
    assert_eq!(found.law, Law::Crashed);
    assert!(format!("{found:?}").contains("more was sent"), "{found:?}");
}

#[test]
fn what_ends_a_connection_is_what_std_net_says() {
    let (told, asked) = mpsc::channel();
    let told = Mutex::new(told);
    let target = Target::blocking("ends", move |mut stream: Pipe| {
        let mut byte = [0; 1];
        let told = told.lock().unwrap().clone();
        while stream.read(&mut byte).is_ok_and(|count| count > 0) {}
        let read = stream.read(&mut byte).map_err(|error| error.kind());
        let write = stream.write(b"late").map_err(|error| error.kind());
        told.send((read, write)).unwrap();
    });
    for (end, expected) in [
        ("> \"a\" eof\n< \"late\"\n< eof\n", (Ok(0), Ok(4))),
        ("> \"a\"\n> close\n", (Ok(0), Err(io::ErrorKind::BrokenPipe))),
        (
            "> \"a\"\n> reset\n",
            (Err(io::ErrorKind::ConnectionReset), Err(io::ErrorKind::ConnectionReset)),
        ),
    ] {
        let text = format!("deliver uncut\n{end}");
        let _ = check(&target, &text);
        assert_eq!(asked.recv_timeout(Duration::from_secs(60)), Ok(expected), "{end}");
        while asked.try_recv().is_ok() {}
    }
}

#[test]
fn silence_and_a_wait_for_an_end_take_no_time_while_a_handler_waits_in_a_read() {
    let target = Target::blocking("shout", shout);
    let text = "> \"a\\n\"\n< \"A\\n\"\n< silence 1h\n> \"b\\n\"\n< \"B\\n\"\n";
    let start = Instant::now();
    assert_eq!(check(&target, text).findings.len(), 0);
    // Nobody closes here, and nobody is waited for until the time is up.
    let found = finding(&target, "timeout 1h\n> \"a\\n\"\n< \"A\\n\"\n< eof\n");
    assert_eq!(found.law, Law::Baseline);
    assert!(start.elapsed() < Duration::from_secs(600));
}

#[test]
fn a_handler_that_never_ends_is_given_up_and_fails_from_then_on() {
    let failed = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&failed);
    // Blind to the end of the stream.
    let target = Target::blocking("blind", move |mut stream: Pipe| {
        let mut byte = [0; 1];
        while let Ok(count) = stream.read(&mut byte) {
            drop(stream.write(&byte[..count]));
        }
        seen.fetch_add(1, Ordering::Relaxed);
    });
    let found = finding(&target, "timeout 200ms\n> \"a\" eof\n< \"a\"\n< eof\n");
    assert_eq!(found.law, Law::Baseline);
    assert!(failed.load(Ordering::Relaxed) > 0);
}

#[test]
fn a_handler_that_speaks_to_another_connection_is_waited_for() {
    // A chat: what one says, all others hear. The handler of one writes to the other.
    let all: Mutex<Vec<Pipe>> = Mutex::default();
    let target = Target::blocking("chat", move |stream: Pipe| -> io::Result<()> {
        all.lock().unwrap().push(stream.try_clone()?);
        let mut reader = BufReader::new(stream.try_clone()?);
        (&stream).write_all(b"hi\n")?;
        let mut line = String::new();
        while reader.read_line(&mut line)? > 0 {
            for other in &*all.lock().unwrap() {
                drop((&*other).write_all(line.as_bytes()));
            }
            line.clear();
        }
        all.lock().unwrap().clear();
        Ok(())
    });
    let text = "deliver written bytes single\n\
                bob < \"hi\\n\"\neve < \"hi\\n\"\n\
                bob > \"all\\n\"\neve < \"all\\n\"\nbob < \"all\\n\"\n\
                ";
    let checked = check(&target, text);
    assert_eq!(checked.findings.len(), 0, "{:?}", checked.findings);
}
