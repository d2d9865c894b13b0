//! A connection's memory does not grow with what it has received; a script's has a limit, whatever
//! it says to repeat. Measured on the thread, by a counting allocator.

use std::fs;
use std::path::Path;

use allocation_counter::measure;
use recut::script::{CONVERSATION_LIMIT, ScriptErrorKind};
use recut::{Conversation, Echo, Flow, Protocol};

/// How much of a stream a connection receives, in bytes.
const STREAM: usize = 1 << 19;

/// What an echo may hold beside its answers, in bytes.
const HELD: u64 = 1 << 10;

/// The files of these folders of the corpus.
fn corpus(folders: &[&str]) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let entries = folders.iter().flat_map(|folder| fs::read_dir(root.join(folder)).unwrap());
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        paths.map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect();
    files.sort();
    files
}

/// The most that a connection held at once while it received a stream over and over, in bytes.
/// None where the stream ends it.
fn held<P: Protocol + Default>(stream: &[u8], size: usize) -> Option<u64> {
    let long: Vec<u8> = stream.iter().copied().cycle().take(STREAM).collect();
    // No answer is longer: a byte becomes at most a replacement character.
    let mut reply = Vec::with_capacity(4 * size + 8);
    let mut has_ended = false;
    let memory = measure(|| {
        let mut server = P::default();
        has_ended = server.open(&mut reply) != Flow::Continue
            || long.chunks(size).any(|segment| {
                reply.clear();
                server.receive(segment, &mut reply) != Flow::Continue
            });
    });
    (!has_ended).then_some(memory.bytes_max)
}

/// The streams of the corpus that do not end a connection: how many, and those over which it holds
/// more than it may.
fn hoarded<P: Protocol + Default>() -> (usize, Vec<String>) {
    let (mut looked_at, mut hoarded) = (0, Vec::new());
    for (name, stream) in corpus(&["decode", "cuts"]) {
        for size in [1, 1000, 1 << 14] {
            let Some(held) = held::<P>(&stream, size) else { continue };
            looked_at += 1;
            if held > HELD {
                hoarded.push(format!("{name} in segments of {size}: {held} bytes"));
            }
        }
    }
    (looked_at, hoarded)
}

/// Answers as it should, and keeps one byte of sixty-four in secret.
#[derive(Default)]
struct Hoards {
    echo: Echo,
    received: usize,
    kept: Vec<u8>,
}

impl Protocol for Hoards {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        for byte in segment {
            self.received += 1;
            if self.received.is_multiple_of(64) {
                self.kept.push(*byte);
            }
        }
        self.echo.receive(segment, reply)
    }

    fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
        self.echo.end(reply)
    }
}

#[test]
fn an_echo_holds_next_to_nothing_of_what_it_has_received() {
    held::<Echo>(b"what is made once is made", 100);
    let (looked_at, hoarded) = hoarded::<Echo>();
    assert!(looked_at >= 50, "{looked_at}");
    assert_eq!(hoarded, [""; 0]);
}

#[test]
fn an_echo_that_hoards_in_secret_is_caught() {
    let (looked_at, hoarded) = hoarded::<Hoards>();
    // A stream of no bytes has nothing to hoard.
    let empty = corpus(&["decode", "cuts"]).iter().filter(|(_, stream)| stream.is_empty()).count();
    assert_eq!(hoarded.len(), looked_at - 3 * empty);
}

/// What comes of a script, and the most that reading it held at once, in bytes.
fn read(text: &str) -> (Result<(), ScriptErrorKind>, u64) {
    let mut read = Ok(());
    let memory = measure(|| {
        let conversation = Conversation::parse("script", text);
        read = conversation.map(drop).map_err(|errors| errors[0].kind().clone());
    });
    (read, memory.bytes_max)
}

#[test]
fn a_script_of_the_corpus_takes_little_memory() {
    for (name, text) in corpus(&["script", "play", "conversations"]) {
        let (_, taken) = read(&String::from_utf8_lossy(&text));
        assert!(taken < 64 << 20, "{name}: {taken} bytes");
    }
}

/// A payload that is whole is copied once, to be shared.
#[test]
fn the_largest_conversation_takes_less_than_twice_its_size() {
    let largest = "> \"0123456789abcdef\" * 4194304\n".repeat(4);
    let too_large = format!("{largest}> \"x\"\n");
    for (text, expected) in [(largest, Ok(())), (too_large, Err(ScriptErrorKind::PayloadTooLarge))]
    {
        let (read, taken) = read(&text);
        assert_eq!(read, expected);
        assert!((CONVERSATION_LIMIT..2 * CONVERSATION_LIMIT).contains(&taken), "{taken} bytes");
    }
}
