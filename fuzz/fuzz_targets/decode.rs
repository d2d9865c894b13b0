//! Hammers `recut::testing::decode`; what it claims stands there.

#![no_main]

use recut_fuzz::{hold, start};

libfuzzer_sys::fuzz_target!(
    init: start("echo.dict", &["decode"]),
    |input: &[u8]| hold(recut::testing::decode(input))
);
