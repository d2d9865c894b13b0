//! What is under way on one connection to a handler, both ways.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::thread::ThreadId;

/// One connection to a handler.
pub(super) struct Duct {
    /// The segments that the handler has not read.
    incoming: VecDeque<Vec<u8>>,
    /// How much of the first of them it has read.
    taken: usize,
    /// How our side has ended, if it has.
    ended: Option<SideEnd>,
    /// What the handler has written and nobody has taken.
    pub(super) outgoing: Vec<u8>,
    /// How many handles of the connection there are.
    pub(super) handles: usize,
    /// How many of them were never used: it is not known which thread has them.
    pub(super) untouched: usize,
    /// The thread of the handler, once it runs.
    pub(super) thread: Option<ThreadId>,
    /// The connection for whose bytes the handler's thread waits.
    pub(super) waits_for: Option<u64>,
    /// Whether the handler has shut down its reading, and its writing.
    pub(super) is_deaf: bool,
    pub(super) is_mute: bool,
    /// Whether the handler is panicking.
    pub(super) unwinds: bool,
    /// Whether the handler's thread has ended, and what it panicked with.
    pub(super) has_ended: bool,
    pub(super) crash: Option<String>,
    /// Whether the handler has not ended in time.
    pub(super) is_given_up: bool,
    /// Whether our end is there no more.
    pub(super) is_left: bool,
    /// How often the handler was told that the connection has ended.
    pub(super) refusals: u32,
}

/// How our side of a connection has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SideEnd {
    /// FIN; we still read.
    Half,
    /// FIN, and nobody reads any more.
    Closed,
    Reset,
}

/// What a read of the handler gets.
pub(super) enum Given {
    Bytes(usize),
    /// The end of our side, or an error.
    End(Option<ErrorKind>),
    Nothing,
}

impl Default for Duct {
    fn default() -> Self {
        Self {
            incoming: VecDeque::new(),
            taken: 0,
            ended: None,
            outgoing: Vec::new(),
            handles: 1,
            untouched: 1,
            thread: None,
            waits_for: None,
            is_deaf: false,
            is_mute: false,
            unwinds: false,
            has_ended: false,
            crash: None,
            is_given_up: false,
            is_left: false,
            refusals: 0,
        }
    }
}

impl Duct {
    /// Sends a segment: one read never goes beyond its end.
    pub(super) fn push(&mut self, segment: &[u8]) {
        self.incoming.push_back(segment.to_vec());
    }

    /// Ends our side; what has ended already may only end further.
    pub(super) fn end(&mut self, how: SideEnd) {
        if matches!(self.ended, None | Some(SideEnd::Half)) {
            self.ended = Some(how);
        }
    }

    /// Gives the handler the next bytes.
    pub(super) fn give(&mut self, buffer: &mut [u8]) -> Given {
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
    pub(super) fn is_readable(&self) -> bool {
        self.is_given_up || self.is_deaf || self.has_unread() || self.ended.is_some()
    }

    /// Whether the handler has not read all segments.
    pub(super) fn has_unread(&self) -> bool {
        !self.incoming.is_empty()
    }

    /// Why the handler can't write, if it can't.
    pub(super) fn write_error(&self) -> Option<ErrorKind> {
        match self.ended {
            _ if self.is_given_up => Some(ErrorKind::ConnectionAborted),
            _ if self.is_mute => Some(ErrorKind::BrokenPipe),
            Some(SideEnd::Closed) => Some(ErrorKind::BrokenPipe),
            Some(SideEnd::Reset) => Some(ErrorKind::ConnectionReset),
            None | Some(SideEnd::Half) => None,
        }
    }

    /// Whether the handler can say nothing more.
    pub(super) fn is_closed(&self) -> bool {
        (self.handles == 0 || self.is_mute) && (!self.unwinds || self.has_ended)
    }

    /// Whether nobody has an end of the connection any more.
    pub(super) fn is_over(&self) -> bool {
        self.handles == 0 && self.has_ended && self.is_left
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
