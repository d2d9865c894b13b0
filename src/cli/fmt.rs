//! `recut fmt`

use std::path::Path;

use super::args::FmtArgs;
use super::files::{SCRIPT_LIMIT, read, write};
use super::load::{failed, files};
use super::output::Output;
use super::{Exit, Failed};
use crate::script::{LoadError, Script};

pub(super) fn run(args: &FmtArgs, output: &Output) -> Result<Exit, Failed> {
    let mut scripts = Vec::new();
    for path in &args.paths {
        scripts.extend(files(path, false)?);
    }
    if scripts.is_empty() {
        return Err(Failed::usage("the paths that were given have no .recut file"));
    }
    // A file that does not parse is reported, and the others are still formatted.
    let mut exit = Exit::Held;
    for path in &scripts {
        match format(path, args.check, output) {
            Ok(one) => exit = exit.or(one),
            Err(failed) => {
                output.error(&failed.message);
                exit = exit.or(failed.exit);
            }
        }
    }
    Ok(exit)
}

fn format(path: &Path, check: bool, output: &Output) -> Result<Exit, Failed> {
    let is_stdin = path == Path::new("-");
    let bytes = read(path, SCRIPT_LIMIT).map_err(|error| failed(&error))?;
    let parsed = Script::parse_bytes(&path.display().to_string(), bytes.clone());
    let script = parsed.map_err(|errors| failed(&LoadError::Script(errors)))?;
    let text = script.to_string();
    let is_canonical = text.as_bytes() == bytes;
    if check {
        if !is_canonical {
            output.line(&path.display().to_string());
        }
        return Ok(if is_canonical { Exit::Held } else { Exit::Broken });
    }
    if is_stdin {
        output.text(&text);
    } else if !is_canonical {
        write(path, &text)?;
    }
    Ok(Exit::Held)
}
