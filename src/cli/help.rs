//! What stands behind the options in the long help.

use super::explain::deliveries;
use crate::report::explain::kinds;

/// What follows the options of `recut check --help`.
pub(super) fn check() -> String {
    format!(
        "Deliveries (--deliver):\n{}\nLaws (--laws) and what breaks them, all but `truncates` by \
         default; `recut explain LAW` says more:\n{}\n{EXIT_CODES}\n{EXAMPLES}",
        deliveries(),
        kinds()
    )
}

/// What follows the options of `recut relay --help`.
pub(super) fn relay() -> &'static str {
    RELAY
}

const RELAY: &str = "\
Each cut is made as in `recut check`: more is passed on only after the other end has read up to
there, so that it is one read that ends at the cut, and not only one packet.

Without a COMMAND the relay cuts until it is ended by Ctrl-C. With one, the command is run:
  twice     with nothing cut; it must end with 0
  then      with all that clients say cut behind each byte, then with all that the server says
  then      with random cuts, from three seeds
If a run fails, the fewest cuts are looked for with which it still fails, and confirmed against
runs with nothing cut. A connection that fails by itself is saved as a script.

Exit codes:
  0    every run of the command succeeded, or the relay was ended
  1    with some cuts the command fails
  2    bad usage, or the command does not use the relay
  3    the command fails even if nothing is cut, or an address can't be used
  130  interrupted

Examples:
  recut relay --connect 127.0.0.1:6379 -- python3 -m unittest tests.test_client
  recut relay --connect 127.0.0.1:8080 -- curl -sf http://127.0.0.1:{port}/
  recut relay --listen 127.0.0.1:7000 --connect 127.0.0.1:6379 --cut bytes
";

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
