//! How a recording is written: what the client did is sent, what the server did is expected.

use super::own::OwnAddresses;
use super::{Carried, CarriedConnection, Deed, Entry, Side};
use crate::script::syntax::{Close, Expectation};
use crate::script::{Composer, Script};
use crate::text::escape;

/// What stands above a recording that names its own address.
const COUNTED: &str = "# $host:$port was the address of the recording: mind lengths that count it";

impl Carried {
    /// What happened, as a script in which the client's side is sent and the server's expected.
    pub fn to_script(&self, from: &str, to: &str) -> Script {
        self.written(from, to, &OwnAddresses::default())
    }

    /// The same of what was recorded at these addresses, `HOST:PORT`. Where they are named they
    /// become `$host` and `$port`, so that the script can be played with another server, or
    /// mirrored for a client.
    pub fn to_script_at(&self, addresses: &[String], to: &str) -> Script {
        self.written(&addresses.join(" and "), to, &OwnAddresses::new(addresses))
    }

    fn written(&self, from: &str, to: &str, own: &OwnAddresses) -> Script {
        let mut script = Composer::new(self.size);
        script.comment(self.head(from, to));
        let place = script.lines().len();
        let mut is_named = false;
        let mut parts = |bytes| {
            let parts = own.parts(bytes);
            is_named |= parts.len() > 1;
            parts
        };
        let names = self.names();
        let is_present = |event: &&Entry| !self.connections[event.connection].absent;
        let mut events = self.events.iter().filter(is_present).peekable();
        while let Some(Entry { connection, deed }) = events.next() {
            let name = &names[*connection];
            // If this connection is the next to do something, that opens it.
            let opens_by_use = events.peek().is_some_and(|next| next.connection == *connection);
            match deed {
                Deed::Opened if opens_by_use => {}
                Deed::Opened => script.open(name),
                Deed::Said(Side::Client, bytes) => script.segment_of(name, &parts(bytes)),
                Deed::Said(Side::Server, bytes) => {
                    script.expect_payload(name, &parts(bytes), None);
                }
                Deed::Ended(Side::Client) => script.end(name, Close::Eof),
                Deed::Ended(Side::Server) => script.expect(name, Expectation::Eof, None),
                Deed::Reset(Side::Client) => script.end(name, Close::Reset),
                Deed::Reset(Side::Server) => script.expect(name, Expectation::Reset, None),
                // The connection went on; a script that closes it does not look at the rest.
                Deed::Full => {
                    script.end(name, Close::Close);
                    let full = "# the recording is full: the rest is left out";
                    script.comment_last(full.to_owned());
                }
            }
        }
        if is_named {
            script.comment_at(place, COUNTED.to_owned());
        }
        script.finish()
    }

    fn head(&self, from: &str, to: &str) -> String {
        let (from, to) = (escape(from.as_bytes()), escape(to.as_bytes()));
        let count = match self.connections() {
            1 => "1 connection".to_owned(),
            count => format!("{count} connections"),
        };
        let left_out = match self.left_out {
            0 => String::new(),
            count => format!(", {count} more left out: the recording was full"),
        };
        format!("# Recorded from {from} to {to}: {count}{left_out}")
    }

    /// The names of the connections in the script; a single one has no name.
    pub(super) fn names(&self) -> Vec<String> {
        let is_only = self.connections() == 1;
        let mut number = 0;
        let mut name = |connection: &CarriedConnection| {
            number += usize::from(!connection.absent);
            if is_only { String::new() } else { format!("c{number}") }
        };
        self.connections.iter().map(&mut name).collect()
    }
}
