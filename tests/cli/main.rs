//! The program as a user has it: every verb, every exit code.

#![allow(clippy::unwrap_used)]

mod bless;
mod check;
mod clients;
mod connect;
mod exits;
mod help;
mod record;
mod relay;
mod reports;
mod scripts;
mod serve;
mod servers;
mod spawned;
mod unix;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use assert_cmd::Command;
use tempfile::TempDir;

fn recut() -> Command {
    let mut command = Command::cargo_bin("recut").unwrap();
    command.env_remove("NO_COLOR").timeout(std::time::Duration::from_secs(60));
    command
}

/// A directory to work in; what is saved there goes with it.
fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn write(folder: &TempDir, name: &str, text: impl AsRef<[u8]>) {
    fs::write(folder.path().join(name), text).unwrap();
}

/// `recut serve` on a free port; it ends with the test.
struct Served(Child, String);

impl Served {
    fn start(args: &[&str]) -> Self {
        Self::with_log(args, Stdio::null())
    }

    /// What it logs goes there.
    fn with_log(args: &[&str], log: impl Into<Stdio>) -> Self {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_recut"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self(child, address)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends a signal to a process that this test has started.
fn signal(child: &Child, name: &str) {
    let sent = std::process::Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

const SUMMARY: &str = concat!(
    r"recut: \d+ conversations?, \d+ deliver(y|ies) \(\d+ confirmed, \d+ held, \d+ paced\), ",
    r"\d+ findings?(, \d+ unchecked)?(, \d+ not reached)?, seed \d+, \d+\.\d\ds\n$",
);
