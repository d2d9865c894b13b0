//! The regression corpus, replayed on stable through the bodies of the fuzz targets.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use recut::testing::CHECKS;

/// The least number of files of each folder: a corpus that has shrunk must not pass unseen.
const AT_LEAST: [(&str, usize); 2] = [("decode", 16), ("cuts", 18)];

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn every_file_holds() {
    for (target, check) in CHECKS {
        let folder = corpus().join(target);
        let names = names(&folder);
        let least = AT_LEAST.iter().find(|(name, _)| *name == target).unwrap().1;
        assert!(names.len() >= least, "{target}: {} files, at least {least}", names.len());
        for name in names {
            let stream = fs::read(folder.join(&name)).unwrap();
            if let Err(failure) = check(&stream) {
                panic!("corpus/{target}/{name}: {failure}");
            }
        }
    }
}

#[test]
fn every_folder_belongs_to_a_check() {
    let mut known: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
    known.push("conversations");
    known.sort();
    assert_eq!(names(&corpus()), known);
}

#[test]
fn every_check_has_a_fuzz_target_and_every_dictionary_can_be_read() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    if !fuzz.exists() {
        // The published package has no fuzz targets; the repository has.
        assert!(!Path::new(env!("CARGO_MANIFEST_DIR")).join(".git").exists());
        return;
    }
    for (target, _) in CHECKS {
        assert!(fuzz.join(format!("fuzz_targets/{target}.rs")).exists(), "{target}");
    }
    for name in names(&fuzz.join("dict")) {
        let text = fs::read_to_string(fuzz.join("dict").join(&name)).unwrap();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let token = line.split_once('=').map(|(_, token)| token);
            let is_quoted = token.is_some_and(|token| {
                let token = token.strip_prefix('"').and_then(|token| token.strip_suffix('"'));
                token.is_some_and(|token| !token.is_empty() && token.is_ascii())
            });
            assert!(is_quoted, "{name}: libFuzzer would not start with {line}");
        }
    }
}
