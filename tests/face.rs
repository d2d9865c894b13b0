//! The face of the library: which names stand at the root of the crate, and how they treat what
//! they are given.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use recut::{Check, Echo, Flow, Law, Protocol, Spawn, Target, Tutorial};
use syn::{Attribute, Item, UseTree, Visibility};

/// What a user finds at the root. A name that is added here is a promise.
const FACE: [&str; 28] = [
    "AsyncPipe",
    "Check",
    "Checked",
    "ClientCommand",
    "CommandError",
    "Conversation",
    "Echo",
    "Finding",
    "Flow",
    "IntoTarget",
    "Law",
    "LoadError",
    "Pipe",
    "Protocol",
    "ScriptError",
    "Spawn",
    "Stdio",
    "Target",
    "TargetError",
    "Tutorial",
    "check",
    "fuzz",
    "fuzz_every",
    "invariant",
    "prove",
    "respond",
    "strategies",
    "tests!",
];

/// Whether an item is hidden from the documentation.
fn is_hidden(attributes: &[Attribute]) -> bool {
    let is_hidden = |attribute: &Attribute| {
        attribute.path().is_ident("doc")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "hidden")
    };
    attributes.iter().any(is_hidden)
}

/// The names that a `use` brings.
fn names(tree: &UseTree, found: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(path) => names(&path.tree, found),
        UseTree::Group(group) => group.items.iter().for_each(|tree| names(tree, found)),
        UseTree::Name(name) => found.extend([name.ident.to_string()]),
        UseTree::Rename(name) => found.extend([name.rename.to_string()]),
        UseTree::Glob(_) => panic!("the root names what it shows one by one"),
    }
}

/// The macros of the crate, which stand at its root wherever they are written.
fn macros(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            macros(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        for exported in text.split("#[macro_export]\nmacro_rules! ").skip(1) {
            found.extend(exported.split_whitespace().next().map(|name| format!("{name}!")));
        }
    }
}

#[test]
fn the_root_shows_these_names_and_no_others() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let root = syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap();
    let mut found = BTreeSet::new();
    for item in &root.items {
        match item {
            Item::Use(item) if matches!(item.vis, Visibility::Public(_)) => {
                if !is_hidden(&item.attrs) {
                    names(&item.tree, &mut found);
                }
            }
            Item::Mod(item) if matches!(item.vis, Visibility::Public(_)) => {
                if !is_hidden(&item.attrs) {
                    found.insert(item.ident.to_string());
                }
            }
            Item::Use(_) | Item::Mod(_) => {}
            Item::Struct(item) => assert_eq!(item.ident, "Readme", "the root only names things"),
            _ => panic!("the root only names things"),
        }
    }
    macros(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert_eq!(found, FACE.map(str::to_owned).into());
}

/// What something panics with.
fn panic_of(call: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(call)).expect_err("it did not panic");
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().unwrap()).to_owned(),
    }
}

const HELLO: &str = "> \"hellö\\n\"\n< \"hellö\\n\"\n";

#[test]
fn what_is_found_is_a_panic_with_the_report() {
    recut::check(Echo::default, HELLO).assert();
    let report = panic_of(|| recut::check(Tutorial::default, HELLO).assert());
    for part in [
        "error[cut-off]: the answer stops short: the server ends the connection\n --> script:2:1\n",
        "\n  delivery  cut@5\n",
        "\n   BROKEN  script ",
        "\ntarget: Tutorial\nrecut: 1 conversation, ",
        ", 1 finding, seed 0, ",
    ] {
        assert!(report.contains(part), "{part:?} is not in\n{report}");
    }
}

#[test]
fn a_finding_shows_itself_and_its_script_fails_again() {
    let checked = Check::new(Tutorial::default).seed(7).run(HELLO).unwrap();
    let [finding] = checked.findings() else { panic!("{checked}") };
    assert_eq!((finding.law(), finding.delivery()), (Law::CutOff, "cut@5"));
    assert!(checked.to_string().starts_with(&finding.to_string()), "{checked}");
    assert!(checked.to_string().contains(", seed 7, "), "{checked}");
    let again = recut::check(Tutorial::default, finding.script());
    assert_eq!(again.findings()[0].law(), Law::CutOff);
    recut::check(Echo::default, finding.script()).assert();
}

/// A core that panics at the first `!`.
struct Fragile;

impl Protocol for Fragile {
    fn receive(&mut self, segment: &[u8], _: &mut Vec<u8>) -> Flow {
        assert!(!segment.contains(&b'!'), "no shouting");
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

#[test]
fn a_core_that_panics_is_a_finding() {
    let checked = recut::check(|| Fragile, "> \"hi!\\n\"\n< \"hi!\\n\"\n");
    assert_eq!(checked.findings()[0].law(), Law::Crashed, "{checked}");
    assert!(checked.to_string().contains("no shouting"), "{checked}");
}

/// A core that answers lines, and whose state is another one after each segment.
#[derive(Clone, Default, PartialEq, Eq)]
struct Marked {
    line: Vec<u8>,
    mark: u64,
}

impl Protocol for Marked {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        self.mark = NEXT.fetch_add(1, Ordering::Relaxed);
        self.line.extend_from_slice(segment);
        if self.line.ends_with(b"\n") {
            reply.append(&mut self.line);
        }
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

#[test]
fn what_is_proved_holds_under_every_delivery_and_what_is_not_is_no_success() {
    let proved = recut::prove(Echo::default, HELLO);
    proved.assert();
    assert!(
        proved.to_string().contains("\nevery delivery proved: 1 of 1 conversation"),
        "{proved}"
    );
    let broken = recut::prove(Tutorial::default, HELLO);
    assert_eq!(broken.findings()[0].delivery(), "cut@5");
    recut::check(Marked::default, HELLO).assert();
    let report = panic_of(|| recut::prove(Marked::default, HELLO).assert());
    for part in ["unchecked  script ", "why  not proved, because", "to do  let all of the state"] {
        assert!(report.contains(part), "{part:?} is not in\n{report}");
    }
}

#[test]
fn a_script_that_does_not_parse_is_shown_with_its_place() {
    let message = panic_of(|| drop(recut::check(Echo::default, "> \"a\"\n< linee\n")));
    for part in ["script:2:3", "2 | < linee", "^^^^^", "expected"] {
        assert!(message.contains(part), "{part:?} is not in\n{message}");
    }
}

#[test]
fn a_wrong_word_panics_at_once_and_says_what_is_allowed() {
    let check = || Check::new(Echo::default);
    let deliver = panic_of(move || drop(check().deliver("bytes singel")));
    assert!(deliver.starts_with("deliver: `singel`: expected "), "{deliver}");
    let mixed = panic_of(move || drop(check().deliver("half-close drop@3")));
    assert!(mixed.starts_with("deliver: "), "{mixed}");
    let laws = panic_of(move || drop(check().laws("hang")));
    assert!(laws.starts_with("laws: `hang`: expected "), "{laws}");
    let nothing = panic_of(move || drop(check().laws(" ")));
    assert_eq!(nothing, "laws: expected at least one word");
    let name = panic_of(move || drop(check().define("a b", "")));
    assert!(name.contains("`a b` is not the name of a variable"), "{name}");
    let ignore = panic_of(move || drop(check().ignore("(")));
    assert!(ignore.starts_with("ignore: "), "{ignore}");
    for zero in [
        panic_of(move || drop(check().jobs(0))),
        panic_of(move || drop(check().budget(Duration::ZERO))),
    ] {
        assert!(zero.ends_with("nothing is played"), "{zero}");
    }
}

#[test]
fn options_change_what_is_played() {
    let run = |check: Check| check.run("> $who \"\\n\"\n< \"Zoë\\n\"\n").unwrap();
    let check = || Check::new(Echo::default).define("who", "Zoë");
    run(check()).assert();
    assert_eq!(run(check().deliver("bytes")).deliveries(), 2);
    assert!(run(check().max(5)).deliveries() < 10);
    let loose = Check::new(Tutorial::default).define("who", "Zoë").laws("-cut-off -baseline");
    assert_eq!(run(loose).findings().len(), 0);
    let nothing = panic_of(|| drop(Check::new(Echo::default).laws("hangs -hangs").run(HELLO)));
    assert!(nothing.contains("leave nothing to judge"), "{nothing}");
}

#[test]
fn a_server_that_is_not_reached_fails_and_says_why() {
    // A port that nobody listens on: it was ours a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let target = Target::connect(&address).unwrap();
    let checked = Check::new(&target).run(HELLO).unwrap();
    assert!(!checked.is_green() && checked.findings().is_empty());
    let report = panic_of(move || checked.assert());
    for part in ["unchecked  script ", "can't connect to 127.0.0.1:", "to do  see that it runs"] {
        assert!(report.contains(part), "{part:?} is not in\n{report}");
    }
    let spawn = Spawn::new("./there-is-no-such-server {port}").unwrap();
    let report = panic_of(|| recut::check(Target::spawn(spawn), HELLO).assert());
    assert!(report.contains("can't start `./there-is-no-such-server "), "{report}");
}

#[test]
fn a_target_can_be_used_again_and_a_reset_needs_one_that_has_resets() {
    let target = Target::memory("mine", Echo::default);
    for _ in 0..2 {
        recut::check(&target, HELLO).assert();
    }
    let cat = Target::stdio(recut::Stdio::new("cat").unwrap());
    let message = panic_of(move || drop(recut::check(cat, "> \"a\"\n> reset\n")));
    assert_eq!(message, "script sends a reset, and cat does not support resets");
}

/// Answers a line, and loses it if it came in exactly four segments.
#[derive(Clone, Default, PartialEq, Eq)]
struct LosesFour {
    line: Vec<u8>,
    segments: usize,
}

impl Protocol for LosesFour {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        self.line.extend_from_slice(segment);
        self.segments += 1;
        if self.line.ends_with(b"\n") {
            let line = std::mem::take(&mut self.line);
            if std::mem::take(&mut self.segments) != 4 {
                reply.extend(line);
            }
        }
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

#[test]
fn a_proof_shows_the_three_cuts_that_samples_miss() {
    let script = "> \"hello\\n\"\n< \"hello\\n\"\n";
    let sampled = Check::new(LosesFour::default).deliver("single pairs bytes").run(script).unwrap();
    assert!(sampled.is_green());
    let proof = recut::prove(LosesFour::default, script);
    assert!(!proof.is_green() && !proof.is_proved());
    let finding = &proof.findings()[0];
    assert_eq!(finding.delivery().matches("cut@").count(), 3, "{finding}");
    let panic = catch_unwind(AssertUnwindSafe(|| proof.assert())).unwrap_err();
    let report = panic.downcast_ref::<String>().unwrap();
    assert!(report.contains(finding.delivery()), "{report}");
}

/// It panics on its first connection, and serves the others by one read for one message.
struct FirstPanics {
    is_first: bool,
}

impl Protocol for FirstPanics {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        assert!(!self.is_first, "cold");
        if segment.ends_with(b"\n") {
            reply.extend_from_slice(segment);
        }
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Close
    }
}

#[test]
fn a_baseline_that_fails_once_is_not_green() {
    let connections = AtomicU64::new(0);
    let target = Target::memory("first", move || FirstPanics {
        is_first: connections.fetch_add(1, Ordering::Relaxed) == 0,
    });
    let checked = recut::check(target, "> \"hello\\n\"\n< \"hello\\n\"\n");
    assert!(checked.findings().iter().all(|finding| !finding.is_stable()));
    assert!(!checked.is_green(), "{checked}");
    let told = checked.to_string();
    assert!(told.contains("failed at first and held when it was played again"), "{told}");
    assert!(told.contains("1 unchecked"), "{told}");
}

#[test]
fn a_crash_that_comes_each_time_is_not_called_volatile() {
    struct Panics;
    impl Protocol for Panics {
        fn receive(&mut self, _: &[u8], _: &mut Vec<u8>) -> Flow {
            panic!("no")
        }

        fn end(&mut self, _: &mut Vec<u8>) -> Flow {
            Flow::Close
        }
    }
    let checked = recut::check(|| Panics, "> \"hello\\n\"\n< \"hello\\n\"\n");
    assert_eq!(checked.findings()[0].law(), Law::Crashed);
    assert!(!checked.to_string().contains("changes by itself"), "{checked}");
}
