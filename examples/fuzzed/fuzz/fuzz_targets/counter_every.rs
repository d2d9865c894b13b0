//! The same with all segmentations of short streams, which a core that is `Clone` and `Eq` allows.

#![no_main]

use fuzzed::Counter;

libfuzzer_sys::fuzz_target!(|stream: &[u8]| recut::fuzz_every(stream, Counter::default));
