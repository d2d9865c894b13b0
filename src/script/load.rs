//! Scripts from the file system: the one place of this module that reads files.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::conversation::Conversation;
use super::error::{FileError, ScriptError};
use super::files::{Files, ReadFile};
use super::lower::lower;
use super::parser;
use super::raw::StreamTooLarge;

/// Why a script can't be played.
///
/// # Examples
///
/// ```
/// use recut::{Check, Echo, LoadError};
///
/// let check = Check::new(Echo::default);
/// assert!(matches!(check.run_file("none.recut"), Err(LoadError::Unreadable { .. })));
/// let error = check.run("> \"hi").unwrap_err();
/// assert_eq!(error.to_string(), "script:1:3: this text has no closing quote");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum LoadError {
    /// The file can't be read.
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// Why it can't be read.
        error: io::Error,
    },
    /// A raw stream is longer than 64 MiB.
    #[doc(hidden)]
    TooLarge(StreamTooLarge),
    /// Everything that is wrong with the script.
    Script(Vec<ScriptError>),
}

impl From<StreamTooLarge> for LoadError {
    fn from(error: StreamTooLarge) -> Self {
        LoadError::TooLarge(error)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Unreadable { path, error } => {
                write!(f, "can't read {}: {error}", path.display())
            }
            LoadError::TooLarge(error) => error.fmt(f),
            LoadError::Script(errors) => {
                let lines: Vec<_> = errors.iter().map(ScriptError::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
        }
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LoadError::Unreadable { error, .. } => Some(error),
            LoadError::TooLarge(error) => Some(error),
            LoadError::Script(_) => None,
        }
    }
}

/// Reads the files that a script refers to; their paths are relative to the file that names them.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileSystem;

impl Files for FileSystem {
    fn read(&self, from: &str, path: &str) -> Result<ReadFile, FileError> {
        let path = Path::new(from).parent().unwrap_or(Path::new("")).join(path);
        let name = path.display().to_string();
        match std::fs::read(&path) {
            Ok(bytes) => Ok(ReadFile { name, bytes }),
            Err(error) => Err(FileError { path: name, why: error.to_string() }),
        }
    }
}

/// Reads a file; the error names it.
///
/// # Errors
///
/// [`LoadError::Unreadable`].
pub fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    std::fs::read(path).map_err(|error| LoadError::Unreadable { path: path.to_owned(), error })
}

/// Loads a script and all it refers to; `defined` variables override its `let`s.
///
/// # Errors
///
/// If the file can't be read; or everything that is wrong with it.
pub fn load(path: &Path, defined: &[(String, Vec<u8>)]) -> Result<Conversation, LoadError> {
    load_bytes(&path.display().to_string(), read(path)?, defined)
}

/// Loads a raw stream.
///
/// # Errors
///
/// If the file can't be read, or is longer than [`super::PAYLOAD_LIMIT`].
pub fn load_stream(path: &Path) -> Result<Conversation, LoadError> {
    Ok(Conversation::raw(path.display().to_string(), read(path)?)?)
}

/// Loads a script whose bytes have been read; paths in it are relative to the folder of `name`.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn load_bytes(
    name: &str,
    bytes: Vec<u8>,
    defined: &[(String, Vec<u8>)],
) -> Result<Conversation, LoadError> {
    let resolve = || {
        let source = super::decode(name, bytes, None)?;
        let lines = parser::parse(&source)?;
        lower(&source, &lines, defined, &FileSystem)
    };
    let mut conversation = resolve().map_err(LoadError::Script)?;
    if let Some(stem) = name.strip_suffix(".recut") {
        conversation.name = stem.to_owned();
    }
    Ok(conversation)
}

impl Conversation {
    /// Parses and resolves the text of a script; paths in it are relative to the folder of `name`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the text.
    pub fn parse(name: &str, text: &str) -> Result<Self, Vec<ScriptError>> {
        super::Script::resolve(name, text, &[], &FileSystem)
    }

    /// The folder of the script; `.` if its name has none.
    #[doc(hidden)]
    pub fn folder(&self) -> PathBuf {
        let script = self.sources.first().map_or("", |source| source.name.as_str());
        match Path::new(script).parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        }
    }
}
