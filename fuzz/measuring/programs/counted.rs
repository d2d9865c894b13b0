//! The target `cuts`, and how many segmentations it compares with the oracle in so many executions.

#![no_main]

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use recut::Echo;
use recut::testing::{Look, cuts_with};
use recut_fuzz::hold;

static COMPARED: AtomicU64 = AtomicU64::new(0);
static EXECUTED: AtomicU64 = AtomicU64::new(0);

/// Told every so many executions.
const EVERY: u64 = 1_000;

libfuzzer_sys::fuzz_target!(|stream: &[u8]| {
    let connect = || {
        COMPARED.fetch_add(1, Relaxed);
        Echo::default()
    };
    hold(cuts_with(connect, stream, Look::QUICK));
    let executed = EXECUTED.fetch_add(1, Relaxed) + 1;
    if executed.is_multiple_of(EVERY) {
        eprintln!("compared: {} in {executed}", COMPARED.load(Relaxed));
    }
});
