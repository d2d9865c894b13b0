//! The titles of findings: what a broken law means in one line, and who broke it.

use crate::check::{Demand, Finding, Then};
use crate::script::Law;

/// The title of a finding.
pub(super) fn title(finding: &Finding) -> &'static str {
    if finding.law == Law::Differs && finding.seen.demand == Demand::AnEnd {
        return "after the client's FIN the server's answer does not end";
    }
    law_title(finding.law, of_client(finding))
}

/// What a broken law means, in one line: for a server, or for a client.
pub(super) fn law_title(law: Law, is_client: bool) -> &'static str {
    if let Some(title) = is_client.then(|| client_title(law)).flatten() {
        return title;
    }
    match law {
        Law::Crashed => "the server ends, panics, or accepts no connection any more",
        Law::Differs => "the same stream gets another answer",
        Law::CutOff => "the answer stops short: the server ends the connection",
        Law::Hangs => "the answer stops short: the server falls silent",
        Law::Baseline => "the conversation fails even when nothing is cut",
        Law::Unrepeatable => "the same conversation gets another answer the second time",
        Law::Wedged => "after this, a new client is not served",
        Law::Poisons => "what one client did changes another client's answer",
        Law::Starves => "one silent client keeps others from being served",
        Law::Spins => "the server uses the processor while nobody is connected",
        Law::Leaks => "the server keeps more descriptors or threads with every play",
        Law::Truncates => "a client takes a message that stops short for a whole one",
    }
}

/// Who is at the other end: a server, or a client, which connects to recut.
pub(super) fn peer(finding: &Finding) -> &'static str {
    let is_client = |option: &&str| finding.options.starts_with(option);
    if ["--client ", "--driver "].iter().any(is_client) { "client" } else { "server" }
}

fn of_client(finding: &Finding) -> bool {
    peer(finding) == "client"
}

/// What a broken law means for a client, if that is not what it means for a server.
fn client_title(law: Law) -> Option<&'static str> {
    Some(match law {
        Law::Crashed => "the client is ended by a signal, or the driver ends",
        Law::Differs => "the same answer leads to another result",
        Law::CutOff => "the client stops short: it ends before the conversation does",
        Law::Hangs => "the client falls silent, or does not end",
        Law::Unrepeatable => "the same conversation has another result the second time",
        Law::Wedged => "after this, the driver does not play the next conversation",
        Law::Poisons => "what one conversation did changes the result of the next one",
        Law::Truncates => "the client takes a message that stops short for a whole one",
        Law::Baseline | Law::Starves | Law::Spins | Law::Leaks => return None,
    })
}

/// What stands beside the caret.
pub(super) fn label(finding: &Finding) -> &'static str {
    let seen = &finding.seen;
    let is_client = of_client(finding);
    match (&seen.then, &seen.demand) {
        (Then::WrongBytes, Demand::AnEnd) => "the answer after this does not end",
        (Then::WrongBytes, _) => "this is not what came",
        (Then::Eof, _) if is_client => "the client closed instead",
        (Then::Eof, _) => "the server closed instead",
        (Then::Reset, _) if is_client => "the client reset the connection instead",
        (Then::Reset, _) => "the server reset the connection instead",
        (Then::Silence, Demand::Connects) => "nobody connected",
        (Then::Silence, Demand::ClientEnds) => "after this there was no result in time",
        (Then::Silence, _) => "nothing more came",
        (Then::Ended(_), Demand::AnotherResult) => "a line of this stopped short",
        (Then::Ended(_), Demand::Connects) => "the client ended instead",
        (Then::Ended(_), _) => "what the client came to is something else",
        (Then::Crashed(_), _) if is_client => "the client crashed",
        (Then::Crashed(_), _) => "the server does not answer any more",
        (Then::Spun(_) | Then::Grew { .. }, _) => "the conversation that was played",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_law_has_a_title_of_its_own() {
        for is_client in [false, true] {
            let titles: BTreeSet<&str> =
                Law::ALL.iter().map(|law| law_title(*law, is_client)).collect();
            assert_eq!(titles.len(), Law::ALL.len());
        }
        assert_eq!(law_title(Law::Differs, false), "the same stream gets another answer");
    }
}
