//! What a relay has carried, as a script that holds against the same server.

mod own;
mod part;
mod write;

use super::conversation::PAYLOAD_LIMIT;

/// The most statements that are recorded, not counting the rows of long answers.
const STATEMENTS: usize = 60_000;

/// A side of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The side that connected: the script will do what it does.
    Client,
    /// The side that answers: the script will expect what it does.
    Server,
}

/// Whether something was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It was recorded; or it came after the end, when nothing more can be said of the connection.
    Yes,
    /// The recording is full: nothing of this connection is recorded from here on.
    Full,
}

/// What has happened on connections, in the order in which a relay saw it.
///
/// # Examples
///
/// ```
/// use recut::script::{Carried, Side};
///
/// let mut carried = Carried::default();
/// let only = carried.opens();
/// carried.says(only, Side::Client, b"hi\n");
/// carried.says(only, Side::Server, b"hi\n");
/// carried.ends(only, Side::Client);
/// carried.ends(only, Side::Server);
/// let script = carried.to_script("port 1", "port 2").to_string();
/// let head = "# Recorded from port 1 to port 2: 1 connection\n";
/// assert_eq!(script.strip_prefix(head).unwrap(), "> \"hi\\n\"\n< \"hi\\n\"\n> eof\n< eof\n");
/// ```
#[derive(Clone, Debug)]
pub struct Carried {
    events: Vec<Entry>,
    connections: Vec<CarriedConnection>,
    /// How many bytes are recorded.
    size: usize,
    /// The most bytes that are recorded.
    limit: usize,
    /// How many statements it takes, not counting rows.
    statements: usize,
    /// The most statements that it may take.
    most: usize,
    /// How many connections came after the recording was full.
    left_out: usize,
}

#[derive(Clone, Debug)]
struct Entry {
    connection: usize,
    deed: Deed,
}

#[derive(Clone, Debug)]
enum Deed {
    Opened,
    Said(Side, Vec<u8>),
    Ended(Side),
    Reset(Side),
    /// What follows is not recorded.
    Full,
}

/// What is known of a connection.
#[derive(Clone, Copy, Debug, Default)]
struct CarriedConnection {
    /// Whether the client has ended its side, and whether the server has.
    ended: [bool; 2],
    /// Nothing more can be said of it.
    over: bool,
    /// It is not a part of the script.
    absent: bool,
}

impl Default for Carried {
    fn default() -> Self {
        Self::with_limits(PAYLOAD_LIMIT, STATEMENTS)
    }
}

impl Carried {
    fn with_limits(limit: usize, most: usize) -> Self {
        let (events, connections) = (Vec::new(), Vec::new());
        Self { events, connections, size: 0, limit, statements: 0, most, left_out: 0 }
    }

    /// A connection opens; returns what it is called here.
    pub fn opens(&mut self) -> usize {
        let connection = self.connections.len();
        self.connections.push(CarriedConnection::default());
        // A connection has at most two ends besides its `open`: there must be room for all three.
        if self.has_room(0, 3) {
            self.push(connection, Deed::Opened);
        } else {
            self.left_out += 1;
            self.forget(connection);
        }
        connection
    }

    /// The connection came to nothing: it is not a part of the conversation.
    ///
    /// # Panics
    ///
    /// If there is no such connection.
    pub fn forget(&mut self, connection: usize) {
        let known = &mut self.connections[connection];
        (known.over, known.absent) = (true, true);
    }

    /// A side says something; it joins what that side has said right before.
    ///
    /// # Panics
    ///
    /// If there is no such connection.
    pub fn says(&mut self, connection: usize, side: Side, bytes: &[u8]) -> Stored {
        let known = self.connections[connection];
        if known.over || known.ended[side as usize] || bytes.is_empty() {
            return Stored::Yes;
        }
        let joins = match self.events.last() {
            Some(Entry { connection: last, deed: Deed::Said(said, _) }) => {
                (*last, *said) == (connection, side)
            }
            _ => false,
        };
        if !self.has_room(bytes.len(), usize::from(!joins)) {
            self.connections[connection].over = true;
            self.push(connection, Deed::Full);
            return Stored::Full;
        }
        match self.events.last_mut() {
            Some(Entry { deed: Deed::Said(_, before), .. }) if joins => {
                before.extend_from_slice(bytes);
            }
            _ => self.push(connection, Deed::Said(side, bytes.to_vec())),
        }
        Stored::Yes
    }

    /// A side sends FIN. After the server's, the client's tells nothing and is left out.
    ///
    /// # Panics
    ///
    /// If there is no such connection.
    pub fn ends(&mut self, connection: usize, side: Side) {
        let known = self.connections[connection];
        self.connections[connection].ended[side as usize] = true;
        let [client_ended, server_ended] = known.ended;
        if !(known.over || server_ended || client_ended && side == Side::Client) {
            self.push(connection, Deed::Ended(side));
        }
    }

    /// A side sends RST: nothing happens on the connection after that.
    ///
    /// # Panics
    ///
    /// If there is no such connection.
    pub fn resets(&mut self, connection: usize, side: Side) {
        let known = self.connections[connection];
        self.connections[connection].over = true;
        // A second end of the server can't be expected, and after both ends nothing happens.
        let [client_ended, server_ended] = known.ended;
        if !(known.over || server_ended && (client_ended || side == Side::Server)) {
            self.push(connection, Deed::Reset(side));
        }
    }

    /// How many connections are part of the script.
    pub fn connections(&self) -> usize {
        self.connections.iter().filter(|connection| !connection.absent).count()
    }

    /// Takes room for so much more; false if there is not enough.
    fn has_room(&mut self, bytes: usize, statements: usize) -> bool {
        let (size, count) = (self.size + bytes, self.statements + statements);
        let has_room = size <= self.limit && count <= self.most;
        if has_room {
            (self.size, self.statements) = (size, count);
        }
        has_room
    }

    fn push(&mut self, connection: usize, deed: Deed) {
        self.events.push(Entry { connection, deed });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::compose::ROWS;
    use crate::script::{Conversation, STATEMENT_LIMIT, Script};

    /// The script without its head; it must be in canonical form, and a conversation.
    fn body(carried: &Carried) -> String {
        let text = carried.to_script("a", "b").to_string();
        assert_eq!(Script::parse("recorded", &text).unwrap().to_string(), text);
        let (head, body) = text.split_once('\n').unwrap();
        assert!(head.starts_with("# Recorded from a to b: "), "{head}");
        if !body.is_empty() {
            Conversation::parse("recorded", &text).unwrap_or_else(|errors| panic!("{}", errors[0]));
        }
        body.to_owned()
    }

    #[test]
    fn what_one_side_says_in_a_row_is_one_statement() {
        let mut carried = Carried::default();
        assert_eq!(body(&carried), "");
        let only = carried.opens();
        assert_eq!(body(&carried), "open\n");
        for (side, bytes) in [
            (Side::Client, &b"h\xc3"[..]),
            (Side::Client, b"\xa9\n"),
            (Side::Server, b"h\xc3\xa9\n"),
            (Side::Client, b"\xff ill\n\x00\x01\x02"),
            (Side::Server, b""),
            (Side::Server, b"\x80\x81\x82"),
        ] {
            assert_eq!(carried.says(only, side, bytes), Stored::Yes);
        }
        let said = "> \"hé\\n\"\n< \"hé\\n\"\n> \"\\xff ill\\n\\0\\x01\\x02\"\n< hex\"80 81 82\"\n";
        assert_eq!(body(&carried), said);
    }

    #[test]
    fn nothing_is_said_after_the_end_of_a_side() {
        let mut carried = Carried::default();
        // The client leaves, then the server; the other way round; a client that resets.
        let [left, closed, gone, lost, cut, over] = [(); 6].map(|()| carried.opens());
        for side in [Side::Client, Side::Server, Side::Client] {
            carried.ends(left, side);
            carried.says(left, side, b"late");
        }
        carried.resets(left, Side::Client);
        carried.ends(closed, Side::Server);
        carried.says(closed, Side::Client, b"late");
        carried.ends(closed, Side::Client);
        carried.resets(closed, Side::Server);
        carried.ends(gone, Side::Client);
        carried.says(gone, Side::Server, b"answer");
        carried.resets(gone, Side::Client);
        carried.says(gone, Side::Server, b"to nobody");
        carried.ends(gone, Side::Server);
        carried.resets(lost, Side::Server);
        carried.resets(lost, Side::Client);
        // After the server's end a reset by the client is recorded, one by the server is not.
        for (connection, side) in [(cut, Side::Client), (over, Side::Server)] {
            carried.ends(connection, Side::Server);
            carried.resets(connection, side);
        }
        let expected = "open c1\nopen c2\nopen c3\nopen c4\nopen c5\nopen c6\n\
            c1 > eof\nc1 < eof\n\
            c2 < eof\nc2 > \"late\"\n\
            c3 > eof\nc3 < \"answer\"\nc3 > reset\n\
            c4 < reset\n\
            c5 < eof\nc5 > reset\n\
            c6 < eof\n";
        assert_eq!(body(&carried), expected);
    }

    #[test]
    fn connections_are_named_and_opened_where_it_matters() {
        let mut carried = Carried::default();
        let first = carried.opens();
        carried.says(first, Side::Server, b"220 hi\r\n");
        assert_eq!(body(&carried), "< \"220 hi\\r\\n\"\n");
        let refused = carried.opens();
        let second = carried.opens();
        carried.says(first, Side::Server, b"somebody came\n");
        carried.forget(refused);
        carried.says(second, Side::Client, b"me\n");
        let expected =
            "c1 < \"220 hi\\r\\n\"\nopen c2\nc1 < \"somebody came\\n\"\nc2 > \"me\\n\"\n";
        assert_eq!((body(&carried).as_str(), carried.connections()), (expected, 2));
    }

    #[test]
    fn long_answers_have_rows_and_bursts_have_one_line() {
        let mut carried = Carried::default();
        let only = carried.opens();
        let mut picture: Vec<u8> =
            b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nLength: 100\r\n\r\n".to_vec();
        picture.extend((0x80..=0xff).chain(0x80..=0xff));
        picture.extend([b'x'; 4096]);
        carried.says(only, Side::Client, &picture);
        carried.says(only, Side::Server, &picture);
        let text = body(&carried);
        let lines: Vec<_> = text.lines().collect();
        let head = "\"HTTP/1.1 200 OK\\r\\nContent-Type: image/png\\r\\nLength: 100\\r\\n\\r\\n\"";
        assert!(lines[0].starts_with(&format!("> {head} hex\"80 81")), "{text}");
        assert!(lines[0].ends_with(" ff\" \"x\" * 4096"), "{text}");
        assert_eq!(lines[1], format!("< {head}"));
        assert!(lines[2].starts_with("< hex\"80 81 ") && lines[2].len() < 200, "{text}");
        assert!(lines.len() < 9 && lines.iter().all(|line| line.is_ascii()), "{text}");
    }

    /// How many lines it takes if one side says that.
    fn lines(side: Side, bytes: &[u8]) -> usize {
        let mut carried = Carried::default();
        let only = carried.opens();
        carried.says(only, side, bytes);
        carried.to_script("a", "b").lines.len() - 1
    }

    #[test]
    fn a_burst_of_up_to_64_kib_has_one_line() {
        let said = |size: usize| lines(Side::Client, &b"ab".repeat(size / 2));
        assert_eq!((said(1 << 16), said((1 << 16) + 2)), (1, 2));
    }

    #[test]
    fn the_rows_of_long_answers_stay_below_their_limit() {
        // Lines that just don't fit twice: the rows are barely half full.
        let line = [b"ab".repeat(70), b"\n".to_vec()].concat();
        let rows = lines(Side::Server, &line.repeat((4 << 20) / line.len()));
        assert!((ROWS - 500..ROWS).contains(&rows), "{rows} of {ROWS}");
    }

    #[test]
    fn a_full_recording_still_holds() {
        const { assert!(STATEMENTS + ROWS < STATEMENT_LIMIT) };
        let mut carried = Carried::with_limits(10, 1000);
        let [first, second] = [(); 2].map(|()| carried.opens());
        assert_eq!(carried.says(first, Side::Client, b"12345678"), Stored::Yes);
        assert_eq!(carried.says(first, Side::Server, b"123"), Stored::Full);
        assert_eq!(carried.says(first, Side::Server, b"1"), Stored::Yes);
        carried.ends(first, Side::Server);
        carried.ends(second, Side::Client);
        let expected = "open c1\nopen c2\nc1 > \"12345678\"\n\
            c1 > close  # the recording is full: the rest is left out\nc2 > eof\n";
        assert_eq!(body(&carried), expected);
        // Statements count as well.
        let mut carried = Carried::with_limits(100, 5);
        let first = carried.opens();
        for side in [Side::Client, Side::Client, Side::Server] {
            assert_eq!(carried.says(first, side, b"a"), Stored::Yes);
        }
        assert_eq!(carried.says(first, Side::Client, b"a"), Stored::Full);
        let late = carried.opens();
        assert_eq!(carried.says(late, Side::Client, b"a"), Stored::Yes);
        let text = carried.to_script("a", "b").to_string();
        assert!(
            text.contains(": 1 connection, 1 more left out: the recording was full\n"),
            "{text}"
        );
        assert!(body(&carried).starts_with("> \"aa\"\n< \"a\"\n> close  #"), "{text}");
    }
}
