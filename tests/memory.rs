//! What is held in memory is bounded: a connection's share does not grow with what it has got, nor
//! a script's with what it says to repeat. Measured on the thread, by a counting allocator.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use allocation_counter::measure;
use recut::script::{CONVERSATION_LIMIT, Files, Script, ScriptError, ScriptErrorKind};
use recut::{Conversation, Echo, Flow, Protocol};

/// Long enough that whatever is kept of it shows.
const STREAM: usize = 1 << 19;

/// What an echo may hold, in bytes: the block that it decodes, and the answer to a segment.
const HELD: u64 = 64 << 10;

fn corpus(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(folder);
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> =
        paths.map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect();
    assert!(!files.is_empty());
    files
}

/// The most that a connection held at once while it got the stream over and over, each answer
/// taken at once, in bytes. None where the stream ends the connection.
fn held<P: Protocol + Default>(stream: &[u8], size: usize) -> Option<u64> {
    let mut quit = false;
    let memory = measure(|| {
        let (mut echo, mut reply) = (P::default(), Vec::new());
        let mut received = 0;
        while received < STREAM && !quit {
            for segment in stream.chunks(size) {
                quit |= echo.receive(segment, &mut reply) != Flow::Continue;
                reply.clear();
            }
            received += stream.len();
        }
    });
    (!quit).then_some(memory.bytes_max)
}

/// The streams of the corpus over which a connection holds more than it may.
fn hoarded<P: Protocol + Default>() -> Vec<String> {
    let (mut seen, mut hoarded) = (0, Vec::new());
    for (name, stream) in ["decode", "cuts"].into_iter().flat_map(corpus) {
        for size in [1, 1000, 1 << 14] {
            let Some(held) = (!stream.is_empty()).then(|| held::<P>(&stream, size)).flatten()
            else {
                continue;
            };
            seen += 1;
            if held > HELD {
                hoarded.push(format!("{name} in segments of {size}: {held} bytes"));
            }
        }
    }
    assert!(seen > 30, "only {seen} streams were looked at");
    hoarded
}

/// Answers as it should, and keeps what it got.
#[derive(Default)]
struct Hoards {
    echo: Echo,
    all: Vec<u8>,
}

impl Protocol for Hoards {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.all.extend_from_slice(segment);
        self.echo.receive(segment, reply)
    }

    fn end(&mut self, reply: &mut Vec<u8>) -> Flow {
        self.echo.end(reply)
    }
}

#[test]
fn an_echo_holds_no_more_of_a_long_stream_than_of_a_short_one() {
    assert_eq!(hoarded::<Echo>(), [""; 0]);
}

#[test]
fn an_echo_that_hoards_in_secret_is_caught() {
    assert!(hoarded::<Hoards>().len() > 30);
}

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _from: &str, path: &str) -> Result<(String, Vec<u8>), (String, String)> {
        Err((path.to_owned(), "there are no files here".to_owned()))
    }
}

/// What comes of a script, and the most that resolving it held at once, in bytes.
fn resolved(text: &str) -> (Result<Conversation, Vec<ScriptError>>, u64) {
    let mut resolved = Err(Vec::new());
    let memory = measure(|| resolved = Script::resolve("script", text, &[], &NoFiles));
    (resolved, memory.bytes_max)
}

#[test]
fn a_script_takes_no_more_memory_than_a_conversation_may() {
    for (name, text) in ["script", "play", "conversations"].into_iter().flat_map(corpus) {
        let (_, taken) = resolved(&String::from_utf8_lossy(&text));
        assert!(taken <= CONVERSATION_LIMIT, "{name}: {taken} bytes");
    }
}

#[test]
fn the_largest_conversation_takes_less_than_twice_its_size() {
    let largest = "> \"0123456789abcdef\" * 4194304\n".repeat(4);
    let (conversation, taken) = resolved(&largest);
    assert!(conversation.is_ok());
    assert!((CONVERSATION_LIMIT..2 * CONVERSATION_LIMIT).contains(&taken), "{taken} bytes");
    let (errors, taken) = resolved(&(largest + "> \"x\"\n"));
    assert_eq!(*errors.unwrap_err()[0].kind(), ScriptErrorKind::PayloadTooLarge);
    assert!(taken < 2 * CONVERSATION_LIMIT, "{taken} bytes");
}
