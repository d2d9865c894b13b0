//! The corpus alone catches each planted defect, and no claim of a check is decoration: a test for
//! each defect, and for each claim.

#![allow(clippy::unwrap_used)]

mod defects;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use defects::{DEFECTS, Defect};
use libtest_mimic::{Arguments, Failed, Trial};
use recut::testing::{BODIES, Look};

/// What a quick look may miss: it looks closely at one of sixteen conversations that do not hold,
/// chosen by a hash.
const BY_TURNS: [&str; 3] = ["finds-nothing", "wrong-law", "answer-saved-as-claim"];

fn main() {
    let mut trials = vec![Trial::test("every_target_has_planted_defects", planted_everywhere)];
    for defect in DEFECTS {
        let name = format!("{}::{}", defect.target, defect.name);
        trials.push(Trial::test(format!("caught::{name}"), || caught(defect, Look::DEEP)));
        if !BY_TURNS.contains(&defect.name) {
            let quickly = format!("caught_by_a_quick_look::{name}");
            trials.push(Trial::test(quickly, || caught(defect, Look::QUICK)));
        }
    }
    for body in BODIES {
        for claim in body.claims {
            let name = format!("needed::{}::{}", body.name, claim.replace(' ', "_"));
            trials.push(Trial::test(name, move || needed(body.name, claim)));
        }
    }
    let names: BTreeSet<&str> = trials.iter().map(Trial::name).collect();
    assert_eq!(names.len(), trials.len(), "two defects of a target have one name");
    // A planted defect may panic at each file of the corpus; a trial that panics is still told.
    std::panic::set_hook(Box::new(|_| {}));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn planted_everywhere() -> Result<(), Failed> {
    for body in BODIES {
        if !DEFECTS.iter().any(|defect| defect.target == body.name) {
            return Err(format!("{} has no planted defect", body.name).into());
        }
    }
    let names: BTreeSet<&str> = DEFECTS.iter().map(|defect| defect.name).collect();
    if names.len() < DEFECTS.len() {
        return Err("two planted defects have one name".into());
    }
    let unknown = BY_TURNS.iter().find(|name| !names.contains(*name));
    unknown.map_or(Ok(()), |name| Err(format!("{name} is not planted").into()))
}

/// The corpus alone catches the defect.
fn caught(defect: &Defect, look: Look) -> Result<(), Failed> {
    match caught_by(defect, look, &corpus(defect.target)) {
        Some(_) => Ok(()),
        None => Err("no file of the corpus shows it".into()),
    }
}

/// Without the claim the check lets a defect escape that it catches otherwise.
fn needed(target: &'static str, claim: &'static str) -> Result<(), Failed> {
    let corpus = corpus(target);
    let without = Look { deep: true, without: Some(claim) };
    let is_shown = |defect: &&Defect| {
        caught_by(defect, without, &corpus).is_none()
            && caught_by(defect, Look::DEEP, &corpus).is_some()
    };
    let planted = DEFECTS.iter().filter(|defect| defect.target == target);
    match planted.into_iter().find(is_shown) {
        Some(defect) => {
            println!("{target}: only `{claim}` catches {}", defect.name);
            Ok(())
        }
        None => Err("the claim is decoration: no planted defect needs it".into()),
    }
}

/// The files that a target's replay plays, the shortest first, since they are played the quickest.
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
    files.sort_by_key(|(name, bytes)| (bytes.len(), name.clone()));
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
