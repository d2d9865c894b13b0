//! Stopping: no new clients, some time for those that are connected, then an end.

use std::net::{Shutdown, TcpStream};
use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use socket2::SockRef;

use super::ProtocolServer;

/// How long a client may send nothing after the grace before it counts as silent.
const PAUSE: Duration = Duration::from_millis(100);

/// How long clients that are cut off have to read their last answer.
const NOTICE: Duration = Duration::from_secs(1);

impl ProtocolServer {
    /// Stops: accepts no more clients, gives those that are connected the time `grace` to end by
    /// themselves, then reads nothing more from the others, but finishes the answers to what it has
    /// read. Returns how many were cut off in this way.
    ///
    /// It returns when all have ended, at the latest two seconds after the grace.
    pub fn stop(&self, grace: Duration) -> usize {
        let listeners = {
            let mut state = self.lock();
            state.is_stopping = true;
            std::mem::take(&mut state.listeners)
        };
        self.left.notify_all();
        for listener in &listeners {
            // This wakes the thread that accepts there; clients in the backlog are reset.
            let _ = SockRef::from(&**listener).shutdown(Shutdown::Both);
        }
        drop(listeners);
        if self.are_gone_within(grace) {
            return 0;
        }
        self.has_cut.store(true, Ordering::Release);
        let count = self.lock().open.len();
        // A client that sends comes to an end after its next answer. Threads of silent clients are
        // woken, but only now: bytes that come to a socket that is shut are answered with a RST.
        if !self.are_gone_within(PAUSE) {
            self.shut_all(Shutdown::Read);
        }
        if !self.are_gone_within(NOTICE) {
            // The rest does not read its answer.
            self.shut_all(Shutdown::Both);
            self.are_gone_within(PAUSE);
        }
        count
    }

    /// Wakes the threads that wait for their clients.
    fn shut_all(&self, how: Shutdown) {
        let open: Vec<_> = self.lock().open.values().filter_map(Weak::upgrade).collect();
        for stream in &open {
            // If it fails, the client has gone already.
            let _ = TcpStream::shutdown(stream, how);
        }
    }

    fn are_gone_within(&self, time: Duration) -> bool {
        let since = Instant::now();
        let mut state = self.lock();
        while !state.open.is_empty() {
            let left = time.saturating_sub(since.elapsed());
            if left.is_zero() {
                return false;
            }
            state = self.wait(state, Some(left));
        }
        true
    }
}
