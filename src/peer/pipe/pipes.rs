//! The connections of one server whose handlers run in threads of ours, under one lock: so it is
//! known, and not guessed, whether any of them has something left to do.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use super::duct::Given;
use super::habits::Habits;
use super::served::Served;

/// For how long a handler has to wait that does not listen when it is told that the connection has
/// ended.
const REST: Duration = Duration::from_millis(1);

/// The connections of one server.
pub(in crate::peer) struct Pipes {
    ducts: Mutex<Ducts>,
    /// Something has changed: for handlers and for us.
    changed: Condvar,
}

/// What the lock keeps.
pub(in crate::peer) struct Ducts {
    all: BTreeMap<u64, Served>,
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
        ducts.all.insert(id, Served::default());
        id
    }

    /// The handler's thread begins.
    pub(in crate::peer) fn begin(&self, id: u64) {
        self.lock().of(id).thread = Some(thread::current().id());
    }

    /// The handler has returned, or panicked with this message.
    pub(in crate::peer) fn end(&self, id: u64, crash: Option<String>) {
        let mut ducts = self.lock();
        let served = ducts.of(id);
        served.crash = crash;
        served.has_ended = true;
        if served.duct.is_given_up {
            ducts.habits.find();
        }
        ducts.forget_if_over(id);
        drop(ducts);
        self.notify();
    }

    /// No longer counts a handler that does not end, and lets its reads and writes fail.
    pub(in crate::peer) fn give_up(&self, id: u64) {
        let mut ducts = self.lock();
        let served = ducts.of(id);
        if !served.has_ended && !std::mem::replace(&mut served.duct.is_given_up, true) {
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
            match ducts.of(id).duct.give(buffer) {
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
            let served = ducts.of(id);
            if let Some(error) = served.duct.write_error() {
                return self.end_again(ducts, id, Err(error));
            }
            let count = served.duct.accept(bytes);
            if count > 0 || bytes.is_empty() {
                drop(ducts);
                self.notify();
                return Ok(count);
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
        let served = ducts.of(id);
        let is_deaf = served.duct.refuse();
        drop(ducts);
        if is_deaf {
            thread::sleep(REST);
        }
        end.map_err(io::Error::from)
    }

    /// Ends a direction of the connection, or both, for the handler.
    pub(in crate::peer) fn shut_down(&self, id: u64, how: Shutdown) {
        let mut ducts = self.lock();
        let served = ducts.of(id);
        served.duct.is_deaf |= how != Shutdown::Write;
        served.duct.is_mute |= how != Shutdown::Read;
        drop(ducts);
        self.notify();
    }

    /// Another handle of the same connection.
    pub(in crate::peer) fn copy_handle(&self, id: u64) {
        let mut ducts = self.lock();
        let served = ducts.of(id);
        served.handles += 1;
        served.untouched += 1;
    }

    /// One handle less; one that was never used if `untouched` says so.
    pub(in crate::peer) fn drop_handle(&self, id: u64, is_untouched: bool) {
        let mut ducts = self.lock();
        let served = ducts.of(id);
        served.handles -= 1;
        served.untouched -= usize::from(is_untouched);
        // The panic is told, and not the close that comes with it.
        served.unwinds |= thread::panicking() && served.thread == Some(thread::current().id());
        ducts.forget_if_over(id);
        drop(ducts);
        self.notify();
    }
}

impl Ducts {
    /// A connection; it is there as long as anybody has one of its ends.
    pub(super) fn of(&mut self, id: u64) -> &mut Served {
        self.all.entry(id).or_default()
    }

    fn forget_if_over(&mut self, id: u64) {
        if self.all.get(&id).is_some_and(Served::is_over) {
            self.all.remove(&id);
        }
    }

    /// Whether every handler waits in a read, or has ended: what was sent is read.
    pub(in crate::peer) fn have_read(&self) -> bool {
        let waits = |served: &Served| {
            let on = served.waits_for.and_then(|id| self.all.get(&id));
            on.is_some_and(|on| !on.duct.is_readable())
        };
        self.all.values().all(|served| served.duct.is_given_up || served.has_ended || waits(served))
    }

    /// Whether, as well, nobody else may say anything before more is sent.
    pub(in crate::peer) fn are_at_rest(&self) -> bool {
        let is_in_its_hands = |served: &Served| served.untouched == 0 || served.has_ended;
        self.have_read()
            && self.habits.are_alone()
            && (self.habits.keep_handles() || self.all.values().all(is_in_its_hands))
    }

    /// Notes that a thread uses a connection; whose handler's it is.
    fn touch(&mut self, id: u64, is_first: bool) -> Option<u64> {
        let me: ThreadId = thread::current().id();
        let served = self.of(id);
        served.untouched -= usize::from(is_first);
        let are_all_used = is_first && served.untouched == 0 && served.handles > 1;
        if served.thread == Some(me) {
            if are_all_used && self.habits.are_alone() {
                self.habits.saw_all_handles_used();
            }
            return Some(id);
        }
        let mut all = self.all.iter();
        let other = all.find(|(_, served)| served.thread == Some(me)).map(|(id, _)| *id);
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
