//! Hammers `recut::testing::shell`; what it claims stands there.

#![no_main]

use recut_fuzz::{hold, start};

libfuzzer_sys::fuzz_target!(
    init: start("echo.dict", &["shell"]),
    |input: &[u8]| hold(recut::testing::shell(input))
);
