//! Files as they are read and written: reading is bounded, and errors name the file.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::Failed;
use crate::files::{self, part_of};
use crate::script::{LoadError, PAYLOAD_LIMIT};

/// How many bytes a raw stream has at most: as many as any payload.
pub(super) const RAW_LIMIT: usize = PAYLOAD_LIMIT;

/// How many bytes a script has at most. A recording has up to [`PAYLOAD_LIMIT`] bytes, and each of
/// them takes up to four characters: whatever `recut record` writes can be read.
pub(super) const SCRIPT_LIMIT: usize = 5 * PAYLOAD_LIMIT;

/// Reads a file, or stdin if the path is `-`.
///
/// # Errors
///
/// [`LoadError::Unreadable`] if it can't be read, or if it has more than `limit` bytes: reading
/// stops there, so that input without an end is an error, too.
pub(super) fn read(path: &Path, limit: usize) -> Result<Vec<u8>, LoadError> {
    let bytes = match path == Path::new("-") {
        true => read_bounded(io::stdin().lock(), limit),
        false => File::open(path).and_then(|file| read_bounded(file, limit)),
    };
    bytes.map_err(|error| LoadError::Unreadable { path: path.to_owned(), error })
}

fn read_bounded(input: impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        let why = format!("it has more than {limit} bytes, which is the limit");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    Ok(bytes)
}

/// Writes a file as a whole or not at all; the error names it.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failed> {
    files::write(path, text)
        .map_err(|error| Failed::unreachable(format!("can't write {}: {error}", path.display())))
}

/// Whether a file could be written as [`write`] does it, which changes nothing; the error names it.
pub(super) fn can_write(path: &Path) -> Result<(), Failed> {
    let there = fs::canonicalize(path);
    let part = part_of(there.as_deref().unwrap_or(path));
    let opened = match there {
        Ok(there) => File::options().write(true).open(there).map(|_| ()),
        Err(_) => Ok(()),
    };
    let made = opened.and_then(|()| File::create(&part)).and_then(|_| fs::remove_file(&part));
    made.map_err(|error| Failed::unreachable(format!("can't write {}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn input_is_read_up_to_the_limit_and_not_beyond() {
        assert_eq!(read_bounded(&b"12345678"[..], 8).unwrap(), b"12345678");
        let error = read_bounded(&b"123456789"[..], 8).unwrap_err();
        assert!(error.to_string().contains("more than 8 bytes"), "{error}");
        // Input without an end comes to one.
        assert!(read_bounded(io::repeat(b'x'), 1 << 20).is_err());
    }

    #[test]
    fn a_file_is_replaced_with_its_permissions_and_behind_its_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        assert!(write(&link, "new").is_ok());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert!(link.is_symlink());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    }

    #[test]
    fn what_cannot_be_written_as_a_whole_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "old").unwrap();
        // The place beside it is taken by a folder.
        fs::create_dir(part_of(&file)).unwrap();
        let failed = write(&file, "new").err().unwrap();
        assert!(failed.message.starts_with("can't write "), "{}", failed.message);
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        assert!(write(&folder.path().join("nowhere/file"), "new").is_err());
    }

    #[test]
    fn whether_a_file_can_be_written_is_known_without_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        assert!(can_write(&file).is_ok() && !file.exists());
        fs::write(&file, "old").unwrap();
        assert!(can_write(&file).is_ok());
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        for bad in [file.join("inside"), folder.path().join("no/file"), folder.path().into()] {
            let failed = can_write(&bad).err().unwrap();
            assert!(failed.message.starts_with("can't write "), "{}", failed.message);
        }
        // A folder in which nobody can make a file.
        assert!(can_write(Path::new("/proc/file")).is_err());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn a_device_is_written_to() {
        assert!(write(Path::new("/dev/null"), "text").is_ok());
        assert!(Path::new("/dev/null").exists());
    }
}
