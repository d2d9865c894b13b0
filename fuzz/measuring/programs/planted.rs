//! A planted defect, named by the variable PLANTED: how many executions does it take to find it?
//! It starts with what its arguments name, and with nothing else.

#![no_main]

#[path = "../../../tests/planted/defects/mod.rs"]
mod defects;

use std::sync::LazyLock;

use defects::{DEFECTS, Defect};
use recut::testing::Look;
use recut_fuzz::hold;

static PLANTED: LazyLock<&Defect> = LazyLock::new(|| {
    let name = std::env::var("PLANTED").unwrap_or_default();
    DEFECTS.iter().find(|defect| defect.name == name).expect("PLANTED names a planted defect")
});

libfuzzer_sys::fuzz_target!(
    init: eprintln!("planted: {} of {}", PLANTED.name, PLANTED.target),
    |input: &[u8]| hold((PLANTED.check)(input, Look::QUICK))
);
