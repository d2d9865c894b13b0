//! The rules of the house: who may import whom, what is pure, how long files and lines are.

#![allow(clippy::unwrap_used)]

#[path = "tidy/modules.rs"]
mod modules;
#[path = "tidy/types.rs"]
mod types;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use modules::{Modules, arrows_in_folders, circle};
use types::Types;

/// Who may import whom. A module may always use itself.
const ARROWS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("face", &["check", "delivery", "peer", "protocol", "report", "script"]),
    (
        "cli",
        &["check", "delivery", "files", "peer", "protocol", "report", "script", "shell", "text"],
    ),
    ("invariant", &["check", "delivery", "protocol", "script", "text"]),
    ("report", &["check", "script", "text"]),
    ("check", &["peer", "delivery", "files", "script", "text"]),
    ("shell", &["protocol", "script", "text", "wire"]),
    ("peer", &["protocol", "text", "wire"]),
    ("wire", &["text"]),
    ("script", &["delivery", "text"]),
    ("testing", &["check", "delivery", "peer", "protocol", "script", "shell", "text"]),
    ("strategies", &["delivery", "protocol", "script", "text"]),
    ("protocol", &["text"]),
    ("delivery", &["text"]),
    ("files", &[]),
    ("text", &[]),
];

/// What the pure zone may not use: a `Duration` as a value is fine.
const IMPURE: &[&str] = &[
    "std::net",
    "std::io",
    "std::fs",
    "std::process",
    "std::thread",
    "std::env",
    "Instant",
    "SystemTime",
    "socket2",
];

/// Folders and files without sockets, files, threads and clocks.
const PURE: &[&str] = &[
    "text/",
    "wire/quality.rs",
    "protocol/",
    "script/",
    "delivery/",
    "report/",
    "invariant/",
    "check/finding/",
    "check/replay/evidence.rs",
    "check/play/burst.rs",
    "check/play/judge.rs",
    "check/play/recording.rs",
    "check/shrink/case.rs",
    "check/shrink/list.rs",
];

/// Files of the pure folders that are not pure, and why.
const SHELLS: &[&str] = &[
    // Resolves what scripts refer to: the one file of its folder that reads files.
    "script/load.rs",
];

/// What the pure zone uses and should not: from which file, which file. Each waits for a change.
const IMPURE_YET: &[(&str, &str)] = &[];

/// Arrows inside a folder that close a circle, from which file or folder to which. Each waits for a
/// change.
const CIRCLES_YET: &[(&str, &str)] = &[
    // A word may be the name of a set, and a choice of sets is made of words.
    ("delivery/words.rs", "delivery/set.rs"),
    // The error of a server that has died has its `Death`.
    ("peer/error.rs", "peer/running.rs"),
    // `Death` is told by the trait, and stands beside what uses the trait.
    ("peer/backend.rs", "peer/running.rs"),
    // A link is one of two kinds, and the backend in memory makes links.
    ("peer/link.rs", "peer/memory.rs"),
    // A server is started as its `Spawn` says, which starts it.
    ("peer/start.rs", "peer/spawn.rs"),
    ("strategies/conversation.rs", "strategies/talk.rs"),
];

/// Names that several types have, and how many at most. Each waits for a change.
const SHARED_YET: &[(&str, usize)] = &[];

/// Files that have a `Result` whose error is a `String`, and how many at most. Each waits for a
/// change.
const STRING_ERRORS_YET: &[(&str, usize)] = &[
    // What clap wants of a parser of values.
    ("cli/values.rs", 10),
    ("cli/serve/args.rs", 2),
];

/// Files that may be longer than [`FILE`] lines, and why.
const LONG: &[&str] = &[];

const FILE: usize = 400;
const COLUMNS: usize = 100;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every source file below a folder of the repository: its path there, and its text.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(folder, &mut found);
    found.sort();
    let name = |path: &Path| path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
    let files: Vec<_> =
        found.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect();
    assert!(!files.is_empty(), "{} has no source", folder.display());
    files
}

/// The code of a file: comments and its tests left out, since those may use what they like.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The modules that a file speaks of as `crate::module`.
fn imports(code: &str) -> Vec<String> {
    let mut modules = Vec::new();
    // What a macro names for the crate that calls it stands at our root.
    for (at, _) in code.match_indices("crate::").filter(|(at, _)| !code[..*at].ends_with('$')) {
        let rest = &code[at + "crate::".len()..];
        let module: String =
            rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        assert!(!module.is_empty(), "imports from the crate's root are written one by one");
        modules.push(module);
    }
    modules
}

#[test]
fn arrows_run_one_way() {
    for (name, text) in files(&source()) {
        let module = name.split(['/', '.']).next().unwrap();
        if module == "lib" {
            continue;
        }
        let allowed = ARROWS.iter().find(|(from, _)| *from == module);
        let allowed = allowed.unwrap_or_else(|| panic!("{name} has no place in the plan")).1;
        for import in imports(&code(&text)) {
            let is_known = ARROWS.iter().any(|(from, _)| *from == import);
            assert!(is_known, "{name} uses crate::{import}: name the module, not the root");
            let is_allowed = import == module || allowed.contains(&import.as_str());
            assert!(is_allowed, "{name} may not use {import}");
        }
    }
}

#[test]
fn the_pure_zone_is_pure() {
    let mut seen = 0;
    for (name, text) in files(&source()).into_iter().filter(|(name, _)| is_pure(name)) {
        seen += 1;
        let code = code(&text);
        for impure in IMPURE {
            assert!(!code.contains(impure), "{name} is pure and uses {impure}");
        }
    }
    assert!(seen > 20, "the pure zone has {seen} files");
}

/// Whether a file belongs to the pure zone.
fn is_pure(file: &str) -> bool {
    PURE.iter().any(|pure| file.starts_with(pure)) && !SHELLS.contains(&file)
}

#[test]
fn the_pure_zone_uses_what_is_pure() {
    let files = files(&source());
    let modules = Modules::read(&files);
    let mut exceptions: BTreeSet<_> = IMPURE_YET.iter().copied().collect();
    let mut wrong = Vec::new();
    for (from, used) in modules.uses() {
        let impure = used.into_iter().filter(|to| is_pure(from) && !is_pure(to));
        wrong.extend(impure.map(|to| (from, to)).filter(|arrow| !exceptions.remove(arrow)));
    }
    assert!(wrong.is_empty(), "these are pure and use what is not: {wrong:#?}");
    assert!(exceptions.is_empty(), "take them off the list: {exceptions:#?}");
}

#[test]
fn no_files_of_a_folder_go_in_circles() {
    let files = files(&source());
    let modules = Modules::read(&files);
    let uses = modules.uses().values().map(BTreeSet::len).sum::<usize>();
    assert!(uses > 200, "no more than {uses} times a file uses another: they are not all seen");
    let mut exceptions: BTreeSet<_> = CIRCLES_YET.iter().copied().collect();
    let mut circles = Vec::new();
    for (_, mut arrows) in arrows_in_folders(&modules.uses()) {
        arrows.retain(|arrow| !exceptions.remove(arrow));
        while let Some(circle) = circle(&arrows) {
            // Without this arrow the next circle is seen, too.
            arrows.remove(&(circle[0], circle[1]));
            circles.push(circle);
        }
    }
    assert!(circles.is_empty(), "each uses the next, and the last the first: {circles:#?}");
    assert!(exceptions.is_empty(), "take them off the list: {exceptions:#?}");
}

/// What the tests above rest on: a path is followed to the file that defines what it names.
#[test]
fn a_use_is_seen_through_imports_and_re_exports() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "mod x; mod y; pub use self::x::{X as Z, f};"),
        ("a/x.rs", "use super::y::Y; pub struct X(Y); pub fn f() {}"),
        ("a/y.rs", "pub(in crate::b) struct Y; fn g() { super::f() }"),
        ("b.rs", "use crate::a; fn h(_: a::Z) {} #[cfg(test)] mod tests { use crate::a::y::Y; }"),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let modules = Modules::read(&files);
    let uses = modules.uses();
    assert_eq!(uses["b.rs"], BTreeSet::from(["a/x.rs"]));
    assert_eq!(uses["a/mod.rs"], BTreeSet::new());
    let arrows = arrows_in_folders(&uses);
    assert_eq!(circle(&arrows["a"]).unwrap(), ["a/x.rs", "a/y.rs"]);
    assert_eq!(circle(&arrows[""]), None);
}

#[test]
fn no_folder_is_taken_for_what_cargo_builds() {
    for (name, _) in files(&source()) {
        let is_target = name.split('/').rev().skip(1).any(|folder| folder == "target");
        assert!(!is_target, "{name}: many tools leave out a folder that is called `target`");
    }
}

#[test]
fn a_name_means_one_type() {
    let mut where_named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, text) in files(&source()) {
        for name in Types::read(&text).names {
            where_named.entry(name).or_default().push(file.clone());
        }
    }
    where_named.retain(|_, files| files.len() > 1);
    let at_most = |name: &str| SHARED_YET.iter().find(|(shared, _)| *shared == name);
    let is_new = |(name, files): &(&String, &Vec<String>)| {
        at_most(name).is_none_or(|(_, most)| files.len() > *most)
    };
    let new: Vec<_> = where_named.iter().filter(is_new).collect();
    assert!(new.is_empty(), "several types have one name: {new:#?}");
    for (name, _) in SHARED_YET {
        assert!(where_named.contains_key(*name), "{name} means one type: take it off the list");
    }
}

#[test]
fn errors_are_typed() {
    let mut exceptions: BTreeMap<_, _> = STRING_ERRORS_YET.iter().copied().collect();
    for (file, text) in files(&source()) {
        let found = Types::read(&text).string_errors;
        let most = exceptions.remove(file.as_str());
        assert!(found <= most.unwrap_or(0), "{file}: {found} times `Result<_, String>`");
        assert!(found > 0 || most.is_none(), "{file} has none any more: take it off the list");
    }
    assert!(exceptions.is_empty(), "they are gone: take them off the list: {exceptions:?}");
}

#[test]
fn files_have_one_subject_and_say_which() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "tests", "benches", "examples"] {
        for (name, text) in files(&root.join(folder)) {
            let name = format!("{folder}/{name}");
            assert!(text.starts_with("//! "), "{name} does not say what it is");
            let lines = text.lines().count();
            let is_listed = LONG.contains(&name.as_str());
            assert!(lines <= FILE || is_listed, "{name} has {lines} lines, at most {FILE}");
            assert!(lines > FILE || !is_listed, "{name} is short again: take it off the list");
            for (number, line) in text.lines().enumerate() {
                let columns = line.chars().count();
                assert!(columns <= COLUMNS, "{name}:{}: {columns} columns", number + 1);
            }
        }
    }
}

#[test]
fn nothing_is_called_util_and_nothing_below_the_command_line_prints() {
    for (name, text) in files(&source()) {
        for word in ["util", "helper", "common", "misc"] {
            let file = name.rsplit('/').next().unwrap();
            assert!(!file.contains(word), "{name}: name the subject");
        }
        if !name.starts_with("cli/") {
            for print in ["println!", "eprintln!", "print!(", "dbg!"] {
                assert!(!code(&text).contains(print), "{name} prints");
            }
        }
        let exits = code(&text).contains("process::exit");
        assert!(!exits || name.starts_with("cli/"), "{name} exits");
    }
}

#[test]
fn main_decides_nothing() {
    let main = fs::read_to_string(source().join("main.rs")).unwrap();
    assert!(code(&main).lines().filter(|line| !line.trim().is_empty()).count() <= 8);
}
