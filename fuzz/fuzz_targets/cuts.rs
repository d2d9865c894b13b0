//! Hammers `recut::testing::cuts`; what it claims stands there.

#![no_main]

use recut_fuzz::{hold, start};

libfuzzer_sys::fuzz_target!(
    init: start("echo.dict", &["cuts"]),
    |input: &[u8]| hold(recut::testing::cuts(input))
);
