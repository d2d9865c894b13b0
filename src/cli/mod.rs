//! The command line: arguments, then a plan, then one match. Only this module reads the
//! environment, decides colours and exits.

mod address;
mod args;
mod bless;
mod builtin;
mod check;
mod connect;
mod explain;
mod files;
mod fmt;
mod foreign;
mod help;
mod load;
mod man;
mod output;
mod place;
mod play;
mod progress;
mod record;
mod relay;
mod reports;
mod save;
mod serve;
mod signals;
mod supervise;
mod target;
mod values;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Args, Verb};
use output::Output;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// Every law held.
    Held,
    /// A finding.
    Broken,
    /// Bad usage, no match, or a script that does not parse.
    Usage,
    /// The target can't be reached, a conversation was not judged, or something of ours can't be
    /// written or bound.
    Unreachable,
    /// SIGINT or SIGTERM.
    Interrupted,
}

impl Exit {
    fn code(self) -> u8 {
        match self {
            Exit::Held => 0,
            Exit::Broken => 1,
            Exit::Usage => 2,
            Exit::Unreachable => 3,
            Exit::Interrupted => 130,
        }
    }

    /// The one that counts if both apply. The order is 130, 2, 1, 3, 0.
    fn or(self, other: Self) -> Self {
        let order = [Exit::Interrupted, Exit::Usage, Exit::Broken, Exit::Unreachable, Exit::Held];
        let rank = |exit: Self| order.iter().position(|other| *other == exit);
        if rank(self) <= rank(other) { self } else { other }
    }
}

/// Why a verb can't go on: the message, and how to exit.
struct Failed {
    message: String,
    exit: Exit,
}

impl Failed {
    fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit: Exit::Usage }
    }

    fn unreachable(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit: Exit::Unreachable }
    }
}

/// Runs the program on the arguments it was given.
pub fn run() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help goes to stdout with 0, bad usage to stderr with 2.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let output = Output::new(args.color);
    let result = match args.verb {
        Verb::Check(args) => check::run(&args, &output),
        Verb::Play(args) => play::run(&args, &output),
        Verb::Record(args) => record::run(&args, &output),
        Verb::Relay(args) => relay::run(&args, &output),
        Verb::Fmt(args) => fmt::run(&args, &output),
        Verb::Serve(serving) => serve::run(&serving, args.color),
        Verb::Connect(args) => connect::run(&args, &output),
        Verb::Supervise(args) => supervise::run(&args),
        Verb::Explain { kind } => explain::run(kind.as_deref(), &output),
        Verb::Man { verb } => man::page(verb.as_deref()).map(|page| {
            output.text(&page);
            Exit::Held
        }),
        Verb::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "recut", &mut script);
            output.line(String::from_utf8_lossy(&script).trim_end());
            Ok(Exit::Held)
        }
    };
    let exit = result.unwrap_or_else(|failed| {
        output.error(&failed.message);
        failed.exit
    });
    ExitCode::from(exit.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn where_several_exit_codes_apply_130_2_1_3_is_the_order() {
        assert_eq!(Exit::Unreachable.or(Exit::Broken), Exit::Broken);
        assert_eq!(Exit::Held.or(Exit::Unreachable), Exit::Unreachable);
        assert_eq!(Exit::Broken.or(Exit::Interrupted), Exit::Interrupted);
        assert_eq!(Exit::Usage.or(Exit::Broken), Exit::Usage);
    }
}
