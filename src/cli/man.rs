//! `recut man`

use clap::CommandFactory;
use clap_mangen::Man;

use super::Failed;
use super::args::Args;

/// The page of the program, or of one of its verbs.
pub(super) fn page(verb: Option<&str>) -> Result<String, Failed> {
    let mut command = Args::command();
    command.build();
    let page = match verb {
        None => command,
        Some(verb) => {
            let visible = |found: &&clap::Command| !found.is_hide_set() && found.get_name() == verb;
            let found = command.get_subcommands().find(visible).cloned().ok_or_else(|| {
                Failed::usage(format!("there is no verb `{verb}`: `recut --help` lists them"))
            })?;
            found.disable_help_subcommand(true)
        }
    };
    let mut text = Vec::new();
    let source = concat!("recut ", env!("CARGO_PKG_VERSION"));
    Man::new(page)
        .source(source)
        .render(&mut text)
        .map_err(|error| Failed::unreachable(format!("can't make the man page: {error}")))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
