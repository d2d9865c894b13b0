//! How a fuzz target starts: with the named seeds and the tokens, also where nobody says so.

use std::path::{Path, PathBuf};

/// What a target has beside its program.
#[derive(Clone, Debug)]
pub struct FuzzFiles {
    /// Its dictionary.
    pub dictionary: PathBuf,
    /// Folders of named seeds, which the fuzzer reads and never writes to.
    pub seeds: Vec<PathBuf>,
}

/// What is missing in the arguments of a libFuzzer process: the dictionary where none is named,
/// the seeds behind the one folder that new inputs go to.
///
/// Nothing is added where a file is to be run, or a corpus merged, nor for what does not exist.
pub fn arguments(given: &[String], files: &FuzzFiles) -> Vec<String> {
    let (flags, inputs): (Vec<_>, Vec<_>) =
        given.iter().partition(|argument| argument.starts_with('-'));
    let has = |name: &str| flags.iter().any(|flag| flag.starts_with(name));
    let mut missing = Vec::new();
    // Not flags of a run that looks for something new.
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
