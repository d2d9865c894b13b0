//! A part of what a relay has carried: one connection, one side, one place.

use super::{Carried, Deed, Side};

impl Carried {
    /// The same, as if there had been no other connection.
    #[must_use]
    pub fn only(&self, connection: usize) -> Self {
        let mut only = self.clone();
        for (number, known) in only.connections.iter_mut().enumerate() {
            known.absent |= number != connection;
        }
        only
    }

    /// The name of a connection in the script; empty if it is the only one.
    pub fn name(&self, connection: usize) -> String {
        self.names().into_iter().nth(connection).unwrap_or_default()
    }

    /// What a side said on a connection, as far as it is recorded.
    pub fn said(&self, connection: usize, side: Side) -> Vec<u8> {
        let its = self.events.iter().filter(|event| event.connection == connection);
        let said = its.filter_map(|event| match &event.deed {
            Deed::Said(said, bytes) if *said == side => Some(bytes.as_slice()),
            _ => None,
        });
        said.collect::<Vec<_>>().concat()
    }

    /// The burst of a connection, from 1, and the place in it, to which an offset in all that its
    /// client said belongs. None if there is no such byte, or if it begins a burst.
    pub fn place_in_bursts(&self, connection: usize, offset: u64) -> Option<(usize, u64)> {
        let (mut burst, mut begin, mut end) = (0, 0, 0);
        let mut is_open = false;
        for event in self.events.iter().filter(|event| event.connection == connection) {
            match &event.deed {
                Deed::Said(Side::Client, bytes) => {
                    if !is_open {
                        (burst, begin) = (burst + 1, end);
                    }
                    is_open = true;
                    end += bytes.len() as u64;
                    if offset < end {
                        return (offset > begin).then_some((burst, offset - begin));
                    }
                }
                _ => is_open = false,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_what_the_client_said_is_in_one_of_its_bursts() {
        let mut carried = Carried::default();
        let (one, other) = (carried.opens(), carried.opens());
        for (connection, side, bytes) in [
            (one, Side::Client, "abc"),
            (other, Side::Client, "zzzz"),
            (one, Side::Client, "de"),
            (one, Side::Server, "ok"),
            (one, Side::Client, "fg"),
        ] {
            carried.says(connection, side, bytes.as_bytes());
        }
        let places: Vec<_> = (0..8).map(|offset| carried.place_in_bursts(one, offset)).collect();
        let first = [None, Some((1, 1)), Some((1, 2)), Some((1, 3)), Some((1, 4))];
        assert_eq!(places, [&first[..], &[None, Some((2, 1)), None]].concat());
        assert_eq!(carried.said(one, Side::Client), b"abcdefg");
        assert_eq!(carried.said(one, Side::Server), b"ok");
        let only = carried.only(one);
        let script = only.to_script("a", "b").to_string();
        let body = script.split_once('\n').unwrap().1;
        assert_eq!(body, "> \"abc\"\n> \"de\"\n< \"ok\"\n> \"fg\"\n");
    }
}
