//! How a fuzz target starts: by default with the named seeds and the tokens.

use std::path::{Path, PathBuf};

/// The files that belong to a fuzz target.
#[derive(Clone, Debug)]
pub struct FuzzFiles {
    /// Its dictionary.
    pub dictionary: PathBuf,
    /// Folders of named seeds, which the fuzzer reads and never writes to.
    pub seeds: Vec<PathBuf>,
}

/// The arguments that a libFuzzer process needs in addition: a dictionary if none is named, and the
/// seeds after the one folder for new inputs.
///
/// Nothing is added if a file is to be run or a corpus to be merged, nor if the files do not exist.
pub fn arguments(given: &[String], files: &FuzzFiles) -> Vec<String> {
    let (flags, inputs): (Vec<_>, Vec<_>) =
        given.iter().partition(|argument| argument.starts_with('-'));
    let has = |name: &str| flags.iter().any(|flag| flag.starts_with(name));
    let mut missing = Vec::new();
    // With one of these flags it does not look for something new.
    if ["-merge=1", "-minimize_crash=1", "-cleanse_crash=1", "-help=1"].map(has).contains(&true) {
        return missing;
    }
    let shown = |path: &Path| path.display().to_string();
    if !has("-dict=") && files.dictionary.is_file() {
        missing.push(format!("-dict={}", shown(&files.dictionary)));
    }
    let runs_files = inputs.iter().any(|input| Path::new(input).is_file());
    // A process of fork mode is given the part of the corpus that it works on.
    if inputs.len() == 1 && !runs_files && !has("-features_dir=") {
        let seeds = files.seeds.iter().filter(|folder| folder.is_dir());
        missing.extend(seeds.map(|folder| shown(folder)));
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_added_and_nothing_else() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (manifest, seeds) = (root.join("Cargo.toml"), root.join("corpus"));
        let files = FuzzFiles { dictionary: manifest.clone(), seeds: vec![seeds.clone()] };
        let (manifest, seeds) = (manifest.display().to_string(), seeds.display().to_string());
        let dictionary = format!("-dict={manifest}");
        let cases: [(&[&str], &[&str]); 9] = [
            (&["-artifact_prefix=a/", "new"], &[&dictionary, &seeds]),
            (&["new", "-dict=other"], &[&seeds]),
            (&["new", "mine"], &[&dictionary]),
            // A directory for new inputs is the user's to choose.
            (&[], &[&dictionary]),
            // A single file is run as it is.
            (&[&manifest], &[&dictionary]),
            (&["-features_dir=f", "new"], &[&dictionary]),
            (&["-merge=1", "new", "old"], &[]),
            (&["-minimize_crash=1", &manifest], &[]),
            (&["-help=1"], &[]),
        ];
        for (given, expected) in cases {
            let given: Vec<String> = given.iter().map(|argument| (*argument).to_owned()).collect();
            assert_eq!(arguments(&given, &files), expected, "{given:?}");
        }
        let nothing = FuzzFiles { dictionary: "none".into(), seeds: vec!["none".into()] };
        assert!(arguments(&["new".to_owned()], &nothing).is_empty());
    }
}
