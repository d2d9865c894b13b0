//! Under which licences the crates stand that recut is built from.

use std::collections::BTreeSet;
use std::process::Command;

/// What anybody may use in a program of any kind, if its notice comes along.
const FREE: [&str; 7] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
];

/// Whether a licence expression, as `Cargo.toml` has it, leaves a choice that is free.
fn is_free(expression: &str) -> bool {
    let bare = |part: &str| part.trim().trim_matches(['(', ')']).trim().to_owned();
    let one_is_free = |part: &str| {
        // `/` is how `OR` was written in former days.
        part.split(" OR ").flat_map(|part| part.split('/')).any(|one| FREE.contains(&&*bare(one)))
    };
    expression.split(" AND ").all(one_is_free)
}

#[test]
fn every_crate_may_be_used_by_anybody() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "-e", "normal,build,dev", "--prefix", "none"])
        .args(["--all-features", "--format", "{p}\t{l}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let crates: BTreeSet<_> = text.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    assert!(crates.len() > 100, "{crates:#?}");
    let licence = |line: &str| line.split_once('\t').map_or("", |(_, licence)| licence).to_owned();
    let others: Vec<_> = crates.iter().filter(|line| !is_free(&licence(line))).collect();
    assert!(others.is_empty(), "{others:#?}");
}

#[test]
fn a_licence_that_asks_for_more_is_seen() {
    for free in ["MIT OR GPL-3.0", "Apache-2.0/MIT", "(MIT OR Apache-2.0) AND Unicode-3.0"] {
        assert!(is_free(free), "{free}");
    }
    for other in ["", "GPL-3.0", "MIT AND GPL-3.0", "MPL-2.0 OR GPL-2.0"] {
        assert!(!is_free(other), "{other}");
    }
}
