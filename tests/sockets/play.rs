//! What the statements of the language do when they are played, in memory and over TCP.

use std::io::Read;
use std::net::TcpListener;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use recut::check::{Demand, Limits, Mismatch, Outcome, Player, Then, Waits, Wanted};
use recut::delivery::{Choice, Delivery, Shape, Word};
use recut::script::Action;
use recut::shell::server;
use recut::{Conversation, Echo, Flow, Law, Protocol, Target};

/// Answers `len TEXT` with the length and the text, `get N` with a line of N bytes, and speaks
/// first.
#[derive(Default)]
struct Desk(Vec<u8>);

impl Protocol for Desk {
    fn open(&mut self, reply: &mut Vec<u8>) -> Flow {
        reply.extend_from_slice(b"220 desk\r\n");
        Flow::Continue
    }

    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.0.extend_from_slice(segment);
        while let Some(end) = self.0.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = self.0.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line).trim().to_owned();
            match line.split_once(' ') {
                Some(("len", text)) => reply.extend(format!("{}\n{text}", text.len()).bytes()),
                Some(("get", count)) => {
                    reply.extend(vec![b'x'; count.parse().unwrap_or(0)]);
                    reply.push(b'\n');
                }
                _ if line == "list" => reply.extend_from_slice(b"one\ntwo\n.\n"),
                _ => reply.extend_from_slice(b"what?\n"),
            }
        }
        Flow::Continue
    }

    fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
        reply.extend_from_slice(b"bye");
        Flow::Close
    }
}

fn desk() -> Target {
    Target::memory("desk", Desk::default)
}

/// A server over TCP on a free port of this machine, for as long as the process lives.
fn over_tcp<P: Protocol + Send + 'static>(connect: fn() -> P) -> Target {
    let listener: TcpListener = server::bind("127.0.0.1:0".parse().unwrap(), 5, true).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || server::serve(&listener, connect));
    Target::connect(&address).unwrap()
}

fn limits() -> Limits {
    Limits {
        timeout: Duration::from_millis(500),
        gap: Duration::from_millis(5),
        quiet_for: Duration::from_millis(30),
        ..Limits::default()
    }
}

fn play_under(target: &Target, text: &str, words: &str) -> (Outcome, String) {
    let conversation = Conversation::parse("script", text).unwrap_or_else(|e| panic!("{e:?}"));
    let stop = AtomicBool::new(false);
    let mut player = Player::new(target, limits(), &stop);
    let words: Vec<Word> = words.split(' ').map(|word| word.parse().unwrap()).collect();
    let mut choice = Choice::new(&[]);
    choice.apply(&words, &conversation.connections).unwrap();
    let delivery = match choice.explicit.first() {
        Some(delivery) => delivery.clone(),
        None if words[0].to_string() == "written" => Delivery::WRITTEN,
        None if words[0].to_string() == "joined" => Delivery::JOINED,
        None if words[0].to_string() == "half-close" => Delivery::HALF_CLOSE,
        None if words[0].to_string() == "bytes" => Delivery::BYTES,
        None => Delivery::UNCUT,
    };
    let wanted = Wanted { transcript: true, ..Wanted::default() };
    player.play(&conversation, &Delivery::UNCUT, &Shape::default(), wanted).unwrap();
    let shape = player.recording().shape();
    let outcome = player.play(&conversation, &delivery, &shape, wanted).unwrap();
    let script = player.recording().transcript.to_script(&conversation.connections);
    (outcome, script.to_string())
}

fn play(target: &Target, text: &str) -> (Outcome, String) {
    play_under(target, text, "uncut")
}

fn holds(target: &Target, text: &str) {
    for words in ["uncut", "written", "bytes"] {
        let (outcome, _) = play_under(target, text, words);
        assert!(outcome.mismatch.is_none(), "{target} {words}: {:?}\n{text}", outcome.mismatch);
    }
}

fn mismatch(target: &Target, text: &str) -> Mismatch {
    *play(target, text).0.mismatch.unwrap_or_else(|| panic!("it holds:\n{text}"))
}

#[test]
fn every_form_of_expectation_in_memory_and_over_tcp() {
    let text = r#"
< line re"^220 (?<who>\w+)$"
> "len " $who "\n"
< line re"^(?<n>\d+)$"
< $n bytes re"^desk$"
> "list\n"
< lines until re"^\.$" re"one\ntwo\n"
> "get " $n "\n"
< "x" * $n "\n"
let twice = $n $n
> "get " $twice "\n"
< 44 bytes
< line re"^$"
repeat $n as i
  > "len " $i "\n"
  < "1\n" $i
end
pause 1ms
< silence 1ms
> "get 3\n" eof
< line
< rest re"^bye$"
< eof
< closed
"#;
    holds(&desk(), text);
    holds(&over_tcp(Desk::default), text);
}

/// All that is known of `$play` before the play is that it has no line end.
#[test]
fn a_variable_known_only_in_the_play_keeps_its_place_in_a_payload() {
    let text = r#"
let a = "u" $play
> "x" $a "y\n"
< "xu" $play "y\n"
> "z" $a * 2 "\n"
< "zu" $play "u" $play "\n"
"#;
    holds(&Target::memory("echo", Echo::default), text);
}

#[test]
fn each_way_to_fail_has_its_kind() {
    for target in [desk(), over_tcp(Desk::default)] {
        let kind = |text: &str| {
            let mismatch = mismatch(&target, &format!("< line\n{text}"));
            (mismatch.law, String::from_utf8(mismatch.actual).unwrap())
        };
        assert_eq!(kind("> \"get 2\\n\"\n< \"xy\\n\"\n"), (Law::Differs, "xx\n".into()));
        assert_eq!(kind("> \"get 2\\n\"\n< line re\"y\"\n"), (Law::Differs, "xx\n".into()));
        assert_eq!(kind("> \"get 2\\n\"\n< \"xx\\nmore\"\n"), (Law::Hangs, "xx\n".into()));
        assert_eq!(kind("> \"get 2\\n\" eof\n< \"xx\\nbye!\"\n"), (Law::CutOff, "xx\nbye".into()));
        assert_eq!(kind("> \"get 2\\n\"\n< eof\n"), (Law::Differs, "xx\n".into()));
        assert_eq!(kind("> \"get 2\\n\"\n< line\n< closed\n"), (Law::Hangs, String::new()));
        assert_eq!(kind("> eof\n< 3 bytes\n< silence 10ms\n"), (Law::CutOff, String::new()));
        assert_eq!(kind("> \"get 2\\n\"\n< rest\n"), (Law::Hangs, "xx\n".into()));
        assert_eq!(
            kind("> \"list\\n\"\n< lines until re\"^!$\"\n"),
            (Law::Hangs, "one\ntwo\n.\n".into())
        );
        let three = "> \"list\\n\"\n< lines until re\"^\\.$\" re\"three\"\n";
        assert_eq!(kind(three), (Law::Differs, "one\ntwo\n.\n".into()));
        assert_eq!(kind("> \"huh\\n\"\n< line re\"(?<n>.*)\"\n< $n bytes\n").0, Law::Differs);
    }
}

#[test]
fn what_happened_is_a_script_that_holds() {
    let text = "< line\nalice > \"len abc\\n\" | \"list\\n\"\nalice < \"220 desk\\r\\n\"\n\
                > \"get 30\\n\" eof\nalice > eof\nalice < rest\n< rest\n";
    for target in [desk(), over_tcp(Desk::default)] {
        let (outcome, script) = play_under(&target, text, "written");
        assert!(outcome.mismatch.is_none(), "{:?}", outcome.mismatch);
        assert!(script.contains("alice > \"len abc\\n\"\n"), "{script}");
        assert!(script.contains("\"x\" * 30"), "{script}");
        holds(&target, &script);
    }
}

#[test]
fn joined_sends_everything_behind_the_banner() {
    let text = "< line\n> \"get 1\\n\"\n< \"x\\n\"\npause 40ms\n> \"get 2\\n\"\n< \"xx\\n\"\n";
    for target in [desk(), over_tcp(Desk::default)] {
        let (outcome, script) = play_under(&target, text, "joined");
        assert!(outcome.mismatch.is_none() && !script.contains("pause"), "{script}");
        assert!(script.starts_with("< \"220 desk\\r\\n\"\n> \"get 1\\nget 2\\n\"\n"), "{script}");
    }
}

/// Reads as much as it has room for, and closes.
fn close_after_reading(room: usize) -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            stream.read_exact(&mut vec![0; room]).ok();
        }
    });
    Target::connect(&address).unwrap()
}

#[test]
fn an_end_is_clean_only_if_the_server_left_nothing_unread() {
    let what_came = |room, what: &str| {
        let (outcome, _) =
            play_under(&close_after_reading(room), &format!("> \"hello\"\n< {what}\n"), "uncut");
        outcome.mismatch.map(|mismatch| (mismatch.demand, mismatch.then))
    };
    assert_eq!(what_came(1, "eof"), None, "the kernel makes that close a reset");
    assert_eq!(what_came(1, "reset"), None);
    let demand = Demand::Stated("eof clean".to_owned());
    assert_eq!(what_came(1, "eof clean"), Some((demand, Then::Reset)));
    assert_eq!(what_came(5, "eof clean"), None);
}

/// A script may say so, and a variable may turn out to be empty.
#[test]
fn what_has_no_bytes_is_nothing_that_happens() {
    let empty = "< line\n> \"get 0\\n\"\n< line re\"^(?<none>.*)$\"\n";
    for target in [desk(), over_tcp(Desk::default)] {
        for nothing in ["\"\"", "$none", "\"\" | $none"] {
            let ends = format!("{empty}> {nothing} eof\n< \"bye\"\n< eof\n");
            let (outcome, script) = play_under(&target, &ends, "bytes");
            assert!(outcome.mismatch.is_none(), "{nothing}: {outcome:?}");
            assert!(script.contains("> eof\n"), "{script}");
            let pauses = format!("{empty}> {nothing}\npause 20ms\n> \"get 1\\n\"\n< \"x\\n\"\n");
            let (outcome, script) = play_under(&target, &pauses, "bytes");
            assert!(outcome.mismatch.is_none() && script.contains("pause 20ms"), "{script}");
        }
    }
    let text = "< line\n> \"get \"\n> \"\"\n> \"2\\n\"\n< \"xx\\n\"\n";
    let (outcome, script) = play_under(&desk(), text, "cut@5");
    assert!(outcome.mismatch.is_none() && outcome.skipped == 0, "{outcome:?}");
    assert!(script.contains("> \"get 2\"\n> \"\\n\"\n"), "{script}");
}

/// What is set in a repeat that only the play can count is set there, in every round.
#[test]
fn variables_go_through_repeats_as_through_time() {
    let echo = Target::builtin("echo").unwrap();
    let counted = |body: &str, said: &str| {
        let head = "> \"3\\n\"\n< line re\"^(?<n>.)$\"\nlet v = \"a\"\nlet said = \"\"\n";
        format!("{head}repeat $n\n  let said = $said $v\n{body}end\n> $said $v\n< \"{said}\"\n")
    };
    holds(&echo, &counted("  let v = \"b\"\n", "abbb"));
    holds(&echo, &counted("  repeat 2 as v\n    let said = $said $v\n  end\n", "a122122122"));
    // Each frame sets what its groups name.
    for (frame, said) in [
        (r#"line re"^(?<v>.*)$""#, "aaxaxxaxxx"),
        (r#"lines until re"^(?<v>.*)$""#, "aaxaxxaxxx"),
        (r#"lines until re"." re"^(?<v>.*)\n""#, "aaxaxxaxxx"),
        ("2 bytes re\"(?<v>.)$\"\n  < line", "axxx"),
    ] {
        holds(&echo, &counted(&format!("  > $v \"x\\n\"\n  < {frame}\n"), said));
    }
}

#[test]
fn half_close_asks_for_the_whole_answer_and_allows_more() {
    let text = "< line\n> \"get 1\\n\"\n< \"x\\n\"\n< silence 1s\n";
    for target in [desk(), over_tcp(Desk::default)] {
        let (outcome, script) = play_under(&target, text, "half-close");
        assert!(outcome.mismatch.is_none(), "{:?}", outcome.mismatch);
        assert!(script.contains("> eof"), "{script}");
    }
}

#[test]
fn a_client_that_vanishes_is_judged_by_what_it_took() {
    let text = "< line\n> \"get 1\\nget 2\\n\"\n< \"x\\nxx\\n\"\n";
    for target in [desk(), over_tcp(Desk::default)] {
        for words in ["drop@0", "drop@6", "drop@12", "reset@6", "drop@99"] {
            let (outcome, script) = play_under(&target, text, words);
            assert!(outcome.mismatch.is_none(), "{words}: {:?}", outcome.mismatch);
            assert_eq!(outcome.skipped, u64::from(words == "drop@99"));
            assert_eq!(
                script.contains("> close"),
                words.starts_with("drop@") && words != "drop@99"
            );
        }
        let wrong = "< line\n> \"get 1\\nget 2\\n\"\n< \"y\\nxx\\n\"\n";
        // The expectation fails uncut as well; what counts here is that half of it is judged.
        let conversation = Conversation::parse("script", wrong).unwrap();
        let stop = AtomicBool::new(false);
        let mut player = Player::new(&target, limits(), &stop);
        let words = ["drop@6".parse::<Word>().unwrap()];
        let mut choice = Choice::new(&[]);
        choice.apply(&words, &conversation.connections).unwrap();
        let wanted = Wanted { waits: Waits::FULL, ..Wanted::default() };
        let outcome =
            player.play(&conversation, &choice.explicit[0], &Shape::default(), wanted).unwrap();
        assert_eq!(outcome.mismatch.unwrap().law, Law::Differs);
    }
}

#[test]
fn connections_open_at_first_use_and_anew_after_a_close() {
    let text = "a < line\nopen b\nb < line\na > close\nopen a\na < \"220 desk\\r\\n\"\n\
                a > \"get 1\\n\"\na < \"x\\n\"\nb > reset\n";
    holds(&desk(), text);
    holds(&over_tcp(Desk::default), text);
}

#[test]
fn each_play_has_a_name_of_its_own_of_the_same_length() {
    let echo = Target::memory("echo", Echo::default);
    let text = "> $play \"\\n\"\n< line re\"^(?<name>.*)$\"\n> $name \"\\n\"\n< $play \"\\n\"\n";
    holds(&echo, text);
    let name = |script: String| script.lines().next().unwrap().to_owned();
    let (first, second) = (name(play(&echo, text).1), name(play(&echo, text).1));
    assert_ne!(first, second);
    assert_eq!(first.len(), second.len());
    holds(&echo, "> $host \":\" $port \"\\n\"\n< \"memory:0\\n\"\n");
}

#[test]
fn what_is_repeated_no_times_is_not_there() {
    let echo = Target::memory("echo", Echo::default);
    let text = "> \"a\" \"x\" * 0 $play * 0 \"b\\n\"\n< line\n";
    assert_eq!(play(&echo, text).1, "> \"ab\\n\"\n< \"ab\\n\"\n");
}

#[test]
fn an_expectation_has_a_time_limit_of_its_own() {
    let text = "timeout 3s\n> \"hi\\n\"\n< line within 20ms\n< eof\n";
    let conversation = Conversation::parse("script", text).unwrap();
    assert_eq!(conversation.settings.timeout, Some(Duration::from_secs(3)));
    let limits = conversation.steps().filter_map(|step| match step.action {
        Action::Expect { within, .. } => Some(within),
        _ => None,
    });
    assert_eq!(limits.collect::<Vec<_>>(), [Some(Duration::from_millis(20)), None]);
}

#[test]
fn definitions_win_over_lets_and_repeats_count_from_one() {
    let text = "let who = \"Zoë\"\nlet n = \"2\"\nrepeat $n as i\n  > $who $i * 3 \"\\n\"\nend\n";
    let known = |defined: &[(String, Vec<u8>)]| {
        let files = recut::script::FileSystem;
        let script = recut::Script::resolve("s", text, defined, &files).unwrap();
        script.to_script().to_string()
    };
    assert_eq!(known(&[]), "> \"Zoë111\\n\"\n> \"Zoë222\\n\"\n");
    let defined = [("who".to_owned(), b"Bo".to_vec()), ("n".to_owned(), b"1".to_vec())];
    assert_eq!(known(&defined), "> \"Bo111\\n\"\n");
}

#[test]
fn files_and_includes_are_found_beside_the_file_that_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("main.recut", b"include \"lib/greet.recut\"\n> $bye\n< $bye\n");
    write(
        "lib/greet.recut",
        b"let bye = \"bye\\n\"\n> file\"tail.bin\" \"\\n\"\n< hex\"c3a9\" \"\\n\"\n",
    );
    write("lib/tail.bin", "é".as_bytes());
    let conversation = recut::script::load(&folder.path().join("main.recut"), &[]).unwrap();
    let target = Target::memory("echo", Echo::default);
    let checked = recut::check_once(&target, &conversation, &recut::Options::default()).unwrap();
    assert_eq!(checked.findings.len(), 0);
    assert!(conversation.name.ends_with("main"));
}
