//! Where findings are saved.

use std::path::{Path, PathBuf};

use super::Failed;
use super::files::write;
use crate::check::Finding;
use crate::report::saved;

/// Saves the script of a finding and returns the path of its file, whose name is made of the
/// conversation and the kind. A script that was saved before is not saved again, and a file with
/// other content is kept.
pub(super) fn save(directory: &Path, finding: &Finding) -> Result<PathBuf, Failed> {
    if says(&finding.source.text) == says(&finding.script) {
        // What was checked is itself a saved finding.
        return Ok(PathBuf::from(&finding.source.name));
    }
    let text = saved::text(finding);
    std::fs::create_dir_all(directory).map_err(|error| {
        Failed::unreachable(format!("can't make {}: {error}", directory.display()))
    })?;
    let stem = format!("{}-{}", slug(&finding.conversation), finding.law);
    for number in 1.. {
        let name = match number {
            1 => format!("{stem}.recut"),
            number => format!("{stem}-{number}.recut"),
        };
        let path = directory.join(name);
        match std::fs::read(&path) {
            Ok(there) if there == text.as_bytes() => return Ok(path),
            Ok(_) => {}
            Err(_) => return write(&path, &text).map(|()| path),
        }
    }
    unreachable!("some number is free")
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
