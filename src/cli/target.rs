//! Which target the arguments and scripts name.

use super::Failed;
use super::args::{Common, TargetArgs};
use crate::check::{Limits, Options};
use crate::script::Conversation;
use crate::target::Target;

/// The target of what was loaded; the echo in memory only where `builtin` conversations are
/// played.
pub(super) fn target(
    args: &TargetArgs,
    conversations: &[Conversation],
    builtin: bool,
) -> Result<Target, Failed> {
    if let Some(address) = &args.connect {
        if address.starts_with("unix:") {
            return Err(Failed::usage("Unix sockets can't be connected to yet: use HOST:PORT"));
        }
        if address.rsplit_once(':').is_none_or(|(_, port)| !matches!(port.parse::<u16>(), Ok(1..)))
        {
            let expected = "expected HOST:PORT with a port from 1 to 65535";
            return Err(Failed::usage(format!("`{address}` is no address: {expected}")));
        }
        return Target::connect(address).map_err(|error| Failed::unreachable(error.to_string()));
    }
    let name = match &args.target {
        Some(name) => name,
        None if builtin => "echo",
        None => return Err(no_target(conversations)),
    };
    Target::builtin(name).ok_or_else(|| Failed::usage(format!("there is no target `{name}`")))
}

fn no_target(conversations: &[Conversation]) -> Failed {
    let spawning = conversations.iter().find(|script| script.settings.spawn.is_some());
    Failed::usage(match spawning {
        Some(script) => format!(
            "{} has a `spawn` statement, and servers can't be started from here yet: start it \
             yourself and add --connect HOST:PORT",
            script.name
        ),
        None => "which target? Add --connect HOST:PORT for a server that is running, or \
                 --target echo for the echo in memory"
            .to_owned(),
    })
}

/// What the common arguments say of waits.
pub(super) fn options(common: &Common) -> Options {
    Options {
        limits: Limits {
            gap: common.gap,
            quiet_for: common.quiet_for,
            ignore: common.ignore.clone(),
            ..Limits::default()
        },
        timeout: common.timeout,
        ..Options::default()
    }
}
