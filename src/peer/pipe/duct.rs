//! What is under way on one connection in memory, both ways.

use std::collections::VecDeque;
use std::io::ErrorKind;

/// How often the other side may be told that the connection has ended: one that asks again and
/// again does not listen, and would burn a processor.
const PATIENT: u32 = 1_000;

/// How many bytes of an answer may wait to be taken before there is no room for more.
const ROOM: usize = 1 << 20;

/// How many bytes may pile up on our side while we do not read: no answer is expected to be larger.
pub(in crate::peer) const INBOX: usize = 80 << 20;

/// One connection in memory: the other side of it is a handler.
#[derive(Default)]
pub(in crate::peer) struct Duct {
    /// The segments that the handler has not read.
    incoming: VecDeque<Vec<u8>>,
    /// How much of the first of them it has read.
    taken: usize,
    /// How our side has ended, if it has.
    ended: Option<SideEnd>,
    /// What the handler has written and nobody has taken.
    pub(in crate::peer) outgoing: Vec<u8>,
    /// Whether the handler has shut down its reading, and its writing.
    pub(in crate::peer) is_deaf: bool,
    pub(in crate::peer) is_mute: bool,
    /// Whether the handler has not ended in time.
    pub(in crate::peer) is_given_up: bool,
    /// How often the handler was told that the connection has ended.
    refusals: u32,
}

/// How our side of a connection has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::peer) enum SideEnd {
    /// FIN; we still read.
    Half,
    /// FIN, and nobody reads any more.
    Closed,
    Reset,
}

/// What a read of the handler gets.
pub(in crate::peer) enum Given {
    Bytes(usize),
    /// The end of our side, or an error.
    End(Option<ErrorKind>),
    Nothing,
}

impl Duct {
    /// Sends a segment: one read never goes beyond its end.
    pub(in crate::peer) fn push(&mut self, segment: &[u8]) {
        self.incoming.push_back(segment.to_vec());
    }

    /// Ends our side; what has ended already may only end further.
    pub(in crate::peer) fn end(&mut self, how: SideEnd) {
        if matches!(self.ended, None | Some(SideEnd::Half)) {
            self.ended = Some(how);
        }
    }

    /// Gives the handler the next bytes.
    pub(in crate::peer) fn give(&mut self, buffer: &mut [u8]) -> Given {
        if self.is_given_up {
            return Given::End(Some(ErrorKind::ConnectionAborted));
        }
        if self.is_deaf {
            return Given::End(None);
        }
        if let Some(segment) = self.incoming.front() {
            let rest = &segment[self.taken..];
            let count = rest.len().min(buffer.len());
            buffer[..count].copy_from_slice(&rest[..count]);
            self.taken += count;
            if self.taken == segment.len() {
                self.incoming.pop_front();
                self.taken = 0;
            }
            return Given::Bytes(count);
        }
        match self.ended {
            None => Given::Nothing,
            Some(SideEnd::Half | SideEnd::Closed) => Given::End(None),
            Some(SideEnd::Reset) => Given::End(Some(ErrorKind::ConnectionReset)),
        }
    }

    /// Whether a read of the handler returns at once.
    pub(in crate::peer) fn is_readable(&self) -> bool {
        self.is_given_up || self.is_deaf || self.has_unread() || self.ended.is_some()
    }

    /// Whether the handler has not read all segments.
    pub(in crate::peer) fn has_unread(&self) -> bool {
        !self.incoming.is_empty()
    }

    /// Why the handler can't write, if it can't.
    pub(in crate::peer) fn write_error(&self) -> Option<ErrorKind> {
        match self.ended {
            _ if self.is_given_up => Some(ErrorKind::ConnectionAborted),
            _ if self.is_mute => Some(ErrorKind::BrokenPipe),
            Some(SideEnd::Closed) => Some(ErrorKind::BrokenPipe),
            Some(SideEnd::Reset) => Some(ErrorKind::ConnectionReset),
            None | Some(SideEnd::Half) => None,
        }
    }

    /// Takes from the handler what there is room for; how many bytes that are.
    pub(in crate::peer) fn accept(&mut self, bytes: &[u8]) -> usize {
        let count = ROOM.saturating_sub(self.outgoing.len()).min(bytes.len());
        self.outgoing.extend_from_slice(&bytes[..count]);
        count
    }

    /// Tells the handler once more that the connection has ended; whether it does not listen.
    pub(in crate::peer) fn refuse(&mut self) -> bool {
        self.refusals = self.refusals.saturating_add(1);
        self.refusals > PATIENT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(duct: &mut Duct, room: usize) -> Result<Vec<u8>, Option<ErrorKind>> {
        let mut buffer = vec![0; room];
        match duct.give(&mut buffer) {
            Given::Bytes(count) => Ok(buffer[..count].to_vec()),
            Given::End(end) => Err(end),
            Given::Nothing => Ok(Vec::new()),
        }
    }

    #[test]
    fn a_read_ends_where_a_segment_ends() {
        let mut duct = Duct::default();
        duct.push(b"abc");
        duct.push(b"d");
        assert_eq!(given(&mut duct, 2), Ok(b"ab".to_vec()));
        assert_eq!(given(&mut duct, 9), Ok(b"c".to_vec()));
        assert!(duct.has_unread() && duct.is_readable());
        assert_eq!(given(&mut duct, 9), Ok(b"d".to_vec()));
        assert_eq!(given(&mut duct, 9), Ok(Vec::new()));
        assert!(!duct.has_unread() && !duct.is_readable());
    }

    #[test]
    fn our_end_is_read_behind_the_bytes_and_decides_how_a_write_fails() {
        for (end, read, write) in [
            (SideEnd::Half, None, None),
            (SideEnd::Closed, None, Some(ErrorKind::BrokenPipe)),
            (SideEnd::Reset, Some(ErrorKind::ConnectionReset), Some(ErrorKind::ConnectionReset)),
        ] {
            let mut duct = Duct::default();
            duct.push(b"a");
            duct.end(SideEnd::Half);
            duct.end(end);
            assert_eq!(given(&mut duct, 9), Ok(b"a".to_vec()));
            assert_eq!((given(&mut duct, 9), duct.write_error()), (Err(read), write));
        }
    }
}
