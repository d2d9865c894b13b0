//! Scripts as tests of somebody else's crate: `recut::tests!` in a crate that depends on this one.

#![allow(clippy::unwrap_used)]

mod licences;
mod user;
mod weight;

use user::{TESTS, User};

const GREET: &str = "> \"hellö\\n\"\n< \"HELLÖ\\n\"\n";

const PAIRS: &str = r#"use recut::{Check, Target};
use user::Shout;

recut::tests!(
    "tests/recut/**/*.recut", Shout::default, every;
    "tests/recut/greet.recut", Check::new(Target::memory("mine", Shout::default)).max(50);
);
"#;

/// One test, since all of them need the same crate, which is built once. What is asked for changes.
#[test]
fn scripts_are_tests_of_a_crate() {
    let user = User::new();
    user.script("greet", GREET);
    user.script("smtp/quit", "> \"a\\nb\\n\"\n< \"A\\nB\\n\"\n> eof\n< eof\n");

    // Each file is a test, called as the file is; filters and `--list` see it.
    let listed = user.test(&[], &["--list"]);
    assert_eq!(listed.lines(), ["greet: test", "smtp/quit: test"], "{listed}");
    let passed = user.test(&[], &[]);
    assert!(passed.has_passed() && passed.says("2 passed; 0 failed"), "{passed}");
    // This is how cargo-nextest asks for the tests, and then for each of them.
    let terse = user.test(&[], &["--list", "--format", "terse"]);
    assert_eq!(terse.lines(), listed.lines(), "{terse}");
    let exact = user.test(&[], &["--exact", "smtp/quit", "--nocapture"]);
    assert!(exact.has_passed() && exact.says("1 passed"), "{exact}");
    let filtered = user.test(&[], &["greet"]);
    assert!(filtered.says("1 passed; 0 failed; 0 ignored; 0 measured; 1 filtered"), "{filtered}");

    // A file that is added is a test without a new build.
    let built = user.built();
    user.script("added", "> \"x\\n\"\n< \"X\\n\"\n");
    let added = user.test(&[], &[]);
    assert!(added.says("test added     ... ok") && added.says("3 passed"), "{added}");
    assert_eq!(user.built(), built, "it was built again");
    user.remove("added");

    // A server that takes one read for one message is found out.
    let broken = user.test(&[("BUG", "one")], &[]);
    assert!(!broken.has_passed() && broken.says("1 passed; 1 failed"), "{broken}");
    for part in [
        "error[cut-off]: the answer stops short: the server ends the connection\n",
        " --> tests/recut/greet.recut:2:1\n",
        "  delivery  cut@5\n",
        "   BROKEN  tests/recut/greet ",
        "target: Shout\n",
    ] {
        assert!(broken.says(part), "{part:?} is not in\n{broken}");
    }

    // A script that does not parse is a test that fails, and says where.
    user.script("wrong", "> \"a\nfrobnicate\n");
    let wrong = user.test(&[], &[]);
    assert!(wrong.says("2 passed; 1 failed") && wrong.says("test wrong     ... FAILED"), "{wrong}");
    assert!(wrong.says("tests/recut/wrong.recut:1:3") && wrong.says("frobnicate"), "{wrong}");
    user.remove("wrong");

    // An expectation is mended if that is asked for, and the rest of its file stays.
    user.script("greet", "# kept\n> \"hellö\\n\"  # kept\n<   \"bye\\n\"  # kept\n");
    let unmet = user.test(&[], &["greet"]);
    assert!(!unmet.has_passed() && unmet.says("error[baseline]"), "{unmet}");
    let written = user.test(&[("RECUT", "overwrite")], &[]);
    assert!(written.has_passed() && written.says("2 passed"), "{written}");
    assert!(written.says("recut: tests/recut/greet.recut was written\n"), "{written}");
    let mended = "# kept\n> \"hellö\\n\"  # kept\n<   \"HELLÖ\\n\"  # kept\n";
    assert_eq!(user.read("greet"), mended);
    // What can't be written is told, and fails.
    user.script("greet", "> \"a\\n\"\n< line re\"^a$\"\n");
    let left = user.test(&[("RECUT", "overwrite")], &["greet"]);
    assert!(!left.has_passed() && left.says("only exact bytes can be replaced"), "{left}");
    let typo = user.test(&[("RECUT", "overwrit")], &[]);
    assert!(!typo.has_passed() && typo.says("expected RECUT=overwrite"), "{typo}");

    // Several pairs in one file; what stands in two of them is tested twice; a core is proved.
    user.script("greet", GREET);
    user.rewrite_tests(PAIRS);
    let pairs = user.test(&[], &["--list"]);
    let names = ["Shout::greet: test", "Shout::smtp/quit: test", "mine::greet: test"];
    assert_eq!(pairs.lines(), names, "{pairs}");
    let passed = user.test(&[], &[]);
    assert!(passed.has_passed() && passed.says("3 passed"), "{passed}");
    let broken = user.test(&[("BUG", "one")], &["Shout::greet"]);
    assert!(broken.says("  delivery  cut@5\n") && broken.says("1 failed"), "{broken}");
    // Only three short reads in a row break it, and no pair of cuts: a proof shows just those.
    let broken = user.test(&[("BUG", "three")], &["Shout::greet"]);
    assert!(broken.says("  delivery  cut@1 cut@2 cut@3\n"), "{broken}");
    user.rewrite_tests(TESTS);

    // With a harness nothing would be run: that is told, and fails.
    user.rewrite_manifest("harness = true");
    let harnessed = user.test(&[], &[]);
    assert!(!harnessed.has_passed() && harnessed.says("say `harness = false`"), "{harnessed}");
    user.rewrite_manifest("harness = false");

    // A pattern that nothing matches is a test that fails.
    user.remove("greet");
    user.remove("smtp/quit");
    let empty = user.test(&[], &[]);
    assert!(!empty.has_passed(), "{empty}");
    assert!(empty.says("no file matches `tests/recut/**/*.recut` in "), "{empty}");
}
