//! Every kind of error of a script, as a person sees it: each has a frozen sample.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use recut::Script;
use recut::report::caret::script_errors;
use recut::script::{Conversation, LoadError, load};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The scripts that are wrong.
fn scripts() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(root().join("tests/errors"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "recut"))
        .collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

/// `tests/errors/NAME.recut` is wrong, and `NAME.txt` is what is printed then. Where the text is
/// not what it was, `RECUT_BLESS=1 cargo test` writes it anew, for a person to read the diff.
#[test]
fn every_kind_of_error_has_a_frozen_sample() {
    let mut kinds = std::collections::BTreeSet::new();
    for path in scripts() {
        let name = Path::new("tests/errors").join(path.file_name().unwrap());
        let errors = match load(&name, &[]) {
            Err(LoadError::Script(errors)) => errors,
            other => panic!("{}: {other:?}", path.display()),
        };
        for error in &errors {
            let kind = format!("{:?}", error.kind());
            kinds.insert(kind.split(['(', ' ']).next().unwrap().to_owned());
            let span = error.span();
            assert!(span.start <= span.end && span.end <= error.source().text.len());
        }
        compare_with_frozen(&script_errors(&errors, false), &path.with_extension("txt"));
    }
    // A file of that size is better made than kept.
    let long = format!("> \"{}\"\n", "x".repeat(recut::script::LINE_LIMIT));
    let errors = Script::parse("long.recut", &long).unwrap_err();
    compare_with_frozen(
        &script_errors(&errors, false),
        &root().join("tests/errors/line-too-long.txt"),
    );
    kinds.insert("LineTooLong".to_owned());
    // A script that is good for a server.
    let served = "> \"hi\\n\"\n< line\n";
    let served = Conversation::parse("served.recut", served).unwrap();
    let error = served.mirrored().unwrap_err();
    compare_with_frozen(
        &script_errors(&[error], false),
        &root().join("tests/errors/not-mirrored.txt"),
    );
    kinds.insert("NotMirrored".to_owned());
    let source = fs::read_to_string(root().join("src/script/error.rs")).unwrap();
    let all = source.split("pub enum ScriptErrorKind {").nth(1).unwrap();
    let all = all.split("\n}").next().unwrap();
    let all = all.lines().filter_map(|line| line.strip_prefix("    "));
    let all = all.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    for line in all {
        let name: String = line.chars().take_while(|c| c.is_alphanumeric()).collect();
        assert!(kinds.contains(&name), "no sample shows {name}");
    }
}

fn compare_with_frozen(printed: &str, frozen: &Path) {
    if std::env::var_os("RECUT_BLESS").is_some() {
        fs::write(frozen, printed).unwrap();
    }
    assert_eq!(printed, fs::read_to_string(frozen).unwrap(), "{}", frozen.display());
}
