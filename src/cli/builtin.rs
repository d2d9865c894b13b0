//! The conversations that are built into the program.

macro_rules! conversations {
    ($($name:literal),* $(,)?) => {
        /// The name and the text of each, sorted by name.
        pub(super) const BUILTIN: &[(&str, &str)] = &[$((
            $name,
            include_str!(concat!("../../corpus/conversations/", $name, ".recut")),
        )),*];
    };
}

conversations![
    "buffer-border",
    "crlf",
    "cut-characters",
    "emoji",
    "empty-line",
    "escapes",
    "greeting",
    "half-close",
    "ill-formed",
    "long-line",
    "no-quit",
    "nul",
    "pipelined-quit",
    "quit-at-end",
    "quit-at-end-rest",
    "quit-crlf",
    "quit-lf",
    "scripts",
    "truncated",
    "two-connections",
    "vanishing-client",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_conversation_of_the_corpus_is_built_in() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/conversations");
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()
        };
        let mut files: Vec<String> = std::fs::read_dir(folder).unwrap().map(name).collect();
        files.sort();
        let names: Vec<&str> = BUILTIN.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, files);
    }
}
