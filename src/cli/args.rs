//! The arguments as they are typed.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, ColorChoice, Parser, Subcommand, ValueEnum};
use regex::bytes::Regex;

use super::help;
use super::serve::args::ServeArgs;
use super::values::{
    Bytes, List, Shard, budget, bytes, definition, deliveries, duration, laws, report, shard,
};
use crate::delivery::Word;
use crate::report::ReportKind;
use crate::script::LawWord;
use crate::shell::relay::CutPlan;

/// What stands behind the options in the short help of `check`.
const SHORT: &str =
    "`recut check --help` also has the deliveries, the laws, exit codes and examples.";

/// The headings of the options.
const TARGET: &str = "Target";
const PLAYED: &str = "What is played";
const JUDGED: &str = "What is judged";
const OUTPUT: &str = "Output";

/// Plays a conversation with a stream server under every way the network may cut, join or break
/// the stream, and shows the smallest one that makes the server answer differently.
#[derive(Debug, Parser)]
#[command(name = "recut", version, max_term_width = 100)]
pub(super) struct Args {
    /// When to use colours; NO_COLOR is obeyed.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: ColorChoice,
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Play conversations under many deliveries and report what breaks.
    #[command(after_help = SHORT, after_long_help = help::check())]
    Check(Box<CheckArgs>),
    /// Play one conversation as it is written and print what happened, as a script that holds.
    Play(Box<PlayArgs>),
    /// Carry conversations between clients and a server, and write them as a script.
    Record(RecordArgs),
    /// Carry what clients and a server say, and cut it, both ways; with a command, find the cuts
    /// with which it fails.
    #[command(after_long_help = help::relay())]
    Relay(RelayArgs),
    /// Rewrite scripts in canonical form.
    Fmt(FmtArgs),
    /// Serve the echo, or the beginner's server that the harness must catch.
    Serve(ServeArgs),
    /// Talk to a server: what is typed goes out, what comes back is shown.
    Connect(ConnectArgs),
    /// Start a command, and end it with all below it when the recut above is gone.
    #[command(hide = true)]
    Supervise(SuperviseArgs),
    /// Say what a kind of finding means, what usually causes it, and how to mend it.
    Explain {
        /// A law, as `cut-off`, or a delivery, as `drop`; without it, all of them are listed.
        kind: Option<String>,
    },
    /// Print a man page: recut man | man -l -
    Man {
        /// Of this verb; without it, of the program.
        verb: Option<String>,
    },
    /// Print a completion script for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

/// Who answers.
#[derive(Debug, ClapArgs)]
#[group(multiple = false)]
pub(super) struct TargetArgs {
    /// A core in memory: exact cuts, no waiting.
    #[arg(help_heading = TARGET, long, value_name = "NAME", value_parser = ["echo", "tutorial"])]
    pub(super) target: Option<String>,
    /// A server that is running: HOST:PORT or unix:PATH.
    #[arg(help_heading = TARGET, long, value_name = "ADDR")]
    pub(super) connect: Option<String>,
    /// A server that recut starts on a free port, watches and stops: './server {port}'.
    #[arg(help_heading = TARGET, long, value_name = "COMMAND")]
    pub(super) spawn: Option<String>,
    /// A process for each connection, spoken to over its stdin and stdout: 'cat'.
    #[arg(help_heading = TARGET, long, value_name = "COMMAND")]
    pub(super) stdio: Option<String>,
    /// A client that connects to recut, a process for each play: 'curl http://127.0.0.1:{port}/'.
    #[arg(help_heading = TARGET, long, value_name = "COMMAND")]
    pub(super) client: Option<String>,
    /// A program that plays a client many times: it reads an address and answers with its result,
    /// a line for each.
    #[arg(help_heading = TARGET, long, value_name = "COMMAND")]
    pub(super) driver: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Common {
    #[command(flatten)]
    pub(super) target: TargetArgs,
    /// A server that is started is ready when a line of its output matches; else when it listens.
    #[arg(help_heading = TARGET, long, value_name = "RE",
          conflicts_with_all = ["target", "connect", "stdio", "client", "driver"])]
    pub(super) ready: Option<Regex>,
    /// How long a server that is started may take until it is ready, or a client until it connects
    /// [default: 10s].
    #[arg(help_heading = TARGET, long, value_name = "D", value_parser = duration,
          conflicts_with_all = ["target", "connect", "stdio"])]
    pub(super) start_timeout: Option<Duration>,
    /// How long to wait at a cut that can't be confirmed.
    #[arg(help_heading = PLAYED, long, value_name = "D", value_parser = duration,
          default_value = "20ms")]
    pub(super) gap: Duration,
    /// How long a silent server counts as quiet.
    #[arg(help_heading = PLAYED, long, value_name = "D", value_parser = duration,
          default_value = "200ms")]
    pub(super) quiet_for: Duration,
    /// Set a variable of the script; wins over its `let`.
    #[arg(help_heading = PLAYED, short = 'D', value_name = "NAME=VALUE", value_parser = definition)]
    pub(super) define: Vec<(String, Vec<u8>)>,
    /// How long an expectation may take [default: the script's `timeout`, else 5s].
    #[arg(help_heading = JUDGED, long, value_name = "D", value_parser = duration)]
    pub(super) timeout: Option<Duration>,
    /// Take what matches out of the answer to a raw stream before it is compared.
    #[arg(help_heading = JUDGED, long, value_name = "RE")]
    pub(super) ignore: Vec<Regex>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct CheckArgs {
    /// Scripts (.recut), raw streams (other files), directories, or - for a script on stdin;
    /// without any, the built-in conversations.
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) common: Common,
    /// A raw stream, with the escapes of the script language: --send 'PING\r\n'.
    #[arg(help_heading = PLAYED, long, value_name = "BYTES", value_parser = bytes,
          conflicts_with = "paths")]
    pub(super) send: Option<Bytes>,
    /// Deliveries: plain words replace the default list, +word and -word change it;
    /// the @ words of a list are one delivery.
    #[arg(help_heading = PLAYED, long, value_name = "LIST", value_parser = deliveries,
          allow_hyphen_values = true)]
    pub(super) deliver: Option<List<Word>>,
    /// Laws: plain words replace the default list, +word and -word change it.
    #[arg(help_heading = JUDGED, long, value_name = "LIST", value_parser = laws,
          allow_hyphen_values = true)]
    pub(super) laws: Option<List<LawWord>>,
    /// The most plays of a conversation [default: 10000 in memory, 1000 elsewhere].
    #[arg(help_heading = PLAYED, long, value_name = "N")]
    pub(super) max: Option<u64>,
    /// The time for the search in one conversation.
    #[arg(help_heading = PLAYED, long, value_name = "D", value_parser = budget,
          default_value = "60s")]
    pub(super) budget: Duration,
    /// What sampling and random deliveries are made from.
    #[arg(help_heading = PLAYED, long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,
    /// How often a finding is replayed.
    #[arg(help_heading = JUDGED, long, value_name = "N", default_value_t = 3)]
    pub(super) confirm: u32,
    /// How many plays run side by side [default: the processors in memory, else 1].
    #[arg(help_heading = PLAYED, long, value_name = "N")]
    pub(super) jobs: Option<NonZeroUsize>,
    /// Start the server anew for every play.
    #[arg(help_heading = TARGET, long, conflicts_with = "connect")]
    pub(super) fresh: bool,
    /// Servers answer nothing to scripts that expect nothing: what is sent must be read, and the
    /// laws are crashed wedged spins leaks.
    #[arg(help_heading = JUDGED, long, conflicts_with = "laws")]
    pub(super) one_way: bool,
    /// Only the I-th of N shares of the conversations, by name.
    #[arg(help_heading = PLAYED, long, value_name = "I/N", value_parser = shard)]
    pub(super) shard: Option<Shard>,
    /// Only conversations whose name matches.
    #[arg(help_heading = PLAYED, long, value_name = "RE")]
    pub(super) filter: Option<regex::Regex>,
    /// Stop after the first conversation with a finding.
    #[arg(help_heading = PLAYED, long)]
    pub(super) fail_fast: bool,
    /// A finding that does not show every time counts too.
    #[arg(help_heading = JUDGED, long)]
    pub(super) strict: bool,
    /// Take every file of a directory as a raw stream.
    #[arg(help_heading = PLAYED, long)]
    pub(super) raw: bool,
    /// Where findings are saved as scripts [default: findings].
    #[arg(help_heading = OUTPUT, long, value_name = "DIR")]
    pub(super) save: Option<PathBuf>,
    /// Write a report as well: junit=FILE, json=FILE, html=FILE, github=FILE, tap=FILE; `-` is
    /// stdout.
    #[arg(help_heading = OUTPUT, long, value_name = "KIND=FILE", value_parser = report)]
    pub(super) report: Vec<(ReportKind, PathBuf)>,
    /// Play each script uncut, write what came into its expectations of exact bytes that are not
    /// met, and judge nothing; patterns and captures stay.
    #[arg(help_heading = OUTPUT, long,
          conflicts_with_all = ["send", "raw", "save", "report", "format"])]
    pub(super) bless: bool,
    /// What stdout has: human, or json: JSON Lines (the summary line then goes to stderr).
    #[arg(help_heading = OUTPUT, long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: Format,
    /// Say only what broke.
    #[arg(help_heading = OUTPUT, short, long, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Say of each conversation what was left out, and show the script of each finding.
    #[arg(help_heading = OUTPUT, short, long)]
    pub(super) verbose: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct PlayArgs {
    /// A script (.recut), a raw stream, or - for a script on stdin.
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Debug, ClapArgs)]
pub(super) struct RecordArgs {
    /// Where to listen for clients, HOST:PORT or unix:PATH; port 0 picks one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(super) listen: String,
    /// The server: HOST:PORT or unix:PATH.
    #[arg(long, value_name = "ADDR")]
    pub(super) connect: String,
    /// The script, which is written anew whenever a connection ends.
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: PathBuf,
    /// Replace a FILE that is there already.
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct RelayArgs {
    /// Where to listen for clients, HOST:PORT or unix:PATH; port 0 picks one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(super) listen: String,
    /// The server: HOST:PORT or unix:PATH.
    #[arg(long, value_name = "ADDR")]
    pub(super) connect: String,
    /// How to cut without a COMMAND: `bytes`, `random`, or behind every N bytes.
    #[arg(long, value_name = "HOW", default_value = "random", conflicts_with = "command")]
    pub(super) cut: CutPlan,
    /// What decides where random cuts are.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,
    /// How long to rest where a cut can't be confirmed.
    #[arg(long, value_name = "DURATION", default_value = "20ms", value_parser = duration)]
    pub(super) gap: Duration,
    /// How long to look for fewer cuts, once some were found.
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = duration)]
    pub(super) budget: Duration,
    /// A failure counts, too, that is not seen again, or not in its connection by itself.
    #[arg(long, requires = "command")]
    pub(super) strict: bool,
    /// Where the connection is saved that fails by itself [default: findings].
    #[arg(long, value_name = "DIR")]
    pub(super) save: Option<PathBuf>,
    /// A command whose connections go through the relay, a test suite for example. {host} and
    /// {port}, or {socket}, in it are where the relay listens, as are the variables of those names.
    #[arg(last = true)]
    pub(super) command: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct FmtArgs {
    /// Scripts, directories, or - for stdin to stdout.
    #[arg(required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// Change nothing; name the files that are not in canonical form, and exit with 1.
    #[arg(long)]
    pub(super) check: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct SuperviseArgs {
    /// Leave stdin and stdout to the command; end it when the parent, which has this pid, ends.
    #[arg(long, value_name = "PID")]
    pub(super) stdio: Option<i32>,
    /// What the command leaves running ends with it.
    #[arg(long)]
    pub(super) once: bool,
    #[arg(required = true, last = true)]
    pub(super) command: Vec<std::ffi::OsString>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct ConnectArgs {
    /// The server.
    #[arg(value_name = "HOST:PORT", default_value = "127.0.0.1:8888")]
    pub(super) address: String,
    /// How long each address of the server may take to answer.
    #[arg(long, value_name = "D", value_parser = duration, default_value = "5s")]
    pub(super) timeout: Duration,
    /// In a pipe: how long after the end of stdin it waits for each further byte of a server that
    /// keeps the connection open.
    #[arg(long, value_name = "D", value_parser = duration, default_value = "2s")]
    pub(super) wait: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Human,
    Json,
}
