//! The guide is true: each command in its pages, and in the README, is run, and prints what the
//! page says. A section of a page is a test of its own.
//!
//! A page is Markdown. What the test reads in it:
//!
//! - a fenced block with `file=NAME` behind its language is a file; a later one replaces it;
//! - a fenced `console` block holds commands behind `$ `, each with what it prints;
//! - a line `...` in such an output stands for any number of lines;
//! - `<!-- needs: NAME -->` names a program that the page's commands use;
//! - `<!-- port: NUMBER -->` names a port in the text, in place of which a free one is used.
//!
//! Each section is played in a folder of its own, which has the files of the page so far. After a
//! change of what is printed, `RECUT_BLESS=1 cargo test --test guide` writes the outputs anew, for
//! a person to read the diff. A program that is not installed makes the tests that need it
//! ignored, and named so; with `RECUT_NEED_ALL=1`, as in CI, they fail.

#![allow(clippy::unwrap_used)]

#[path = "guide/page.rs"]
mod page;
#[path = "guide/session.rs"]
mod session;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{env, fs};

use libtest_mimic::{Arguments, Failed, Trial};

use page::{Block, Page};
use session::Session;

/// One page is written by one test at a time.
static BLESSING: Mutex<()> = Mutex::new(());

fn main() {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = fs::read_dir(root.join("docs/guide"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 5, "pages of the guide are missing: {paths:?}");
    paths.push(root.join("README.md"));
    let trials = paths.iter().flat_map(|path| sections(path)).collect();
    libtest_mimic::run(&arguments, trials).exit();
}

/// A test for each section of a page that has commands; a page without any is a failure, unless its
/// code is Rust, which is a test of the documentation.
fn sections(path: &Path) -> Vec<Trial> {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let text = fs::read_to_string(path).unwrap();
    let page = Page::read(&text);
    if text.contains("```rust\n") && !text.contains("```console") {
        let root = include_str!("../src/lib.rs");
        let is_included = root.contains(&format!("docs/guide/{name}.md\")]"));
        assert!(is_included, "src/lib.rs does not include {}", path.display());
        return Vec::new();
    }
    let missing = page.needs.iter().find(|program| !is_installed(program)).cloned();
    let with_commands = |section: &String| {
        page.blocks.iter().any(|block| block.is_console() && block.section() == section)
    };
    let mut headings: Vec<String> = page.blocks.iter().map(|b| b.section().to_owned()).collect();
    headings.dedup();
    headings.retain(with_commands);
    assert!(!headings.is_empty(), "{} shows no command", path.display());
    let trial = |heading: String| {
        let (path, section, needed) = (path.to_owned(), heading.clone(), missing.clone());
        let test = move || match needed {
            Some(program) => Err(Failed::from(format!(
                "{} needs {program}, which is not installed here",
                path.display()
            ))),
            None => section_holds(&path, &section),
        };
        let trial = Trial::test(format!("{name}::{}", heading.to_lowercase()), test);
        match &missing {
            Some(program) if env::var_os("RECUT_NEED_ALL").is_none() => {
                trial.with_kind(format!("{program} is not installed")).with_ignored_flag(true)
            }
            _ => trial,
        }
    };
    headings.into_iter().map(trial).collect()
}

fn is_installed(program: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

/// Runs the commands of a section, and compares what they print with what the page says.
fn section_holds(path: &Path, section: &str) -> Result<(), Failed> {
    let page = Page::read(&fs::read_to_string(path)?);
    let session = Session::new(&page.ports)?;
    for block in &page.blocks {
        match block {
            Block::File { name, text, .. } => session.write(name, text)?,
            Block::Console { section: at, commands, first_line } if at == section => {
                let printed = session.run(commands)?;
                compare(path, *first_line, commands, &printed)?;
            }
            Block::Console { .. } => {}
        }
        if !block.is_console() || block.section() != section {
            continue;
        }
        let is_last = page.blocks.iter().rfind(|b| b.is_console() && b.section() == section);
        if is_last.is_some_and(|last| std::ptr::eq(last, block)) {
            break;
        }
    }
    Ok(())
}

fn compare(
    path: &Path,
    first_line: usize,
    commands: &[page::Command],
    printed: &[String],
) -> Result<(), Failed> {
    for (command, printed) in commands.iter().zip(printed) {
        if session::is_as_expected(&command.output, printed) {
            continue;
        }
        if env::var_os("RECUT_BLESS").is_some() {
            let _one_at_a_time = BLESSING.lock().unwrap();
            let text = fs::read_to_string(path)?;
            fs::write(path, page::blessed(&text, command, printed)?)?;
            continue;
        }
        return Err(Failed::from(format!(
            "{}, the block at line {first_line}: `{}` prints something else.\n\
             -- the page says:\n{}-- printed:\n{printed}",
            path.display(),
            command.text,
            command.output
        )));
    }
    Ok(())
}
