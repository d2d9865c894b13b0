//! What the fuzz targets share: how they start, and how they tell that a claim does not hold.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use recut::testing::{BrokenClaim, FuzzFiles, arguments};

/// Starts the process again where its arguments name no dictionary or no seeds: plain
/// `cargo fuzz run TARGET` begins with those of the repository.
///
/// They are arguments of libFuzzer's own, so that its mutations and its control of lengths stay
/// as they are; a mutator of ours would switch the latter off.
///
/// # Panics
///
/// Where the program can't be started again.
pub fn start(dictionary: &str, seeds: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = FuzzFiles {
        dictionary: root.join("dict").join(dictionary),
        seeds: seeds.iter().map(|folder| root.join("../corpus").join(folder)).collect(),
    };
    let given: Vec<String> = std::env::args().skip(1).collect();
    let missing = arguments(&given, &files);
    if missing.is_empty() {
        return;
    }
    let program = std::env::current_exe().expect("the program has a path");
    let error = Command::new(program).args(given).args(missing).exec();
    panic!("can't start again with the seeds: {error}");
}

/// Ends the process where a claim does not hold: that is how libFuzzer learns of it.
///
/// # Panics
///
/// With the claim, and with what was played.
pub fn hold(outcome: Result<(), BrokenClaim>) {
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
