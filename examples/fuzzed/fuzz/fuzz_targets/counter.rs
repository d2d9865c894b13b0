//! The counter, whose answer must not depend on where the stream is cut.

#![no_main]

use fuzzed::Counter;

libfuzzer_sys::fuzz_target!(|stream: &[u8]| recut::fuzz(stream, Counter::default));
