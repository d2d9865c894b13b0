//! The arguments of `recut serve`.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::super::values::duration;
use crate::shell::server::ServerLimits;
use crate::text::parse_duration;

#[derive(Debug, Args)]
pub(in crate::cli) struct ServeArgs {
    /// Where to listen; port 0 picks one. May be given several times.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8888")]
    pub(super) listen: Vec<String>,
    /// What to serve.
    #[arg(long, value_name = "NAME", default_value = "echo")]
    pub(super) protocol: ServedProtocol,
    /// How many connections may wait to be accepted.
    #[arg(long, value_name = "N", default_value_t = 5,
          value_parser = clap::value_parser!(i32).range(0..))]
    pub(super) backlog: i32,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
    /// Serve over UDP: each datagram is a stream of its own, answered in one.
    #[arg(long, conflicts_with_all = ["backlog", "LimitArgs"])]
    pub(super) udp: bool,
    /// Log connections to stderr; given twice, also what is said in them.
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    /// How the log is written.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) log_format: LogFormat,
}

/// The limits of the echo server. Times may be `off`.
#[derive(Debug, Args)]
pub(super) struct LimitArgs {
    /// How many connections are served at once; further clients wait [default: 10000].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_connections: Option<u32>,
    /// Close a connection if its client is silent for this time [default: off].
    #[arg(long, value_name = "D", value_parser = time)]
    idle_timeout: Option<Time>,
    /// Reset a connection if its client does not read its answer for this time [default: 30s].
    #[arg(long, value_name = "D", value_parser = time)]
    write_timeout: Option<Time>,
    /// Close a connection if the client's host has not answered for this time [default: 60s].
    #[arg(long, value_name = "D", value_parser = time)]
    dead_peer_timeout: Option<Time>,
    /// How long connections may go on after SIGINT or SIGTERM; a second signal ends them at once
    /// [default: 5s].
    #[arg(long, value_name = "D", value_parser = duration)]
    grace: Option<Duration>,
}

impl LimitArgs {
    pub(super) fn limits(&self) -> ServerLimits {
        let default = ServerLimits::default();
        let or = |time: Option<Time>, default| time.map_or(default, |Time(time)| time);
        ServerLimits {
            connections: self.max_connections.map_or(default.connections, |count| count as usize),
            idle: or(self.idle_timeout, default.idle),
            write: or(self.write_timeout, default.write),
            dead_peer: or(self.dead_peer_timeout, default.dead_peer),
        }
    }

    pub(super) fn grace(&self) -> Duration {
        self.grace.unwrap_or(Duration::from_secs(5))
    }

    /// Whether any of them was given.
    pub(super) fn is_given(&self) -> bool {
        self.max_connections.is_some()
            || self.grace.is_some()
            || [self.idle_timeout, self.write_timeout, self.dead_peer_timeout]
                .iter()
                .any(Option::is_some)
    }
}

/// A time limit, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Time(Option<Duration>);

fn time(word: &str) -> Result<Time, String> {
    match (word, parse_duration(word)) {
        ("off", _) => Ok(Time(None)),
        (_, Some(time)) if !time.is_zero() => Ok(Time(Some(time))),
        _ => Err("expected `off`, or more than 0 and at most 24h: 500ms, 20s, 2m".to_owned()),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ServedProtocol {
    Echo,
    Tutorial,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    Human,
    Json,
}
