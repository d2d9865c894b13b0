//! Handlers that read and answer in blocking tasks of tokio: what such a task does can't be seen,
//! and no virtual time passes meanwhile.

use recut::{AsyncPipe, Check, Checked, Finding, Law, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::spawn_blocking;

type Heard = UnboundedReceiver<Vec<u8>>;
type Answers = UnboundedSender<Vec<u8>>;

/// What is read goes to a blocking task, whose answers are written.
fn bridge(answer: fn(Heard, Answers)) -> Target {
    Target::tokio("bridge", move |stream: AsyncPipe| async move {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let (hear, heard) = unbounded_channel();
        let (tell, mut told) = unbounded_channel();
        spawn_blocking(move || answer(heard, tell));
        tokio::spawn(async move {
            let mut buffer = [0; 64];
            while let Ok(count @ 1..) = reader.read(&mut buffer).await {
                let _ = hear.send(buffer[..count].to_vec());
            }
        });
        while let Some(bytes) = told.recv().await {
            let _ = writer.write_all(&bytes).await;
        }
    })
}

/// Answers each line, once it is whole.
fn lines(mut heard: Heard, answers: Answers) {
    let mut line = Vec::new();
    while let Some(bytes) = heard.blocking_recv() {
        for byte in bytes {
            line.push(byte.to_ascii_uppercase());
            if byte == b'\n' {
                let _ = answers.send(std::mem::take(&mut line));
            }
        }
    }
}

/// Takes what one read returns for a line.
fn reads(mut heard: Heard, answers: Answers) {
    while let Some(mut bytes) = heard.blocking_recv() {
        bytes.make_ascii_uppercase();
        bytes.push(b'\n');
        let _ = answers.send(bytes);
    }
}

/// Answers only what is a whole line, and else waits for ever for another one.
fn whole_lines(mut heard: Heard, answers: Answers) {
    while let Some(bytes) = heard.blocking_recv() {
        if bytes.ends_with(b"\n") && bytes.len() > 2 {
            let _ = answers.send(bytes.to_ascii_uppercase());
        }
    }
}

/// Time passes here: while the client pauses, and while nothing is to come.
const SCRIPT: &str = "timeout 100ms\n> \"on\\n\"\n< \"ON\\n\"\npause 2ms\n> \"off\\n\"\n\
                      < \"OFF\\n\"\n< silence 5ms\n";

fn check(target: Target, script: &str) -> Checked {
    Check::new(target).run(script).unwrap()
}

/// The one finding that there is.
fn finding(target: Target, script: &str) -> Finding {
    let checked = check(target, script);
    let laws: Vec<_> = checked.findings().iter().map(Finding::law).collect();
    assert_eq!(laws.len(), 1, "{laws:?} {checked}");
    checked.findings()[0].clone()
}

#[test]
fn a_healthy_bridge_is_never_accused() {
    let checked = check(bridge(lines), SCRIPT);
    assert!(checked.findings().is_empty(), "{checked}");
    for _ in 0..20 {
        let checked = Check::new(bridge(lines)).deliver("single").run(SCRIPT).unwrap();
        assert!(checked.findings().is_empty(), "{checked}");
    }
}

#[test]
fn one_read_taken_for_one_message_is_found_behind_a_bridge() {
    let script = "> \"one\"\n< \"ONE\\n\"\npause 2ms\n";
    let found = finding(bridge(reads), script);
    assert_eq!((found.law(), found.delivery()), (Law::Differs, "cut@1"));
}

#[test]
fn a_blocking_task_that_does_not_answer_hangs_and_does_not_crash() {
    let found = finding(bridge(whole_lines), &format!("deliver single\n{SCRIPT}"));
    assert_eq!(found.law(), Law::Hangs, "{found}");
    let silent = |_: Heard, _: Answers| std::thread::park();
    let script = "timeout 100ms\n> \"a\"\n< \"b\"\n";
    let found = finding(bridge(silent), script);
    assert!(found.to_string().contains("nothing"), "{found}");
}

#[test]
fn a_worker_of_the_server_that_waits_does_not_hold_up_time() {
    let start = || {
        let (work, mut waiting) = unbounded_channel::<()>();
        spawn_blocking(move || while waiting.blocking_recv().is_some() {});
        move |mut stream: AsyncPipe| {
            let work = work.clone();
            async move {
                while let Ok(byte) = stream.read_u8().await {
                    let _ = work.send(());
                    let _ = stream.write_u8(byte).await;
                }
            }
        }
    };
    let script = "> \"ab\"\n< \"ab\"\npause 2ms\n> \"c\"\n< \"c\"\n< silence 5ms\n";
    let checked = check(Target::tokio_server("worker", start), script);
    assert!(checked.findings().is_empty(), "{checked}");
}

#[test]
fn a_blocking_task_that_has_the_connection_itself_is_never_accused() {
    // As `SyncIoBridge` of tokio-util does it.
    let direct = |mut stream: AsyncPipe| async move {
        let runtime = tokio::runtime::Handle::current();
        let serve = move || {
            while let Ok(byte) = runtime.block_on(stream.read_u8()) {
                let _ = runtime.block_on(stream.write_u8(byte.to_ascii_uppercase()));
            }
        };
        let _ = spawn_blocking(serve).await;
    };
    for _ in 0..20 {
        let check = Check::new(Target::tokio("direct", direct)).deliver("bytes,single");
        let checked = check.run(SCRIPT).unwrap();
        assert!(checked.findings().is_empty(), "{checked}");
    }
}
