//! Does nothing: what the fuzzer itself costs.

#![no_main]

libfuzzer_sys::fuzz_target!(|_input: &[u8]| {});
