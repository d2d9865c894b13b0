//! What stands behind the options in the long help.

use super::explain::deliveries;
use crate::report::explain::kinds;

/// What follows the options of `recut check --help`.
pub(super) fn check() -> String {
    format!(
        "Deliveries (--deliver):\n{}\nLaws (--laws) and what breaks them; `recut explain LAW` says \
         more:\n{}\n{EXIT_CODES}\n{EXAMPLES}",
        deliveries(),
        kinds()
    )
}

const EXIT_CODES: &str = "\
Exit codes:
  0    every law held
  1    a finding
  2    bad usage, or a script that does not parse: nothing was played
  3    a server can't be started or reached, a conversation could not be judged, or a file can't be
       written
  130  interrupted
";

const EXAMPLES: &str = "\
Examples:
  recut check redis.recut --spawn \"redis-server --port {port} --save ''\"
  recut check tests/ --connect 127.0.0.1:6379 --report junit=report.xml
  recut check hello.recut --stdio cat --deliver +joined,+half-close
  recut check --send 'PING\\r\\n' --connect 127.0.0.1:6379 --laws crashed,hangs
";
