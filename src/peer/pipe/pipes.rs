//! The connections of one server whose handlers run in threads of ours, under one lock: so it is
//! known, and not guessed, whether any of them has something left to do.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use super::duct::{Duct, Given};
use super::habits::Habits;

/// How many bytes of an answer may wait to be taken before a write blocks.
const ROOM: usize = 1 << 20;

/// How often a handler may be told that the connection has ended before it has to wait each time:
/// one that goes on for ever would burn a processor.
const PATIENT: u32 = 1_000;

/// For how long it has to wait then.
const REST: Duration = Duration::from_millis(1);

/// The connections of one server.
pub(in crate::peer) struct Pipes {
    ducts: Mutex<Ducts>,
    /// Something has changed: for handlers and for us.
    changed: Condvar,
}

/// What the lock keeps.
pub(in crate::peer) struct Ducts {
    all: BTreeMap<u64, Duct>,
    next: u64,
    habits: Arc<Habits>,
}

impl Pipes {
    pub(in crate::peer) fn new(habits: Arc<Habits>) -> Self {
        let ducts = Ducts { all: BTreeMap::new(), next: 0, habits };
        Self { ducts: Mutex::new(ducts), changed: Condvar::new() }
    }

    pub(in crate::peer) fn lock(&self) -> MutexGuard<'_, Ducts> {
        self.ducts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everybody who waits to look again.
    pub(in crate::peer) fn notify(&self) {
        self.changed.notify_all();
    }

    /// Waits until something changes, so long at most.
    pub(in crate::peer) fn wait<'g>(
        &self,
        ducts: MutexGuard<'g, Ducts>,
        at_most: Duration,
    ) -> MutexGuard<'g, Ducts> {
        let waited = self.changed.wait_timeout(ducts, at_most);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// A new connection, of which the handler has one handle.
    pub(in crate::peer) fn open(&self) -> u64 {
        let mut ducts = self.lock();
        let id = ducts.next;
        ducts.next += 1;
        ducts.all.insert(id, Duct::default());
        id
    }

    /// The handler's thread begins.
    pub(in crate::peer) fn begin(&self, id: u64) {
        self.lock().of(id).thread = Some(thread::current().id());
    }

    /// The handler has returned, or panicked with this message.
    pub(in crate::peer) fn end(&self, id: u64, crash: Option<String>) {
        let mut ducts = self.lock();
        let duct = ducts.of(id);
        duct.crash = crash;
        duct.has_ended = true;
        if duct.is_given_up {
            ducts.habits.find();
        }
        ducts.forget_if_over(id);
        drop(ducts);
        self.notify();
    }

    /// No longer counts a handler that does not end, and lets its reads and writes fail.
    pub(in crate::peer) fn give_up(&self, id: u64) {
        let mut ducts = self.lock();
        let duct = ducts.of(id);
        if !duct.has_ended && !std::mem::replace(&mut duct.is_given_up, true) {
            ducts.habits.lose();
        }
        drop(ducts);
        self.notify();
    }

    /// Nobody is at our end any more.
    pub(in crate::peer) fn leave(&self, id: u64) {
        let mut ducts = self.lock();
        ducts.of(id).is_left = true;
        ducts.forget_if_over(id);
    }

    /// Reads for the handler: waits for a segment, and never takes more than the rest of one.
    pub(in crate::peer) fn read(
        &self,
        id: u64,
        buffer: &mut [u8],
        is_first: bool,
    ) -> io::Result<usize> {
        let mut ducts = self.lock();
        let reader = ducts.touch(id, is_first);
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match ducts.of(id).give(buffer) {
                Given::Bytes(count) => return Ok(count),
                Given::End(end) => return self.end_again(ducts, id, end.map_or(Ok(0), Err)),
                Given::Nothing => {}
            }
            ducts.waits(reader, Some(id));
            self.notify();
            ducts = self.changed.wait(ducts).unwrap_or_else(PoisonError::into_inner);
            ducts.waits(reader, None);
        }
    }

    /// Writes for the handler: waits for room.
    pub(in crate::peer) fn write(
        &self,
        id: u64,
        bytes: &[u8],
        is_first: bool,
    ) -> io::Result<usize> {
        let mut ducts = self.lock();
        ducts.touch(id, is_first);
        loop {
            let duct = ducts.of(id);
            if let Some(error) = duct.write_error() {
                return self.end_again(ducts, id, Err(error));
            }
            let room = ROOM.saturating_sub(duct.outgoing.len()).min(bytes.len());
            if room > 0 || bytes.is_empty() {
                duct.outgoing.extend_from_slice(&bytes[..room]);
                drop(ducts);
                self.notify();
                return Ok(room);
            }
            ducts = self.changed.wait(ducts).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Tells a handler that the connection has ended, and slows down one that does not listen.
    fn end_again(
        &self,
        mut ducts: MutexGuard<'_, Ducts>,
        id: u64,
        end: Result<usize, ErrorKind>,
    ) -> io::Result<usize> {
        let duct = ducts.of(id);
        duct.refusals = duct.refusals.saturating_add(1);
        let is_deaf = duct.refusals > PATIENT;
        drop(ducts);
        if is_deaf {
            thread::sleep(REST);
        }
        end.map_err(io::Error::from)
    }

    /// Ends a direction of the connection, or both, for the handler.
    pub(in crate::peer) fn shut_down(&self, id: u64, how: Shutdown) {
        let mut ducts = self.lock();
        let duct = ducts.of(id);
        duct.is_deaf |= how != Shutdown::Write;
        duct.is_mute |= how != Shutdown::Read;
        drop(ducts);
        self.notify();
    }

    /// Another handle of the same connection.
    pub(in crate::peer) fn copy_handle(&self, id: u64) {
        let mut ducts = self.lock();
        let duct = ducts.of(id);
        duct.handles += 1;
        duct.untouched += 1;
    }

    /// One handle less; one that was never used if `untouched` says so.
    pub(in crate::peer) fn drop_handle(&self, id: u64, is_untouched: bool) {
        let mut ducts = self.lock();
        let duct = ducts.of(id);
        duct.handles -= 1;
        duct.untouched -= usize::from(is_untouched);
        // The panic is told, and not the close that comes with it.
        duct.unwinds |= thread::panicking() && duct.thread == Some(thread::current().id());
        ducts.forget_if_over(id);
        drop(ducts);
        self.notify();
    }
}

impl Ducts {
    /// A connection; it is there as long as anybody has one of its ends.
    pub(super) fn of(&mut self, id: u64) -> &mut Duct {
        self.all.entry(id).or_default()
    }

    fn forget_if_over(&mut self, id: u64) {
        if self.all.get(&id).is_some_and(Duct::is_over) {
            self.all.remove(&id);
        }
    }

    /// Whether every handler waits in a read, or has ended: what was sent is read.
    pub(in crate::peer) fn have_read(&self) -> bool {
        let waits = |duct: &Duct| {
            let on = duct.waits_for.and_then(|id| self.all.get(&id));
            on.is_some_and(|on| !on.is_readable())
        };
        self.all.values().all(|duct| duct.is_given_up || duct.has_ended || waits(duct))
    }

    /// Whether, as well, nobody else may say anything before more is sent.
    pub(in crate::peer) fn are_at_rest(&self) -> bool {
        let is_in_its_hands = |duct: &Duct| duct.untouched == 0 || duct.has_ended;
        self.have_read()
            && self.habits.are_alone()
            && (self.habits.keep_handles() || self.all.values().all(is_in_its_hands))
    }

    /// Notes that a thread uses a connection; whose handler's it is.
    fn touch(&mut self, id: u64, is_first: bool) -> Option<u64> {
        let me: ThreadId = thread::current().id();
        let duct = self.of(id);
        duct.untouched -= usize::from(is_first);
        let are_all_used = is_first && duct.untouched == 0 && duct.handles > 1;
        if duct.thread == Some(me) {
            if are_all_used && self.habits.are_alone() {
                self.habits.saw_all_handles_used();
            }
            return Some(id);
        }
        let mut all = self.all.iter();
        let other = all.find(|(_, duct)| duct.thread == Some(me)).map(|(id, _)| *id);
        if other.is_none() {
            self.habits.saw_another_thread();
        }
        other
    }

    /// Notes for which connection a handler's thread waits.
    fn waits(&mut self, reader: Option<u64>, on: Option<u64>) {
        if let Some(reader) = reader {
            self.of(reader).waits_for = on;
        }
    }
}
