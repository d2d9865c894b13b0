//! Handlers in async style: healthy ones are not accused, planted defects are found, and time is
//! what the conversation says.

use std::io;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use recut::{AsyncPipe, Check, Checked, Finding, Law, Target};
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, WriteHalf,
};
use tokio::sync::{broadcast, oneshot};
use tokio::time::{interval, sleep, timeout};

const TWO_LINES: &str = "> \"one\\n\"\n< \"ONE\\n\"\n> \"zoë\\n\"\n< \"ZOË\\n\"\n";

/// A healthy handler: a line is answered when it is whole.
async fn shout(stream: impl AsyncRead + AsyncWrite) -> io::Result<()> {
    let (reader, mut writer) = tokio::io::split(stream);
    let mut reader = BufReader::new(reader);
    let mut line = String::new();
    while reader.read_line(&mut line).await? > 0 {
        writer.write_all(line.to_uppercase().as_bytes()).await?;
        line.clear();
    }
    Ok(())
}

/// Takes what one read returns for a message.
async fn one_read(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&buffer[..count]).to_uppercase();
        stream.write_all(text.as_bytes()).await?;
    }
}

fn check(target: Target, script: &str) -> Checked {
    Check::new(target).run(script).unwrap()
}

/// The one finding that there is.
fn finding(target: Target, script: &str) -> Finding {
    let checked = check(target, script);
    let laws: Vec<_> = checked.findings().iter().map(Finding::law).collect();
    assert_eq!(laws.len(), 1, "{laws:?} {checked}");
    assert!(checked.findings()[0].is_stable(), "{checked}");
    checked.findings()[0].clone()
}

/// Holds, with thousands of plays.
fn assert_holds(target: Target, script: &str) {
    let check = Check::new(target).deliver("+joined +half-close +reset +pairs +random=2000");
    let checked = check.max(5_000).run(script).unwrap();
    assert!(checked.findings().is_empty(), "{checked}");
}

#[test]
fn a_healthy_handler_is_played_thousands_of_times_without_a_finding() {
    let script = "> \"grüße aus zürich\\nund\" \" mehr\\n\"\n< line\n< \"UND MEHR\\n\"\n\
                  > \"zoë\\n\"\n< \"ZOË\\n\"\n";
    assert_holds(Target::tokio("shout", shout), script);
}

#[test]
fn one_read_taken_for_one_message_is_found_inside_a_character() {
    let found = finding(Target::tokio("one-read", one_read), TWO_LINES);
    assert_eq!((found.law(), found.delivery.as_str()), (Law::Differs, "cut@3"));
}

#[test]
fn what_is_glued_behind_a_line_is_lost_with_a_new_reader_for_each_line() {
    let loses = |mut stream: AsyncPipe| async move {
        loop {
            let mut line = String::new();
            if BufReader::new(&mut stream).read_line(&mut line).await? == 0 {
                return io::Result::Ok(());
            }
            stream.write_all(line.to_uppercase().as_bytes()).await?;
        }
    };
    let found = finding(Target::tokio("loses", loses), &format!("deliver +joined\n{TWO_LINES}"));
    assert_eq!((found.law(), found.delivery.as_str()), (Law::Hangs, "joined"));
}

/// A line within half a minute, and a word every minute.
async fn patient(stream: AsyncPipe) -> io::Result<()> {
    let (reader, mut writer) = tokio::io::split(stream);
    let mut lines = BufReader::new(reader).lines();
    match timeout(Duration::from_secs(30), lines.next_line()).await {
        Ok(Ok(Some(line))) => writer.write_all(format!("{line}\n").as_bytes()).await?,
        Ok(_) => return Ok(()),
        Err(_) => return writer.write_all(b"too late\n").await,
    }
    let mut minutes = interval(Duration::from_secs(60));
    minutes.tick().await;
    loop {
        tokio::select! {
            _ = minutes.tick() => writer.write_all(b"still there\n").await?,
            line = lines.next_line() => match line? {
                None => return Ok(()),
                Some(line) => writer.write_all(line.as_bytes()).await?,
            }
        }
    }
}

#[test]
fn time_passes_only_while_the_conversation_waits() {
    let target = || Target::tokio("patient", patient);
    assert_holds(target(), "> \"a\\n\"\n< \"a\\n\"\n> \"b\\n\"\n< \"b\"\n");
    let holds = |script: &str| {
        let checked = Check::new(target()).deliver("uncut").run(script).unwrap();
        assert!(checked.findings().is_empty(), "{checked}");
    };
    holds("> \"a\"\n< silence 29s\n> \"\\n\"\n< \"a\\n\"\n< silence 59s\n");
    holds("timeout 31s\n> \"a\"\n< \"too late\\n\"\n< eof\n");
    holds("timeout 4h\n> \"a\\n\"\n< \"a\\n\"\nrepeat 180\n< \"still there\\n\"\nend\n");
}

#[test]
fn a_panic_is_a_crash_with_its_message_wherever_it_happens() {
    let panics = |mut stream: AsyncPipe| async move {
        let count = stream.read(&mut [0; 8]).await.unwrap_or(0);
        assert_ne!(count, 1, "a single byte");
        let _ = stream.write_all(b"ok\n").await;
        let _ = stream.read(&mut [0; 8]).await;
    };
    let found = finding(Target::tokio("panics", panics), "> \"one\\n\"\n< \"ok\\n\"\n");
    assert_eq!(found.law(), Law::Crashed);
    assert!(found.to_string().contains("a single byte"), "{found}");
    let elsewhere = |stream: AsyncPipe| async move {
        tokio::spawn(async move {
            let _stream = stream;
            panic!("in a task of its own");
        });
    };
    let found = finding(Target::tokio("elsewhere", elsewhere), "< silence 1s\n");
    assert!(found.to_string().contains("a task that had the connection panicked"), "{found}");
    // Nothing but the time that passes calls it then.
    let late = |mut stream: AsyncPipe| async move {
        let _ = stream.read(&mut [0; 8]).await;
        sleep(Duration::from_secs(1)).await;
        panic!("after a while");
    };
    let found = finding(Target::tokio("late", late), "> \"a\"\n< \"b\"\n");
    assert!(found.to_string().contains("after a while"), "{found}");
    let start = || -> fn(AsyncPipe) -> std::future::Ready<()> { panic!("no server") };
    let found = finding(Target::tokio_server("start", start), "< silence 1s\n");
    assert!(found.to_string().contains("no server"), "{found}");
}

#[test]
fn a_panic_before_the_last_segment_is_shrunk_to_the_cut_that_makes_it() {
    let panics = |mut stream: AsyncPipe| async move {
        let mut buffer = [0; 64];
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            let text = std::str::from_utf8(&buffer[..count]).expect("utf8");
            let _ = stream.write_all(text.as_bytes()).await;
        }
    };
    for sets in ["bytes", "bytes,single"] {
        let script = format!("deliver {sets}\n> \"Zoë\\n\"\n< \"Zoë\\n\"\n");
        let found = finding(Target::tokio("panics", panics), &script);
        assert_eq!((found.law(), found.delivery()), (Law::Crashed, "cut@3"));
        assert!(found.to_string().contains("cut map"), "{found}");
    }
}

#[test]
fn what_ends_a_connection_is_what_tokio_says_of_a_socket() {
    let seen = Arc::new(Mutex::new(None));
    let told = Arc::clone(&seen);
    let target = Target::tokio("ends", move |mut stream: AsyncPipe| {
        let told = Arc::clone(&told);
        async move {
            while stream.read_u8().await.is_ok() {}
            let read = stream.read(&mut [0; 1]).await.map_err(|error| error.kind());
            let write = stream.write(b"late").await.map_err(|error| error.kind());
            *told.lock().unwrap() = Some((read, write));
        }
    });
    for (end, expected) in [
        ("> \"a\" eof\n< \"late\"\n< eof\n", (Ok(0), Ok(4))),
        ("> \"a\"\n> close\n", (Ok(0), Err(io::ErrorKind::BrokenPipe))),
        (
            "> \"a\"\n> reset\n",
            (Err(io::ErrorKind::ConnectionReset), Err(io::ErrorKind::ConnectionReset)),
        ),
    ] {
        let _ = Check::new(&target).deliver("uncut").run(end).unwrap();
        assert_eq!(seen.lock().unwrap().take(), Some(expected), "{end}");
    }
}

/// Every line goes to everybody.
fn chat() -> impl Fn(AsyncPipe) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
    let (all, _) = broadcast::channel::<String>(16);
    move |stream| {
        let (all, mut heard) = (all.clone(), all.subscribe());
        let (reader, mut writer): (_, WriteHalf<AsyncPipe>) = tokio::io::split(stream);
        Box::pin(async move {
            let mut lines = BufReader::new(reader).lines();
            loop {
                tokio::select! {
                    line = lines.next_line() => match line {
                        Ok(Some(line)) => drop(all.send(line)),
                        _ => return,
                    },
                    line = heard.recv() => {
                        let Ok(line) = line else { return };
                        let _ = writer.write_all(format!("{line}\n").as_bytes()).await;
                    }
                }
            }
        })
    }
}

#[test]
fn connections_share_what_their_server_made() {
    let script = "bob > \"hello\\n\"\nbob < \"hello\\n\"\n> \"a\\n\"\n< \"a\\n\"\nbob < \"a\\n\"\n\
                  bob > \"b\\n\"\nbob < \"b\\n\"\n< \"b\\n\"\n";
    let check = Check::new(Target::tokio_server("chat", chat)).deliver("+pairs +random=500");
    let checked = check.run(script).unwrap();
    assert!(checked.findings().is_empty(), "{checked}");
}

#[test]
fn an_answer_from_another_thread_is_waited_for() {
    let blocking = |mut stream: AsyncPipe| async move {
        while let Ok(byte) = stream.read_u8().await {
            let answer = tokio::task::spawn_blocking(move || byte.to_ascii_uppercase());
            let _ = stream.write_u8(answer.await.unwrap()).await;
        }
    };
    let foreign = |mut stream: AsyncPipe| async move {
        while let Ok(byte) = stream.read_u8().await {
            let (tell, answer) = oneshot::channel();
            thread::spawn(move || tell.send(byte.to_ascii_uppercase()));
            let _ = stream.write_u8(answer.await.unwrap()).await;
        }
    };
    let script = "> \"ab\"\n< \"AB\"\n> \"c\"\n< \"C\"\n";
    for target in [Target::tokio("blocking", blocking), Target::tokio("foreign", foreign)] {
        let checked = Check::new(target).deliver("+pairs +random=20").run(script).unwrap();
        assert!(checked.findings().is_empty(), "{checked}");
    }
}

#[test]
fn handlers_that_do_not_listen_are_bounded() {
    let deaf = |mut stream: AsyncPipe| async move {
        loop {
            let _ = stream.read(&mut [0; 8]).await;
        }
    };
    let found = finding(Target::tokio("deaf", deaf), "> \"a\" eof\n< eof\n");
    assert_eq!(found.law(), Law::Baseline);
    let flood = |mut stream: AsyncPipe| async move {
        while stream.write_all(&[b'x'; 65_536]).await.is_ok() {}
    };
    let checked = check(Target::tokio("flood", flood), "deliver uncut\n< \"x\" * 4\n");
    assert_eq!(checked.findings().len(), 1, "{checked}");
    let sleepless = |stream: AsyncPipe| async move {
        let _stream = stream;
        loop {
            sleep(Duration::from_millis(1)).await;
        }
    };
    let script = "deliver uncut\n< silence 1m\n";
    let checked = check(Target::tokio("sleepless", sleepless), script);
    assert!(checked.findings().is_empty(), "{checked}");
}

#[test]
fn a_check_may_be_called_inside_of_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        assert_holds(Target::tokio("shout", shout), TWO_LINES);
    });
}
