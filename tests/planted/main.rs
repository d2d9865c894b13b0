//! The corpus alone catches each planted defect, and no claim of a check is decoration.

#![allow(clippy::unwrap_used)]

mod defects;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use defects::{DEFECTS, Defect};
use recut::testing::{BODIES, Look};

/// The files that a target's replay plays.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let mut folders = vec![target];
    if matches!(target, "script" | "play") {
        folders.push("conversations");
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut files = Vec::new();
    for folder in folders {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            files.push((path.display().to_string(), fs::read(path).unwrap()));
        }
    }
    files.sort();
    files
}

/// The first file that shows the defect.
fn caught_by(defect: &Defect, look: Look, corpus: &[(String, Vec<u8>)]) -> Option<String> {
    let fails = |bytes: &[u8]| {
        // A panic is what a fuzzer calls a crash.
        catch_unwind(AssertUnwindSafe(|| (defect.check)(bytes, look))).map_or(true, |o| o.is_err())
    };
    corpus.iter().find(|(_, bytes)| fails(bytes)).map(|(name, _)| name.clone())
}

fn escaped(look: Look) -> Vec<&'static str> {
    let escapes = |defect: &&Defect| caught_by(defect, look, &corpus(defect.target)).is_none();
    DEFECTS.iter().filter(escapes).map(|defect| defect.name).collect()
}

#[test]
fn the_corpus_alone_catches_each_planted_defect() {
    assert_eq!(escaped(Look::DEEP), [""; 0]);
}

/// One of sixteen conversations that do not hold is looked at, as a hash says.
#[test]
fn a_quick_look_at_the_corpus_catches_all_but_what_it_takes_by_turns() {
    const BY_TURNS: [&str; 3] = ["finds-nothing", "wrong-law", "answer-saved-as-claim"];
    let mut escaped = escaped(Look::QUICK);
    escaped.retain(|name| !BY_TURNS.contains(name));
    assert_eq!(escaped, [""; 0]);
}

/// Without any one of its claims a check lets some defect escape.
#[test]
fn no_claim_is_decoration() {
    let mut decoration = Vec::new();
    for body in BODIES {
        let corpus = corpus(body.name);
        let is_caught = |defect: &&Defect| caught_by(defect, Look::DEEP, &corpus).is_some();
        let planted: Vec<_> =
            DEFECTS.iter().filter(|d| d.target == body.name).filter(is_caught).collect();
        for claim in body.claims {
            let look = Look { deep: true, without: Some(claim) };
            let escapes = |defect: &&&Defect| caught_by(defect, look, &corpus).is_none();
            match planted.iter().find(escapes) {
                Some(defect) => println!("{}: only `{claim}` catches {}", body.name, defect.name),
                None => decoration.push((body.name, *claim)),
            }
        }
    }
    assert!(decoration.is_empty(), "{decoration:#?}");
}

#[test]
fn every_target_has_planted_defects_with_names_of_their_own() {
    for body in BODIES {
        assert!(DEFECTS.iter().any(|defect| defect.target == body.name), "{}", body.name);
    }
    let mut names: Vec<&str> = DEFECTS.iter().map(|defect| defect.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), DEFECTS.len());
}
