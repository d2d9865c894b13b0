//! A client: it sends what is typed, and shows what comes back.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::protocol::utf8::Decoder;
use crate::text::push_visible;

/// How long the beginning of a line waits for the rest before it is shown.
const PAUSE: Duration = Duration::from_millis(50);

/// How many bytes of a line without an end are kept.
const LONGEST: usize = 64 * 1024;

/// Connects to the first address that accepts the connection, each within the time limit.
///
/// # Errors
///
/// The error of the last address; [`ErrorKind::AddrNotAvailable`] if there is no address.
pub fn connect(addresses: &[SocketAddr], timeout: Duration) -> io::Result<TcpStream> {
    let mut error = io::Error::from(ErrorKind::AddrNotAvailable);
    for address in addresses {
        match TcpStream::connect_timeout(address, timeout.max(Duration::from_millis(1))) {
            // If nobody listens at a port that the system also gives to clients, the socket may be
            // connected to itself.
            Ok(stream) if stream.local_addr()? == stream.peer_addr()? => {
                error = ErrorKind::ConnectionRefused.into();
            }
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(failed) => error = failed,
        }
    }
    Err(error)
}

/// Sends all of `input`, byte for byte, each part as it comes. If the server has closed the
/// connection, that is not an error here: reading its answer reports it.
///
/// # Errors
///
/// The error of reading `input`.
pub fn send(mut input: impl Read, mut stream: impl Write) -> io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => {
                if stream.write_all(&buffer[..length]).is_err() {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Writes what the server sends until it ends, byte for byte, each part as it comes.
///
/// # Errors
///
/// The error of receiving or writing.
pub fn receive(mut stream: impl Read, mut output: impl Write) -> io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => output.write_all(&buffer[..length]).and_then(|()| output.flush())?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Shows what the server sends until it ends, as text for a terminal. Control characters other than
/// line ends (LF, CR LF) and tabs, and characters that change the direction of text, are shown as
/// escapes, ill-formed UTF-8 as U+FFFD. Whole lines are shown at once, the beginning of a line when
/// the server pauses.
///
/// # Errors
///
/// The error of receiving or showing.
pub fn show(
    mut stream: &TcpStream,
    mut print: impl FnMut(String) -> io::Result<()>,
) -> io::Result<()> {
    let (mut shown, mut buffer) = (TerminalText::default(), [0; 16 * 1024]);
    loop {
        stream.set_read_timeout(shown.is_waiting().then_some(PAUSE))?;
        let length = match stream.read(&mut buffer) {
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                print(shown.all())?;
                continue;
            }
            // What came before the error is still shown.
            Err(error) => return print(shown.all()).and(Err(error)),
        };
        if length == 0 {
            shown.finish();
            return if shown.is_waiting() { print(shown.all()) } else { Ok(()) };
        }
        shown.push(&buffer[..length]);
        if let Some(lines) = shown.lines() {
            print(lines)?;
        }
    }
}

/// Text for a terminal that comes in pieces.
#[derive(Debug, Default)]
struct TerminalText {
    decoder: Decoder,
    /// The text that is decoded and not shown yet.
    text: String,
    /// Whether a CR waits for the next character.
    cr: bool,
}

impl TerminalText {
    fn push(&mut self, bytes: &[u8]) {
        let mut text = Vec::new();
        self.decoder.decode(bytes, &mut text);
        self.escape(&String::from_utf8_lossy(&text));
    }

    fn finish(&mut self) {
        let mut text = Vec::new();
        self.decoder.finish(&mut text);
        self.escape(&String::from_utf8_lossy(&text));
        self.settle_cr('\0');
    }

    fn escape(&mut self, text: &str) {
        for character in text.chars() {
            self.settle_cr(character);
            match character {
                '\n' | '\t' => self.text.push(character),
                '\r' => self.cr = true,
                other => push_visible(&mut self.text, other),
            }
        }
    }

    /// A CR that is not part of a line end is shown as an escape: it would move the cursor back.
    fn settle_cr(&mut self, next: char) {
        if std::mem::take(&mut self.cr) && next != '\n' {
            self.text.push_str("\\r");
        }
    }

    /// Whether there is the beginning of a line to show.
    fn is_waiting(&self) -> bool {
        !self.text.is_empty()
    }

    /// The whole lines; everything, if one line is too long.
    fn lines(&mut self) -> Option<String> {
        if self.text.len() > LONGEST {
            return Some(self.all());
        }
        let end = self.text.rfind('\n')? + 1;
        Some(self.text.drain(..end).collect())
    }

    fn all(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn shown(pieces: &[&[u8]]) -> String {
        let (mut shown, mut all) = (TerminalText::default(), String::new());
        for piece in pieces {
            shown.push(piece);
            all.extend(shown.lines());
        }
        shown.finish();
        all + &shown.all()
    }

    #[test]
    fn a_server_plays_no_tricks_on_a_terminal() {
        let said = b"h\xc3\xa9\x1b[2J\xff\r\n\xc2\x9b\x07\xe2\x80\xae\tend\xe2\x82";
        let expected = "hé\\u{1b}[2J\u{FFFD}\n\\u{9b}\\u{7}\\u{202e}\tend\u{FFFD}";
        assert_eq!(shown(&[said]), expected);
        // However it is cut.
        for at in 0..said.len() {
            assert_eq!(shown(&[&said[..at], &said[at..]]), expected, "{at}");
        }
    }

    #[test]
    fn a_carriage_return_alone_hides_nothing() {
        for (said, expected) in [
            (&b"10%\r20%\r\n"[..], "10%\\r20%\n"),
            (b"a\r\r\nb\r", "a\\r\nb\\r"),
            (b"\xd8\x9c\r", "\\u{61c}\\r"),
        ] {
            for at in 0..said.len() {
                assert_eq!(shown(&[&said[..at], &said[at..]]), expected, "{at}");
            }
        }
    }

    /// Input that can't be read after its first bytes.
    struct Torn(&'static [u8]);

    impl Read for Torn {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let bytes = std::mem::take(&mut self.0);
            buffer[..bytes.len()].copy_from_slice(bytes);
            if bytes.is_empty() { Err(ErrorKind::IsADirectory.into()) } else { Ok(bytes.len()) }
        }
    }

    #[test]
    fn input_that_cannot_be_read_is_an_error_and_a_server_that_takes_no_more_is_none() {
        let mut sent = Vec::new();
        assert_eq!(send(Torn(b"hi"), &mut sent).unwrap_err().kind(), ErrorKind::IsADirectory);
        assert_eq!(sent, b"hi");
        send(&b"hello"[..], &mut &mut [0; 3][..]).unwrap();
    }

    #[test]
    fn whole_lines_are_shown_at_once_and_no_line_without_an_end_grows_for_ever() {
        let mut shown = TerminalText::default();
        shown.push(b"one\ntwo\nthr");
        assert_eq!(shown.lines().as_deref(), Some("one\ntwo\n"));
        assert_eq!((shown.lines(), shown.is_waiting()), (None, true));
        shown.push(b"ee\n");
        assert_eq!(shown.lines().as_deref(), Some("three\n"));
        shown.push(&[b'x'; LONGEST]);
        assert_eq!(shown.lines(), None);
        shown.push(b"x");
        assert_eq!(shown.lines().map(|text| text.len()), Some(LONGEST + 1));
    }

    #[test]
    fn bytes_pass_as_they_are_to_a_filter() {
        let (said, mut passed) = (&b"h\xc3\xa9\x1b[2J\xff\r\n"[..], Vec::new());
        receive(said, &mut passed).unwrap();
        assert_eq!(passed, said);
    }

    /// What a person sees of a server that sends `said`, and then does `then`.
    fn seen(said: &[u8], then: impl FnOnce(&TcpStream, &mut Vec<String>)) -> Vec<String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let client = connect(&[address], Duration::from_secs(5)).unwrap();
        let server = listener.accept().unwrap().0;
        (&server).write_all(said).unwrap();
        let (sender, printed) = std::sync::mpsc::channel();
        let showing = std::thread::spawn(move || {
            show(&client, |text| sender.send(text).map_err(io::Error::other))
        });
        let mut all = vec![printed.recv().unwrap()];
        then(&server, &mut all);
        drop(server);
        showing.join().unwrap().unwrap();
        all.extend(printed);
        all
    }

    #[test]
    fn the_beginning_of_a_line_is_shown_when_the_server_pauses() {
        assert_eq!(seen(b"name: ", |_, _| {}), ["name: "]);
        assert_eq!(seen(b"one\ntw", |_, _| {}), ["one\n", "tw"]);
        let seen = seen(b"one\n", |mut server, _| server.write_all(b"h\xc3").unwrap());
        assert_eq!(seen.concat(), "one\nh\u{fffd}");
    }

    #[test]
    fn each_address_is_tried_and_the_last_error_is_told() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let there = listener.local_addr().unwrap();
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let second = Duration::from_secs(1);
        assert_eq!(connect(&[closed, there], second).unwrap().peer_addr().unwrap(), there);
        let error = |addresses: &[SocketAddr]| connect(addresses, second).unwrap_err().kind();
        assert_eq!(error(&[closed]), ErrorKind::ConnectionRefused);
        assert_eq!(error(&[]), ErrorKind::AddrNotAvailable);
    }
}
