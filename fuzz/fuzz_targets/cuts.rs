//! Hammers `recut::testing::cuts`; what it claims stands there.

#![no_main]

libfuzzer_sys::fuzz_target!(|stream: &[u8]| {
    if let Err(failure) = recut::testing::cuts(stream) {
        panic!("{failure}");
    }
});
