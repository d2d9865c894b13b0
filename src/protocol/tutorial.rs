//! The specimen: the server of the beginner's socket tutorial, as a pure function.
//!
//! It mistakes one `recv` for one message. Every defect here is deliberate: the harness must find
//! it.

use super::{Flow, Protocol};

/// What the tutorial's server passes to `recv`, in bytes.
const RECV: usize = 1024;

/// The echo server of the beginner's tutorial, defects and all.
///
/// Each segment is read by one or more calls of `recv(1024)`, and what each call returns is decoded
/// on its own. `q` counts only if it is all that a call returned; an ill-formed or cut character
/// makes the server drop the connection; the end of the stream is ignored, so it never closes.
///
/// # Examples
///
/// ```
/// use recut::{Flow, Protocol, Tutorial};
///
/// let mut reply = Vec::new();
/// assert_eq!(Tutorial::default().receive("é".as_bytes(), &mut reply), Flow::Continue);
/// assert_eq!(Tutorial::default().receive(b"\xc3", &mut reply), Flow::Close); // half of it
/// assert_eq!(Tutorial::default().receive(b"q\n", &mut reply), Flow::Continue); // no quit
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tutorial {
    _private: (),
}

impl Protocol for Tutorial {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        for message in segment.chunks(RECV) {
            match std::str::from_utf8(message) {
                Err(_) => return Flow::Close,
                Ok("q") => return Flow::Quit,
                Ok(text) => reply.extend_from_slice(text.as_bytes()),
            }
        }
        Flow::Continue
    }

    fn end(&mut self, _reply: &mut Vec<u8>) -> Flow {
        Flow::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(segments: &[&[u8]]) -> (Vec<u8>, Flow) {
        let (mut server, mut reply) = (Tutorial::default(), Vec::new());
        for segment in segments {
            match server.receive(segment, &mut reply) {
                Flow::Continue => {}
                ended => return (reply, ended),
            }
        }
        let flow = server.end(&mut reply);
        (reply, flow)
    }

    #[test]
    fn one_recv_is_taken_for_one_message() {
        assert_eq!(answer(&[b"a", b"q"]), (b"a".to_vec(), Flow::Quit));
        assert_eq!(answer(&[b"aq"]), (b"aq".to_vec(), Flow::Continue));
        assert_eq!(answer(&[b"q\n"]), (b"q\n".to_vec(), Flow::Continue));
    }

    #[test]
    fn a_character_across_the_buffer_border_drops_the_connection() {
        let mut stream = vec![b'x'; RECV - 1];
        stream.extend("é".bytes());
        assert_eq!(answer(&[&stream]), (vec![], Flow::Close));
        assert_eq!(answer(&[&stream[1..]]).0, stream[1..]);
    }

    #[test]
    fn the_end_of_the_stream_is_ignored() {
        assert_eq!(answer(&[]), (vec![], Flow::Continue));
    }
}
