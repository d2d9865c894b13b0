//! The files that a script may refer to.

use super::error::FileError;

/// The files that a script may refer to: the file system, or what a test gives.
pub trait Files {
    /// Reads the file that a script calls `path`; `from` is the name of the source in which that
    /// stands.
    ///
    /// # Errors
    ///
    /// The path that was tried, and why it can't be read.
    fn read(&self, from: &str, path: &str) -> Result<ReadFile, FileError>;
}

/// A file that a script refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFile {
    /// Its name, from which the paths in it are taken.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// No files at all: a script that refers to one is wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _from: &str, path: &str) -> Result<ReadFile, FileError> {
        Err(FileError { path: path.to_owned(), why: "there are no files here".to_owned() })
    }
}
