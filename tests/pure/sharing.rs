//! Servers in memory whose connections share something: one client may keep another from being
//! served, or change what it is answered.

use std::sync::{Arc, Mutex};

use recut::{AsyncPipe, Check, Checked, Finding, Flow, Law, Protocol, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const ONE_LINE: &str = "> \"one\\n\"\n< \"ONE\\n\"\n";

fn check(target: Target, script: &str) -> Checked {
    Check::new(target).run(script).unwrap()
}

/// The laws that are broken by default.
fn broken(target: Target, script: &str) -> Vec<Law> {
    let checked = check(target, script);
    assert!(checked.findings().iter().all(Finding::is_stable), "{checked}");
    checked.findings().iter().map(Finding::law).collect()
}

/// Answers whole lines, and gathers them here.
async fn shout(mut stream: AsyncPipe, line: Arc<Mutex<Vec<u8>>>) {
    while let Ok(byte) = stream.read_u8().await {
        line.lock().unwrap().push(byte.to_ascii_uppercase());
        if byte == b'\n' {
            let answer = std::mem::take(&mut *line.lock().unwrap());
            let _ = stream.write_all(&answer).await;
        }
    }
    line.lock().unwrap().clear();
}

#[test]
fn a_lock_that_is_held_for_a_whole_connection_starves_others() {
    let target = Target::tokio_server("locks", || {
        let lock = Arc::new(tokio::sync::Mutex::new(()));
        move |stream| {
            let lock = Arc::clone(&lock);
            async move {
                let _guard = lock.lock().await;
                shout(stream, Arc::default()).await;
            }
        }
    });
    assert_eq!(broken(target, ONE_LINE), [Law::Starves]);
}

#[test]
fn a_buffer_for_all_clients_is_found_by_default() {
    let target = Target::tokio_server("one buffer", || {
        let line = Arc::default();
        move |stream| shout(stream, Arc::clone(&line))
    });
    assert_eq!(broken(target, ONE_LINE), [Law::Poisons]);
    let alone = Target::tokio_server("healthy", || |stream| shout(stream, Arc::default()));
    assert_eq!(broken(alone, ONE_LINE), []);
}

/// A core that gathers its line in here.
struct Shout(Arc<Mutex<Vec<u8>>>);

impl Protocol for Shout {
    fn open(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Continue
    }

    fn receive(&mut self, bytes: &[u8], reply: &mut Vec<u8>) -> Flow {
        let mut line = self.0.lock().unwrap();
        for byte in bytes {
            line.push(byte.to_ascii_uppercase());
            if *byte == b'\n' {
                reply.append(&mut line);
            }
        }
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

impl Drop for Shout {
    fn drop(&mut self) {
        self.0.lock().unwrap().clear();
    }
}

#[test]
fn a_core_with_a_buffer_for_all_clients_is_found_by_default() {
    let target = Target::server("one buffer", || {
        let line = Arc::default();
        move || Shout(Arc::clone(&line))
    });
    assert_eq!(broken(target, ONE_LINE), [Law::Poisons]);
    assert_eq!(broken(Target::server("healthy", || || Shout(Arc::default())), ONE_LINE), []);
}

/// Tells each client how many there were.
struct Visitors(Arc<Mutex<u32>>);

impl Protocol for Visitors {
    fn open(&mut self, reply: &mut Vec<u8>) -> Flow {
        let mut visitors = self.0.lock().unwrap();
        *visitors += 1;
        reply.extend(format!("you are number {visitors}\n").bytes());
        Flow::Continue
    }

    fn receive(&mut self, bytes: &[u8], reply: &mut Vec<u8>) -> Flow {
        reply.extend_from_slice(bytes);
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

#[test]
fn a_number_of_visitors_accuses_nobody() {
    let target = Target::server("visitors", || {
        let visitors = Arc::default();
        move || Visitors(Arc::clone(&visitors))
    });
    let script = "< line re\"^you are number [0-9]+$\"\n> \"hello\\n\"\n< \"hello\\n\"\n";
    let checked = check(target, script);
    assert!(checked.findings().is_empty(), "{checked}");
    // Nothing is said of what was looked at.
    assert!(!checked.to_string().contains("starves"), "{checked}");
}
