//! A connection to a handler in a thread: what is under way, and what is known of the thread.

use std::thread::ThreadId;

use super::duct::Duct;

/// One connection to a handler.
pub(super) struct Served {
    pub(super) duct: Duct,
    /// How many handles of the connection there are.
    pub(super) handles: usize,
    /// How many of them were never used: it is not known which thread has them.
    pub(super) untouched: usize,
    /// The thread of the handler, once it runs.
    pub(super) thread: Option<ThreadId>,
    /// The connection for whose bytes the handler's thread waits.
    pub(super) waits_for: Option<u64>,
    /// Whether the handler is panicking.
    pub(super) unwinds: bool,
    /// Whether the handler's thread has ended, and what it panicked with.
    pub(super) has_ended: bool,
    pub(super) crash: Option<String>,
    /// Whether our end is there no more.
    pub(super) is_left: bool,
}

impl Default for Served {
    fn default() -> Self {
        Self {
            duct: Duct::default(),
            handles: 1,
            untouched: 1,
            thread: None,
            waits_for: None,
            unwinds: false,
            has_ended: false,
            crash: None,
            is_left: false,
        }
    }
}

impl Served {
    /// Whether the handler can say nothing more.
    pub(super) fn is_closed(&self) -> bool {
        (self.handles == 0 || self.duct.is_mute) && (!self.unwinds || self.has_ended)
    }

    /// Whether nobody has an end of the connection any more.
    pub(super) fn is_over(&self) -> bool {
        self.handles == 0 && self.has_ended && self.is_left
    }
}
