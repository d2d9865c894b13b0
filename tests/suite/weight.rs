//! What a user's build takes in with this crate.

use std::collections::BTreeSet;
use std::process::Command;

/// The most crates that the bare library may bring, itself not counted.
const BARE: usize = 31;

/// The most that `recut::tests!` may bring.
const WITH_TESTS: usize = 47;

/// The crates that a user's build has with these features, without this one.
fn crates(features: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "-e", "normal", "--prefix", "none"])
        .args(["--no-default-features", "--features", features])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    text.lines().map(name).filter(|name| !name.starts_with("recut ")).collect()
}

#[test]
fn the_library_brings_few_crates() {
    for (features, most) in [("", BARE), ("tests", WITH_TESTS)] {
        let crates = crates(features);
        assert!(crates.iter().any(|name| name.starts_with("regex ")), "{crates:#?}");
        assert!(crates.len() <= most, "{} crates with `{features}`: {crates:#?}", crates.len());
    }
    let bare = crates("");
    for tool in ["clap ", "serde ", "tokio ", "libtest-mimic "] {
        assert!(!bare.iter().any(|name| name.starts_with(tool)), "{tool}: {bare:#?}");
    }
}
