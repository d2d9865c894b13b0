//! The regression corpus, replayed on stable through the bodies of the fuzz targets, deeper than
//! the fuzzer looks, and through `recut check` in memory: one named test for each file.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use recut::check::Checked;
use recut::report::words;
use recut::script::{Law, Script, syntax};
use recut::testing::{BODIES, Body};
use recut::{Conversation, Options, Target, check_once};

/// How many files each folder has: a corpus that shrinks, or a file that nobody replays, must not
/// pass unseen. Change it with the corpus.
const FILES: [(&str, usize); 6] = [
    ("conversations", 21),
    ("cuts", 21),
    ("decode", 16),
    ("play", 16),
    ("script", 32),
    ("shell", 9),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn main() {
    let corpus = root().join("corpus");
    let mut trials = vec![
        Trial::test("every_folder_is_replayed_whole", move || folders(&corpus)),
        Trial::test("every_target_is_built_and_has_its_seeds", targets),
        Trial::test("every_seed_is_read_whole", seeds),
        Trial::test("every_dictionary_can_be_read", dictionaries),
        Trial::test("every_keyword_is_in_the_dictionary_of_scripts", keywords),
    ];
    for (folder, _) in FILES {
        for path in files(&root().join("corpus").join(folder)) {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let replayed = BODIES.into_iter().filter(move |body| reads(body, folder));
            for body in replayed {
                let path = path.clone();
                let name = match body.name == folder {
                    true => format!("{folder}::{name}"),
                    false => format!("{folder}::{name}::{}", body.name),
                };
                trials.push(Trial::test(name, move || replay(body, &path)));
            }
            trials.push(Trial::test(format!("{folder}::{name}::check"), move || check(&path)));
        }
    }
    let names: BTreeSet<&str> = trials.iter().map(Trial::name).collect();
    assert_eq!(names.len(), trials.len(), "two files of the corpus have one name");
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// Whether a folder's files are seeds of a target: its own are, and conversations are scripts.
fn reads(body: &Body, folder: &str) -> bool {
    body.name == folder || folder == "conversations" && !body.of_streams
}

/// The files of a folder, by name; an unreadable folder has one that is not there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return vec![folder.join("unreadable")] };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.map_or(folder.join("unreadable"), |entry| entry.path()))
        .collect();
    files.sort();
    files
}

fn read(path: &Path) -> Result<Vec<u8>, Failed> {
    fs::read(path).map_err(|error| Failed::from(format!("{}: {error}", path.display())))
}

/// Plays a file through the body of its target.
fn replay(body: Body, path: &Path) -> Result<(), Failed> {
    (body.replay)(&read(path)?).map_err(|failure| format!("{}: {failure}", path.display()).into())
}

/// Plays a file as `recut check` does. The echo breaks no law; what a script claims may be wrong.
fn check(path: &Path) -> Result<(), Failed> {
    let bytes = read(path)?;
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let is_conversation = path.extension().is_some_and(|extension| extension == "recut");
    let is_script = is_conversation || path.parent().unwrap().ends_with("script");
    let conversation = match std::str::from_utf8(&bytes) {
        // What is no script is an error of the file, and no more is claimed.
        Ok(text) if is_script => match Conversation::parse(&name, text) {
            Ok(conversation) => conversation,
            Err(_) if !is_conversation => return Ok(()),
            Err(errors) => return Err(errors[0].to_string().into()),
        },
        _ => Conversation::raw(&name, bytes.clone()).unwrap(),
    };
    let target = Target::builtin("echo").unwrap();
    let options = Options { confirm: 1, ..Options::default() };
    let checked = check_once(&target, &conversation, &options)?;
    let accused: Vec<_> = checked.findings.iter().filter(|f| f.law != Law::Baseline).collect();
    if let Some(finding) = accused.first() {
        return Err(format!(
            "{} under {}: {}",
            finding.law,
            finding.delivery,
            words::actual(&finding.seen)
        )
        .into());
    }
    if is_conversation && !holds(&checked) {
        return Err("the conversation does not hold uncut".into());
    }
    Ok(())
}

fn holds(checked: &Checked) -> bool {
    checked.findings.is_empty()
}

fn folders(corpus: &Path) -> Result<(), Failed> {
    let mut found = Vec::new();
    for folder in files(corpus) {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        found.push((name, files(&folder).len()));
    }
    let listed: Vec<_> = FILES.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    if found != listed {
        return Err(format!("corpus/ has {found:?}, tests/corpus.rs lists {listed:?}").into());
    }
    let unread = FILES.iter().find(|(name, _)| !BODIES.iter().any(|body| reads(body, name)));
    unread.map_or(Ok(()), |(name, _)| Err(format!("no target reads corpus/{name}").into()))
}

/// The folder of the fuzz targets; the published package has none, the repository has.
fn fuzz() -> Option<PathBuf> {
    let fuzz = root().join("fuzz");
    assert!(fuzz.exists() || !root().join(".git").exists(), "fuzz/ is missing");
    fuzz.exists().then_some(fuzz)
}

fn targets() -> Result<(), Failed> {
    let Some(fuzz) = fuzz() else { return Ok(()) };
    for Body { name, .. } in BODIES {
        let glue = fuzz.join(format!("fuzz_targets/{name}.rs"));
        if !glue.exists() {
            return Err(format!("{} is missing", glue.display()).into());
        }
        if !FILES.iter().any(|(folder, count)| *folder == name && *count > 0) {
            return Err(format!("corpus/{name} is missing").into());
        }
    }
    Ok(())
}

/// The fuzzer reads no more of a seed than its inputs may have (`-max_len`).
fn seeds() -> Result<(), Failed> {
    const LONGEST: u64 = 2048;
    // For the replay alone: a fuzzed echo has smaller blocks.
    const LONGER: [&str; 1] = ["around-16384"];
    for path in FILES.iter().flat_map(|(folder, _)| files(&root().join("corpus").join(folder))) {
        let is_long = fs::metadata(&path)?.len() > LONGEST;
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if is_long != LONGER.contains(&name.as_str()) {
            return Err(format!("{}: longer than {LONGEST}: {is_long}", path.display()).into());
        }
    }
    Ok(())
}

/// The tokens of a dictionary, as libFuzzer reads it: a line that it can't read keeps it from
/// starting.
fn tokens(path: &Path) -> Result<Vec<Vec<u8>>, Failed> {
    let text = String::from_utf8(read(path)?)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .filter(|line| !line.starts_with('#'))
        .map(|line| token(line).ok_or_else(|| format!("{}: {line}", path.display()).into()))
        .collect()
}

/// The token of a line `name="token"`, with `\\`, `\"` and `\xHH` for other bytes.
fn token(line: &str) -> Option<Vec<u8>> {
    let (name, token) = line.split_once('=')?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let content = token.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::new();
    let mut rest = content.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next()? {
                b'x' => {
                    let digits = [rest.next()?, rest.next()?];
                    u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
                }
                escaped @ (b'\\' | b'"') => escaped,
                _ => return None,
            },
            b'"' => return None,
            printable @ b' '..=b'~' => printable,
            _ => return None,
        });
    }
    (is_name && !bytes.is_empty()).then_some(bytes)
}

fn dictionaries() -> Result<(), Failed> {
    let Some(fuzz) = fuzz() else { return Ok(()) };
    let dictionaries = files(&fuzz.join("dict"));
    let names = dictionaries.iter().map(|path| path.file_name().unwrap().to_str().unwrap());
    assert_eq!(names.collect::<Vec<_>>(), ["echo.dict", "script.dict"]);
    for path in dictionaries {
        if tokens(&path)?.is_empty() {
            return Err(format!("{} is empty", path.display()).into());
        }
    }
    Ok(())
}

fn keywords() -> Result<(), Failed> {
    let Some(fuzz) = fuzz() else { return Ok(()) };
    let tokens = tokens(&fuzz.join("dict/script.dict"))?;
    let has = |word: &str| {
        let is_word = |token: &Vec<u8>| String::from_utf8_lossy(token).trim() == word;
        tokens.iter().any(is_word)
    };
    let sets = recut::delivery::Set::NAMES.map(|name| name.split('=').next().unwrap());
    let laws = Law::ALL.map(|law| law.name());
    let words = syntax::KEYWORDS.into_iter().chain(sets).chain(laws);
    let missing: Vec<&str> = words.filter(|word| !has(word)).collect();
    // A keyword is one because it can't be a name.
    assert!(Script::parse("name", "let end = \"x\"\n").is_err());
    if missing.is_empty() { Ok(()) } else { Err(format!("missing: {missing:?}").into()) }
}
