//! The `recut` program: it hands over to the command line and decides nothing.

use std::process::ExitCode;

fn main() -> ExitCode {
    recut::cli::run()
}
