//! The rules of the house: who may import whom, what is pure, how long files and lines are.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// Who may import whom. A module may always use itself.
const ARROWS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("cli", &["check", "delivery", "peer", "protocol", "report", "script", "shell", "text"]),
    ("report", &["check", "script", "text"]),
    ("check", &["peer", "delivery", "script", "text"]),
    ("shell", &["protocol", "script", "text", "wire"]),
    ("peer", &["protocol", "text", "wire"]),
    ("wire", &["text"]),
    ("script", &["delivery", "text"]),
    ("testing", &["check", "delivery", "peer", "protocol", "script", "shell", "text"]),
    ("protocol", &["text"]),
    ("delivery", &["text"]),
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
    "protocol/",
    "script/",
    "delivery/",
    "check/finding/",
    "check/play/burst.rs",
    "check/play/judge.rs",
    "check/play/recording.rs",
    "check/play/transcript.rs",
    "check/shrink/case.rs",
    "check/shrink/list.rs",
];

/// Files of the pure folders that are not pure, and why.
const SHELLS: &[&str] = &[
    // Resolves what scripts refer to: the one file of its folder that reads files.
    "script/load.rs",
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
    for (at, _) in code.match_indices("crate::") {
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
    for (name, text) in files(&source()) {
        let is_pure = PURE.iter().any(|pure| name.starts_with(pure));
        if !is_pure || SHELLS.contains(&name.as_str()) {
            continue;
        }
        seen += 1;
        let code = code(&text);
        for impure in IMPURE {
            assert!(!code.contains(impure), "{name} is pure and uses {impure}");
        }
    }
    assert!(seen > 20, "the pure zone has {seen} files");
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
