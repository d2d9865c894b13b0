//! Hammers `recut::testing::decode`; what it claims stands there.

#![no_main]

libfuzzer_sys::fuzz_target!(|stream: &[u8]| {
    if let Err(failure) = recut::testing::decode(stream) {
        panic!("{failure}");
    }
});
