//! The examples of the documentation: they are played, and hold.

use std::fs;
use std::path::Path;

use recut::script::syntax::KEYWORDS;
use recut::{Conversation, Law, Options, Target, check_once};

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The fenced blocks of a page that are scripts.
fn scripts(page: &str) -> Vec<String> {
    let blocks = page.split("\n```recut\n").skip(1);
    blocks.map(|block| block.split("\n```").next().unwrap().to_owned() + "\n").collect()
}

#[test]
fn every_example_holds_on_the_echo() {
    let target = Target::builtin("echo").unwrap();
    for (page, at_least) in [("docs/script.md", 8), ("README.md", 1)] {
        let scripts = scripts(&read(page));
        assert!(scripts.len() >= at_least, "{page}: {}", scripts.len());
        for script in scripts {
            let conversation = Conversation::parse(page, &script)
                .unwrap_or_else(|errors| panic!("{page}: {}\n{script}", errors[0]));
            let checked = check_once(&target, &conversation, &Options::default()).unwrap();
            assert_eq!(checked.findings.len(), 0, "{page}:\n{script}\n{:?}", checked.findings);
        }
    }
}

#[test]
fn the_reference_names_every_keyword_set_and_law() {
    let page = read("docs/script.md");
    let sets = recut::delivery::Set::NAMES.into_iter();
    for word in KEYWORDS.into_iter().chain(sets).chain(Law::ALL.map(Law::name)) {
        assert!(page.contains(word), "docs/script.md lacks {word}");
    }
    let readme = read("README.md");
    for law in Law::ALL {
        assert!(readme.contains(&format!("`{law}`")), "README.md lacks {law}");
    }
}
