//! Hammers `recut::testing::play`; what it claims stands there.

#![no_main]

use recut_fuzz::{hold, start};

libfuzzer_sys::fuzz_target!(
    init: start("script.dict", &["play", "conversations"]),
    |input: &[u8]| hold(recut::testing::play(input))
);
