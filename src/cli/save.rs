//! Where findings are saved.

use std::fs;
use std::path::{Path, PathBuf};

use super::Failed;
use super::files::{SCRIPT_LIMIT, read, write};
use crate::check::Finding;
use crate::report::saved;
use crate::script::Law;

/// The folder of findings if no other is named.
const DEFAULT: &str = "findings";

/// The folder in which findings are saved.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The folder that was named, or `findings`. One that was named is made at once: if that can't
    /// be done, or if nothing can be written there, this is to be known before anything is played.
    /// The other one is made for the first finding.
    pub(super) fn open(named: Option<&Path>) -> Result<Self, Failed> {
        let Some(named) = named else { return Ok(Self(DEFAULT.into())) };
        let folder = Self(named.to_owned());
        folder.make()?;
        let probe = named.join(format!(".recut.{}.part", std::process::id()));
        let written = fs::File::create(&probe).and_then(|_| fs::remove_file(&probe));
        written.map_err(|error| {
            Failed::unreachable(format!("can't write to {}: {error}", named.display()))
        })?;
        Ok(folder)
    }

    fn make(&self) -> Result<(), Failed> {
        fs::create_dir_all(&self.0).map_err(|error| {
            Failed::unreachable(format!("can't make {}: {error}", self.0.display()))
        })
    }

    /// Saves the script of a finding and returns the path of its file, whose name is made of the
    /// conversation and the kind. What a script that is there says already is not saved again, and
    /// a file that says something else is kept.
    pub(super) fn save(&self, finding: &Finding) -> Result<PathBuf, Failed> {
        if says(&finding.source.text) == says(&finding.script) {
            // What was checked is itself a saved finding.
            return Ok(PathBuf::from(&finding.source.name));
        }
        self.make()?;
        if let Some(path) = self.with_the_same(finding) {
            return Ok(path);
        }
        let stem = format!("{}-{}", slug(&finding.conversation), finding.law);
        for number in 1.. {
            let name = match number {
                1 => format!("{stem}.recut"),
                number => format!("{stem}-{number}.recut"),
            };
            let path = self.0.join(name);
            // A link that leads nowhere is something, too.
            if path.symlink_metadata().is_err() {
                return write(&path, &saved::text(finding)).map(|()| path);
            }
        }
        unreachable!("some number is free")
    }

    /// The file of a finding of the same law that says the same, whatever it is called and whatever
    /// its comments say: a finding of another day may have another name or another answer.
    fn with_the_same(&self, finding: &Finding) -> Option<PathBuf> {
        let said = says(&finding.script);
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries
            .filter(|entry| is_of(&entry.file_name().to_string_lossy(), finding.law))
            .map(|entry| entry.path())
            .filter(|path| path.is_file())
            .collect();
        // The order of a folder is any.
        paths.sort();
        paths.into_iter().find(|path| {
            let bytes = read(path, SCRIPT_LIMIT).unwrap_or_default();
            std::str::from_utf8(&bytes).is_ok_and(|text| says(text) == said)
        })
    }
}

/// Whether a file of that name has a finding of the law: `NAME-LAW.recut` or `NAME-LAW-2.recut`.
fn is_of(name: &str, law: Law) -> bool {
    let Some(stem) = name.strip_suffix(".recut") else { return false };
    let numbered = stem.rsplit_once('-').filter(|(_, number)| number.parse::<u64>().is_ok());
    let stem = numbered.map_or(stem, |(stem, _)| stem);
    stem.strip_suffix(law.name()).is_some_and(|stem| stem.ends_with('-'))
}

/// What a script says, without its comments.
fn says(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// The name of a conversation as a part of the name of a file.
fn slug(name: &str) -> String {
    let file = Path::new(name).file_name().map_or(name.into(), |file| file.to_string_lossy());
    let kept = |c: char| if c.is_alphanumeric() || c == '_' { c } else { '-' };
    let slug: String = file.chars().map(kept).collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "stdin".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Options, check_once};
    use crate::protocol::Tutorial;
    use crate::{Conversation, Target};

    /// What the beginner's server does with this text.
    fn found(name: &str, text: &str) -> Finding {
        let said = Conversation::parse(name, &format!("> \"{text}\"\n< \"{text}\"\n")).unwrap();
        let target = Target::memory("tutorial", Tutorial::default);
        check_once(&target, &said, &Options::default()).unwrap().findings.remove(0)
    }

    fn save(folder: &Folder, finding: &Finding) -> String {
        let path = folder.save(finding).ok().unwrap();
        path.strip_prefix(&folder.0).unwrap().display().to_string()
    }

    #[test]
    fn the_same_finding_is_saved_once_and_another_gets_a_name_of_its_own() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::open(Some(&temporary.path().join("a/b"))).ok().unwrap();
        let finding = found("accent", "é");
        assert_eq!(save(&folder, &finding), "accent-cut-off.recut");
        let written = fs::metadata(folder.0.join("accent-cut-off.recut")).unwrap().modified();
        // Another conversation, another answer: what fails is the same.
        let mut again = Finding { conversation: "other".to_owned(), ..finding.clone() };
        again.seen.actual = b"?".to_vec();
        assert_eq!(save(&folder, &again), "accent-cut-off.recut");
        let still = fs::metadata(folder.0.join("accent-cut-off.recut")).unwrap().modified();
        assert_eq!(written.unwrap(), still.unwrap());
        assert_eq!(save(&folder, &found("accent", "è")), "accent-cut-off-2.recut");
        assert_eq!(save(&folder, &found("accent", "è")), "accent-cut-off-2.recut");
        // Another law is another finding.
        let hangs = Finding { law: Law::Hangs, ..finding };
        assert_eq!(save(&folder, &hangs), "accent-hangs.recut");
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 3, "nothing is left beside them");
    }

    #[test]
    fn the_name_of_a_file_says_the_law() {
        assert!(is_of("a-cut-off.recut", Law::CutOff) && is_of("a-cut-off-12.recut", Law::CutOff));
        for other in ["a-cut-off", "cut-off.recut", "a-hangs.recut", "a-cut-off-x.recut"] {
            assert!(!is_of(other, Law::CutOff), "{other}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_known_at_once() {
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join("file");
        fs::write(&file, "").unwrap();
        for folder in [file.join("findings"), file] {
            let failed = Folder::open(Some(&folder)).err().unwrap();
            assert!(failed.message.starts_with("can't make "), "{}", failed.message);
        }
    }
}
