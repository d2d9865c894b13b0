//! Files that are written as a whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file. It is replaced as a whole, and only after everything is written beside it: if
/// that fails, or if the process ends meanwhile, what was there stays. A device or a pipe can't be
/// replaced and is written to.
///
/// # Errors
///
/// If it can't be written.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    match fs::canonicalize(path) {
        // A symbolic link stays one: the file it leads to is replaced, if it may be written to.
        Ok(there) if there.is_file() => {
            File::options().write(true).open(&there).and_then(|_| replace(&there, text))
        }
        Ok(there) => fs::write(there, text),
        // So does one that leads nowhere yet: there is nothing to lose there.
        Err(_) if path.is_symlink() => fs::write(path, text),
        Err(_) => replace(path, text),
    }
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let part = part_of(path);
    let written = write_part(&part, path, text).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        // If it can't be removed, it was not made.
        let _ = fs::remove_file(&part);
    }
    written
}

fn write_part(part: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(part)?;
    // Whoever may read and write the old file may do so with the new one, and nobody else.
    if let Ok(old) = fs::metadata(path) {
        file.set_permissions(old.permissions())?;
    }
    file.write_all(text.as_bytes())
}

/// The file beside `path` in which the text is written at first.
pub(crate) fn part_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_that_leads_nowhere_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        symlink("file", &link).unwrap();
        write(&link, "new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    }
}
