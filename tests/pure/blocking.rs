//! Handlers in blocking style over a pipe in memory: who breaks a law, and who does not.

use std::io::{BufRead, BufReader, Read, Write};

use recut::{Check, Checked, Law, Pipe, Target};

const TWO_LINES: &str = "> \"one\\ntwo\\n\"\n< \"one\\ntwo\\n\"\n> \"three\\n\"\n< \"three\\n\"\n";

/// Answers each line with the line.
fn by_line(mut stream: Pipe) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.clone());
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        stream.write_all(&line)?;
        line.clear();
    }
    Ok(())
}

/// Takes one read for one line.
fn by_read(mut stream: Pipe) -> std::io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        if buffer[..read].ends_with(b"\n") {
            stream.write_all(&buffer[..read])?;
        }
    }
}

/// Makes a new reader for each line, and loses what the last one has read ahead.
fn loses_what_is_glued(mut stream: Pipe) -> std::io::Result<()> {
    loop {
        let mut line = Vec::new();
        if BufReader::new(&stream).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        stream.write_all(&line)?;
    }
}

fn laws(checked: &Checked) -> Vec<(Law, String)> {
    let told = |found: &recut::Finding| (found.law(), found.delivery().to_owned());
    checked.findings().iter().map(told).collect()
}

#[test]
fn a_healthy_handler_is_not_accused_in_thousands_of_plays() {
    let check = Check::new(Target::blocking("lines", by_line)).max(3_000);
    let everything = check.deliver("+joined +half-close +reset +random=500 +slow=2s");
    let checked = everything.run(TWO_LINES).unwrap();
    checked.assert();
    assert!(checked.deliveries() > 700, "{}", checked.deliveries());
}

#[test]
fn one_read_is_not_one_message() {
    let script = "> \"hello\\n\"\n< \"hello\\n\"\n";
    let checked = recut::check(Target::blocking("reads", by_read), script);
    assert_eq!(laws(&checked)[0].1, "cut@5", "{checked}");
    assert!(matches!(laws(&checked)[0].0, Law::Differs | Law::Hangs), "{checked}");
}

#[test]
fn what_is_glued_behind_a_line_is_not_to_be_lost() {
    let checked = recut::check(Target::blocking("loses", loses_what_is_glued), TWO_LINES);
    let baseline = (Law::Baseline, "uncut".to_owned());
    assert_eq!(laws(&checked), [baseline], "two lines in one segment are lost uncut as well");
    let one = "> \"one\\n\"\n< \"one\\n\"\n> \"two\\n\"\n< \"two\\n\"\n";
    let check = Check::new(Target::blocking("loses", loses_what_is_glued));
    let checked = check.deliver("+joined").run(one).unwrap();
    assert_eq!(laws(&checked), [(Law::Hangs, "joined".to_owned())], "{checked}");
}

#[test]
fn a_panic_is_a_crash_with_its_message() {
    let strict = |stream: Pipe| {
        let mut byte = [0];
        let read = (&stream).read(&mut byte).unwrap();
        assert_eq!((&stream).read(&mut [0; 8]).unwrap(), 3, "a message has four bytes");
        (&stream).write_all(&byte[..read]).unwrap();
        byte
    };
    let checked = recut::check(Target::blocking("strict", strict), "> \"abcd\"\n< \"a\"\n");
    assert_eq!(laws(&checked)[0].0, Law::Crashed, "{checked}");
    assert!(checked.to_string().contains("a message has four bytes"), "{checked}");
}

#[test]
fn a_greeting_and_an_end_are_seen_at_once() {
    let greets = |mut stream: Pipe| -> std::io::Result<()> {
        stream.write_all(b"hello\n")?;
        stream.read_exact(&mut [0; 4])?;
        stream.write_all(b"bye\n")
    };
    let script = "< \"hello\\n\"\n> \"quit\"\n< \"bye\\n\"\n< eof\n";
    recut::check(Target::blocking("greets", greets), script).assert();
    let closes_early = |stream: Pipe| {
        (&stream).write_all(b"hello\n").unwrap();
        drop(stream);
    };
    let early = "< \"hello\\n\"\n< eof\n";
    recut::check(Target::blocking("closes", closes_early), early).assert();
}

#[test]
fn a_handler_that_never_ends_is_given_up() {
    // It takes the end for nothing, and asks again for ever.
    let blind = |mut stream: Pipe| {
        let mut buffer = [0; 64];
        loop {
            let read = stream.read(&mut buffer).unwrap_or(0);
            let _ = stream.write_all(&buffer[..read]);
        }
    };
    let target = Target::blocking("blind", blind);
    recut::check(&target, "> \"a\\n\"\n< \"a\\n\"\n").assert();
    let checked = recut::check(&target, "> \"a\\n\" eof\n< \"a\\n\"\n< eof\n");
    assert_eq!(laws(&checked)[0].0, Law::Baseline, "{checked}");
}

#[test]
fn a_long_answer_is_not_held_up_by_what_nobody_reads() {
    let script = "> \"x\\n\"\n< \"y\" * 3000000\n> eof\n< eof\n";
    let long = |mut stream: Pipe| -> std::io::Result<()> {
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line)?;
        stream.write_all(&vec![b'y'; 3_000_000])
    };
    let check = Check::new(Target::blocking("long", long)).deliver("uncut bytes drop");
    check.run(script).unwrap().assert();
}
