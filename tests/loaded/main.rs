//! What must hold although all processors are busy. These tests have a binary of their own, which
//! runs alone, since they would disturb whatever measures time beside them.

#![allow(clippy::unwrap_used)]

#[path = "../sockets/reads.rs"]
mod reads;
#[path = "../specimens/specimen.rs"]
mod specimen;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Runs a test while twice as many threads spin as there are processors.
fn while_all_processors_are_busy(test: impl FnOnce()) {
    /// One test at a time: the load must not double.
    static MACHINE: Mutex<()> = Mutex::new(());
    /// Ends the load when it is dropped, after a panic too.
    struct Load<'a>(&'a AtomicBool);
    impl Drop for Load<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let _machine = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    let is_over = AtomicBool::new(false);
    let processors = thread::available_parallelism().unwrap().get();
    thread::scope(|scope| {
        let _load = Load(&is_over);
        for _ in 0..2 * processors {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        test();
    });
}

#[test]
fn no_segments_are_merged() {
    while_all_processors_are_busy(|| {
        reads::kept_over_tcp("127.0.0.1", "127.0.0.1", 1000, Duration::ZERO);
    });
}

#[test]
fn the_healthy_server_is_not_accused() {
    while_all_processors_are_busy(|| {
        let options = specimen::options(Duration::from_secs(2));
        let checked = specimen::check("", specimen::ECHO, &options);
        assert!(checked.findings.is_empty(), "{:#?}", checked.findings);
    });
}
